"""Owner of the wait: who calls, what his plan asks for now, and whether he is still there to be told."""

from cti_router.core import ledger
from cti_router.core.calendar import Duty, duty_at
from cti_router.core.call import Call
from cti_router.core.configuration import Configuration, Number, Plan, Profile
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Contributor
from cti_router.core.matching import Matching
from cti_router.core.model import Decided, DirectoryReplied, LookUp, Nudge
from cti_router.core.plan import planned_steps, step_reached
from cti_router.core.recognition import recognise
from cti_router.core.ticket import Ticket, TicketMoved, TicketState
from cti_router.core.turn import Turn

_PLANNABLE = (TicketState.ARRIVED, TicketState.WAITING)


class Waiting:
    """A ticket is in the queue when it is planned and its caller listens: else nobody could tell him of an offer."""

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, deadlines: Deadlines
    ) -> None:
        self._configuration = configuration
        self._calls = calls
        self._matching = matching
        self._deadlines = deadlines

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """Whoever waits is planned anew, with his age and his priority."""
        self._configuration = configuration
        for call in self._calls.values():
            call.number = self.number(call.dnis)
            if call.ticket.profile is not None and call.ticket.profile not in configuration.profiles:
                call.ticket.profile = configuration.rules.unknown_profile
            if call.listening:
                self.plan(call, turn)

    def number(self, dnis: str) -> Number | None:
        return self._configuration.numbers.get(int(dnis)) if dnis.isdecimal() else None

    # who calls

    def identify(self, call: Call, turn: Turn) -> None:
        if call.ticket.profile in self._configuration.profiles:
            self.plan(call, turn)  # the ticket carried it
            return
        call.ticket.profile = None  # or it is none any more
        if call.cli.e164 is None:
            self._recognise(call, (), turn)
        else:
            turn.emit(LookUp(call.id, call.cli.e164))
            self._deadlines.set(turn.now + self._configuration.rules.lookup_budget_s, Due.LOOKUP_LATE, call.id)

    def replied(self, reply: DirectoryReplied, turn: Turn) -> None:
        """The directory's word on a call, if it is still wanted."""
        call = self._calls.get(reply.call)
        if call is None or call.ticket.profile is not None or call.ticket.state is not TicketState.ARRIVED:
            return
        if reply.failed:
            call.say_why(ledger.DIRECTORY_AWAY)
        self._recognise(call, reply.contributors, turn)

    def lookup_late(self, call_id: CallId, turn: Turn) -> None:
        self.replied(DirectoryReplied(call_id, (), failed=True), turn)

    def _recognise(self, call: Call, contributors: tuple[Contributor, ...], turn: Turn) -> None:
        caller = recognise(self._configuration, contributors, masked=call.cli.masked)
        call.recognition = caller.recognition
        if caller.contributor is not None:
            call.ticket.contributor, call.in_charge = caller.contributor.id, caller.contributor.in_charge
        call.ticket.profile, call.ticket.bonus_s = caller.profile.id, caller.profile.bonus_s
        call.say_why(ledger.why_profile(caller.profile, caller.recognition))
        self.plan(call, turn)

    # the plan, and its time

    def plan(self, call: Call, turn: Turn) -> None:
        """Put a ticket in the queue of what it asks for now, if it is to wait and we know for whom."""
        ticket = call.ticket
        if call.saying or ticket.profile is None or ticket.state not in _PLANNABLE:
            return
        duty = duty_at(self._configuration.calendar, turn.now)
        if not isinstance(duty, Duty) and not ticket.steps:
            # A router that has just started: he is served as he was promised when he came.
            promised = duty_at(self._configuration.calendar, ticket.arrived_at)
            if not isinstance(promised, Duty):
                why = ledger.why_closed(self._configuration.calendar, duty)
                self.dismiss(call, Outcome.CLOSED, call.number.closed_sounds if call.number else (), why, turn)
                return
            duty = promised
        if isinstance(duty, Duty):
            call.duty_site = duty.site
            call.say_why(ledger.why_duty(self._configuration, duty))
            ticket.steps = planned_steps(self._configuration, self._plan(call), self._profile(ticket), duty)
        self._reach_step(call, turn)

    def plan_again(self, turn: Turn) -> None:
        """Those whose offer failed in this turn wait on, in their places."""
        for call_id in turn.unserved_calls:
            if (call := self._calls.get(call_id)) is not None:
                self.plan(call, turn)

    def step_due(self, call_id: CallId, turn: Turn) -> None:
        if self._matching.is_waiting(call_id):
            self._reach_step(self._calls[call_id], turn)

    def duty_changed(self, turn: Turn) -> None:
        """The slot is over: who waits is planned anew, with his age; talks go on."""
        for call_id in self._matching.waiting():
            self.plan(self._calls[call_id], turn)

    def dismiss(self, call: Call, outcome: Outcome, sounds: tuple[str, ...], why: str, turn: Turn) -> None:
        """Nothing more to route: these sounds, then release."""
        self._matching.dequeue(call.id)
        call.ticket.move(TicketMoved.DISMISSED)
        call.outcome, call.saying = outcome, sounds
        call.say_why(why)
        turn.emit(Decided(call.id, str(outcome), (why,)))
        if call.id != turn.asking and call.listening:
            turn.emit(Nudge(call.id, call.site, call.channel))

    def _reach_step(self, call: Call, turn: Turn) -> None:
        ticket, plan = call.ticket, self._plan(call)
        waited_s = turn.now - ticket.arrived_at
        if waited_s >= plan.end_after_s:
            self.dismiss(call, Outcome.UNSERVED, plan.end_sounds, ledger.PLAN_ENDED, turn)
            return
        ticket.step = step_reached(ticket.steps, waited_s)
        later = [step.after_s for step in ticket.steps[ticket.step + 1 :]] or [plan.end_after_s]
        if ticket.next_step_at != ticket.arrived_at + later[0]:
            ticket.next_step_at = ticket.arrived_at + later[0]
            self._deadlines.set(ticket.next_step_at, Due.STEP_REACHED, call.id)
        ticket.move(TicketMoved.PLANNED)
        if call.listening or call.id == turn.asking:
            place = (ticket.arrived_at - ticket.bonus_s, ticket.order, call.id)
            self._matching.enqueue(place, ticket.steps[ticket.step].demand)
            turn.waiting_calls.append(call.id)

    def unheard(self, call: Call) -> None:
        """What he does now is unknown: until he asks he is neither offered nor nudged."""
        self._matching.dequeue(call.id)
        call.listening = False

    def _plan(self, call: Call) -> Plan:
        plans = self._configuration.plans
        return plans[call.number.plan] if call.number else next(iter(plans.values()))

    def _profile(self, ticket: Ticket) -> Profile:
        profiles = self._configuration.profiles
        return profiles.get(ticket.profile or "", profiles[self._configuration.rules.unknown_profile])
