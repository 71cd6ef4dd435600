"""A supervisor's pull: a waiting caller is given to an advisor who is ready."""

from dataclasses import replace

import pytest

from cti_router.core.inputs import (
    Configure,
    Last,
    PhoneState,
    Restore,
)
from cti_router.core.instructions import Dial, Refused
from cti_router.core.order import (
    Close,
    OrderState,
    OrderTaken,
    Pull,
    PullTicket,
    UndoOrder,
)
from tests.core.board import CONFIGURATION, Board
from tests.core.ordered import given

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
