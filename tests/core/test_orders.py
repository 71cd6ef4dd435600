"""Orders given in the middle of a day: closures, swaps, notices, forced presences, pulls; their ends, and a restart."""

from dataclasses import replace

import pytest

from cti_router.core.calendar import Closed, Duty
from cti_router.core.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.configuration import AtClose, Drain
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    Configure,
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
)
from cti_router.core.instructions import Accepted, Dial, Play, Refused, Release, Wait
from cti_router.core.order import (
    Close,
    Force,
    GiveOrder,
    Notice,
    Order,
    OrderState,
    OrderTaken,
    Pull,
    PullTicket,
    RememberOrder,
    Swap,
    TellFallback,
    UndoOrder,
)
from cti_router.core.orders import KEPT_S
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
    assert served.nudged() == []
    served.present("rose")
    assert served.nudged() == ["c1"]
    assert isinstance(served.ask("c1"), Dial)
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


# ── forced presence ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_forced_advisor_is_what_is_ordered_and_then_again_what_he_chose() -> None:
    board = Board().open("rose")
    given(board, Force("rose", Presence.NOT_READY, "formation"), "09:10")
    state = board.state("rose")
    assert (state.presence, state.reason, state.ready(board.now)) == (Presence.NOT_READY, "formation", False)
    assert state.stored().presence is Presence.AVAILABLE  # what he chose is what is kept
    board.wait(600)
    assert (state.presence, state.forced, state.ready(board.now)) == (Presence.AVAILABLE, None, True)


def test_an_advisor_who_forgot_to_log_in_takes_calls_until_the_order_is_undone() -> None:
    board = Board().open()
    board.arrive("c1")
    board.ask("c1")
    order = given(board, Force("rose", Presence.AVAILABLE))
    assert board.nudged() == ["c1"]
    board.talk("c1", "rose")
    undone(board, order)
    assert board.state("rose").presence is Presence.LOGGED_OUT
    board.end_talk("c1", "rose")


def test_his_own_choice_is_refused_meanwhile_with_the_order_s_name_but_he_may_go_home() -> None:
    board = Board().open("rose")
    order = given(board, Force("rose", Presence.NOT_READY, "formation"), "09:10")
    said = board.give(SetPresence("rose", Presence.AVAILABLE)).answer
    assert isinstance(said, Refused)
    assert order.id in said.why
    assert board.give(SetPresence("rose", Presence.LOGGED_OUT)).answer == Accepted()
    assert board.state("rose").presence is Presence.LOGGED_OUT
    board.wait(600)
    assert board.state("rose").presence is Presence.LOGGED_OUT


def test_rona_under_a_forced_presence_outlives_it() -> None:
    board = Board().open("rose")
    order = given(board, Force("rose", Presence.AVAILABLE))
    board.arrive("c1")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    board.phone("rose", PhoneState.RINGING)
    board.ask("c1", Last.NO_ANSWER, offer=told.offer)
    assert board.state("rose").reason == "rona"
    undone(board, order)
    assert (board.state("rose").presence, board.state("rose").reason) == (Presence.NOT_READY, "rona")


def test_two_orders_do_not_say_different_things_of_one_advisor() -> None:
    board = Board().open("rose")
    order = given(board, Force("rose", Presence.NOT_READY))
    assert order.id in refused(board, Force("rose", Presence.AVAILABLE))
    given(board, Force("rose", Presence.AVAILABLE), "12:00", from_="10:00")
    given(board, Force("remi", Presence.AVAILABLE))


def test_an_advisor_who_goes_and_comes_back_by_reload_is_forced_again() -> None:
    board = Board().open("rose")
    given(board, Force("rose", Presence.NOT_READY), "09:10")
    others = {id_: advisor for id_, advisor in CONFIGURATION.advisors.items() if id_ != "rose"}
    board.give(Configure(replace(CONFIGURATION, advisors=others)))
    (order,) = board.switchboard.orders.known()
    assert board.switchboard.orders.missing(order) == "advisor rose"
    board.give(Configure(CONFIGURATION))
    assert board.state("rose").presence is Presence.NOT_READY
    board.wait(600)
    assert board.state("rose").presence is Presence.AVAILABLE


