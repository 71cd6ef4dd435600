"""Owner of the calls: hears each ask, and answers with what comes next."""

from collections.abc import Collection
from dataclasses import replace
from itertools import islice

from cti_router.core.aside import Held
from cti_router.core.calls.arrivals import Arrivals
from cti_router.core.calls.identification import Identification
from cti_router.core.calls.questions import Questions
from cti_router.core.calls.second_level import HELD_S, SecondLevel
from cti_router.core.calls.treating import Treating
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import Noticed, NotPlayed, Remember
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant, OfferId
from cti_router.core.inputs import AnswerUndelivered, Ask, ChannelSeen, Last, NudgeFailed, PhoneChanged
from cti_router.core.instructions import (
    Answer,
    Collect,
    Dial,
    Forward,
    Instruction,
    Play,
    Refuse,
    Refused,
    Release,
    TakeMessage,
    Wait,
)
from cti_router.core.ledger import ledger
from cti_router.core.matching.matching import Matching
from cti_router.core.serving.call import Call
from cti_router.core.serving.endings import PARTED, Endings
from cti_router.core.serving.offers import Offers
from cti_router.core.serving.waiting import Waiting
from cti_router.core.talk import Talk
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.tickets.ticket import TicketMoved, TicketState
from cti_router.core.treating.treatment import WAIT_S
from cti_router.core.turn import Turn
from cti_router.core.ways.voice_ports import VoicePorts

PLAY_S, RELEASE_S = 120.0, 10.0
"""The longest that sounds, and a hang-up, are expected to take."""

AFTER_TALK_S = 10.0
"""An advisor's phone is free, but the caller has not asked: how long that may last."""

OVERDUE_AFTER_S = 3.0
"""A caller who has not asked for this long after he should may be in his PBX's fallback: no offer, no nudge."""

SILENT_AFTER_S = 20.0
"""One who has not asked for this long is not there any more; if he is, his ticket tells his age when he asks."""

GONE_FOR_S = 60.0
"""How long a call that ended is known to be over, whatever late news of it comes in."""

_WAIT = Wait(WAIT_S)


