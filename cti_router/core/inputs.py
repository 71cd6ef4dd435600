"""What the switchboard is told: asks of the dialplan, facts from the PBXs, requests of people, what else comes in.

Frozen data. Facts are in the past tense. Durations end in `_s` (seconds), instants in `_at` (POSIX seconds, UTC, as
float). What the second level adds is in `aside.py`, what callbacks add in `callback.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from cti_router.core.aside import AsideSeen, CallRequest, LegEnded, LegUntold, MoveFailed
from cti_router.core.callback import (
    AdvisorNotReached,
    AskCallback,
    CallbackAsk,
    CallbackSeen,
    CallbacksRead,
    CallbackStored,
    CancelCallback,
    PlaceCall,
)
from cti_router.core.configuration import AdvisorId, Configuration, SiteId
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Cli, Contributor, Instant, OfferId, Sought
from cti_router.core.matching.kinds import Kinds
from cti_router.core.order import GiveOrder, Order, PullTicket, UndoOrder
from cti_router.core.presence import Presence as Presence


class Last(StrEnum):
    """What became of the instruction before this ask."""

    ARRIVED = "arrived"  # there was none: the call is new
    WAITED = "waited"  # the wait ran out, or a nudge cut it
    PLAYED = "played"
    KEYED = "keyed"  # a question was asked to its end, whatever was keyed
    TALKED = "talked"  # an advisor answered, and the talk is over
    CUT = "cut"  # an advisor answered, and the line to him died in mid-talk
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"  # the phone's own PBX says that it cannot be rung
    NO_WAY = "no_way"  # the entry PBX found no way to it
    CANCELLED = "cancelled"  # the ringing, or the talk, was cut from our side
    HELD = "held"  # the music while his advisor is aside ran out
    LEFT = "left"  # whoever he was held or joined by is gone
    FALLBACK = "fallback"  # the PBX's own queue gave the caller back
    MESSAGE_TAKEN = "message_taken"
    NO_MESSAGE = "no_message"  # nothing was said, or it could not be kept
    FORWARDED = "forwarded"  # somebody answered at the other number, and the talk is over
    NOT_FORWARDED = "not_forwarded"


@dataclass(frozen=True, slots=True)
class Ask:
    """The dialplan's question "what next?" about one call.

    `seq` grows by one with each instruction carried out: the same number again asks for the same instruction.
    `ticket` is what the channel carries ("" when no router has seen the call yet). `ended`: asked from the hang-up
    handler, nobody is there any more. `code`: the digit after the star when an advisor's phone asks, else ""; then
    `dnis` is the extension of that phone. `offer` and `advisor` are those of the last dial. `age_s`: since the
    call came in, by its PBX's clock; it counts while there is no ticket yet. `sip`: the SIP Call-ID of the caller's
    leg, `leg_sip` that of the leg dialled last. `keys`: the digits keyed in answer to a question. `failed`: sounds that
    its PBX could not play since the last ask.
    """

    call: CallId
    site: SiteId
    channel: str
    seq: int
    last: Last
    cli: Cli
    dnis: str
    ticket: str = ""
    offer: OfferId = ""
    advisor: AdvisorId = ""
    code: str = ""
    missed: int = 0
    talked_s: float = 0.0
    age_s: float = 0.0
    ended: bool = False
    sip: str = ""
    leg_sip: str = ""
    keys: str = field(default="", repr=False)
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LegAsk:
    """The question of an advisor's leg which stands aside from its caller: "what next?".

    `offer` and `advisor` are its own. `last`: ARRIVED when it was brought aside, WAITED when its hold ran out, LEFT
    when it is alone, else what became of `expert_offer`, its last dial, after `talked_s`. `seq` grows by one with each.
    """

    call: CallId
    site: SiteId
    channel: str
    seq: int
    last: Last
    offer: OfferId
    advisor: AdvisorId
    expert_offer: OfferId = ""
    talked_s: float = 0.0


class PhoneState(StrEnum):
    """A device as its own PBX reports it."""

    FREE = "free"
    RINGING = "ringing"
    IN_USE = "in_use"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ChannelSeen:
    """A caller's channel found on an entry PBX, with what it carries. `state` is the verb the dialplan carries out.

    `talked_s`: since he was answered last, by his PBX's clock.
    """

    call: CallId
    channel: str
    state: str
    ticket: str
    offer: OfferId
    advisor: AdvisorId
    cli: Cli
    dnis: str
    bridged: bool
    talked_s: float = 0.0


@dataclass(frozen=True, slots=True)
class LegSeen:
    """An outgoing leg found on a PBX's trunk to `peer` (`PUBLIC`: the public network). `call`: ours, "" when not."""

    id: CallId
    peer: SiteId
    call: CallId


