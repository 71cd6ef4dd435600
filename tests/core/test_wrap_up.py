"""Wrap-up: its end may be put off, as far as the configuration lets him."""

from dataclasses import replace
from math import inf, nan

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.effects import PresenceChanged
from cti_router.core.inputs import ExtendWrapUp, Presence, Restore, StoredPresence
from cti_router.core.instructions import Accepted, Refused
from tests.core.board import CONFIGURATION, Board

RULES = replace(CONFIGURATION.rules, wrap_up_most_s=100.0)


@pytest.fixture
def board() -> Board:
    """Rose has just ended a talk: 30 s of wrap-up, 100 at most."""
    board = Board(replace(CONFIGURATION, rules=RULES)).open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.end_talk("c1", "rose")
    assert board.state("rose").activity is Activity.WRAP_UP
    board.effects.clear()
    return board


def test_its_end_is_put_off_and_written_through(board: Board) -> None:
    ends_at = board.now + 30
    assert board.give(ExtendWrapUp("rose", 20, "rose")).answer == Accepted()
    assert board.taken(PresenceChanged, lambda effect: effect.stored.wrap_up_until_at) == [ends_at + 20]
    board.wait(49)
    assert board.state("rose").activity is Activity.WRAP_UP
    board.wait(1)
    assert board.state("rose").ready(board.now)


@pytest.mark.parametrize("by_s", [1000, inf])
def test_it_lasts_no_longer_than_is_configured_and_then_no_more_is_given(board: Board, by_s: float) -> None:
    ends_at = board.now + 100
    assert board.give(ExtendWrapUp("rose", by_s)).answer == Accepted()
    assert board.state("rose").wrap_up_until_at == ends_at
    said = board.give(ExtendWrapUp("rose", 10)).answer
    assert isinstance(said, Refused)
    assert "Rose has no more" in said.why
    board.wait(100)
    assert board.state("rose").ready(board.now)


@pytest.mark.parametrize("by_s", [0, -5, nan])
def test_it_is_not_made_shorter(board: Board, by_s: float) -> None:
    assert isinstance(board.give(ExtendWrapUp("rose", by_s)).answer, Refused)


def test_only_who_is_in_wrap_up_has_one_to_put_off(board: Board) -> None:
    assert board.give(ExtendWrapUp("remi", 10)).answer == Refused("Remi is not in wrap-up, but idle")
    assert board.give(ExtendWrapUp("zorro", 10)).answer == Refused("unknown advisor 'zorro'")


def test_one_that_was_put_off_outlives_a_restart() -> None:
    board = Board(replace(CONFIGURATION, rules=RULES)).open()
    board.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now, board.now + 70),)))
    board.wait(69)
    assert board.state("rose").activity is Activity.WRAP_UP
    board.wait(1)
    assert board.state("rose").activity is Activity.IDLE
