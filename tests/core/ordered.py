"""Orders given to a board of the tests, and what became of them."""

from dataclasses import replace

from cti_router.core.duty.calendar import Duty
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.instructions import Refused
from cti_router.core.order import (
    Close,
    Force,
    GiveOrder,
    Notice,
    Order,
    OrderState,
    OrderTaken,
    RememberOrder,
    Swap,
    TellFallback,
    UndoOrder,
)
from tests.core.board import CONFIGURATION, Board, at

FIRE = Close("alerte incendie")
TEN = at("2026-11-23 10:00")


def given(board: Board, what: Close | Swap | Notice | Force, until: str = "10:00", from_: str | None = None) -> Order:
    """An order of Hélène's, taken."""
    from_at = None if from_ is None else at(f"2026-11-23 {from_}")
    said = board.give(GiveOrder(what, "helene", at(f"2026-11-23 {until}"), from_at)).answer
    assert isinstance(said, OrderTaken), said
    return said.order


def refused(board: Board, what: Close | Swap | Notice | Force, until: str = "10:00", author: str = "helene") -> str:
    said = board.give(GiveOrder(what, author, at(f"2026-11-23 {until}"))).answer
    assert isinstance(said, Refused), said
    return said.why


def undone(board: Board, order: Order) -> Order:
    said = board.give(UndoOrder(order.id, "irene")).answer
    assert isinstance(said, OrderTaken), said
    return said.order


def duty(board: Board) -> str:
    """The site on duty, or why there is none."""
    found = board.switchboard.duty(board.now)
    return found.site if isinstance(found, Duty) else f"closed: {found.because}"


def remembered(board: Board) -> list[tuple[str, OrderState]]:
    return [(e.order.id, e.order.state) for e in board.effects if isinstance(e, RememberOrder)]


def told(board: Board, site: str = "caen") -> CalendarOrders:
    """What the fallback of a site's PBX was told last."""
    return [e.orders for e in board.effects if isinstance(e, TellFallback) and e.site == site][-1]


def configured(**rules: object) -> Board:
    return Board(replace(CONFIGURATION, rules=replace(CONFIGURATION.rules, **rules)))  # type: ignore[arg-type]
