"""A voice message as work to do: who left it, whose it is, by when, and that it is done."""

from dataclasses import dataclass

from cti_router.core.configuration import AdvisorId, MotiveId, ProfileId, SiteId
from cti_router.core.identity import CallId, Instant


@dataclass(frozen=True, slots=True)
class VoiceMessage:
    """The message of a call, recorded at the PBX of `site`; `digest` is the SHA-256 of its file, in hexadecimal.

    To be done by `owner_site`, by its advisor in charge of the caller's file where there is one, until `due_at`.
    What the history knows of the call (`cli` and what follows) is "" or None until it has the call.
    """

    call: CallId
    site: SiteId
    taken_at: Instant
    length_s: float
    digest: str
    owner_site: SiteId
    due_at: Instant
    owner_advisor: AdvisorId | None = None
    cli: str = ""
    contributor: int | None = None
    contributor_name: str = ""
    profile: ProfileId | None = None
    motive: MotiveId | None = None
    done_at: Instant | None = None
    done_by: str = ""
    note: str = ""
