"""Who is about to ring is shown to his advisor first."""

from cti_router.core.callback import StoreCallback
from cti_router.core.effects import Nudge, Pop
from tests.core.board import Board
from tests.core.callback_board import CallbackBoard
from tests.core.second_level import remi_consults_rose

# Monday morning: Rouen is on duty.


def shown(board: Board) -> list[Pop]:
    return [effect for effect in board.effects if isinstance(effect, Pop)]


def test_it_comes_before_the_caller_is_brought_to_the_ask() -> None:
    board = Board(now="2026-11-23 11:00").open()
    board.arrive("c1")
    board.wait(1)
    board.effects.clear()
    board.present("remi")
    told = [effect for effect in board.effects if isinstance(effect, Pop | Nudge)]
    assert told == [Pop("c1", "c1-1-1", "remi"), Nudge("c1", "caen", board.call("c1").channel)]


def test_each_offer_is_shown_once() -> None:
    board = Board(now="2026-11-23 11:00").open("remi")
    board.arrive("c1")
    board.ask("c1")
    board.ask_again("c1")
    assert shown(board) == [Pop("c1", "c1-1-1", "remi")]


def test_an_expert_is_shown_the_caller_he_is_asked_about() -> None:
    board = remi_consults_rose()
    assert shown(board)[-1] == Pop("c1", "c1-2-1", "rose")


def test_whom_a_callback_is_found_for_sees_it_before_it_is_committed() -> None:
    board = CallbackBoard().open()
    id_ = board.noted()
    board.effects.clear()
    board.present("rose")
    told = [effect for effect in board.effects if isinstance(effect, Pop | StoreCallback)]
    assert told[0] == Pop(id_, f"{id_}-1-1", "rose")
