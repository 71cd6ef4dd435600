"""Owner of the wait: what a ticket's plan asks for now, and whether anybody is there to be told of an offer."""

from collections.abc import Collection
from dataclasses import replace
from typing import TypeAlias

from cti_router.core.configuration import (
    Configuration,
    MotiveId,
    Number,
    Plan,
    PlanId,
    ProfileId,
    Requirement,
    SiteId,
)
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.duty.duties import Duties
from cti_router.core.duty.hand_over import Kept, duty_for
from cti_router.core.effects import Nudge, Remember
from cti_router.core.heard import CallbackOffer
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant, TicketId, call_of
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger import Reason
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.plan import (
    PlannedStep,
    next_step_after,
    planned_steps,
    requirements_of,
    step_opened_early,
    step_reached,
)
from cti_router.core.question import Asked, Question
from cti_router.core.serving.call import Call, CallbackWish
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.endings import Endings
from cti_router.core.serving.menu import has_menus, menu_for
from cti_router.core.tickets.estimate import WaitClass
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.tickets.plan_choice import choose_plan, circumstances, plan_of
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketMoved, TicketState
from cti_router.core.turn import Turn

_PLANNABLE = (TicketState.ARRIVED, TicketState.WAITING)

_Asked: TypeAlias = tuple[PlanId, ProfileId | None, MotiveId | None, tuple[Requirement, ...] | None, Instant]
"""All that the steps of a ticket come from; its duty by the instant of its beginning."""

_LaidOut: TypeAlias = tuple[tuple[PlannedStep, ...], WaitClass, Reason]


