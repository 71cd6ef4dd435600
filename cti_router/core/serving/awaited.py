"""Owner of the waits for one advisor: a ticket left for whom its caller prefers, as long as that is worth while."""

from collections.abc import Iterable, Mapping

from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import AdvisorId, Configuration, Plan
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.identity import CallId, TicketId, call_of
from cti_router.core.matching.matching import Matching
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.tickets.plan_choice import plan_of
from cti_router.core.tickets.ticket import Ticket
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks


class Awaited:
    """Looks at every ticket that comes to wait, and at those whose advisor changes.

    A ticket awaits the first of those its plan prefers whom its steps have opened and who can take it now, or once he
    is done with his present call; for the plan's time and no longer. Meanwhile it is offered to nobody else.
    """

    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], matching: Matching, roster: Roster,
        clerk: Clerk, trunks: Trunks, deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self._calls = calls
        self._matching = matching
        self._roster = roster
        self._clerk = clerk
        self._trunks = trunks
        self._deadlines = deadlines
        self._configure(configuration)

    def configure(self, configuration: Configuration, _: Turn) -> None:
        """Every ticket is looked at anew."""
        self._configure(configuration)
        for call in self._calls.values():
            for ticket in call.live_tickets():
                ticket.awaits = None

    def _configure(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._any_plan_waits = any(plan.wait_for_preferred_s for plan in configuration.plans.values())

    def look(self, turn: Turn) -> None:
        """Before advisors and tickets are brought together."""
        if self._any_plan_waits:
            theirs = [ticket for advisor in turn.lost_advisors for ticket in self._matching.awaiting(advisor)]
            self._look_at([*turn.waiting_tickets, *theirs], turn)

    def let_go(self, turn: Turn) -> bool:
        """After that: who is ready, and awaited still, has no way to the call. Was there any?"""
        if not self._any_plan_waits:
            return False
        found = self._matching.awaited(turn.waiting_tickets) | set(turn.free_advisors)
        ready = [id_ for id_ in sorted(found) if (state := self._roster.states.get(id_)) and state.ready(turn.now)]
        theirs = [ticket for advisor in ready for ticket in self._matching.awaiting(advisor)]
        self._look_at(theirs, turn)
        return bool(theirs)

    def _look_at(self, tickets: Iterable[TicketId], turn: Turn) -> None:
        for id_ in dict.fromkeys(tickets):
            if self._matching.is_waiting(id_):
                call = self._calls[call_of(id_)]
                if (ticket := call.live_ticket(id_)) is not None:
                    self._choose(call, ticket, turn)

    def _choose(self, call: Call, ticket: Ticket, turn: Turn) -> None:
        plan = plan_of(self._configuration, call.number, ticket, call.cli)
        until_at = ticket.waits_since_at + plan.wait_for_preferred_s
        awaits = self._whom(call, ticket, plan, turn) if turn.now < until_at else None
        if awaits == ticket.awaits:
            return
        former, ticket.awaits = ticket.awaits, awaits
        self._matching.enqueue(ticket.place, ticket.steps[ticket.step].demand, call.origin, awaits)
        if former is not None:
            self._clerk.awaits_no_more(call, ticket, former, turn, too_long=turn.now >= until_at)
        if awaits is not None:
            ticket.awaits_until_at = until_at
            self._deadlines.set(until_at, Due.STEP_REACHED, ticket.id)
        turn.waiting_tickets.append(ticket.id)

    def _whom(self, call: Call, ticket: Ticket, plan: Plan, turn: Turn) -> AdvisorId | None:
        for advisor in ticket.preferred(plan.prefer):
            state = self._roster.states.get(advisor)
            if (
                state is not None
                and self._matching.may_serve(ticket.id, advisor)
                and state.awaitable(turn.now)
                and (not state.ready(turn.now) or self._trunks.path(call.origin, state.who.site) is not None)
            ):
                return advisor
        return None
