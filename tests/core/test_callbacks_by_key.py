"""A waiting caller asks by key to be called back: at which number, read back, noted; or he waits on in his place."""

from dataclasses import replace

import pytest

from cti_router.core.callback import AskCallback, CallbackState, StoreCallback
from cti_router.core.configuration import Configuration
from cti_router.core.heard import CallbackOffer, Treatment
from cti_router.core.history import Outcome
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import DirectoryReplied, Last
from cti_router.core.instructions import Collect, Dial, Instruction, Play, Refused, Release, Wait
from cti_router.core.turn import Turn
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board
from tests.core.callback_board import RULES, CallbackBoard, calling_back
from tests.core.treated import treated

OFFER = CallbackOffer(
    30.0, 60.0, ("offer",), ("confirm",), ("other",), ("read-back-1", "{number}"), ("impossible",), key="1"
)
ASKED = Collect(("offer",), 1, 10.0, interruptible=True)
AT_WHICH = Collect(("confirm",), 1, 10.0)
OTHER = Collect(("other",), 10, 10.0)
OTHER_AGAIN = Collect(("impossible", "other"), 10, 10.0)
NOTED = Play(("noted",), interruptible=False)
IMPOSSIBLE = Play(("impossible",), interruptible=False)

KEYED, KEYED_E164 = "0639980123", 33639980123


def by_key(configuration: Configuration | None = None, *available: str, cli: str = "0261910101") -> CallbackBoard:
    """A caller has waited for half a minute, and is asked whether he wants to be called back."""
    board = CallbackBoard(configuration or calling_back()).open(*available)
    board.arrive("c1", cli)
    board.ask("c1")
    board.wait(30)
    assert offered(board) == ASKED
    return board


def offered(board: CallbackBoard, call: str = "c1") -> Instruction:
    """Whoever decides what he hears has him asked, at the next ask of his."""
    assert board.waiting_room.offer_callback(board.call(call), OFFER, Turn(board.now))
    return board.ask_again(call)


def stored(board: Board) -> list[StoreCallback]:
    return [effect for effect in board.effects if isinstance(effect, StoreCallback)]


def why(board: CallbackBoard, call: str = "c1") -> tuple[str, ...]:
    return board.call(call).record(board.now).because


# when it is offered


def test_his_treatment_offers_it_at_its_time_and_again() -> None:
    plans = {"standard": replace(calling_back().plans["standard"], end_after_s=600.0)}
    configuration = treated(Treatment("t", callback=OFFER), replace(calling_back(), plans=plans))
    board = CallbackBoard(configuration).open()
    board.arrive("c1")
    board.ask("c1")
    board.wait(29.5)
    assert isinstance(board.told_last("c1"), Wait)
    board.wait(1)
    assert board.told_last("c1") == ASKED
    assert board.ask_again("c1") == ASKED
    assert isinstance(board.keys("c1", ""), Wait)
    board.wait(58)
    assert isinstance(board.told_last("c1"), Wait)
    board.wait(3)
    assert board.told_last("c1") == ASKED
    board.keys("c1", "1")
    board.keys("c1", "1")
    board.wait(2)
    assert isinstance(board.told_last("c1"), Wait)  # it is being committed, and not offered meanwhile


# the number he calls from


def test_at_his_own_number_it_is_committed_before_he_hears_that_it_is_noted() -> None:
    board = by_key()
    assert board.keys("c1", "1") == AT_WHICH
    assert isinstance(board.keys("c1", "1"), Wait)
    (store,) = stored(board)
    assert (store.stored.e164, store.stored.asked_in, store.stored.called_from) == (EMPLOYER_CLI, "c1", None)
    assert board.call("c1").outcome is None
    board.commit()
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == NOTED
    assert isinstance(board.ask("c1", Last.PLAYED), Release)
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert "rappel demandé" in board.history()["c1"].because


def test_it_keeps_his_place_and_all_that_is_known_of_him() -> None:
    board = by_key()
    arrived_at = board.call("c1").ticket.arrived_at
    board.keys("c1", "1")
    board.keys("c1", "1")
    board.commit()
    callback = board.the_callback()
    assert board.state_of(callback.id) is CallbackState.SEEKING
    ticket = callback.ticket
    assert (ticket.arrived_at, ticket.profile, ticket.contributor) == (arrived_at, "employer", 7)
    board.another("c2")
    board.present("rose")
    assert board.rings().callback == callback.id


def test_who_keys_nothing_or_another_key_has_declined() -> None:
    for keys in ("", "2", "#"):
        board = by_key()
        assert isinstance(board.keys("c1", keys.strip("#")), Wait)
        assert stored(board) == []
        board.present("rose")
        assert isinstance(board.ask("c1"), Dial)


def test_who_does_not_say_at_which_number_waits_on() -> None:
    board = by_key()
    board.keys("c1", "1")
    assert isinstance(board.keys("c1", ""), Wait)
    assert stored(board) == []


# another number


