"""What callers go through before somebody answers: noted beside the core, for as long as their calls last.

The core keeps what it needs to decide. What was said to a caller, what he was asked and what he chose is seen here in
the answers he gets and in his next ask. Of his keys only those that chose a motive are kept.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cti_router.core.certainty import Recognition
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import Ask, DirectoryReplied, Input, Last
from cti_router.core.instructions import Answer, Collect, Instruction, Play
from cti_router.core.question import Asked
from cti_router.core.serving.call import Call
from cti_router.core.switchboard import Switchboard
from cti_router.core.treating.spoken import SAY

SHORT_S = 3.0
"""What was cut sooner was not heard."""

MOST_NOTES = 60
"""So many are kept of one call; who waits that long has been told everything more than once."""

_PLACE, _MINUTES = f"{SAY}position-", f"{SAY}minutes-"


class What(StrEnum):
    """A kind of note; `Note.value` is what it needs besides."""

    GREETED = "greeted"
    INFORMED = "informed"
    PLACE_TOLD = "place_told"  # which
    WAIT_TOLD = "wait_told"  # minutes, as `spoken.wait` says them
    ASKED = "asked"  # an `Asked`, cut short
    ANSWERED = "answered"  # an `Answered`


class Reply(StrEnum):
    NOTHING = "nothing"
    YES = "yes"
    NO = "no"


class Answered(NamedTuple):
    """`keys` and `motive` (its name, "" for none) only where he was asked why he calls."""

    asked: Asked
    reply: Reply
    keys: str = ""
    motive: str = ""


class Note(NamedTuple):
    at: Instant
    what: What
    value: int | Asked | Answered | None = None


@dataclass(slots=True)
class Journey:
    """`contributors`: who he may be. `known_at`: when he had a profile.

    `told` is where in the notes those of his last instruction begin, which he got for his ask `seq` at `told_at`.
    """

    notes: list[Note] = field(default_factory=list)
    contributors: tuple[int, ...] = ()
    known_at: Instant | None = None
    seq: int = -1
    told: int = 0
    told_at: Instant = 0.0
    asked: Asked | None = None

    def note(self, at: Instant, what: What, value: int | Asked | Answered | None = None) -> None:
        if len(self.notes) < MOST_NOTES:
            self.notes.append(Note(at, what, value))


NO_JOURNEY = Journey()


class Journeys:
    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._of: dict[CallId, Journey] = {}

    def of(self, call: CallId) -> Journey:
        return self._of.get(call, NO_JOURNEY)

    def forget(self, call: CallId) -> None:
        self._of.pop(call, None)

    def observe(self, input_: Input, answer: object, now: Instant) -> CallId | None:
        """The call of which it is known now, or known better, who calls."""
        kind = type(input_)
        if kind is Ask:
            assert isinstance(input_, Ask)  # noqa: S101 — for the types: `isinstance` alone would take each step longer
            call = self._switchboard.calls.get(input_.call)
            if call is None or not isinstance(answer, Answer):
                return None
            journey = self._of.get(call.id)
            if journey is None:
                journey = self._of[call.id] = Journey()
            self._asked(journey, call, input_, now)
            self._told(journey, call, answer.instruction, now)
            return call.id if _is_known(journey, call, (), now) else None
        if isinstance(input_, DirectoryReplied) and (call := self._switchboard.calls.get(input_.call)) is not None:
            journey = self._of.setdefault(call.id, Journey())
            found = tuple(each.id for each in input_.contributors)
            return call.id if _is_known(journey, call, found, now) else None
        return None

    def _asked(self, journey: Journey, call: Call, ask: Ask, now: Instant) -> None:
        """What his ask tells of what he was told before. The same ask again takes that back."""
        if ask.seq == journey.seq:
            del journey.notes[journey.told :]
            return
        last = ask.last
        if last is Last.KEYED:
            if journey.asked is not None and len(journey.notes) > journey.told:
                del journey.notes[journey.told :]
                journey.note(now, What.ANSWERED, self._answered(journey.asked, call, ask.keys))
        elif last is not Last.PLAYED and now - journey.told_at < SHORT_S:
            del journey.notes[journey.told :]
        journey.seq, journey.told, journey.told_at, journey.asked = ask.seq, len(journey.notes), now, None

    def _answered(self, asked: Asked, call: Call, keys: str) -> Answered:
        if asked is Asked.MOTIVE:
            motive = self._switchboard.configuration.motives.get(call.ticket.motive or "")
            return Answered(asked, Reply.YES if keys else Reply.NOTHING, keys, motive.name if motive and keys else "")
        if not keys:
            return Answered(asked, Reply.NOTHING)
        refuses = asked is Asked.CALLBACK and (call.wish is None or keys != call.wish.offer.key)
        return Answered(asked, Reply.NO if refuses else Reply.YES)

    @staticmethod
    def _told(journey: Journey, call: Call, told: Instruction, now: Instant) -> None:
        if isinstance(told, Collect):
            if call.question is not None:
                journey.asked = call.question.asked
                journey.note(now, What.ASKED, journey.asked)
        elif isinstance(told, Play):
            if (item := call.hears) is None:
                if call.number is not None and told.sounds == call.number.greeting_sounds:
                    _greeted(journey, now)
                return
            before, after = call.heard, item.heard
            if after.begun and not before.begun:
                _greeted(journey, now)
            if after.adopted_at is None and len(after.informed) > len(before.informed):
                journey.note(now, What.INFORMED)
            for sound in told.sounds:
                if sound.startswith(_PLACE):
                    journey.note(now, What.PLACE_TOLD, int(sound.removeprefix(_PLACE)))
                elif sound.startswith(_MINUTES):
                    journey.note(now, What.WAIT_TOLD, int(sound.removeprefix(_MINUTES)))


def _greeted(journey: Journey, now: Instant) -> None:
    if not any(note.what is What.GREETED for note in journey.notes):
        journey.note(now, What.GREETED)


def _is_known(journey: Journey, call: Call, found: tuple[int, ...], now: Instant) -> bool:
    """Is it known now who he may be, and was it not before?"""
    ticket = call.ticket
    if journey.known_at is None and ticket.profile is not None:
        journey.known_at = now
    if ticket.contributor is not None:
        found = (ticket.contributor,)
    elif ticket.recognition is not Recognition.SEVERAL:
        return False
    if not found or found == journey.contributors:
        return False
    journey.contributors = found
    return True
