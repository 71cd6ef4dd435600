"""A callback that was promised for later: when it may be, that the talk goes on, and that it stands."""

from dataclasses import replace
from datetime import time

import pytest

from cti_router.core.callback import AskCallback, CallbackState
from cti_router.core.configuration import Hours
from cti_router.core.history import Outcome
from cti_router.core.instructions import Accepted, Refused
from tests.core.board import EMPLOYER_CLI, at
from tests.core.callback_board import RULES, CallbackBoard, calling_back

TWO = at("2026-11-23 10:00")


def promised_in_talk(board: CallbackBoard, not_before_at: float | None = TWO) -> str:
    """Rose talks with the caller, and promises him to call back."""
    board.arrive("c1")
    board.talk("c1", "rose")
    assert board.give(AskCallback("c1", author="rose", not_before_at=not_before_at)).answer is None
    assert board.commit() == Accepted()
    return board.the_callback().id


def test_the_talk_goes_on_and_ends_as_it_would() -> None:
    board = CallbackBoard().open("rose")
    id_ = promised_in_talk(board)
    assert board.state("rose").activity == "talking"
    assert board.state_of(id_) is CallbackState.RESTING
    board.end_talk("c1", "rose")
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED
    assert board.state_of(id_) is CallbackState.RESTING, "it was promised, and he was served before that"


def test_he_is_called_when_it_was_promised_and_not_before() -> None:
    board = CallbackBoard().open("rose")
    id_ = promised_in_talk(board)
    board.end_talk("c1", "rose")
    board.hang_up("c1")
    board.wait(TWO - board.now - 1)
    assert not board.rung
    assert board.state_of(id_) is CallbackState.RESTING
    board.wait(2)
    assert board.rings().callback == id_
    assert "rappel promis pour lundi 23/11 à 10:00" in board.call(id_).record(board.now).because
    assert board.call(id_).ticket.record(board.now).waited_s == pytest.approx(1, abs=1.5)


def test_whoever_promised_it_is_the_one_whom_he_knows() -> None:
    board = CallbackBoard().open("rose")
    id_ = promised_in_talk(board)
    ticket = board.call(id_).ticket
    assert (ticket.last_advisor, ticket.advisor, ticket.answered_at, ticket.path) == ("rose", None, None, ())


def test_one_without_a_time_begins_when_the_talk_is_over() -> None:
    board = CallbackBoard().open("rose")
    id_ = promised_in_talk(board, None)
    assert board.state_of(id_) is CallbackState.HELD
    board.end_talk("c1", "rose")
    board.hang_up("c1")
    assert board.state_of(id_) is CallbackState.SEEKING, "what he was promised in the talk is not over by it"


def test_it_stands_when_he_calls_before_and_is_over_when_he_is_served_after() -> None:
    board = CallbackBoard().open()
    board.give(AskCallback(e164=EMPLOYER_CLI, profile="employer", author="anne", not_before_at=TWO))
    board.commit()
    id_ = board.the_callback().id
    board.arrive("before")
    board.ask("before")
    assert board.state_of(id_) is CallbackState.RESTING
    board.present("rose")
    board.talk("before", "rose")
    board.end_talk("before", "rose")
    board.hang_up("before")
    assert board.state_of(id_) is CallbackState.RESTING
    board.wait(TWO - board.now - 20)
    board.arrive("after")
    board.talk("after", "rose")
    board.wait(30)
    assert board.state_of(id_) is CallbackState.HELD, "he is on the phone with us"
    board.end_talk("after", "rose")
    board.hang_up("after")
    board.commit()
    assert board.rows[id_].outcome is Outcome.CALLED_AGAIN


def test_another_router_keeps_the_promise() -> None:
    board = CallbackBoard().open("rose")
    id_ = promised_in_talk(board)
    new = CallbackBoard()
    new.now = board.now + 60
    super(CallbackBoard, new).open("rose")
    new.read(*board.rows.values())
    ticket = new.call(id_).ticket
    assert (ticket.opened_at, ticket.last_advisor) == (TWO, "rose")
    new.wait(TWO - new.now - 1)
    assert new.state_of(id_) is CallbackState.RESTING
    new.wait(2)
    assert new.rings().callback == id_


def test_it_expires_after_what_was_promised() -> None:
    board = CallbackBoard(calling_back(replace(RULES, keep_for_s=600.0))).open()
    board.give(AskCallback(e164=EMPLOYER_CLI, profile="employer", author="anne", not_before_at=TWO))
    board.commit()
    id_ = board.the_callback().id
    board.wait(TWO - board.now + 590)
    assert board.state_of(id_) is CallbackState.SEEKING
    board.wait(20)
    board.commit()
    assert board.rows[id_].outcome is Outcome.EXPIRED


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("2026-11-23 08:30", "2026-11-23 08:30 is over"),
        ("2026-11-23 11:30", "nobody is called back at 2026-11-23 11:30: the next time is 2026-11-24 09:30"),
        ("2026-11-23 23:00", "nobody is called back at 2026-11-23 23:00: the next time is 2026-11-24 09:30"),
        ("2026-12-08 10:00", "nobody is called back that far ahead: 2026-12-07 09:00 is the last that “ahead” allows"),
    ],
)
def test_a_time_at_which_nobody_is_called_back_is_refused(when: str, why: str) -> None:
    rules = replace(RULES, hours=(Hours(frozenset(range(5)), time(9, 30), time(11)),))
    board = CallbackBoard(calling_back(rules)).open()
    board.arrive("c1")
    board.ask("c1")
    for asked in (AskCallback("c1", author="anne"), AskCallback(e164=EMPLOYER_CLI + 5, author="anne")):
        assert board.give(replace(asked, not_before_at=at(when))).answer == Refused(why)
    assert not board.switchboard.callbacks.open


def test_what_is_over_by_a_moment_is_meant_as_now() -> None:
    board = CallbackBoard().open()
    board.give(AskCallback(e164=EMPLOYER_CLI, profile="employer", author="anne", not_before_at=board.now - 30))
    board.commit()
    assert board.state_of(board.the_callback().id) is CallbackState.SEEKING
