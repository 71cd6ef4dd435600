"""What the switchboard answers: one instruction to an ask, the fate of a request. Frozen data, in the imperative."""

from dataclasses import dataclass
from typing import TypeAlias

from cti_router.core.aside import Held, Hold, Take
from cti_router.core.callback import CallbackAnswer
from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.identity import CallId, OfferId
from cti_router.core.order import OrderTaken


@dataclass(frozen=True, slots=True)
class Wait:
    """Music for at most `for_s`, then ask again. `music` is a class of the PBX's, "" its own."""

    for_s: float
    music: str = ""


@dataclass(frozen=True, slots=True)
class Play:
    """Play these sounds, then ask again."""

    sounds: tuple[str, ...]
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Collect:
    """Play these sounds, and take at most `digits` digits meanwhile and after: # ends them, or `timeout_s` of none."""

    sounds: tuple[str, ...]
    digits: int
    timeout_s: float
    interruptible: bool = False


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring an advisor's phone. `path` is the sites from the entry PBX to the advisor's, both included.

    `number`: what to dial when the path leads over the public network, E.164 without the plus sign, else "".
    `whisper`: what the advisor hears before he hears the caller.
    """

    offer: OfferId
    advisor: AdvisorId
    phone: str
    path: tuple[SiteId, ...]
    ring_s: float
    number: str = ""
    whisper: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """A tone, then record what he says, for at most `for_s`.

    `file` is a path in the spool directory of his PBX, without its ending.
    """

    file: str
    for_s: float


@dataclass(frozen=True, slots=True)
class Forward:
    """Ring another number over the public network (E.164 without the plus sign). `shows`: the calling number there."""

    number: str
    ring_s: float
    shows: str


@dataclass(frozen=True, slots=True)
class Release:
    """Hang up. `cause` is a Q.850 cause (16 = normal clearing)."""

    cause: int = 16


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not answer: these sounds before the answer, then hang up. `cause` is a Q.850 cause (34: try elsewhere)."""

    cause: int
    sounds: tuple[str, ...] = ()


Instruction: TypeAlias = Wait | Play | Collect | Dial | Release | Refuse | Held | TakeMessage | Forward


LegInstruction: TypeAlias = Dial | Hold | Take | Release


@dataclass(frozen=True, slots=True)
class Answer:
    """The one instruction an ask gets, the ticket to carry, and the sequence number of the next ask."""

    instruction: Instruction
    ticket: str
    next_seq: int


@dataclass(frozen=True, slots=True)
class LegAnswer:
    """The one instruction a leg's ask gets; with a `Dial`, the ticket that the expert's leg is to carry."""

    instruction: LegInstruction
    expert_ticket: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The input was not carried out; `why` is a sentence for a person."""

    why: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request was carried out. `call`: the one that it began, "" for none."""

    call: CallId = ""


Said: TypeAlias = Answer | LegAnswer | CallbackAnswer | Accepted | OrderTaken | Refused | None
"""What comes back of one input: an answer to an ask, the fate of a request, nothing to a fact."""
