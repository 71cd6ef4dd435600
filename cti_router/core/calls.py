"""Owner of the calls: hears each ask, plans the ticket, and answers with what comes next."""

from cti_router.core import ledger
from cti_router.core.calendar import Closed, Duty, duty_at
from cti_router.core.call import Call
from cti_router.core.configuration import Configuration, Number, Plan, Profile
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Recognition
from cti_router.core.matching import Matching
from cti_router.core.model import (
    Answer,
    Ask,
    Decided,
    DirectoryReplied,
    Instruction,
    Last,
    LookUp,
    Noticed,
    Nudge,
    Play,
    Refused,
    Release,
    Remember,
    Wait,
)
from cti_router.core.offers import Offers
from cti_router.core.plan import planned_steps, step_reached
from cti_router.core.ticket import Ticket, TicketMoved, TicketState, ticket_from_text
from cti_router.core.turn import Turn

WAIT_S = 30.0
"""The longest music between two asks: what a lost nudge may cost."""

WAIT_UNLINKED_S = 2.0
"""The same while the PBX cannot be nudged, or before offers are made."""

OVERDUE_AFTER_S = 3.0
"""A caller who has not asked for this long after his wait is over may be in his PBX's fallback: no offer, no nudge."""

SILENT_AFTER_S = 20.0
"""One who has not asked for this long is not there any more; if he is, his ticket tells his age when he asks."""


