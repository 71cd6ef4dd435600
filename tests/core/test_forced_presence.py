"""Forced presence: by order an advisor is what a supervisor says, until its end."""

from dataclasses import replace

from cti_router.core.effects import Noticed
from cti_router.core.inputs import (
    Configure,
    Last,
    PhoneState,
    Presence,
    SetPresence,
)
from cti_router.core.instructions import Accepted, Dial, Refused
from cti_router.core.order import (
    Force,
)
from tests.core.board import CONFIGURATION, Board
from tests.core.ordered import given, refused, undone

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
    board.effects.clear()
    board.give(Configure(replace(CONFIGURATION, advisors=others)))
    assert board.taken(Noticed, lambda noticed: noticed.what) == ["order_without_effect"]
    (order,) = board.switchboard.orders.known()
    assert board.switchboard.orders.missing(order) == "advisor rose"
    board.give(Configure(CONFIGURATION))
    assert board.state("rose").presence is Presence.NOT_READY
    board.wait(600)
    assert board.state("rose").presence is Presence.AVAILABLE
