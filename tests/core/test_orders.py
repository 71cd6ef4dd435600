"""Orders in the middle of a day: rows that begin, end and are undone; what is refused; what the fallback is told."""

from dataclasses import replace

from cti_router.core.configuration import AtClose, Drain
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
)
from cti_router.core.instructions import Dial, Play, Refused, Release, Wait
from cti_router.core.order import (
    Close,
    Force,
    Notice,
    Order,
    OrderState,
    Swap,
    TellFallback,
    UndoOrder,
)
from tests.core.board import Board, at
from tests.core.ordered import FIRE, TEN, configured, duty, given, refused, remembered, told, undone

# ── closures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_closure_is_a_row_with_author_start_and_end() -> None:
    board = Board().open("rose")
    order = given(board, FIRE)
    assert order == Order(
        "close-261123-090000", FIRE, "helene", board.now, board.now, TEN, OrderState.IN_FORCE, None, ""
    )
    assert remembered(board) == [(order.id, OrderState.IN_FORCE)]
    assert board.switchboard.orders.known() == (order,)


def test_new_callers_hear_the_closure_s_own_sounds_else_their_number_s() -> None:
    board = Board().open("rose")
    first = given(board, FIRE)
    assert board.arrive("c1") == Play(("closed",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    assert board.call("c1").outcome is Outcome.CLOSED
    undone(board, first)
    given(board, Close("grève", sounds=("cti/greve",)))
    assert board.arrive("c2") == Play(("cti/greve",), interruptible=False)
    because = board.call("c2").because
    assert any("grève" in str(reason.values) for reason in because)


def test_who_waits_is_served_as_the_rule_for_closing_says_or_told_that_it_is_closed() -> None:
    served, dismissed = configured(at_close=AtClose.SERVE).open(), configured(at_close=AtClose.DISMISS).open()
    for board in (served, dismissed):
        board.arrive("c1")
        board.ask("c1")
        board.wait(1)
        board.nudged()
        given(board, Close("alerte incendie", sounds=("cti/alerte",)))
    assert served.nudged() == ["c1"]  # he hears of it at once, and waits on
    assert served.ask("c1") == Play(("cti/alerte",))
    served.present("rose")
    assert served.nudged() == ["c1"]
    assert isinstance(served.ask("c1", Last.PLAYED), Dial)
    assert dismissed.nudged() == ["c1"]
    assert dismissed.ask("c1") == Play(("cti/alerte",), interruptible=False)
    assert dismissed.ask("c1", Last.PLAYED) == Release()


def test_a_talk_goes_on_through_a_closure() -> None:
    board = configured(at_close=AtClose.DISMISS).open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    given(board, FIRE)
    assert board.end_talk("c1", "rose") == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_closure_ends_by_itself() -> None:
    board = Board().open("rose")
    order = given(board, FIRE)
    assert duty(board) == "closed: alerte incendie"
    board.wait(3600)
    assert duty(board) == "rouen"
    assert remembered(board) == [(order.id, OrderState.IN_FORCE), (order.id, OrderState.EXPIRED)]
    (over,) = board.switchboard.orders.known()
    assert over.over_at == TEN
    assert told(board) == CalendarOrders()


def test_a_closure_to_come_begins_by_itself() -> None:
    board = configured(at_close=AtClose.DISMISS).open()
    board.arrive("c1")
    board.ask("c1")
    order = given(board, FIRE, "11:00", from_="09:05")
    assert order.state is OrderState.GIVEN
    assert duty(board) == "rouen"
    board.nudged()
    board.wait(300)
    assert duty(board) == "closed: alerte incendie"
    assert board.nudged() == ["c1"]
    assert remembered(board) == [(order.id, OrderState.GIVEN), (order.id, OrderState.IN_FORCE)]


def test_an_order_taken_back_is_over_at_once_and_says_by_whom() -> None:
    board = Board().open("rose")
    order = given(board, FIRE)
    board.wait(60)
    over = undone(board, order)
    assert over == replace(order, state=OrderState.UNDONE, over_at=board.now, undone_by="irene")
    assert duty(board) == "rouen"
    assert isinstance(board.arrive("c1"), Wait)
    said = board.give(UndoOrder(order.id, "irene")).answer
    assert said == Refused(f"the order {order.id} is undone already")
    board.wait(3600)
    assert board.switchboard.orders.known() == (over,)  # its end does not come a second time


def test_who_waits_under_an_order_that_is_undone_is_planned_anew() -> None:
    board = Board().open()
    board.arrive("c1")
    board.ask("c1")
    order = given(board, Swap("rouen", "caen"))
    board.present("carl")
    assert board.nudged() == ["c1"]  # Caen is on duty now
    assert board.call("c1").duty_site == "caen"
    board.arrive("c2")
    board.ask("c2")
    undone(board, order)
    assert board.call("c2").duty_site == "rouen"


# ── a site closed ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_backup_stands_in_for_a_site_that_is_closed_and_nobody_there_is_rung() -> None:
    board = Board().open("rose", "remi")
    given(board, Close("dégât des eaux", "rouen"))
    found = board.switchboard.duty(board.now)
    assert isinstance(found, Duty)
    assert (found.site, found.backups, found.without) == ("caen", (), ("rouen",))
    board.arrive("c1")
    board.ask("c1")
    board.wait(120)  # all steps are open
    assert board.call("c1").ticket.offer is None
    board.present("carl")
    assert isinstance(board.ask("c1"), Dial)
    assert board.call("c1").ticket.step == 2


def test_who_waits_for_a_site_that_is_closed_moves_to_the_one_that_stands_in() -> None:
    for drain in Drain:
        board = configured(drain=drain).open("carl")
        board.arrive("c1")
        board.ask("c1")
        assert board.call("c1").ticket.offer is None  # Caen's step opens later
        given(board, Close("dégât des eaux", "rouen"))
        told = board.ask("c1")
        assert isinstance(told, Dial), drain
        assert told.advisor == "carl"


def test_the_service_is_closed_when_every_site_of_the_slot_is() -> None:
    board = Board().open("rose", "carl")
    board.arrive("c0", profile="health")  # nobody at Rouen knows enough: he waits
    board.ask("c0")
    given(board, Close("dégât des eaux", "rouen", ("cti/eaux",)))
    board.talk("c0", "carl")
    board.end_talk("c0", "carl")
    board.hang_up("c0")
    board.wait(60)
    board.arrive("c1", profile="health")
    board.phone("carl", PhoneState.IN_USE)
    board.ask("c1")
    last = given(board, Close("panne", "caen", ("cti/panne",)), "09:30")
    found = board.switchboard.duty(board.now)
    assert isinstance(found, Closed)
    assert (found.because, found.until_at) == ("dégât des eaux", last.until_at)  # the one that is over last is told
    assert board.arrive("c2") == Play(("cti/eaux",), interruptible=False)
    board.phone("carl", PhoneState.FREE)
    assert board.call("c1").ticket.offer is None  # he came before: but no site is there to serve him
    assert board.call("c1").outcome is Outcome.CLOSED
    board.wait(1800)
    assert duty(board) == "caen"


# ── swaps and notices ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_swap_exchanges_the_sites_and_who_stays_stays_with_the_site_he_came_to() -> None:
    board = configured(drain=Drain.STAY).open()
    given(board, Swap("rouen", "caen"), "09:10")
    assert duty(board) == "caen"
    board.arrive("c1")
    board.ask("c1")
    board.wait(600)
    assert duty(board) == "rouen"
    board.ask("c1")
    assert board.call("c1").duty_site == "caen"  # the order is over, but he came under it


def test_a_notice_is_known_until_its_end() -> None:
    board = Board().open()
    order = given(board, Notice("échéance reportée au 15", ("cti/report",)), "09:10")
    assert list(board.switchboard.orders.standing(Notice)) == [order]
    assert duty(board) == "rouen"
    board.wait(600)
    assert list(board.switchboard.orders.standing(Notice)) == []


# ── what the fallback is told ────────────────────────────────────────────────────────────────────────────────────


def test_each_pbx_is_told_of_closures_and_swaps_as_they_change_and_when_it_comes_back() -> None:
    board = Board().open()
    shut = given(board, FIRE)
    closure = Closure(shut.from_at, TEN, "helene", "alerte incendie")
    assert told(board, "caen") == told(board, "rouen") == CalendarOrders((closure,))
    board.give(PbxLost("caen"))
    board.effects.clear()
    given(board, Swap("rouen", "caen"), "12:00", from_="11:00")
    both = CalendarOrders(
        (closure,), (DutySwap(at("2026-11-23 11:00"), at("2026-11-23 12:00"), "helene", "rouen", "caen"),)
    )
    assert told(board, "rouen") == both
    assert not [e for e in board.effects if isinstance(e, TellFallback) and e.site == "caen"]
    board.give(PbxSynced("caen", (), {}, {}))
    assert told(board, "caen") == both
    undone(board, shut)
    assert told(board, "caen") == replace(both, closures=())


def test_what_does_not_concern_the_calendar_is_not_told_to_the_fallback() -> None:
    board = Board().open("rose")
    given(board, Notice("échéance reportée"))
    given(board, Force("rose", Presence.NOT_READY))
    assert not [e for e in board.effects if isinstance(e, TellFallback)]


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────


def test_bad_orders_are_refused_with_why_and_leave_no_row() -> None:
    board = Board().open("rose")
    assert "an order has an author" in refused(board, FIRE, author="")
    assert "end before it begins" in refused(board, FIRE, "09:00")
    assert "say why" in refused(board, Close(""))
    assert "say why" in refused(board, Notice(""))
    assert refused(board, Close("feu", "paris")) == "unknown site paris"
    assert refused(board, Swap("rouen", "paris")) == "unknown site paris"
    assert "with itself" in refused(board, Swap("rouen", "rouen"))
    assert refused(board, Force("nobody", Presence.AVAILABLE)) == "unknown advisor nobody"
    said = board.give(UndoOrder("close-000000-000000", "irene")).answer
    assert isinstance(said, Refused)
    assert "no order 'close-000000-000000' is known" in said.why
    assert board.switchboard.orders.known() == ()
    assert remembered(board) == []


def test_two_orders_of_one_second_have_two_names() -> None:
    board = Board().open()
    assert [given(board, FIRE).id for _ in range(2)] == ["close-261123-090000", "close-261123-090000-2"]
