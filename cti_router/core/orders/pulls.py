"""A supervisor's pull: a waiting caller is given to an advisor who is ready, whatever his plan says."""

from collections.abc import Mapping

from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import Configuration
from cti_router.core.duty.duties import Duties
from cti_router.core.identity import CallId
from cti_router.core.instructions import Refused
from cti_router.core.ledger import ledger
from cti_router.core.matching.matching import Matching
from cti_router.core.order import PullTicket
from cti_router.core.serving.call import Call
from cti_router.core.serving.matches import Matches
from cti_router.core.serving.offers import Offers
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn

_WHY_NOT = {
    TicketState.ARRIVED: "does not wait yet: try again in a moment",
    TicketState.WAITING: "cannot be told of an offer now: its PBX is out of reach, or it is about to ask",
    TicketState.OFFERED: "rings at an advisor's phone already",
    TicketState.TALKING: "is served already",
    TicketState.LEAVING: "is being let go",
    TicketState.ENDED: "is over",
}


class Pulls:
    """Each is checked, then made an offer; or refused with a sentence. Callers are pulled, no consultations."""

    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], matching: Matching, roster: Roster,
        offers: Offers, matches: Matches, duties: Duties,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._matching = matching
        self._roster = roster
        self._offers = offers
        self._matches = matches
        self._duties = duties

    def configure(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def pull(self, request: PullTicket, turn: Turn) -> Refused | None:
        """None: the offer is made."""
        if not request.reason:
            return Refused("say why: a pull needs a reason")
        call = self._calls.get(request.call)
        if call is None:
            return Refused(f"no call {request.call[:80]!r} is in progress")
        advisor = self._configuration.advisors.get(request.advisor)
        if advisor is None:
            return Refused(f"unknown advisor {request.advisor[:80]!r}")
        if not self._offers.is_open:
            return Refused("no offers are made yet: the PBXs have not told what is there")
        ticket = call.ticket
        if not self._matching.is_waiting(ticket.id):
            return Refused(f"the call {call.id} {_WHY_NOT[ticket.state]}")
        if why_not := self._roster.not_ready_because(advisor.id, turn.now):
            return Refused(f"{advisor.name} cannot take it: {why_not}")
        if advisor.site in self._duties.ordered.closed_sites(turn.now):
            return Refused(f"{advisor.name} cannot take it: {advisor.site} is closed by order")
        why = ledger.why_pulled(advisor.name, request.author, request.reason)
        if not self._matches.pull(ticket.id, advisor.id, why, turn):
            return Refused(f"no line leads from {call.site} to {advisor.site} now")
        return None