def test_at_another_number_it_is_read_back_first() -> None:
    board = by_key()
    board.keys("c1", "1")
    assert board.keys("c1", "2") == OTHER
    told = board.keys("c1", KEYED)
    assert isinstance(told, Collect)
    pairs = ("number-0", "number-6", "number-39", "number-98", "number-0", "number-1", "number-23")
    assert told.sounds == ("read-back-1", *(f"cti/say/{pair}" for pair in pairs))
    assert stored(board) == []
    board.keys("c1", "1")
    (store,) = stored(board)
    assert (store.stored.e164, store.stored.called_from) == (KEYED_E164, EMPLOYER_CLI)
    board.commit()
    assert board.ask("c1") == NOTED


def test_the_advisor_sees_both_numbers_and_the_callback_is_his_file() -> None:
    board = by_key()
    for keys in ("1", "2", KEYED, "1"):
        board.keys("c1", keys)
    board.commit()
    assert board.the_callback().ticket.contributor == 7
    assert "rappel demandé, depuis le +33261910101" in board.the_callback().record(board.now).because
    board.present("rose")
    ring = board.rings()
    assert (ring.shows, ring.called_from) == (str(KEYED_E164), str(EMPLOYER_CLI))
    out = board.picks_up(ring)
    assert out is not None
    assert out.number == str(KEYED_E164)


def test_both_numbers_are_known_after_a_restart() -> None:
    board = by_key()
    for keys in ("1", "2", KEYED, "1"):
        board.keys("c1", keys)
    board.commit()
    following = CallbackBoard()
    Board.open(following)
    following.read(*board.rows.values())
    assert "rappel demandé, depuis le +33261910101" in following.the_callback().record(following.now).because


@pytest.mark.parametrize("keyed", ["12", "0899700123", "3949", "0039980123", "06399801"])
def test_a_number_that_is_none_or_dear_may_be_keyed_better_once(keyed: str) -> None:
    board = by_key()
    board.keys("c1", "1")
    board.keys("c1", "2")
    assert board.keys("c1", keyed) == OTHER_AGAIN
    assert board.keys("c1", keyed) == IMPOSSIBLE
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    assert "rappel impossible : numéro que l’on ne rappelle pas" in why(board)
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)


def test_a_number_that_he_did_not_mean_is_keyed_again() -> None:
    board = by_key()
    for keys in ("1", "2", "0639980124"):
        board.keys("c1", keys)
    assert board.keys("c1", "2") == OTHER
    board.keys("c1", KEYED)
    board.keys("c1", "1")
    assert stored(board)[0].stored.e164 == KEYED_E164


def test_a_number_read_back_to_silence_is_not_noted() -> None:
    board = by_key()
    for keys in ("1", "2", KEYED):
        board.keys("c1", keys)
    assert isinstance(board.keys("c1", ""), Wait)
    assert stored(board) == []


def test_a_hidden_number_goes_straight_to_another() -> None:
    board = by_key(cli="")
    assert board.keys("c1", "1") == OTHER
    board.keys("c1", KEYED)
    board.keys("c1", "1")
    (store,) = stored(board)
    assert (store.stored.e164, store.stored.called_from) == (KEYED_E164, None)


def test_a_number_that_is_not_called_back_goes_straight_to_another() -> None:
    board = CallbackBoard().open()
    board.ask("c1", Last.ARRIVED, cli=Cli("0899700123", 33899700123))
    board.know("c1")
    board.ask("c1")
    assert offered(board) == ASKED
    assert board.keys("c1", "1") == OTHER


# what cannot be


def test_what_cannot_be_noted_is_said_and_he_waits_on_in_his_place() -> None:
    board = by_key(calling_back(replace(RULES, at_most=1)))
    board.noted(33261910102)
    place = board.call("c1").ticket.place
    assert board.keys("c1", "1") == IMPOSSIBLE
    board.present("carl")
    board.wait(3)
    assert "c1" not in board.nudged()  # he hears it to its end
    assert isinstance(board.ask("c1", Last.PLAYED), Dial | Wait)
    assert board.call("c1").ticket.place == place
    assert "rappel impossible : trop de rappels en attente" in why(board)


def test_with_the_database_away_he_hears_that_it_cannot_be_and_waits_on() -> None:
    board = by_key()
    board.keys("c1", "1")
    board.keys("c1", "1")
    board.commit(away=True)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == IMPOSSIBLE
    assert isinstance(board.ask("c1", Last.PLAYED), Wait)
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)
    assert not board.switchboard.callbacks.open


def test_a_database_that_is_silent_counts_as_away() -> None:
    board = by_key()
    board.keys("c1", "1")
    board.keys("c1", "1")
    board.wait(6)
    assert board.ask("c1") == IMPOSSIBLE


def test_one_that_is_open_already_stands() -> None:
    board = CallbackBoard().open()
    board.noted()
    board.arrive("c1")
    board.ask("c1")
    assert offered(board) == ASKED
    board.keys("c1", "1")
    assert board.keys("c1", "1") == NOTED
    assert board.call("c1").outcome is Outcome.CALLBACK
    assert len(board.switchboard.callbacks.open) == 1


