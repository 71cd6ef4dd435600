"""One step of the switchboard: its instant, what it found out, and the effects it leaves."""

from cti_router.core.configuration import AdvisorId
from cti_router.core.effects import Effect
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant, OfferId, TicketId


class Turn:
    """Owners add to `effects`, and name who can be matched now; matching comes once, after them. `way_opened`: a
    line carries again, so that any who wait may be served. The tickets whose offer failed (`unserved_tickets`) are
    planned again before. `experts_found` are the calls with an offer of which not the caller is told, but his advisor.
    `doubtful_offers` are those whose advisor changed. `lost_advisors` are not worth waiting for (any more).

    `left_waiting`: those for whom nobody was free.

    Calls whose plan ends with a callback are in `callbacks_wanted`. Callbacks for which an advisor was found, which the
    service's closing put off, and whose advisor is not on the phone any more, in the other lists of that name.
    `duty_moved`: the service opened, or another site's duty began. `met` are the calls that came in, `over` those that
    ended.

    `asking` is the call whose ask is being answered: it gets its news in the answer and needs no nudge.
    """

    def __init__(self, now: Instant, asking: CallId | None = None) -> None:
        self.now = now
        self.asking = asking
        self.effects: list[Effect] = []
        self.free_advisors: list[AdvisorId] = []
        self.waiting_tickets: list[TicketId] = []
        self.lost_advisors: list[AdvisorId] = []
        self.unserved_tickets: list[TicketId] = []
        self.left_waiting: list[TicketId] = []
        self.doubtful_offers: list[OfferId] = []
        self.way_opened = False
        self.duty_moved = False
        self.experts_found: tuple[CallId, ...] = ()
        self.callbacks_wanted: tuple[CallId, ...] = ()
        self.callbacks_found: tuple[CallId, ...] = ()
        self.callbacks_put_off: tuple[CallId, ...] = ()
        self.callbacks_hung_up: tuple[CallId, ...] = ()
        self.met: tuple[CallId, ...] = ()
        self.over: tuple[tuple[CallId, Outcome], ...] = ()

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)
