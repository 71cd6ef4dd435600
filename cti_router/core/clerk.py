"""The clerk of the decision ledger: writes down each decision as it is taken, with what it was taken from."""

from collections.abc import Callable

from cti_router.core import ledger
from cti_router.core.advisor import Activity
from cti_router.core.call import Call
from cti_router.core.configuration import AdvisorId, Configuration, Plan, Selection, SiteId
from cti_router.core.decision import Decision
from cti_router.core.effects import Decided
from cti_router.core.history import Counted
from cti_router.core.inputs import PhoneState, Presence
from cti_router.core.ledger import Reason, Why
from cti_router.core.matching import Matching
from cti_router.core.roster import Roster
from cti_router.core.ticket import Ticket
from cti_router.core.turn import Turn

_NOBODY_FREE = (ledger.NOBODY_FREE,)


class Clerk:
    def __init__(self, configuration: Configuration, matching: Matching, roster: Roster) -> None:
        self._configuration = configuration
        self._matching = matching
        self._roster = roster

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def offered(
        self, call: Call, ticket: Ticket, advisor: AdvisorId, path: tuple[SiteId, ...], plan: Plan,
        reachable: Callable[[SiteId], bool], turn: Turn,
    ) -> None:  # fmt: skip
        """To be told before the offer is carried out: the ticket still waits, the advisor is still ready."""
        state = self._roster.states[advisor]
        asked = ticket.steps[ticket.step].demand[0].requirements
        idle_s = turn.now - state.idle_since_at
        because = (
            ledger.why_advisor(self._configuration, state.who, asked, advisor == call.in_charge, ticket.step, idle_s),
            ledger.why_path(self._configuration, path),
        )
        for reason in because:
            call.say_why(reason)
        counted, following = self._matching.weigh(ticket.id, advisor, reachable, plan.selection)
        rejected = self._preferred(call, advisor, turn)
        if following is not None:
            rejected += (self._not_taken(ticket, following, advisor, plan, turn),)
        self._write(call, ticket, "offered", because, turn, rejected, counted, plan.selection)

    def waits(self, call: Call, ticket: Ticket, plan: Plan, reachable: Callable[[SiteId], bool], turn: Turn) -> None:
        """Nobody was found."""
        call.say_why(ledger.NOBODY_FREE)
        counted, _ = self._matching.weigh(ticket.id, None, reachable, plan.selection)
        rejected = self._preferred(call, None, turn)
        self._write(call, ticket, "waits", _NOBODY_FREE, turn, rejected, counted, plan.selection)

    def widened(self, call: Call, ticket: Ticket, why: Reason, turn: Turn) -> None:
        """A step was opened before its time."""
        call.say_why(why)
        self._write(call, ticket, "widened", (why,), turn)

    def ended(self, call: Call, ticket: Ticket, what: str, why: Reason, turn: Turn) -> None:
        """What became of an offer, or of the whole wait."""
        call.say_why(why)
        self._write(call, ticket, what, (why,), turn)

    def _write(
        self, call: Call, ticket: Ticket, what: str, because: tuple[Reason, ...], turn: Turn,
        rejected: tuple[Reason, ...] = (), counted: tuple[Counted, ...] = (), rule: str = "",
    ) -> None:  # fmt: skip
        version = self._configuration.version
        decision = Decision(turn.now, ticket.number, what, version, because, rejected, counted, rule)
        call.decide(decision)
        turn.emit(Decided(call.id, decision))

    def _preferred(self, call: Call, chosen: AdvisorId | None, turn: Turn) -> tuple[Reason, ...]:
        """Why the advisor in charge of the file was not taken."""
        state = self._roster.states.get(call.in_charge or "")
        if state is None or state.who.id == chosen:
            return ()
        if state.presence is not Presence.AVAILABLE:
            now: str = state.presence
        elif state.activity is not Activity.IDLE:
            now = state.activity
        elif state.phone is not PhoneState.FREE or not state.ready(turn.now):
            now = "unreachable"
        else:
            now = "elsewhere"
        return (Reason(Why.PREFERRED_AWAY, (state.who.name, str(now))),)

    def _not_taken(self, ticket: Ticket, following: AdvisorId, chosen: AdvisorId, plan: Plan, turn: Turn) -> Reason:
        """Why the one who would have been next was not the first."""
        states = self._roster.states
        who, best = states[following].who, states[chosen].who
        step = self._matching.step_of(ticket.id, following)
        if step > self._matching.step_of(ticket.id, chosen):
            return Reason(Why.LATER_STEP, (who.name, step))
        idle_since, occupied_s = self._matching.standing(following)
        if plan.selection is Selection.LEAST_OCCUPIED:
            return Reason(Why.MORE_OCCUPIED, (who.name, occupied_s))
        asked = ticket.steps[ticket.step].demand[step].requirements
        levels = sum(who.skills.get(each.skill, 0) for each in asked)
        taken = sum(best.skills.get(each.skill, 0) for each in asked)
        if levels < taken:
            return Reason(Why.LESS_COMPETENT, (who.name, levels))
        if levels > taken:
            return Reason(Why.SPARED, (who.name,))
        return Reason(Why.LATER, (who.name, turn.now - idle_since))