# ── a pull ───────────────────────────────────────────────────────────────────────────────────────────────────────


def pulled(board: Board, call: str, advisor: str, reason: str = "rappel promis", author: str = "helene") -> object:
    return board.give(PullTicket(call, advisor, reason, author)).answer


def test_a_pull_gives_a_waiting_caller_to_an_advisor_whom_his_plan_does_not_open() -> None:
    board = Board().open("carl")
    for call in ("c1", "c2"):
        board.arrive(call)
        board.ask(call)
    board.nudged()
    said = pulled(board, "c2", "carl")
    assert isinstance(said, OrderTaken)
    assert said.order.what == Pull("c2", "carl", "rappel promis")
    assert (said.order.state, said.order.author) == (OrderState.CARRIED_OUT, "helene")
    assert board.nudged() == ["c2"]
    assert isinstance(board.ask("c2"), Dial)
    assert (board.switchboard.matches.pulls, board.switchboard.matching.inversions) == (1, 0)
    decision = board.call("c2").decisions[-1]
    assert decision.what == "pulled"
    assert decision.because[0].values == ("Carl", "helene", "rappel promis")


def test_a_pull_that_is_not_answered_leaves_the_caller_his_place() -> None:
    board = Board().open("carl")
    for call in ("c1", "c2"):
        board.arrive(call)
        board.ask(call)
    pulled(board, "c1", "carl")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    board.phone("carl", PhoneState.RINGING)
    board.ask("c1", Last.NO_ANSWER, offer=told.offer)
    assert board.switchboard.matching.waiting() == ["c1-1", "c2-1"]


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (PullTicket("waits", "remi", "", "helene"), "say why: a pull needs a reason"),
        (PullTicket("waits", "remi", "rappel", ""), "an order has an author: say who gives it"),
        (PullTicket("c9", "remi", "rappel", "helene"), "no call 'c9' is in progress"),
        (PullTicket("waits", "nobody", "rappel", "helene"), "unknown advisor 'nobody'"),
        (PullTicket("waits", "rose", "rappel", "helene"), "Rose cannot take it: he is logged_out"),
        (PullTicket("waits", "carl", "rappel", "helene"), "Carl cannot take it: his phone is in_use"),
        (PullTicket("waits", "remi", "rappel", "helene"), "Remi cannot take it: he is offered"),
        (PullTicket("rings", "carl", "rappel", "helene"), "the call rings rings at an advisor's phone already"),
        (PullTicket("came", "carl", "rappel", "helene"), "the call came does not wait yet: try again in a moment"),
    ],
)
def test_a_pull_is_refused_with_why(request_: PullTicket, why: str) -> None:
    board = Board().open("remi", "carl")
    board.phone("carl", PhoneState.IN_USE)
    board.arrive("rings")
    board.arrive("waits")
    board.ask("waits")
    board.ask("came", Last.ARRIVED, cli=board.call("waits").cli)  # the directory has not said who it is
    assert board.give(request_).answer == Refused(why)
    assert board.switchboard.orders.known() == ()


def test_nobody_is_pulled_to_a_site_that_is_closed_or_before_offers_are_made_or_without_a_line() -> None:
    board = Board()
    board.give(Restore(()))
    board.arrive("c1")
    assert pulled(board, "c1", "carl") == Refused("no offers are made yet: the PBXs have not told what is there")
    board.open("rose")
    board.arrive("c2", profile="health")
    board.ask("c2")
    given(board, Close("dégât des eaux", "rouen"))
    assert pulled(board, "c2", "rose") == Refused("Rose cannot take it: rouen is closed by order")
    cut = Board().open("rose")
    cut.arrive("c1", profile="health")
    cut.ask("c1")
    cut.give(Configure(replace(CONFIGURATION, trunks={})))
    assert pulled(cut, "c1", "rose") == Refused("no line leads from caen to rouen now")


def test_a_pull_cannot_be_undone() -> None:
    board = Board().open("carl")
    board.arrive("c1")
    board.ask("c1")
    said = pulled(board, "c1", "carl")
    assert isinstance(said, OrderTaken)
    assert board.give(UndoOrder(said.order.id, "irene")).answer == Refused(
        f"the order {said.order.id} is carried_out already"
    )


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
