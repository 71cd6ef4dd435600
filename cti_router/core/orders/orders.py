"""Owner of the orders: takes them, lets them begin and end, and tells the calendar, the advisors and the fallback."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.duty.duties import Duties
from cti_router.core.effects import Noticed
from cti_router.core.heard import Prompt
from cti_router.core.identity import Instant
from cti_router.core.instructions import Refused
from cti_router.core.order import (
    Close,
    Force,
    GiveOrder,
    Notice,
    Order,
    OrderId,
    OrderMoved,
    OrderState,
    OrderTaken,
    Pull,
    PullTicket,
    RememberOrder,
    Swap,
    TellFallback,
    UndoOrder,
)
from cti_router.core.orders.pulls import Pulls
from cti_router.core.serving.waiting import Waiting
from cti_router.core.treating.information import InformationOfTheDay
from cti_router.core.treating.spoken import prompts_in
from cti_router.core.treating.treatment import News
from cti_router.core.turn import Turn

KEPT_S = 86_400.0
"""How long an order that is over is still known: whoever waits came under it, and people ask what was ordered."""

_Said: TypeAlias = OrderTaken | Refused
_NOBODY = Refused("an order has an author: say who gives it")


class Orders:
    def __init__(
        self, configuration: Configuration, pulls: Pulls, roster: Roster, waiting: Waiting, duties: Duties,
        information: InformationOfTheDay, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._pulls = pulls
        self._roster = roster
        self._waiting = waiting
        self._duties = duties
        self._information = information
        self._deadlines = deadlines
        self._linked = linked
        self._known: dict[OrderId, Order] = {}

    def inputs(self) -> dict[type, Callable[[Any, Turn], _Said]]:
        return {GiveOrder: self.give, UndoOrder: self.undo, PullTicket: self.pull}

    def known(self) -> tuple[Order, ...]:
        """Those that are not over, and those that were over lately, in the order in which they were given."""
        return tuple(self._known.values())

    def standing(self, kind: type) -> Iterator[Order]:
        """Those of a kind that are in force."""
        return (each for each in self._known.values() if isinstance(each.what, kind) and _stands(each))

    def missing(self, order: Order) -> str:
        """What an order names that the configuration does not know (any more), for people; "" when it knows all."""
        known: Mapping[str, object] = self._configuration.sites
        match order.what:
            case Close(site=site) if site is not None and site not in known:
                return f"site {site}"
            case Swap(give=give, take=take) if gone := [site for site in (give, take) if site not in known]:
                return f"site {', '.join(gone)}"
            case Force(advisor=advisor) if advisor not in self._configuration.advisors:
                return f"advisor {advisor}"
        return ""

    # what people order

    def give(self, request: GiveOrder, turn: Turn) -> _Said:
        """Refused: with a sentence that says why, and nothing has changed."""
        from_at = turn.now if request.from_at is None else max(request.from_at, turn.now)
        order = Order("", request.what, request.author, turn.now, from_at, request.until_at)
        if refused := self._refused(order, turn.now):
            return refused
        order = replace(order, id=self._new_id(order, turn.now))
        return OrderTaken(self._follow(order, turn))

    def undo(self, request: UndoOrder, turn: Turn) -> _Said:
        order = self._known.get(request.order)
        if not request.author:
            return _NOBODY
        if order is None:
            return Refused(f"no order {request.order[:80]!r} is known; cti-router orders shows those there are")
        undone = order.move(OrderMoved.TAKEN_BACK, turn.now, request.author)
        if undone is None:
            return Refused(f"the order {order.id} is {order.state} already")
        self._ended(undone, turn)
        return OrderTaken(undone)

    def pull(self, request: PullTicket, turn: Turn) -> _Said:
        if not request.author:
            return _NOBODY
        if refused := self._pulls.pull(request, turn):
            return refused
        what = Pull(request.call, request.advisor, request.reason)
        order = Order("", what, request.author, turn.now, turn.now, turn.now)
        order = replace(order, id=self._new_id(order, turn.now))
        done = order.move(OrderMoved.DONE, turn.now) or order
        self._keep(done, turn)
        return OrderTaken(done)

    # what time, a restart and the administrators do

    def due(self, order_id: str, turn: Turn) -> None:
        """An order begins, ends, or is forgotten."""
        order = self._known.get(order_id)
        if order is None:
            return
        if order.over_at is None:
            self._follow(order, turn)
        elif turn.now >= order.over_at + KEPT_S:
            del self._known[order_id]
            self._duties.order(self._over_calendar(lambda _: True))

    def restore(self, orders: Iterable[Order], turn: Turn) -> None:
        """What was ordered before we came: it goes on, or ended meanwhile."""
        for order in orders:
            self._known[order.id] = order
            if order.over_at is None:
                self._follow(order, turn)
            else:
                self._deadlines.set(order.over_at + KEPT_S, Due.ORDER_DUE, order.id)
        self._force_again(turn)
        self._calendar_changed(turn)
        self._inform()
        self._notice_missing(turn)

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """To be told before those who wait are planned anew. What an order names may be gone, or back."""
        self._configuration = configuration
        self._pulls.configure(configuration)
        self._force_again(turn)
        self._duties.order(self._over_calendar(lambda _: True))
        self._inform()
        self._tell_all(turn)
        self._notice_missing(turn)

    def tell(self, site: SiteId, turn: Turn) -> None:
        """A PBX is there (again): what its fallback knows may be old."""
        turn.emit(TellFallback(site, self._over_calendar(lambda order: not order.is_over)))

    # inside

    def _follow(self, order: Order, turn: Turn) -> Order:
        """Bring a living order to where it is by the clock."""
        if order.until_at <= turn.now:
            over = order.move(OrderMoved.RAN_OUT, order.until_at) or order
            self._ended(over, turn)
            return over
        if order.from_at > turn.now:
            self._deadlines.set(order.from_at, Due.ORDER_DUE, order.id)
            self._keep(order, turn)
        else:
            begun = order.move(OrderMoved.BEGAN)
            order = begun or order
            self._deadlines.set(order.until_at, Due.ORDER_DUE, order.id)
            if begun is not None:
                self._keep(order, turn)
            if isinstance(order.what, Force):
                self._roster.force(order.id, order.what, order.from_at, turn)
        self._changed(order, turn)
        return order

    def _ended(self, order: Order, turn: Turn) -> None:
        self._keep(order, turn)
        if isinstance(order.what, Force):
            self._roster.release(order.id, order.what.advisor, turn)
        self._changed(order, turn)

    def _keep(self, order: Order, turn: Turn) -> None:
        if order.over_at is not None:
            self._deadlines.set(order.over_at + KEPT_S, Due.ORDER_DUE, order.id)
        if self._known.get(order.id) != order:
            self._known[order.id] = order
            turn.emit(RememberOrder(order))

    def _changed(self, order: Order, turn: Turn) -> None:
        if isinstance(order.what, Close | Swap):
            self._calendar_changed(turn)
        if isinstance(order.what, Close | Notice) and order.what.sounds:
            self._inform()
            if isinstance(order.what, Close) and _stands(order) and order.what.site is None:
                self._waiting.tell_all(turn)  # who is not let go hears of it at once

    def _inform(self) -> None:
        """What is told to who waits: each information, and that the service is closed, to whom it serves still."""
        self._information.order(
            News(each.id, tuple(map(Prompt, prompts_in(self._sounds(what.sounds)))), each.from_at)
            for each in self._known.values()
            if _stands(each) and (what := _told(each)) is not None and what.sounds
        )

    def _calendar_changed(self, turn: Turn) -> None:
        self._duties.order(self._over_calendar(lambda _: True))
        self._waiting.ordered(turn)
        self._tell_all(turn)

    def _sounds(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """An order names prompts, as the YAML does, and sounds of the PBX's own."""
        prompts = self._configuration.prompts
        return tuple(sound for name in names for sound in (prompts[name].sounds if name in prompts else (name,)))

    def _tell_all(self, turn: Turn) -> None:
        for site in self._configuration.sites:
            if site in self._linked:
                self.tell(site, turn)

    def _force_again(self, turn: Turn) -> None:
        """Advisors come back as what they chose: what is ordered of them holds again."""
        for order in self.standing(Force):
            if isinstance(order.what, Force):
                self._roster.force(order.id, order.what, order.from_at, turn)

    def _notice_missing(self, turn: Turn) -> None:
        for order in self._known.values():
            if not order.is_over and (missing := self.missing(order)):
                turn.emit(Noticed("order_without_effect", f"{order.id}: {missing} is not configured"))

    def _over_calendar(self, wanted: Callable[[Order], bool]) -> CalendarOrders:
        """The orders over the calendar whose sites are known, until they end or ended."""
        orders = [each for each in self._known.values() if wanted(each) and not self.missing(each)]
        return CalendarOrders(
            tuple(
                Closure(each.from_at, each.ends_at, each.author, what.message, self._sounds(what.sounds), what.site)
                for each in orders
                if isinstance(what := each.what, Close)
            ),
            tuple(
                DutySwap(each.from_at, each.ends_at, each.author, what.give, what.take)
                for each in orders
                if isinstance(what := each.what, Swap)
            ),
        )

    def _refused(self, order: Order, now: Instant) -> Refused | None:
        if not order.author:
            return _NOBODY
        if order.until_at <= order.from_at:
            return Refused("the order would end before it begins")
        if missing := self.missing(order):
            return Refused(f"unknown {missing}")
        match order.what:
            case Close(message="") | Notice(message=""):
                return Refused("say why: the message is empty")
            case Swap(give=give, take=take) if give == take:
                return Refused(f"{give} cannot exchange its places with itself")
            case Force(advisor=advisor):
                return self._forced_already(advisor, order)
        return None

    def _forced_already(self, advisor: str, order: Order) -> Refused | None:
        for other in self._known.values():
            same = isinstance(other.what, Force) and other.what.advisor == advisor and not other.is_over
            if same and other.from_at < order.until_at and order.from_at < other.until_at:
                return Refused(f"the order {other.id} says already what {advisor} is then: undo it first")
        return None

    def _new_id(self, order: Order, now: Instant) -> OrderId:
        local = datetime.fromtimestamp(now, ZoneInfo(self._configuration.calendar.timezone))
        first = f"{type(order.what).__name__.lower()}-{local:%y%m%d-%H%M%S}"
        taken, count = first, 1
        while taken in self._known:
            count += 1
            taken = f"{first}-{count}"
        return taken


def _stands(order: Order) -> bool:
    return order.state is OrderState.IN_FORCE


def _told(order: Order) -> Close | Notice | None:
    """What callers who wait are told of; not that a site serves nobody: another one does."""
    match order.what:
        case Close(site=None) | Notice():
            return order.what
        case _:
            return None