class Waiting:
    """A ticket is in the queue when it is planned and its caller listens: else nobody could tell him of an offer."""

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, expected: ExpectedWaits,
        clerk: Clerk, endings: Endings, duties: Duties, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration, self._has_menus = configuration, has_menus(configuration)
        self._calls = calls
        self._matching = matching
        self._expected = expected
        self._clerk = clerk
        self._endings = endings
        self._duties = duties
        self._deadlines = deadlines
        deadlines.lapse(Due.STEP_REACHED, self._is_gone)
        self._linked = linked
        self._duty: Duty | Closed | None = None
        self._laid_out: dict[_Asked, _LaidOut] = {}
        self._duty_until_at: Instant | None = None
        self._drain_until_at: Instant | None = None

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """Whoever waits is planned anew, with his age and his priority."""
        self._configuration, self._duty, self._has_menus = configuration, None, has_menus(configuration)
        for call in self._calls.values():
            call.number = self.number(call.dnis)
            for ticket in call.live_tickets():
                if ticket.profile is not None and ticket.profile not in configuration.profiles:
                    ticket.profile = configuration.rules.unknown_profile
                ticket.plan = None
                if self._is_told(call, ticket):
                    self.plan(call, ticket, turn)

    def number(self, dnis: str) -> Number | None:
        return self._configuration.numbers.get(int(dnis)) if dnis.isdecimal() else None

    # the plan, and its time

    def plan(self, call: Call, ticket: Ticket, turn: Turn) -> None:
        """Put a ticket in the queue of what it asks for now, if it is to wait and we know for whom."""
        if call.is_taken_up or call.rests or ticket.profile is None or ticket.state not in _PLANNABLE:
            return
        present = self._duty_at(turn.now)
        if ticket.kind is TicketKind.CALLBACK:  # he was promised no hour
            duty: Duty | Kept | Closed = present
        else:
            duty = duty_for(
                self._configuration, ticket.arrived_at, ticket.waits_since_at, turn.now, present, self._duties.ordered
            )
        if isinstance(duty, Closed) and ticket.kind is TicketKind.CALLBACK:
            self._matching.dequeue(ticket.id)
            turn.callbacks_put_off += (call.id,)
            return
        if isinstance(duty, Closed):
            self.close(call, ticket, duty, turn)
            return
        if (
            self._has_menus
            and ticket.state is TicketState.ARRIVED
            and (menu := menu_for(self._configuration, call, ticket)) is not None
        ):
            call.heard = replace(call.heard, asked=True)
            self.ask(call, menu, turn)
            return
        if isinstance(duty, Kept):
            self._keep(call, duty, turn)
            duty = duty.duty
        plan = self._choose(call, ticket)
        steps, wait_class, why = self._lay_out(plan, ticket, duty)
        if steps is not ticket.steps:
            call.duty_site = duty.site
            call.say_why(why)
        ticket.steps = steps
        if wait_class != ticket.wait_class:
            ticket.wait_class, ticket.opened_early = wait_class, 0
        self._reach_step(call, ticket, plan, turn)

    def plan_again(self, turn: Turn) -> None:
        """Those whose offer failed in this turn wait on, in their places."""
        for ticket_id in turn.unserved_tickets:
            if (call := self._calls.get(call_of(ticket_id))) and (ticket := call.live_ticket(ticket_id)):
                self.plan(call, ticket, turn)

    def step_due(self, ticket_id: TicketId, turn: Turn) -> None:
        if self._matching.is_waiting(ticket_id):
            call = self._calls[call_of(ticket_id)]
            if (ticket := call.live_ticket(ticket_id)) is not None:
                self._reach_step(call, ticket, self._plan(call, ticket), turn)

    def _is_gone(self, ticket_id: TicketId) -> bool:
        return call_of(ticket_id) not in self._calls

    def widen(self, turn: Turn) -> bool:
        """Nobody was free for these: the steps that a long expected wait opens are open now. Was there any?"""
        widened = False
        for ticket_id in turn.left_waiting:
            call = self._calls[call_of(ticket_id)]
            ticket = call.live_ticket(ticket_id)
            if ticket is None or all(step.expected_over_s is None for step in ticket.steps[ticket.step + 1 :]):
                continue
            expected_s = self._expected.of(ticket, turn.now).known_median_s
            if expected_s is None:
                continue
            step = step_opened_early(ticket.steps, ticket.step, expected_s)
            if step > ticket.step:
                ticket.opened_early, widened = step, True
                self._clerk.widened(call, ticket, ledger.why_opened_early(step, expected_s), turn)
                self._expected.begins_anew(ticket, turn.now)
                self._reach_step(call, ticket, self._plan(call, ticket), turn)
        return widened

    def begin(self, turn: Turn) -> None:
        """These wait now. What is expected of it is worked out next, and not while a decision waits for it."""
        for ticket_id in turn.left_waiting:
            ticket = self._calls[call_of(ticket_id)].live_ticket(ticket_id)
            if ticket is not None and self._expected.is_to_be_judged(ticket, turn.now):
                self._deadlines.set(turn.now, Due.WAIT_BEGUN, ticket_id)

    def begun(self, ticket_id: TicketId, turn: Turn) -> None:
        if self._matching.is_waiting(ticket_id):
            ticket = self._calls[call_of(ticket_id)].live_ticket(ticket_id)
            if ticket is not None:
                self._expected.begins(ticket, turn.now)

    def watch_duty(self, turn: Turn) -> None:
        """Each change once: a deadline that comes sets the next."""
        until_at = self._duties.at(turn.now).until_at
        if until_at is not None and until_at != self._duty_until_at:
            self._duty_until_at = until_at
            self._deadlines.set(until_at, Due.DUTY_CHANGED)

    def duty_changed(self, _: str, turn: Turn) -> None:
        """The slot is over: who waits is planned anew, with his age; talks go on."""
        self.drain_over("", turn)
        self.watch_duty(turn)
        turn.duty_moved = True

    def ordered(self, turn: Turn) -> None:
        """What is ordered over the calendar has changed: as at a change of duty."""
        self._laid_out.clear()
        self.duty_changed("", turn)

    def drain_over(self, _: str, turn: Turn) -> None:
        """Whose the waiting callers are may be another site's now."""
        for ticket_id in self._matching.waiting():
            call = self._calls[call_of(ticket_id)]
            if (ticket := call.live_ticket(ticket_id)) is not None:
                self.plan(call, ticket, turn)

    def _keep(self, call: Call, kept: Kept, turn: Turn) -> None:
        call.say_why(ledger.why_kept(self._configuration, kept))
        if kept.until_at is not None and kept.until_at != self._drain_until_at:
            self._drain_until_at = kept.until_at
            self._deadlines.set(kept.until_at, Due.DRAIN_OVER)

    def close(self, call: Call, ticket: Ticket, closed: Closed, turn: Turn) -> None:
        """Nobody is on duty: the caller is let go. He may leave a message first, where his number says so."""
        sounds = self._endings.closed(call, closed) if ticket is call.ticket else ()
        why = ledger.why_closed(self._configuration.calendar, closed)
        self._give_up(call, ticket, Outcome.CLOSED, sounds, why, turn)

    def dismiss(self, call: Call, outcome: Outcome, sounds: tuple[str, ...], why: Reason, turn: Turn) -> None:
        """Nothing more to route for this caller: these sounds, then release."""
        self._matching.dequeue(call.ticket.id)
        self._expected.broke_off(call.ticket, turn.now, left=False)
        call.ticket.move(TicketMoved.DISMISSED)
        call.outcome, call.saying, call.question = outcome, sounds, None
        self._clerk.ended(call, call.ticket, str(outcome), why, turn)
        self._bring(call, turn)

    # what a caller is told and asked meanwhile

    def say(self, call: Call, sounds: tuple[str, ...], turn: Turn) -> None:
        """He hears this to its end, and waits on in his place."""
        if sounds:
            self._matching.dequeue(call.ticket.id)
            call.saying = sounds
            self._bring(call, turn)

    def ask(self, call: Call, question: Question, turn: Turn) -> None:
        """He is asked this. Nobody is sought for him meanwhile, unless it may be cut short; his place waits."""
        if not question.interruptible:
            self._matching.dequeue(call.ticket.id)
        call.question = question
        self._bring(call, turn)

    def tell_all(self, turn: Turn) -> None:
        """There is something that all who wait are to hear at once."""
        for ticket_id in self._matching.waiting():
            call = self._calls[call_of(ticket_id)]
            if ticket_id == call.ticket.id:
                self._bring(call, turn)

    def offer_callback(self, call: Call, offer: CallbackOffer, turn: Turn) -> bool:
        """He may ask to be called back; a free advisor cuts it short. False: he may not, or has asked already."""
        number = call.number
        if self._configuration.callback is None or number is None or number.relay or call.noting:
            return False
        call.wish = CallbackWish(offer)
        self.ask(call, Question(Asked.CALLBACK, offer.ask, 1, offer.timeout_s, interruptible=True), turn)
        return True

    @staticmethod
    def _bring(call: Call, turn: Turn) -> None:
        """There is news for him: with the answer to his ask, or to the one that this brings him to."""
        if call.id != turn.asking and call.listening:
            turn.emit(Nudge(call.id, call.site, call.channel))

    def _give_up(
        self, call: Call, ticket: Ticket, outcome: Outcome, sounds: tuple[str, ...], why: Reason, turn: Turn
    ) -> None:
        """Nobody could be found: the caller is let go. Not for a consultation: his advisor still has him."""
        if ticket is call.consultation:
            self.close_consultation(call, ledger.why_consultation_over(str(Outcome.UNSERVED)), turn)
        else:
            self.dismiss(call, outcome, sounds, why, turn)

    def close_consultation(self, call: Call, why: Reason, turn: Turn) -> None:
        """No expert is wanted any more. An offer for it is over before."""
        if (ticket := call.consultation) is None:
            return
        self._matching.dequeue(ticket.id)
        self._expected.broke_off(ticket, turn.now, left=False)
        ticket.move(TicketMoved.DISMISSED)
        call.former += (ticket.record(turn.now),)
        call.consultation = None
        self._clerk.ended(call, ticket, "consultation_over", why, turn)
        turn.emit(Remember(call.record(turn.now)))

    def unheard(self, call: Call) -> None:
        """What he does now is unknown: until he asks he is neither offered nor nudged."""
        self._matching.dequeue(call.ticket.id)
        call.listening = False

    def _reach_step(self, call: Call, ticket: Ticket, plan: Plan, turn: Turn) -> None:
        waits_since_at = ticket.waits_since_at
        waited_s = turn.now - waits_since_at
        if waited_s >= plan.end_after_s and ticket.kind is not TicketKind.CALLBACK:
            if ticket is not call.consultation:
                self._endings.begin(call, plan, turn)
            self._give_up(call, ticket, Outcome.UNSERVED, plan.end_sounds, ledger.PLAN_ENDED, turn)
            return
        ticket.step = step_reached(ticket.steps, waited_s)
        if ticket.opened_early > ticket.step:
            ticket.step = min(ticket.opened_early, len(ticket.steps) - 1)
        after_s = next_step_after(ticket.steps, ticket.step)
        if after_s is None and ticket.kind is not TicketKind.CALLBACK:
            after_s = plan.end_after_s
        next_step_at = None if after_s is None else waits_since_at + after_s
        if ticket.next_step_at != next_step_at:
            ticket.next_step_at = next_step_at
            if next_step_at is not None:
                self._deadlines.set(next_step_at, Due.STEP_REACHED, ticket.id)
        ticket.move(TicketMoved.PLANNED)
        if self._is_told(call, ticket) or call.id == turn.asking:
            self._matching.enqueue(ticket.place, ticket.steps[ticket.step].demand, call.origin, ticket.awaits)
            turn.waiting_tickets.append(ticket.id)

    def _is_told(self, call: Call, ticket: Ticket) -> bool:
        """Can somebody hear of an offer now? The caller while he listens, his advisor while he can be brought aside."""
        return call.site in self._linked if ticket is call.consultation else call.listening

    def _duty_at(self, now: Instant) -> Duty | Closed:
        duty = self._duties.at(now)
        if duty is not self._duty and duty != self._duty:
            self._duty = duty
            self._laid_out.clear()
        return self._duty

    def _lay_out(self, plan: Plan, ticket: Ticket, duty: Duty) -> _LaidOut:
        """The steps of a plan for what a ticket asks: the same for all who ask it, as long as a duty lasts."""
        asked = (plan.id, ticket.profile, ticket.motive, ticket.requirements, duty.from_at)
        known = self._laid_out.get(asked)
        if known is None:
            steps = planned_steps(self._configuration, plan, self._requirements(ticket), duty)
            wait_class, why = WaitClass(plan.id, ticket.asks), ledger.why_duty(self._configuration, duty)
            known = self._laid_out[asked] = steps, wait_class, why
        return known

    def _choose(self, call: Call, ticket: Ticket) -> Plan:
        """Once a ticket: its plan does not change because it waits, but with another configuration or motive."""
        if ticket.plan is not None:
            return self._configuration.plans[ticket.plan]
        number = call.number
        if number is not None and not number.rules:
            ticket.plan = number.plan
            return self._configuration.plans[number.plan]
        chosen = choose_plan(self._configuration, number, circumstances(self._configuration, ticket, call.cli))
        ticket.plan = chosen.plan.id
        if number is not None:
            call.say_why(ledger.why_plan(self._configuration, chosen))
        return chosen.plan

    def _plan(self, call: Call, ticket: Ticket) -> Plan:
        return plan_of(self._configuration, call.number, ticket, call.cli)

    def _requirements(self, ticket: Ticket) -> tuple[Requirement, ...]:
        """What it takes to serve a ticket. A skill that is none any more asks for nothing."""
        known = self._configuration.skills
        if ticket.requirements is not None:
            return tuple(wanted for wanted in ticket.requirements if wanted.skill in known)
        return requirements_of(self._configuration, ticket.profile, ticket.motive)