class Calls:
    """`calls` holds every call in progress; a call that is not in it is met for the first time, or gone."""

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, offers: Offers,
        expected: ExpectedWaits, waiting: Waiting, arrivals: Arrivals, identification: Identification,
        questions: Questions, treating: Treating, second_level: SecondLevel, voice_ports: VoicePorts,
        endings: Endings, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._matching = matching
        self._offers = offers
        self._expected = expected
        self._waiting = waiting
        self._arrivals = arrivals
        self._identification = identification
        self._questions = questions
        self._treating = treating
        self._second_level = second_level
        self._voice_ports = voice_ports
        self._endings = endings
        self._deadlines = deadlines
        deadlines.lapse(Due.CALL_SILENT, self._is_gone)
        self._linked = linked
        self._gone: dict[CallId, Instant] = {}
        self.calls = calls

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    # an ask: heard, then answered

    def hear(self, ask: Ask, turn: Turn) -> Refused | None:
        """Take in what an ask reports. The same sequence number again reports nothing new; a lower one is refused."""
        call = self.calls.get(ask.call)
        if call is None:
            if ask.ended or self.is_gone(ask.call, turn.now):
                self._remember_gone(ask.call, turn.now)
                return Refused(f"call {ask.call} is over")
            call = self._arrivals.meet(ask, turn)
        elif ask.seq < call.seq:
            return Refused(f"ask {ask.seq} of call {ask.call} comes after {call.seq}")
        elif ask.seq > call.seq or ask.ended:
            self._report(call, ask, turn)
        else:
            self._waiting.plan(call, call.ticket, turn)
        call.seq, call.asked_at, call.channel, call.in_fallback = ask.seq, turn.now, ask.channel, False
        call.sip = ask.sip or call.sip
        if ask.ended:
            self._remember_gone(call.id, turn.now)
            self.end(call, turn)
        return None

    def answer(self, ask: Ask, turn: Turn) -> Answer:
        """One instruction, a function of the call's state alone: asked twice, answered the same."""
        call = self.calls.get(ask.call)
        if call is None:
            return Answer(Release(), ask.ticket, ask.seq + 1)
        linked = call.site in self._linked
        call.told = self._in_words(call, self._next(call, turn, linked), turn, linked)
        self._expect(call, turn)
        self._treat(call)
        call.listening = linked and _may_be_cut(call.told, call.talk)
        if not call.listening:
            self._matching.dequeue(call.ticket.id)  # without a link he is served when he asks, and at no other time
        return Answer(call.told, call.ticket.to_text(), ask.seq + 1)

    def _next(self, call: Call, turn: Turn, linked: bool) -> Instruction:
        hears, call.hears = call.hears, None
        if call.saying:
            return Play(call.saying, interruptible=False)
        if (question := call.question) is not None and call.ticket.state in _NOT_SERVED:
            return Collect(question.sounds, question.digits, question.timeout_s, question.interruptible)
        match call.ticket.state:
            case TicketState.TALKING if self._second_level.holds(call, turn.now):
                return Held(HELD_S)
            case TicketState.OFFERED | TicketState.TALKING:
                return self._offers.dial(call.ticket, turn)
            case TicketState.ARRIVED | TicketState.WAITING:
                told = self._treating.next(call, hears, turn, may_be_cut=linked and self._offers.is_open)
                return told or self._next(call, turn, linked)  # else he is asked something
            case _:
                return self._endings.told(call)

    def _in_words(self, call: Call, told: Instruction, turn: Turn, linked: bool) -> Instruction:
        """With what is known only when it is said. What comes to nothing then is passed over."""
        while isinstance(told, Play | Collect | Refuse):
            sounds = self._treating.spoken(call, told.sounds, turn)
            if sounds == told.sounds:
                break
            if sounds or not isinstance(told, Play):
                return replace(told, sounds=sounds)
            call.saying = ()
            told = self._next(call, turn, linked)
        return told

    def _treat(self, call: Call) -> None:
        """He holds a voice port while he is treated: not once he talks or is sent on, nor when he was refused."""
        told = call.told
        if isinstance(told, Forward):
            self._voice_ports.give_back(call.id)
        elif call.ticket.answered_at is None and told is not None and not isinstance(told, Release | Refuse):
            self._voice_ports.take(call.id, call.site)
            self._voice_ports.told(call.id, told)

    def _expect(self, call: Call, turn: Turn) -> None:
        """When he must have asked again; a dial has deadlines of its own."""
        match call.told:
            case Held() if call.talk is Talk.TOGETHER:
                call.due_at = None  # his advisor is taking him: he may talk by now
            case Wait(for_s=for_s) | Held(for_s=for_s):
                self.due(call, turn.now + for_s)
            case Play() | Refuse():
                self.due(call, turn.now + PLAY_S)
            case Collect(timeout_s=timeout_s, digits=digits):
                self.due(call, turn.now + PLAY_S + timeout_s * (digits + 1))
            case Release():
                self.due(call, turn.now + RELEASE_S)
            case TakeMessage(for_s=for_s):
                self.due(call, turn.now + for_s + PLAY_S)
            case Dial() | Forward() | None:
                call.due_at = None

    def due(self, call: Call, at: Instant) -> None:
        """When he must have asked. A deadline that comes before looks again then."""
        call.due_at = at
        self._watch(call, at + OVERDUE_AFTER_S)

    def _watch(self, call: Call, at: Instant) -> None:
        if call.watched_at is None or call.watched_at > at:
            call.watched_at = at
            self._deadlines.set(at, Due.CALL_SILENT, call.id)

    def _report(self, call: Call, ask: Ask, turn: Turn) -> None:
        if ask.failed:
            turn.emit(NotPlayed(call.id, ask.site, ask.failed))
        if self._second_level.heard(call, ask, turn):
            return
        ticket = call.ticket
        if self._treating.heard(call, ask, turn):
            pass  # what he is to hear to its end comes after it
        elif ask.last is Last.PLAYED:
            call.saying = ()
        elif ask.last is Last.KEYED and not ask.ended:
            self._questions.keyed(call, ask.keys, turn)
        elif isinstance(call.told, Collect):
            self._questions.cut_short(call)
        if ask.last in PARTED and ticket.state is TicketState.LEAVING:
            self._endings.parted(call, ask, turn)
        under_way = ticket.state in (TicketState.OFFERED, TicketState.TALKING)
        if under_way and ask.offer == ticket.offer and ask.last in _ENDS_AN_OFFER:
            self._dial_ended(call, ask, turn)
        elif ask.last is Last.TALKED and ticket.state in _NOT_TALKING:
            self._offers.take_back(call.ticket, turn)
            self._arrivals.talked_unseen(call, ask, turn)
        elif ticket.state is TicketState.TALKING and not ask.ended:
            # He asks, so he does not talk: what looked like an answer was none.
            turn.emit(Noticed("asked_while_talking", call.id))
            self._offers.ended(call.ticket, Last.CANCELLED, 0.0, turn)
        if not ask.ended:
            self._waiting.plan(call, call.ticket, turn)

    def _dial_ended(self, call: Call, ask: Ask, turn: Turn) -> None:
        self._offers.dialled(ask.offer, ask.leg_sip)
        last = ask.last
        if last is Last.CUT and (ask.ended or self._offers.was_cut(call.ticket)):
            last = Last.TALKED  # he has gone himself; or it is his own line that dies
        self._offers.ended(call.ticket, last, ask.talked_s, turn)
        if last is Last.TALKED:
            call.outcome = Outcome.ANSWERED

    # a caller who does not ask

    def found_waiting(self, call: Call, turn: Turn) -> None:
        """A caller of a former router, met in its music: he may be nudged, and must ask in time like any other."""
        call.told, call.listening = _WAIT, True
        self._treat(call)
        self.due(call, turn.now + WAIT_S)
        self._identification.identify(call, turn)

    def found_held(self, call: Call, seen: ChannelSeen, via: SiteId | None, turn: Turn) -> None:
        """A caller of a former router whose advisor is aside."""
        self._second_level.adopt(call, seen.offer, seen.advisor, via, seen.talked_s, turn)
        call.told, call.listening = Held(HELD_S), True
        self.due(call, turn.now + HELD_S)

    def found_in_fallback(self, call: Call) -> None:
        """His own PBX cares for him: no nudge may reach him there."""
        self._waiting.unheard(call)
        call.in_fallback, call.due_at = True, None

    def undelivered(self, fact: AnswerUndelivered, _: Turn) -> None:
        """What we told a caller did not reach his PBX."""
        call = self.calls.get(fact.call)
        if call is not None and call.seq == fact.seq:
            self._waiting.unheard(call)

    def not_reached(self, fact: NudgeFailed, turn: Turn) -> None:
        """A nudge did not get through: an offer made to him is taken back, and he is served when he asks."""
        call = self.calls.get(fact.call)
        if call is not None and call.listening:
            self._waiting.unheard(call)
            self._offers.take_back(call.ticket, turn)  # he listens, so he was told of none yet

    def unreachable(self, site: SiteId) -> None:
        """No link to a PBX: those who wait there are served when they ask, and at no other time."""
        for call in self.calls.values():
            if call.site == site and self._matching.is_waiting(call.ticket.id):
                self._waiting.unheard(call)
            if call.site == site and call.consultation is not None:
                self._matching.dequeue(call.consultation.id)  # nobody could bring the advisor to his expert

    def silent(self, call_id: CallId, turn: Turn) -> None:
        """A deadline came: a caller should have asked by now."""
        call = self.calls.get(call_id)
        if call is None:
            return
        call.watched_at = None
        if call.due_at is None:
            return
        if turn.now < call.due_at + OVERDUE_AFTER_S:
            self._watch(call, call.due_at + OVERDUE_AFTER_S)
            return
        if turn.now < call.due_at + SILENT_AFTER_S:
            self._waiting.unheard(call)
            self._watch(call, call.due_at + SILENT_AFTER_S)
            return
        turn.emit(Noticed("call_silent", call_id))
        self.end(call, turn, Outcome.ENDED_UNSEEN)

    # what becomes of offers

    def phone_changed(self, fact: PhoneChanged, turn: Turn) -> None:
        if (over := self._offers.phone_changed(fact, turn)) is not None:
            self.due(self.calls[over], turn.now + AFTER_TALK_S)

    def offer_lost(self, offer: OfferId, turn: Turn) -> None:
        """A deadline of an offer came."""
        if (ticket := self._offers.lost(offer, turn)) is None:
            return
        call = self.calls[ticket.call]
        if ticket is call.consultation:
            self._second_level.expert_lost(call, turn)
        elif call.callback is None:
            self._waiting.unheard(call)

    def _is_gone(self, call_id: CallId) -> bool:
        return call_id not in self.calls

    # the end

    def left(self, call_id: CallId, turn: Turn) -> None:
        """The caller's channel is gone."""
        self._remember_gone(call_id, turn.now)
        if (call := self.calls.get(call_id)) is not None:
            self.end(call, turn, Outcome.FALLBACK if call.in_fallback else None)

    def end(self, call: Call, turn: Turn, outcome: Outcome | None = None) -> None:
        """Close a call: exactly one outcome, one row of the history."""
        self._second_level.ended(call, turn)
        if call.ticket.state is TicketState.TALKING:
            talked_s = turn.now - (call.ticket.answered_at or turn.now)
            self._offers.ended(call.ticket, Last.TALKED, talked_s, turn)
            call.outcome = Outcome.ANSWERED
        elif call.ticket.state is TicketState.OFFERED:
            self._offers.ended(call.ticket, Last.CANCELLED, 0.0, turn)
        self._matching.dequeue(call.ticket.id)
        call.ticket.move(TicketMoved.CALLER_LEFT)
        call.outcome = call.outcome or outcome or Outcome.ABANDONED
        if call.outcome is Outcome.ABANDONED:
            call.say_why(ledger.CALLER_LEFT)
            self._expected.broke_off(call.ticket, turn.now, left=True)
        self._voice_ports.give_back(call.id)
        self._endings.over(call, turn)
        del self.calls[call.id]
        turn.over += ((call.id, call.outcome),)
        turn.emit(Remember(call.record(turn.now, ended=True)))

    def is_gone(self, call: CallId, now: Instant) -> bool:
        """Its channel was seen to end a moment ago: what still comes in about it is old."""
        return self._gone.get(call, now - GONE_FOR_S) > now - GONE_FOR_S

    def _remember_gone(self, call: CallId, now: Instant) -> None:
        self._gone[call] = now
        for old in [id_ for id_, at in tuple(islice(self._gone.items(), 10)) if at <= now - GONE_FOR_S]:
            del self._gone[old]


def _may_be_cut(told: Instruction, talk: Talk) -> bool:
    """Would a nudge cut nothing but music, or what is said to pass his time?"""
    match told:
        case Wait() | Play(interruptible=True) | Collect(interruptible=True):
            return True
        case Held():
            return talk is Talk.ASIDE
        case _:
            return False


_NOT_SERVED = (TicketState.ARRIVED, TicketState.WAITING)

_NOT_TALKING = (TicketState.ARRIVED, TicketState.WAITING, TicketState.OFFERED)

_ENDS_AN_OFFER = frozenset(
    (Last.TALKED, Last.CUT, Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.NO_WAY, Last.CANCELLED)
)
"""What a dial can report; anything else means that it was never carried out, and the offer stands."""
