"""The clerk of the decision ledger: writes down each decision as it is taken, with what it was taken from."""

from collections.abc import Callable
from itertools import takewhile

from cti_router.core import ledger
from cti_router.core.advisor import Activity, AdvisorState
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
            ledger.why_advisor(self._configuration, state.who, asked, ticket.tie_to(advisor), ticket.step, idle_s),
            ledger.why_path(self._configuration, path),
        )
        for reason in because:
            call.say_why(reason)
        counted, following = self._matching.weigh(ticket.id, advisor, reachable, plan.selection)
        rejected = self._preferred(ticket, plan, advisor, turn)
        if following is not None:
            rejected += (self._not_taken(ticket, following, advisor, plan, turn),)
        self._write(call, ticket, "offered", because, turn, rejected, counted, plan.selection)

    def pulled(self, call: Call, ticket: Ticket, path: tuple[SiteId, ...], why: Reason, turn: Turn) -> None:
        """A supervisor chose the advisor."""
        because = (why, ledger.why_path(self._configuration, path))
        for reason in because:
            call.say_why(reason)
        self._write(call, ticket, "pulled", because, turn)

    def waits(self, call: Call, ticket: Ticket, plan: Plan, reachable: Callable[[SiteId], bool], turn: Turn) -> None:
        """Nobody was found, or the one whom the ticket awaits is not free."""
        if ticket.awaits is not None:
            self._awaits(call, ticket, ticket.awaits, turn)
            return
        call.say_why(ledger.NOBODY_FREE)
        counted, _ = self._matching.weigh(ticket.id, None, reachable, plan.selection)
        rejected = self._preferred(ticket, plan, None, turn)
        self._write(call, ticket, "waits", _NOBODY_FREE, turn, rejected, counted, plan.selection)

    def _awaits(self, call: Call, ticket: Ticket, advisor: AdvisorId, turn: Turn) -> None:
        name, zone = self._roster.states[advisor].who.name, self._configuration.calendar.timezone
        why = Reason(Why.AWAITS, (name, ticket.tie_to(advisor), ticket.awaits_until_at, zone))
        self.ended(call, ticket, "awaits", why, turn)

    def awaits_no_more(
        self, call: Call, ticket: Ticket, advisor: AdvisorId, turn: Turn, *, too_long: bool
    ) -> None:  # fmt: skip
        """The one a ticket awaited cannot take it, or not in time."""
        if (state := self._roster.states.get(advisor)) is not None:
            if too_long:
                now = "too_long"
            elif not self._matching.may_serve(ticket.id, advisor):
                now = "elsewhere"
            else:
                now = "no_way" if state.ready(turn.now) else _present(state, turn)
            why = Reason(Why.AWAITS_NO_MORE, (state.who.name, ticket.tie_to(advisor), now))
            self.ended(call, ticket, "awaits_no_more", why, turn)

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

    def _preferred(
        self, ticket: Ticket, plan: Plan, chosen: AdvisorId | None, turn: Turn
    ) -> tuple[Reason, ...]:  # fmt: skip
        """Why those who are preferred to the one chosen were not taken."""
        before = takewhile(lambda advisor: advisor != chosen, ticket.preferred(plan.prefer))
        states = (self._roster.states.get(advisor) for advisor in before)
        return tuple(
            Reason(Why.PREFERRED_AWAY, (state.who.name, ticket.tie_to(state.who.id), _present(state, turn)))
            for state in states
            if state is not None
        )

    def _not_taken(self, ticket: Ticket, following: AdvisorId, chosen: AdvisorId, plan: Plan, turn: Turn) -> Reason:
        """Why the one who would have been next was not the first."""
        states = self._roster.states
        who, best = states[following].who, states[chosen].who
        if chosen in ticket.preferred(plan.prefer):
            return Reason(Why.AFTER_PREFERRED, (who.name, best.name, ticket.tie_to(chosen)))
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


def _present(state: AdvisorState, turn: Turn) -> str:
    """What keeps an advisor from a call."""
    if state.presence is not Presence.AVAILABLE:
        return str(state.presence)
    if state.activity is not Activity.IDLE:
        return str(state.activity)
    if state.phone is PhoneState.IN_USE:
        return "on_the_phone"
    return "elsewhere" if state.ready(turn.now) else "unreachable"
