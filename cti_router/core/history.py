"""The rows of the history: what became of each call, for people."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import AdvisorId, MotiveId, ProfileId, SiteId
from cti_router.core.identity import CallId, Instant


class Outcome(StrEnum):
    """How a call ended: exactly one."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    CLOSED = "closed"  # outside the time slots
    UNSERVED = "unserved"  # the plan came to its end
    UNKNOWN_NUMBER = "unknown_number"
    REFUSED = "refused"  # every voice port was taken
    VOICEMAIL = "voicemail"  # he left a message
    FORWARDED = "forwarded"  # answered at another number
    CALLBACK = "callback"  # he is to be called back
    UNREACHED = "unreached"  # called back as often as was allowed, and never there
    CALLED_AGAIN = "called_again"  # served when he called again himself, before he was called back
    CANCELLED = "cancelled"  # nobody is to call him back any more
    EXPIRED = "expired"  # he could not be called back in time
    NOT_NOTED = "not_noted"  # the database did not take his callback in time
    NO_ANSWER = "no_answer"  # an advisor called him, and he did not answer; he was busy; or could not be reached
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    FALLBACK = "fallback"  # given to a PBX's own queue, and gone from there
    ENDED_UNSEEN = "ended_unseen"  # while no router was listening


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"  # the service called: somebody who was to be called back, or whom an advisor wanted to speak with


@dataclass(frozen=True, slots=True)
class OfferRecord:
    """`sip` is the SIP Call-ID of the leg that was dialled, "" where none was or it is not known."""

    advisor: AdvisorId
    offered_at: Instant
    result: str
    rang_s: float
    sip: str = ""


@dataclass(frozen=True, slots=True)
class TicketRecord:
    """One wait of a call, and who ended it. None and () while nobody did, and for what a former version wrote.

    `waited_s` counts from `opened_at`. `talked_s` is how long its advisor was taken by the call, `served_s` how much of
    that as the caller's own advisor: nothing for an expert who was only consulted.
    """

    number: int
    kind: str
    offers: tuple[OfferRecord, ...]
    opened_at: Instant | None = None
    waited_s: float | None = None
    advisor: AdvisorId | None = None
    path: tuple[SiteId, ...] = ()
    answered_at: Instant | None = None
    talked_s: float = 0.0
    served_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Counted:
    """The groups of advisors (same site, same skills) that a step opens: all, and those with somebody free."""

    step: int
    eligible: int
    free: int


count = lru_cache(maxsize=4096)(Counted)
"""A count that was made before is the same again: most decisions are taken from the same few."""


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it is kept and read: sentences in French."""

    at: Instant
    ticket: int
    what: str
    version: str
    because: tuple[str, ...]
    rejected: tuple[str, ...] = ()
    counted: tuple[Counted, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One row of the history. `outcome` is None while the call lives; `because` is sentences, in French.

    `advisor` is who serves the caller now or, when the call is over, who did last. `waited_s` and `talked_s` are the
    caller's own, all his waits and all who served him together.

    `sip` is the SIP Call-ID of the caller's leg, "" where it is not known. `message` is where his voice message is: a
    path in the spool directory of the entry site's PBX, without its ending (.wav); "" when he left none.

    Of a call out (`direction`) `cli` is the number that was called, `dnis` the one of ours that was shown there,
    `entry_site` where it went out, and `author` who asked for it, "" for the caller himself.
    """

    id: CallId
    arrived_at: Instant
    cli: str
    dnis: str
    entry_site: SiteId
    contributor: int | None = None
    profile: ProfileId | None = None
    recognition: Recognition | None = None
    duty_site: SiteId | None = None
    advisor: AdvisorId | None = None
    advisor_site: SiteId | None = None
    path: tuple[SiteId, ...] = ()
    waited_s: float = 0.0
    talked_s: float = 0.0
    outcome: Outcome | None = None
    because: tuple[str, ...] = ()
    tickets: tuple[TicketRecord, ...] = field(default=())
    ended_at: Instant | None = None
    sip: str = ""
    verified: Verified = Verified.UNKNOWN
    decisions: tuple[DecisionRecord, ...] = ()
    motive: MotiveId | None = None
    message: str = ""
    direction: Direction = Direction.IN
    author: str = ""