def test_one_that_another_call_asked_for_is_not_noted_before_it_is_committed() -> None:
    board = by_key()
    board.give(AskCallback(e164=EMPLOYER_CLI, profile="employer", author="paul"))
    board.keys("c1", "1")
    assert board.keys("c1", "1") == IMPOSSIBLE
    assert "rappel impossible : un rappel de ce numéro est déjà noté" in why(board)


def test_nobody_asks_for_it_in_his_name_while_his_own_is_being_committed() -> None:
    board = by_key()
    for keys in ("1", "2", KEYED, "1"):
        board.keys("c1", keys)
    said = board.give(AskCallback("c1", author="paul")).answer
    assert said == Refused("the caller of c1 has asked for it himself just now")


@pytest.mark.parametrize("what", ["relay", "no rules", "asked already"])
def test_to_whom_it_is_not_offered(what: str) -> None:
    configuration = calling_back(None if what == "no rules" else RULES)
    if what == "relay":
        numbers = {key: replace(number, relay=True) for key, number in CONFIGURATION.numbers.items()}
        configuration = replace(configuration, numbers=numbers)
    board = CallbackBoard(configuration).open()
    board.arrive("c1")
    board.ask("c1")
    if what == "asked already":
        offered(board)
        board.keys("c1", "1")
        board.keys("c1", "1")
    assert not board.waiting_room.offer_callback(board.call("c1"), OFFER, Turn(board.now))


# an advisor becomes free


def test_the_offer_is_cut_by_an_advisor_who_becomes_free() -> None:
    board = by_key()
    board.present("rose")
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1"), Dial)
    assert isinstance(board.ask("c1", Last.NO_ANSWER, offer="c1-1-1"), Wait)  # and is not asked again


def test_a_key_that_crosses_an_offer_is_not_heard() -> None:
    board = by_key()
    board.present("rose")
    assert isinstance(board.keys("c1", "1"), Dial)
    assert isinstance(board.ask("c1", Last.NO_ANSWER, offer="c1-1-1"), Wait)


@pytest.mark.parametrize("keyed", [["1"], ["1", "2"], ["1", "2", KEYED]])
def test_in_the_other_questions_nobody_is_offered_and_the_place_is_kept(keyed: list[str]) -> None:
    board = by_key()
    for keys in keyed:
        board.keys("c1", keys)
    board.another("c2")
    board.present("rose")
    assert board.nudged() == ["c2"]
    assert board.call("c1").ticket.offer is None
    board.keys("c1", "")
    board.present("remi")
    assert isinstance(board.ask("c1"), Dial | Wait)
    assert board.call("c1").ticket.place < board.call("c2").ticket.place


def test_an_advisor_who_is_free_before_it_is_noted_serves_him() -> None:
    board = by_key()
    board.keys("c1", "1")
    board.keys("c1", "1")
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)
    board.commit()
    assert not board.switchboard.callbacks.open
    assert isinstance(board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=30.0), Release)
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


# ends


@pytest.mark.parametrize("keyed", [[], ["1"], ["1", "2"], ["1", "2", KEYED], ["1", "1"]])
def test_who_hangs_up_in_a_question_has_gone_once(keyed: list[str]) -> None:
    board = by_key()
    for keys in keyed:
        board.keys("c1", keys)
    board.hang_up("c1")
    board.leave("c1")
    assert board.history()["c1"].outcome is Outcome.ABANDONED
    board.commit()
    assert len(board.switchboard.callbacks.open) == (keyed == ["1", "1"])  # he asked for it, and is called back


@pytest.mark.parametrize("keyed", [[], ["1"], ["1", "2"], ["1", "2", KEYED]])
def test_another_router_goes_on_with_a_waiting_caller(keyed: list[str]) -> None:
    board = by_key()
    for keys in keyed:
        board.keys("c1", keys)
    following = CallbackBoard(now="2026-11-23 09:00:31").open("rose")
    ask = board.last_ask("c1")
    outcome = following.give(replace(ask, seq=ask.seq + 1, last=Last.KEYED, keys="1"))
    assert isinstance(outcome.answer.instruction, Dial)  # type: ignore[union-attr]
    assert following.call("c1").ticket.arrived_at == board.call("c1").ticket.arrived_at
    assert stored(following) == []


def test_a_plan_that_ends_while_it_is_being_committed_notes_no_second_one() -> None:
    board = by_key()  # the plan ends after 65 s, with a callback
    board.keys("c1", "1")
    for keys in ("2", KEYED):
        board.keys("c1", keys)
    board.wait(34)
    board.keys("c1", "1")
    board.silent.add("c1")
    board.wait(1)
    assert board.ask("c1") == Play(("sorry",), interruptible=False)
    board.commit()
    assert board.ask("c1", Last.PLAYED) == NOTED
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.CALLBACK
    assert list(board.switchboard.callbacks.open) == [KEYED_E164]


def test_a_late_word_of_the_directory_is_no_answer_to_a_question() -> None:
    board = by_key()
    board.keys("c1", "1")
    board.give(DirectoryReplied("c1", (Contributor(9, "Dr Durand", "health"),)))
    assert board.call("c1").ticket.profile == "employer"
