"""Who may be called back, and that it is committed before anybody hears that it is noted."""

from dataclasses import replace

import pytest

from cti_router.core.callback import (
    AskCallback,
    CallbacksRead,
    CallbackState,
    CallbackStored,
    CancelCallback,
    StoreCallback,
)
from cti_router.core.history import Outcome
from cti_router.core.inputs import (
    Last,
)
from cti_router.core.instructions import Accepted, Dial, Play, Refused, Release, Wait
from cti_router.core.plans.callback_rules import why_not_called
from tests.core.board import EMPLOYER_CLI
from tests.core.callback_board import RULES, CallbackBoard, at_the_end, calling_back

# committed before anybody hears that it is noted


def test_a_caller_hears_that_it_is_noted_when_the_database_has_it_and_not_before() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    (store,) = [effect for effect in board.effects if isinstance(effect, StoreCallback)]
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    board.nudged()
    board.give(CallbackStored(store.stored.id, store.stored.revision))
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("noted",), interruptible=False)
    assert board.ask_again("c1") == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.CALLBACK
    assert (store.stored.e164, store.stored.asked_in, store.stored.site) == (EMPLOYER_CLI, "c1", "caen")


def test_a_commit_during_the_last_sounds_is_told_after_them() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit()
    assert board.nudged() == ["c1"], "the one that brought him to the last sounds"
    assert board.ask("c1", Last.PLAYED) == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()