@dataclass(frozen=True, slots=True)
class PbxSynced:
    """The link to a site's PBX is up, and this is all that is there. `took_s`: how long it took to tell."""

    site: SiteId
    channels: tuple[ChannelSeen, ...]
    phones: Mapping[str, PhoneState]
    trunks: Mapping[SiteId, bool]
    took_s: float = 0.0
    legs: tuple[LegSeen, ...] = ()
    aside: tuple[AsideSeen, ...] = ()
    callbacks: tuple[CallbackSeen, ...] = ()


@dataclass(frozen=True, slots=True)
class PbxLost:
    site: SiteId


@dataclass(frozen=True, slots=True)
class PhoneChanged:
    site: SiteId
    phone: str
    state: PhoneState


@dataclass(frozen=True, slots=True)
class TrunkChanged:
    """The PBX of `site` does, or does not any more, reach the PBX of `peer`."""

    site: SiteId
    peer: SiteId
    reachable: bool


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """The caller's channel is gone from its entry PBX."""

    call: CallId
    cause: int


@dataclass(frozen=True, slots=True)
class AnswerUndelivered:
    """The PBX did not take the answer to this ask: what the caller does now is unknown until he asks again."""

    call: CallId
    seq: int


@dataclass(frozen=True, slots=True)
class NudgeFailed:
    """The PBX did not take a nudge, or could not be asked to."""

    call: CallId


@dataclass(frozen=True, slots=True)
class Stalled:
    """The router itself stood still for `for_s`: what it believes of the PBXs may be old."""

    for_s: float


@dataclass(frozen=True, slots=True)
class DirectoryReplied:
    """Who has this calling number, or (`by`) what he keyed. `failed`: the directory was away or too slow."""

    call: CallId
    contributors: tuple[Contributor, ...]
    failed: bool = False
    by: Sought = Sought.NUMBER


@dataclass(frozen=True, slots=True)
class SetPresence:
    """A person's request. `reason` goes with NOT_READY, and so does `for_s`: then he is available again by himself.
    None: as long as the reason's absences last, for ever where nothing says so.

    `phone`: the extension he has from now on, at his site, until he logs out; "": the one he has.
    """

    advisor: AdvisorId
    presence: Presence
    reason: str = ""
    author: str = ""
    for_s: float | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class EndWrapUp:
    """A person's request: wrap-up is over."""

    advisor: AdvisorId
    author: str = ""


@dataclass(frozen=True, slots=True)
class ExtendWrapUp:
    """A person's request: so much more wrap-up, as far as the configuration lets him."""

    advisor: AdvisorId
    by_s: float
    author: str = ""


Request: TypeAlias = (
    SetPresence | EndWrapUp | ExtendWrapUp | CallRequest | GiveOrder | UndoOrder | PullTicket | PlaceCall
)
"""What a person may ask; answered `Accepted`, `OrderTaken` or `Refused`."""


@dataclass(frozen=True, slots=True)
class StoredPresence:
    """Presence as it was written through. `until_at`: when an absence ends by itself. `phone`: the phone of the day, ""
    when it is his own.
    """

    advisor: AdvisorId
    presence: Presence
    reason: str
    since_at: Instant
    wrap_up_until_at: Instant | None = None
    until_at: Instant | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    """What outlived the last router: given once, first. `calls` are the open calls the spool knew.

    `orders` are those that are not over, and those that were over lately.
    """

    presences: tuple[StoredPresence, ...]
    calls: tuple[CallRecord, ...] = ()
    orders: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Configure:
    """The administrators decided anew: everything is planned again, nobody loses his place or his talk.

    `prepared` is what `prepared.prepared` made of the configuration; None: it is made in the step, which takes longer.
    """

    configuration: Configuration
    prepared: Kinds | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tick:
    """A deadline has come."""


Input: TypeAlias = (
    Ask | PbxSynced | PbxLost | PhoneChanged | TrunkChanged | CallerLeft | AnswerUndelivered | NudgeFailed | Stalled
    | DirectoryReplied | Request | Restore | Configure | Tick | LegAsk | LegEnded | LegUntold | MoveFailed | GiveOrder
    | UndoOrder | PullTicket | AskCallback | CancelCallback | CallbackStored | CallbacksRead | CallbackAsk
    | AdvisorNotReached
)  # fmt: skip
