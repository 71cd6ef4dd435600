"""Orders outlive a restart and a new configuration."""

from dataclasses import replace

from cti_router.core.effects import Noticed
from cti_router.core.inputs import (
    Configure,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
)
from cti_router.core.order import (
    Force,
    Notice,
    Order,
    OrderState,
    RememberOrder,
    Swap,
)
from cti_router.core.orders.orders import KEPT_S
from tests.core.board import CONFIGURATION, Board
from tests.core.ordered import FIRE, TEN, duty, given, remembered, told

# ── a restart, a reload ──────────────────────────────────────────────────────────────────────────────────────────


def restarted(board: Board, after_s: float = 0.0) -> Board:
    """Another router, with what was written through."""
    new = Board()
    new.now = board.now + after_s
    orders = {e.order.id: e.order for e in board.effects if isinstance(e, RememberOrder)}
    presences = tuple(state.stored() for state in board.switchboard.roster.states.values())
    new.give(Restore(presences, (), tuple(orders.values())))
    for site in CONFIGURATION.sites:
        phones = {a.phone: PhoneState.FREE for a in CONFIGURATION.advisors.values() if a.site == site}
        new.give(PbxSynced(site, (), phones, {}))
    return new


def test_orders_survive_a_restart() -> None:
    board = Board().open("rose")
    orders = (
        given(board, FIRE),
        given(board, Swap("rouen", "caen"), "12:00", from_="11:00"),
        given(board, Force("rose", Presence.NOT_READY, "formation")),
        given(board, Notice("échéance reportée")),
    )
    new = restarted(board, after_s=60)
    assert new.switchboard.orders.known() == orders
    assert remembered(new) == []  # nothing is new of them
    assert duty(new) == "closed: alerte incendie"
    assert new.state("rose").presence is Presence.NOT_READY
    assert told(new) == told(board)
    new.wait(3600)
    assert new.state("rose").presence is Presence.AVAILABLE
    assert duty(new) == "rouen"
    new.wait(3600)
    assert duty(new) == "caen"


def test_what_ended_or_began_while_no_router_ran_is_told_so() -> None:
    board = Board().open("rose")
    short = given(board, FIRE, "09:10")
    later = given(board, Swap("rouen", "caen"), "12:00", from_="09:30")
    never = given(board, Notice("bref"), "09:25", from_="09:20")
    forced = given(board, Force("rose", Presence.NOT_READY), "09:10")
    new = restarted(board, after_s=2400)
    assert dict(remembered(new)) == {
        short.id: OrderState.EXPIRED,
        later.id: OrderState.IN_FORCE,
        never.id: OrderState.EXPIRED,
        forced.id: OrderState.EXPIRED,
    }
    assert duty(new) == "caen"
    assert new.state("rose").presence is Presence.AVAILABLE


def test_who_went_home_under_an_order_is_not_called_back_by_a_restart() -> None:
    board = Board().open("rose")
    given(board, Force("rose", Presence.NOT_READY), "12:00")
    board.wait(60)
    board.present("rose", Presence.LOGGED_OUT)
    new = restarted(board, after_s=60)
    assert new.state("rose").presence is Presence.LOGGED_OUT
    assert new.state("rose").forced is not None


def test_an_order_that_names_a_site_which_is_gone_is_kept_and_told_and_does_nothing() -> None:
    board = Board().open()
    order = Order("swap-261123-080000", Swap("rouen", "vire"), "helene", board.now, board.now, TEN)
    board.give(Restore((), (), (order,)))
    (kept,) = board.switchboard.orders.known()
    assert (kept.state, board.switchboard.orders.missing(kept)) == (OrderState.IN_FORCE, "site vire")
    assert board.taken(Noticed, lambda noticed: noticed.about) == [f"{order.id}: site vire is not configured"]
    assert duty(board) == "rouen"
    board.give(Restore((StoredPresence("gone", Presence.AVAILABLE, "", board.now),)))
    board.wait(3600)
    assert board.switchboard.orders.known()[0].state is OrderState.EXPIRED


def test_orders_are_as_they_were_after_a_reload() -> None:
    board = Board().open("rose")
    given(board, FIRE)
    board.give(Configure(replace(CONFIGURATION, version="next")))
    assert duty(board) == "closed: alerte incendie"
    board.wait(3600)
    assert duty(board) == "rouen"


def test_what_is_over_is_forgotten_after_a_day() -> None:
    board = Board().open()
    given(board, FIRE)
    board.wait(3600 + KEPT_S - 1)
    assert len(board.switchboard.orders.known()) == 1
    board.wait(1)
    assert board.switchboard.orders.known() == ()
