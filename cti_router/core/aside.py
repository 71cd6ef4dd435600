"""The words of the second level: what an advisor asks about the call he has, what is told, and what is done about it.

He and his caller are parted: the caller hears music, the advisor's leg (his channel at the caller's PBX) stands aside
and has an ask of its own. As in `inputs.py`, facts are in the past tense, instructions and effects in the imperative.
"""

from dataclasses import dataclass
from typing import TypeAlias

from cti_router.core.configuration import AdvisorId, SiteId, SkillId
from cti_router.core.identity import CallId, OfferId

# ── what an advisor asks ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Transfer:
    """A person's request: the advisor's caller goes on to somebody with this skill, with his age."""

    advisor: AdvisorId
    skill: SkillId
    level: int
    author: str = ""


@dataclass(frozen=True, slots=True)
class Consult:
    """A person's request: an expert for the advisor; his caller stays his, and waits when the expert is found."""

    advisor: AdvisorId
    skill: SkillId
    level: int
    author: str = ""


@dataclass(frozen=True, slots=True)
class ConnectConsultation:
    """A person's request: the expert takes the caller, the advisor leaves."""

    advisor: AdvisorId
    author: str = ""


@dataclass(frozen=True, slots=True)
class CancelConsultation:
    """A person's request: back to the caller, or no expert wanted any more."""

    advisor: AdvisorId
    author: str = ""


@dataclass(frozen=True, slots=True)
class HoldCall:
    """A person's request: music for the advisor's caller."""

    advisor: AdvisorId
    author: str = ""


@dataclass(frozen=True, slots=True)
class RetrieveCall:
    """A person's request: the advisor is back."""

    advisor: AdvisorId
    author: str = ""


@dataclass(frozen=True, slots=True)
class HangUpCall:
    """A person's request: as if the advisor put his handset down."""

    advisor: AdvisorId
    author: str = ""


CallRequest: TypeAlias = (
    Transfer | Consult | ConnectConsultation | CancelConsultation | HoldCall | RetrieveCall | HangUpCall
)
"""What an advisor may ask about the call he has."""


# ── what a PBX tells ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AsideSeen:
    """An advisor's leg of a call found on its entry PBX. `via`: where it goes first, None on no trunk.

    `talked_s`: since it was answered. `expert…`: whom it rang last while it was aside.
    """

    call: CallId
    channel: str
    state: str
    offer: OfferId
    advisor: AdvisorId
    bridged: bool
    talked_s: float = 0.0
    expert_ticket: str = ""
    expert_offer: OfferId = ""
    expert: AdvisorId = ""
    via: SiteId | None = None


@dataclass(frozen=True, slots=True)
class LegEnded:
    """A leg that a PBX made is gone: `id` is its own, `call` the one it was made for, ours or not."""

    id: str
    call: CallId
    channel: str


@dataclass(frozen=True, slots=True)
class LegUntold:
    """The PBX did not take the answer to this ask of a leg: unless it asked again since, it takes its caller back."""

    call: CallId
    channel: str
    seq: int


@dataclass(frozen=True, slots=True)
class MoveFailed:
    """A PBX did not carry out a `Fetch` or a `Part`, or could not be asked to."""

    call: CallId


# ── instructions: to the caller, and to the leg ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Held:
    """Music for at most `for_s` while his advisor is aside, then ask again; sooner when that advisor's leg is gone."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Hold:
    """To an advisor's leg: nothing for at most `for_s`, then ask again."""

    for_s: float


@dataclass(frozen=True, slots=True)
class Take:
    """To an advisor's leg: take the caller out of his music, and talk."""


# ── effects ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Fetch:
    """Bring a caller out of his talk to the ask extension."""

    call: CallId
    site: SiteId
    channel: str


@dataclass(frozen=True, slots=True)
class Part:
    """Bring a caller out of his talk to the ask extension, and whom he talks with to the aside one, both at once."""

    call: CallId
    site: SiteId
    channel: str


@dataclass(frozen=True, slots=True)
class NudgeLeg:
    """Bring an advisor's leg, which is aside, to its ask: there is news for it."""

    call: CallId
    site: SiteId
    channel: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up a channel, or (`peer`) the one it talks with: unless that is `spares`, who may have come between."""

    call: CallId
    site: SiteId
    channel: str
    peer: bool = False
    spares: str = ""
