"""A callback: who waits without a telephone in his hand. Its words, and in one table everything that moves it.

The advisor is found first; then the contributor is called from his PBX. As in `inputs.py` and `effects.py`, facts are
in the past tense, effects and instructions in the imperative.
"""

from dataclasses import dataclass
from enum import StrEnum

from cti_router.core.configuration import AdvisorId, ProfileId, SiteId
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant, OfferId


class CallbackState(StrEnum):
    ASKED = "asked"  # being committed to the database: nobody was told that it is noted
    RESTING = "resting"  # not now: until its next attempt, the next opening, or the database is back
    SEEKING = "seeking"  # its ticket waits for an advisor like any other
    HELD = "held"  # the contributor called again himself, and is being served
    FOUND = "found"  # an advisor is free for it: the attempt is being written
    RINGING = "ringing"  # that advisor's phone rings
    CALLING = "calling"  # the contributor's rings, or they talk
    UNSEEN = "unseen"  # an attempt of a former router: its PBX has not told yet whether it goes on
    ENDED = "ended"


class CallbackMoved(StrEnum):
    """What moves a callback."""

    NOTED = "noted"
    RESTORED = "restored"
    RESTORED_IN_ATTEMPT = "restored_in_attempt"
    DUE = "due"
    PUT_OFF = "put_off"
    CONTRIBUTOR_CAME = "contributor_came"
    CONTRIBUTOR_LEFT = "contributor_left"
    ADVISOR_FOUND = "advisor_found"
    ADVISOR_LOST = "advisor_lost"
    WRITTEN = "written"
    ADVISOR_ANSWERED = "advisor_answered"
    SEEN_RINGING = "seen_ringing"
    SEEN_CALLING = "seen_calling"
    ATTEMPT_OVER = "attempt_over"
    CLOSED = "closed"


CALLBACK: dict[tuple[CallbackState, CallbackMoved], CallbackState] = {
    (CallbackState.ASKED, CallbackMoved.NOTED): CallbackState.RESTING,
    (CallbackState.ASKED, CallbackMoved.RESTORED): CallbackState.RESTING,
    (CallbackState.ASKED, CallbackMoved.RESTORED_IN_ATTEMPT): CallbackState.UNSEEN,
    (CallbackState.RESTING, CallbackMoved.DUE): CallbackState.SEEKING,
    (CallbackState.SEEKING, CallbackMoved.PUT_OFF): CallbackState.RESTING,
    (CallbackState.RESTING, CallbackMoved.CONTRIBUTOR_CAME): CallbackState.HELD,
    (CallbackState.SEEKING, CallbackMoved.CONTRIBUTOR_CAME): CallbackState.HELD,
    (CallbackState.HELD, CallbackMoved.CONTRIBUTOR_LEFT): CallbackState.RESTING,
    (CallbackState.SEEKING, CallbackMoved.ADVISOR_FOUND): CallbackState.FOUND,
    (CallbackState.FOUND, CallbackMoved.ADVISOR_LOST): CallbackState.SEEKING,
    (CallbackState.FOUND, CallbackMoved.PUT_OFF): CallbackState.RESTING,
    (CallbackState.FOUND, CallbackMoved.WRITTEN): CallbackState.RINGING,
    (CallbackState.RINGING, CallbackMoved.ADVISOR_LOST): CallbackState.SEEKING,
    (CallbackState.RINGING, CallbackMoved.ADVISOR_ANSWERED): CallbackState.CALLING,
    (CallbackState.CALLING, CallbackMoved.ADVISOR_LOST): CallbackState.SEEKING,
    (CallbackState.CALLING, CallbackMoved.ATTEMPT_OVER): CallbackState.RESTING,
    (CallbackState.UNSEEN, CallbackMoved.SEEN_RINGING): CallbackState.RINGING,
    (CallbackState.UNSEEN, CallbackMoved.SEEN_CALLING): CallbackState.CALLING,
    (CallbackState.UNSEEN, CallbackMoved.ATTEMPT_OVER): CallbackState.RESTING,
    **{(state, CallbackMoved.CLOSED): CallbackState.ENDED for state in CallbackState},
}

UNDER_WAY = (CallbackState.FOUND, CallbackState.RINGING, CallbackState.CALLING, CallbackState.UNSEEN)
"""An attempt is: nothing but its end may move it."""