class Calls:
    """`calls` holds every call in progress; a call that is not in it is met for the first time, or gone."""

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, offers: Offers,
        deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._matching = matching
        self._offers = offers
        self._deadlines = deadlines
        self._orders = 0
        self.calls = calls

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """Whoever waits is planned anew, with his age and his priority."""
        self._configuration = configuration
        for call in self.calls.values():
            call.number = self._number(call.dnis)
            if call.told is not None:
                self._plan_if_possible(call, turn)

    # an ask: heard, then answered

    def hear(self, ask: Ask, turn: Turn) -> Refused | None:
        """Take in what an ask reports. The same sequence number again reports nothing new; a lower one is refused."""
        call = self.calls.get(ask.call)
        if call is None:
            if ask.ended:
                return Refused(f"call {ask.call} is over")
            call = self._meet(ask, turn)
        elif ask.seq < call.seq:
            return Refused(f"ask {ask.seq} of call {ask.call} comes after {call.seq}")
        elif ask.seq > call.seq or ask.ended:
            self._report(call, ask, turn)
        else:
            self._plan_if_possible(call, turn)
        call.seq, call.asked_at, call.channel = ask.seq, turn.now, ask.channel
        if ask.ended:
            self.end(call, turn)
        return None

    def answer(self, ask: Ask, turn: Turn, linked: bool) -> Answer:
        """One instruction, a function of the call's state alone: asked twice, answered the same."""
        call = self.calls.get(ask.call)
        if call is None:
            return Answer(Release(), ask.ticket, ask.seq + 1)
        call.told = self._next(call, turn, linked)
        if isinstance(call.told, Wait):
            self._deadlines.set(turn.now + call.told.for_s + OVERDUE_AFTER_S, Due.CALL_SILENT, call.id)
        return Answer(call.told, call.ticket.to_text(), ask.seq + 1)

    def _next(self, call: Call, turn: Turn, linked: bool) -> Instruction:
        if call.saying:
            return Play(call.saying, interruptible=False)
        match call.ticket.state:
            case TicketState.OFFERED:
                return self._offers.dial(call, turn)
            case TicketState.ARRIVED | TicketState.WAITING:
                return Wait(WAIT_S if linked and self._offers.is_open else WAIT_UNLINKED_S)
            case _:
                return Release()

    def _meet(self, ask: Ask, turn: Turn) -> Call:
        number = self._number(ask.dnis)
        known = bool(ask.ticket)
        self._orders += 1
        ticket = ticket_from_text(ask.ticket, turn.now, self._orders)
        call = Call(ask.call, ask.site, ask.channel, ask.cli, ask.dnis, number, ticket)
        self.calls[call.id] = call
        if known:
            call.say_why(ledger.ADOPTED)
        if number is None and not known:
            self._dismiss(call, Outcome.UNKNOWN_NUMBER, (), ledger.UNKNOWN_NUMBER, turn)
        elif ask.last is Last.TALKED:
            self._talked_unseen(call, ask)
        elif known:
            self.identify(call, turn)
        else:
            self._welcome(call, turn)
        turn.emit(Remember(call.record(turn.now)))
        return call

    def _welcome(self, call: Call, turn: Turn) -> None:
        number = call.number
        closed = duty_at(self._configuration.calendar, turn.now)
        if number is not None and isinstance(closed, Closed):
            why = ledger.why_closed(self._configuration.calendar, closed)
            self._dismiss(call, Outcome.CLOSED, number.closed_sounds, why, turn)
        else:
            call.saying = number.greeting_sounds if number else ()
            self.identify(call, turn)

    def _talked_unseen(self, call: Call, ask: Ask) -> None:
        """The talk began under another router and is over: all that is left is to let the caller go."""
        advisor = self._configuration.advisors.get(ask.advisor)
        if advisor is not None:
            call.advisor, call.advisor_site = advisor.id, advisor.site
            call.path = (call.site,) if call.site == advisor.site else (call.site, advisor.site)
        call.answered_at, call.talked_s = call.asked_at - ask.talked_s, ask.talked_s
        call.outcome = Outcome.ANSWERED
        call.ticket.state = TicketState.LEAVING

    def _report(self, call: Call, ask: Ask, turn: Turn) -> None:
        ticket = call.ticket
        if ask.last is Last.PLAYED:
            call.saying = ()
        under_way = ticket.state in (TicketState.OFFERED, TicketState.TALKING)
        if under_way and ask.offer == ticket.offer and ask.last in _ENDS_AN_OFFER:
            self._offers.ended(call, ask.last, ask.talked_s, turn)
            if ask.last is Last.TALKED:
                call.outcome = Outcome.ANSWERED
        elif ticket.state is TicketState.TALKING and not ask.ended:
            # He asks, so he does not talk: what looked like an answer was none.
            turn.emit(Noticed("asked_while_talking", call.id))
            self._offers.ended(call, Last.CANCELLED, 0.0, turn)
        if ask.last is Last.FALLBACK and ask.ended:
            call.outcome = Outcome.FALLBACK
        self._plan_if_possible(call, turn)

    # who calls

    def identify(self, call: Call, turn: Turn) -> None:
        ticket = call.ticket
        if ticket.profile in self._configuration.profiles:
            self._plan_if_possible(call, turn)  # the ticket carried it
        elif call.cli.masked:
            self._recognise(call, Recognition.MASKED, turn)
        elif call.cli.e164 is None:
            self._recognise(call, Recognition.UNKNOWN, turn)
        else:
            turn.emit(LookUp(call.id, call.cli.e164))
            self._deadlines.set(turn.now + self._configuration.rules.lookup_budget_s, Due.LOOKUP_LATE, call.id)

    def replied(self, reply: DirectoryReplied, turn: Turn) -> None:
        """The directory's word on a call, if it is still wanted."""
        call = self.calls.get(reply.call)
        if call is None or call.ticket.profile is not None or call.ticket.state is not TicketState.ARRIVED:
            return
        found = reply.contributors
        if reply.failed:
            call.say_why(ledger.DIRECTORY_AWAY)
        if not found:
            self._recognise(call, Recognition.UNKNOWN, turn)
            return
        if len(found) == 1:
            call.ticket.contributor, call.in_charge = found[0].id, found[0].in_charge
        profiles = {contributor.profile for contributor in found}
        level = Recognition.RECOGNISED if len(found) == 1 else Recognition.SEVERAL
        self._recognise(call, level, turn, profiles.pop() if len(profiles) == 1 else None)

    def lookup_late(self, call_id: CallId, turn: Turn) -> None:
        self.replied(DirectoryReplied(call_id, (), failed=True), turn)

    def _recognise(self, call: Call, level: Recognition, turn: Turn, profile: str | None = None) -> None:
        call.recognition = level
        unknown = self._configuration.rules.unknown_profile
        chosen = self._configuration.profiles.get(profile or unknown, self._configuration.profiles[unknown])
        call.ticket.profile, call.ticket.bonus_s = chosen.id, chosen.bonus_s
        call.say_why(ledger.why_profile(chosen, level))
        self._plan_if_possible(call, turn)

    # the plan, and its time

    def _plan_if_possible(self, call: Call, turn: Turn) -> None:
        ticket = call.ticket
        if call.saying or ticket.profile is None or ticket.state not in (TicketState.ARRIVED, TicketState.WAITING):
            return
        duty = duty_at(self._configuration.calendar, turn.now)
        if isinstance(duty, Duty):
            call.duty_site = duty.site
            call.say_why(ledger.why_duty(self._configuration, duty))
            ticket.steps = planned_steps(self._configuration, self._plan(call), self._profile(ticket), duty)
        elif not ticket.steps:
            why = ledger.why_closed(self._configuration.calendar, duty)
            self._dismiss(call, Outcome.CLOSED, call.number.closed_sounds if call.number else (), why, turn)
            return
        # Else the slots ended while he waited: he is served as he was promised.
        self._reach_step(call, turn)

    def _reach_step(self, call: Call, turn: Turn) -> None:
        ticket, plan = call.ticket, self._plan(call)
        waited_s = turn.now - ticket.arrived_at
        if waited_s >= plan.end_after_s:
            self._dismiss(call, Outcome.UNSERVED, plan.end_sounds, ledger.PLAN_ENDED, turn)
            return
        ticket.step = step_reached(ticket.steps, waited_s)
        later = [step.after_s for step in ticket.steps[ticket.step + 1 :]] or [plan.end_after_s]
        self._deadlines.set(ticket.arrived_at + later[0], Due.STEP_REACHED, call.id)
        ticket.move(TicketMoved.PLANNED)
        place = (ticket.arrived_at - ticket.bonus_s, ticket.order, call.id)
        self._matching.enqueue(place, ticket.steps[ticket.step].demand)
        turn.waiting_calls.append(call.id)

    def step_due(self, call_id: CallId, turn: Turn) -> None:
        call = self.calls.get(call_id)
        if call is not None and self._matching.is_waiting(call_id):
            self._reach_step(call, turn)

    def duty_changed(self, turn: Turn) -> None:
        """The slot is over: who waits is planned anew, with his age; talks go on."""
        for call_id in self._matching.waiting():
            self._plan_if_possible(self.calls[call_id], turn)

    def found_waiting(self, call: Call, turn: Turn) -> None:
        """A caller of a former router, met in its music: he may be nudged, and must ask in time like any other."""
        call.told = Wait(WAIT_S)
        self._deadlines.set(turn.now + WAIT_S + OVERDUE_AFTER_S, Due.CALL_SILENT, call.id)
        self.identify(call, turn)

    def offer_lost(self, call: Call, turn: Turn) -> None:
        """He did not come for his news: he waits on in his place, but unheard, until he asks."""
        self._plan_if_possible(call, turn)
        self._unheard(call, turn)

    # the end

    def _dismiss(self, call: Call, outcome: Outcome, sounds: tuple[str, ...], why: str, turn: Turn) -> None:
        self._matching.dequeue(call.id)
        call.ticket.move(TicketMoved.DISMISSED)
        call.outcome, call.saying = outcome, sounds
        call.say_why(why)
        turn.emit(Decided(call.id, str(outcome), (why,)))
        if call.id != turn.asking and call.may_be_nudged():
            turn.emit(Nudge(call.id, call.site, call.channel))

    def left(self, call_id: CallId, turn: Turn) -> None:
        """The caller's channel is gone."""
        if (call := self.calls.get(call_id)) is not None:
            self.end(call, turn)

    def undelivered(self, call_id: CallId, seq: int, turn: Turn) -> None:
        """What we told a caller did not reach his PBX: until he asks again he is neither offered nor nudged."""
        call = self.calls.get(call_id)
        if call is not None and call.seq == seq:
            self._unheard(call, turn)

    def silent(self, call_id: CallId, turn: Turn) -> None:
        """A deadline came: a caller should have asked by now."""
        call = self.calls.get(call_id)
        if call is None or call.ticket.state not in (TicketState.ARRIVED, TicketState.WAITING):
            return
        due_at = call.asked_at + (call.told.for_s if isinstance(call.told, Wait) else 0.0)
        if turn.now >= due_at + SILENT_AFTER_S:
            turn.emit(Noticed("call_silent", call_id))
            self.end(call, turn, Outcome.ENDED_UNSEEN)
        elif turn.now >= due_at + OVERDUE_AFTER_S:
            self._unheard(call, turn)

    def _unheard(self, call: Call, turn: Turn) -> None:
        self._matching.dequeue(call.id)
        call.told = None
        self._deadlines.set(turn.now + SILENT_AFTER_S, Due.CALL_SILENT, call.id)

    def end(self, call: Call, turn: Turn, outcome: Outcome | None = None) -> None:
        """Close a call: exactly one outcome, one row of the history."""
        if call.ticket.state is TicketState.TALKING:
            talked_s = turn.now - (call.answered_at or turn.now)
            self._offers.ended(call, Last.TALKED, talked_s, turn)
            call.outcome = Outcome.ANSWERED
        elif call.ticket.state is TicketState.OFFERED:
            self._offers.ended(call, Last.CANCELLED, 0.0, turn)
        self._matching.dequeue(call.id)
        call.ticket.move(TicketMoved.CALLER_LEFT)
        call.outcome = call.outcome or outcome or Outcome.ABANDONED
        if call.outcome is Outcome.ABANDONED:
            call.say_why(ledger.CALLER_LEFT)
        del self.calls[call.id]
        turn.emit(Remember(call.record(turn.now, ended=True)))

    def _number(self, dnis: str) -> Number | None:
        return self._configuration.numbers.get(int(dnis)) if dnis.isdecimal() else None

    def _plan(self, call: Call) -> Plan:
        plans = self._configuration.plans
        return plans[call.number.plan] if call.number else next(iter(plans.values()))

    def _profile(self, ticket: Ticket) -> Profile:
        profiles = self._configuration.profiles
        return profiles.get(ticket.profile or "", profiles[self._configuration.rules.unknown_profile])

    def next_order(self) -> int:
        self._orders += 1
        return self._orders


_ENDS_AN_OFFER = frozenset((Last.TALKED, Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.CANCELLED))
"""What a dial can report; anything else means that it was never carried out, and the offer stands."""
