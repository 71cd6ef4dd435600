"""Owner of the matches: who became free and who came to wait are brought together, and an offer is made of it."""

from collections.abc import Mapping, Sequence
from functools import partial

from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import AdvisorId, Configuration, Plan
from cti_router.core.identity import CallId, TicketId, call_of
from cti_router.core.ledger.ledger import Reason
from cti_router.core.matching.matching import Candidate, Matching
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.offers import Offers
from cti_router.core.tickets.plan_choice import plan_of
from cti_router.core.tickets.ticket import Ticket
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks


class Matches:
    """Once a turn, after everybody has named who can be matched now.

    `attempts` counts how often somebody was looked for, an advisor or a ticket; `pulls` the matches made by order,
    which may pass over others: they are no inversions.
    """

    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], matching: Matching, roster: Roster,
        clerk: Clerk, trunks: Trunks, offers: Offers,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._matching = matching
        self._roster = roster
        self._clerk = clerk
        self._trunks = trunks
        self._offers = offers
        self.pulls = 0
        self.attempts = 0

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def match(self, turn: Turn) -> None:
        """Bring together who became free and who came to wait.

        A freed advisor takes the oldest ticket he may; where several become free at once, each ticket takes its best.
        """
        turn.left_waiting.clear()
        if not self._offers.is_open:
            return
        free = turn.free_advisors
        if len(free) > 1:
            free = [id_ for id_ in dict.fromkeys(free) if self._roster.is_ready(id_, turn.now)]
        if len(free) == 1:
            self._take_oldest(free[0], turn)
        if turn.way_opened or len(free) > 1:
            self._matching.serve_all(partial(self._serve_waiting, turn=turn))
        for ticket_id in self._in_order(turn.waiting_tickets):
            call = self._calls[call_of(ticket_id)]
            if (ticket := call.live_ticket(ticket_id)) is not None:
                plan = plan_of(self._configuration, call.number, ticket, call.cli)
                if not self._serve(call, ticket, plan, turn):
                    self._clerk.waits(call, ticket, plan, turn)
                    if ticket.awaits is None:
                        turn.left_waiting.append(ticket_id)

    def pull(self, ticket_id: TicketId, advisor: AdvisorId, why: Reason, turn: Turn) -> bool:
        """By order: a waiting ticket to an advisor who is ready, whatever its plan opens. False: there is no way."""
        call = self._calls[call_of(ticket_id)]
        ticket, there = call.live_ticket(ticket_id), self._roster.states[advisor].who.site
        if ticket is None or (path := self._trunks.path(call.origin, there)) is None:
            return False
        self.pulls += 1
        self._clerk.pulled(call, ticket, path, why, turn)
        plan = plan_of(self._configuration, call.number, ticket, call.cli)
        self._offers.make(call, ticket, advisor, path, plan, turn)
        return True

    def _in_order(self, tickets: list[TicketId]) -> Sequence[TicketId]:
        """Those who wait, in the order of their places, whatever the order in which they came to our notice."""
        if len(tickets) == 1:
            return tickets if self._matching.is_waiting(tickets[0]) else ()
        waiting = [ticket for ticket in tickets if self._matching.is_waiting(ticket)]
        return sorted(set(waiting), key=self._matching.place) if len(waiting) > 1 else waiting

    def _take_oldest(self, advisor: AdvisorId, turn: Turn) -> None:
        """Whoever became free takes the ticket with the first place of all that he may."""
        state = self._roster.states.get(advisor)
        if state is None or not state.ready(turn.now):
            return
        self.attempts += 1
        from_there = partial(self._trunks.path, destination=state.who.site)
        oldest = self._matching.oldest_ticket(advisor, from_there)
        if oldest is None:
            return
        self._matching.count_passed_awaiting(oldest, advisor, from_there)
        call = self._calls[call_of(oldest)]
        if (ticket := call.live_ticket(oldest)) is not None:
            plan = plan_of(self._configuration, call.number, ticket, call.cli)
            from_here = partial(self._trunks.path, call.origin)
            self._offer(call, ticket, self._matching.candidate(oldest, advisor, plan.selection, from_here), plan, turn)

    def _serve(self, call: Call, ticket: Ticket, plan: Plan, turn: Turn) -> bool:
        """Offer a waiting ticket to the best advisor there is. False when there is none."""
        self.attempts += 1
        best = self._matching.best_advisor(
            ticket.id,
            partial(self._trunks.path, call.origin),
            preferred=ticket.preferred(plan.prefer),
            selection=plan.selection,
            spare_experts=plan.spare_experts,
        )
        if best is None:
            return False
        if self._matching.may_pass_over_others(ticket.id):
            from_there = partial(self._trunks.path, destination=self._roster.states[best.advisor].who.site)
            self._matching.count_inversion(ticket.id, best.advisor, from_there)
        return self._offer(call, ticket, best, plan, turn)

    def _serve_waiting(self, ticket_id: TicketId, turn: Turn) -> bool:
        call = self._calls[call_of(ticket_id)]
        if (ticket := call.live_ticket(ticket_id)) is None:
            return False
        return self._serve(call, ticket, plan_of(self._configuration, call.number, ticket, call.cli), turn)

    def _offer(self, call: Call, ticket: Ticket, chosen: Candidate, plan: Plan, turn: Turn) -> bool:
        if not chosen.way:
            return False
        self._clerk.offered(call, ticket, chosen, plan, turn)
        self._offers.make(call, ticket, chosen.advisor, chosen.way, plan, turn)
        return True