@dataclass(frozen=True, slots=True)
class StoredCallback:
    """A callback as the database has it. The higher `revision` counts. `outcome` is None while it is open.

    `ticket`: as a channel would carry it. `attempts`: how often the contributor was rung in vain, or may have been.
    `attempt`: the offer under way, "" for none. Nobody is called before `not_before_at`. `asked_in`: the call in which
    it was asked for, "" when it was not in one; `author` who asked for it, "" for the caller. `called_from`: the number
    he called from then, where it is another than the one to be called.
    """

    id: CallId
    e164: int
    site: SiteId
    dnis: str
    ticket: str
    asked_at: Instant
    not_before_at: Instant
    revision: int
    attempts: int = 0
    attempt: OfferId = ""
    asked_in: CallId = ""
    author: str = ""
    outcome: Outcome | None = None
    ended_at: Instant | None = None
    called_from: int | None = None


@dataclass(slots=True)
class Callback:
    """What a callback is besides a call that waits: `stored` is what the database has, or is about to have.

    `held_by`: the contributor's own call. `in_talk`: asked for by the advisor who talks with him, whose talk goes on.
    `placed`: a call that an advisor wanted; it is for him alone, once and at once, and in no database.
    """

    stored: StoredCallback
    state: CallbackState = CallbackState.ASKED
    held_by: CallId = ""
    in_talk: bool = False
    placed: bool = False

    def move(self, moved: CallbackMoved) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = CALLBACK.get((self.state, moved))
        if following is None:
            return False
        self.state = following
        return True


# ── what people ask ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class AskCallback:
    """A person's request: call a caller back (`call`), or a number (`e164`, under a number of the service's).

    One who waits is let go then; one who is served talks on, and is called back besides. `dnis`: 0 for the first of the
    service's numbers. `profile`: None to look it up. `not_before_at`: what he was promised; None: as soon as it can be.
    """

    call: CallId = ""
    e164: int = 0
    dnis: int = 0
    profile: ProfileId | None = None
    author: str = ""
    not_before_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """A person's request: an advisor's phone is to ring, and then this number (E.164 without the plus sign).

    `contributor`: whose number it is, if that is known.
    """

    advisor: AdvisorId
    e164: int
    contributor: int | None = None
    author: str = ""


@dataclass(frozen=True, slots=True)
class CancelCallback:
    """A person's request: nobody is to be called any more."""

    callback: CallId
    author: str = ""


# ── what the database and the PBXs tell ──────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CallbackStored:
    """This revision is committed. `failed`: the database was away, so that nobody knows."""

    callback: CallId
    revision: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class CallbacksRead:
    """The open callbacks, and those of a day ago at most, as the database has them: once, at the start."""

    rows: tuple[StoredCallback, ...]


class Heard(StrEnum):
    """What became of a ring: of the advisor's phone, or of the contributor's."""

    ARRIVED = "arrived"  # the advisor answered
    TALKED = "talked"
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    NO_WAY = "no_way"
    CANCELLED = "cancelled"  # the advisor hung up meanwhile


@dataclass(frozen=True, slots=True)
class CallbackAsk:
    """The question of the advisor's leg "what next?". `heard`: what became of the call to the contributor, if any.

    `ended`: asked from the hang-up handler, the advisor is gone.
    """

    callback: CallId
    site: SiteId
    channel: str
    heard: Heard
    offer: OfferId
    advisor: AdvisorId
    talked_s: float = 0.0
    ended: bool = False


@dataclass(frozen=True, slots=True)
class AdvisorNotReached:
    """The advisor's phone was rung for this offer, or could not be, and nobody took it."""

    callback: CallId
    offer: OfferId
    why: Heard


@dataclass(frozen=True, slots=True)
class CallbackSeen:
    """An attempt found on its PBX. `calling`: the contributor's phone rings, or they talk, since `talked_s`.

    `via`: where the leg to the advisor goes first, None on no trunk.
    """

    callback: CallId
    offer: OfferId
    advisor: AdvisorId
    channel: str
    calling: bool
    via: SiteId | None = None
    talked_s: float = 0.0


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CallOut:
    """To the advisor's leg: ring the contributor (E.164 without the plus sign). `shows`: the calling number there."""

    number: str
    ring_s: float
    shows: str


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """None: nothing more, let the advisor go."""

    instruction: CallOut | None


@dataclass(frozen=True, slots=True)
class StoreCallback:
    """Commit this to the database, and tell by `CallbackStored` whether it is."""

    stored: StoredCallback


@dataclass(frozen=True, slots=True)
class RingAdvisor:
    """Ring an advisor's phone from the PBX of `path`'s first site; what he answers asks. A second time does nothing.

    `shows`: whose number he sees, E.164 without the plus sign; `called_from`: that from which it was asked, if another.
    """

    callback: CallId
    offer: OfferId
    advisor: AdvisorId
    phone: str
    path: tuple[SiteId, ...]
    ring_s: float
    shows: str
    called_from: str = ""