def test_without_a_database_nothing_is_noted_and_he_hears_the_regrets() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.commit(away=True)
    assert board.ask("c1", Last.PLAYED) == Play(("regrets",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.UNSERVED
    assert row.because[-1] == "rappel non noté : base de données indisponible"
    assert not board.switchboard.callbacks.open


def test_a_database_that_does_not_answer_has_not_noted_and_is_told_so_when_it_is_back() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    (store,) = [effect.stored for effect in board.effects if isinstance(effect, StoreCallback)]
    board.effects.clear()
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    board.wait(5)
    assert board.ask("c1") == Play(("regrets",), interruptible=False)
    board.give(CallbackStored(store.id, store.revision))
    assert not board.switchboard.callbacks.open, "it came too late: he was told that it is not noted"
    board.commit(away=True)
    board.wait(5)
    board.commit()
    assert board.rows[store.id].outcome is Outcome.NOT_NOTED
    board.wait(60)
    assert not [effect for effect in board.effects if isinstance(effect, StoreCallback)], "once is enough"


def test_nothing_is_noted_before_the_database_told_what_it_has() -> None:
    board = CallbackBoard()
    super(CallbackBoard, board).open()
    at_the_end(board)
    assert not [effect for effect in board.effects if isinstance(effect, StoreCallback)]
    assert board.ask("c1", Last.PLAYED) == Play(("regrets",), interruptible=False)
    board.hang_up("c1")
    assert "rappel impossible : base de données indisponible" in board.history()["c1"].because


def test_who_hangs_up_meanwhile_is_called_back_all_the_same() -> None:
    board = CallbackBoard().open()
    at_the_end(board)
    board.hang_up("c1")
    board.commit()
    assert board.the_callback().callback is not None
    assert board.state_of(board.the_callback().id) is CallbackState.SEEKING


def test_a_supervisor_asks_for_a_waiting_caller() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    assert board.give(AskCallback("c1", author="paul")).answer is None
    assert board.commit() == Accepted()
    assert board.ask("c1") == Play(("noted",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert "rappel demandé par paul" in board.history()["c1"].because
    assert board.the_callback().ticket.arrived_at == board.history()["c1"].arrived_at


def test_a_supervisor_hears_that_the_database_is_away_and_the_caller_waits_on() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    board.give(AskCallback("c1", author="paul"))
    assert board.commit(away=True) == Refused("the database is away: nothing is noted")
    assert isinstance(board.ask("c1"), Wait)
    board.present("rose")
    assert board.nudged() == ["c1"]


def test_an_advisor_who_takes_the_call_meanwhile_makes_it_needless() -> None:
    board = CallbackBoard().open()
    board.arrive("c1")
    board.ask("c1")
    board.give(AskCallback("c1", author="paul"))
    board.present("rose")
    assert board.commit() == Refused("an advisor took his call meanwhile")
    assert isinstance(board.ask("c1"), Dial)
    assert not board.switchboard.callbacks.open


# who may be called back, and how often


@pytest.mark.parametrize(
    ("e164", "why"),
    [
        (33899700123, "begins with +338, which “refuse” names"),
        (447700900123, "begins with none of +33: “allow” names those that may be called"),
        (3639, "has 4 digits: it is no subscriber's"),
        (331699, "has 6 digits: it is no subscriber's"),
        (3326191010, "has 10 digits instead of 11"),
        (33261910101, None),
    ],
)
def test_premium_foreign_and_short_numbers_are_not_called(e164: int, why: str | None) -> None:
    assert why_not_called(RULES, e164) == why


def test_what_is_allowed_by_a_longer_prefix_is_called() -> None:
    rules = replace(RULES, allow=("33", "33805", "44"))
    assert why_not_called(rules, 33805123456) is None
    assert why_not_called(rules, 33812123456) is not None
    assert why_not_called(rules, 447700900123) is None


def test_one_callback_a_number_so_many_a_day_and_so_many_in_all() -> None:
    board = CallbackBoard().open()
    first = board.noted()
    ask = AskCallback(e164=EMPLOYER_CLI, profile="employer", author="paul")
    assert board.give(ask).answer == Refused("+33261910101 is to be called back already")
    board.give(CancelCallback(first, "paul"))
    board.give(CancelCallback(board.noted(), "paul"))
    answer = board.give(ask).answer
    assert answer == Refused("+33261910101 was noted in the last 24 hours as often as “per_day” allows")
    board.now += 86_400
    board.noted()
    board.noted(33261910102)
    board.noted(33261910103)
    answer = board.give(replace(ask, e164=33261910104)).answer
    assert answer == Refused("3 callbacks are open, as many as “at_most” allows")


def test_how_often_one_asked_outlives_the_router() -> None:
    board = CallbackBoard().open()
    board.give(CancelCallback(board.noted(), "paul"))
    board.give(CancelCallback(board.noted(), "paul"))
    board.commit()
    later = CallbackBoard(now="2026-11-23 10:00")
    later.open()
    later.give(CallbacksRead(tuple(board.rows.values())))
    answer = later.give(AskCallback(e164=EMPLOYER_CLI, author="paul")).answer
    assert answer == Refused("+33261910101 was noted in the last 24 hours as often as “per_day” allows")


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (AskCallback("nobody"), "no call 'nobody' is in progress"),
        (AskCallback(e164=0), "+0 has 1 digits: it is no subscriber's"),
        (AskCallback(e164=EMPLOYER_CLI, dnis=339), "+339 is none of the service's numbers"),
        (AskCallback(e164=EMPLOYER_CLI, profile="king"), "unknown profile 'king'"),
        (CancelCallback("nothing"), "no callback 'nothing' is open"),
    ],
)
def test_what_cannot_be_is_refused(request_: AskCallback | CancelCallback, why: str) -> None:
    board = CallbackBoard().open()
    assert board.give(request_).answer == Refused(why)


def test_a_hidden_number_cannot_be_called() -> None:
    board = CallbackBoard().open()
    board.arrive("c1", cli="")
    assert board.give(AskCallback("c1")).answer == Refused("his number is hidden, or none that can be called")


def test_a_call_that_rings_at_an_advisor_is_not_called_back() -> None:
    board = CallbackBoard().open("rose")
    board.arrive("c1")
    why = "call c1 does not wait, and nobody talks with its caller: it is offered"
    assert board.give(AskCallback("c1")).answer == Refused(why)


def test_a_service_that_does_not_call_back_says_so() -> None:
    board = CallbackBoard(calling_back(rules=None)).open()
    answer = board.give(AskCallback(e164=EMPLOYER_CLI)).answer
    assert answer == Refused("nobody is called back: add a “callback” section to the configuration")


def test_without_a_line_out_nobody_can_be_called() -> None:
    board = CallbackBoard(calling_back(lines=0)).open()
    answer = board.give(AskCallback(e164=EMPLOYER_CLI)).answer
    assert answer == Refused("no PBX has a line to the public network: tell “public_calls” of a site")


def test_the_second_who_asks_from_a_number_is_told_that_it_is_noted() -> None:
    board = CallbackBoard().open()
    board.noted()
    at_the_end(board)
    assert board.ask("c1", Last.PLAYED) == Play(("noted",), interruptible=False)
    board.hang_up("c1", last=Last.PLAYED)
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert board.state_of(board.the_callback().id) is CallbackState.SEEKING
