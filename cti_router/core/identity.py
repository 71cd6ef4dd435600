"""Who and which: the ids of what happens, and what a calling number tells. Instants are POSIX seconds (UTC)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from cti_router.core.certainty import Verified
from cti_router.core.configuration import AdvisorId, ProfileId

Instant: TypeAlias = float
CallId: TypeAlias = str
TicketId: TypeAlias = str
OfferId: TypeAlias = str


def call_of(ticket: TicketId) -> CallId:
    """The call a ticket belongs to: a ticket's id is its call's and its number."""
    return ticket.rpartition("-")[0]


@dataclass(frozen=True, slots=True)
class Cli:
    """A calling number: as received, and as E.164 without the plus sign where it can be one. A hint, never a proof.

    `verified` is what its carrier says of it.
    """

    raw: str
    e164: int | None
    verified: Verified = Verified.UNKNOWN

    @property
    def masked(self) -> bool:
        return not self.raw


@dataclass(frozen=True, slots=True)
class Contributor:
    """What routing needs of a contributor; the whole record stays in the database.

    `in_charge` of his file; `last_advisor`: who served him last, not too long ago. `siret`: fourteen digits, "" where
    they do not matter.
    """

    id: int
    name: str
    profile: ProfileId
    in_charge: AdvisorId | None = None
    last_advisor: AdvisorId | None = None
    siret: str = ""


class Sought(StrEnum):
    """By what the directory is asked for a caller."""

    NUMBER = "number"
    KEYED = "keyed"
