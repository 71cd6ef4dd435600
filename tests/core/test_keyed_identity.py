"""Who is not recognised keys in who he is: what he is asked, what becomes of it, and that it never costs his place."""

from dataclasses import replace

import pytest

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Condition, Configuration, PlanRule
from cti_router.core.effects import LookUpKeyed
from cti_router.core.heard import KeyedIdentity
from cti_router.core.identity import Cli, Contributor, Sought
from cti_router.core.inputs import Configure, DirectoryReplied, Last
from cti_router.core.instructions import Collect, Dial, Instruction, Play, Wait
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, with_greeting

IDENTITY = KeyedIdentity(("who",), ("which",), ("again",), tries=2, timeout_s=10.0)
WHO = Collect(("who",), 18, 10.0)
WHO_AGAIN = Collect(("again", "who"), 18, 10.0)
WHICH = Collect(("which",), 5, 10.0)

SIRET, ACCOUNT = "00000001800010", "000000000018001517"
DUPONT = Contributor(7, "SARL Dupont", "employer", "carl", siret=SIRET)
MARTIN = Contributor(8, "SAS Martin", "employer", siret="00000002600013")
DURAND = Contributor(9, "Dr Durand", "health", siret="00000003400025")


def asking(identity: KeyedIdentity = IDENTITY, configuration: Configuration = CONFIGURATION) -> Configuration:
    return replace(configuration, identity=identity)


def board_with(*available: str, configuration: Configuration | None = None) -> Board:
    return Board(configuration or asking()).open(*available)


def looked_up(board: Board) -> list[LookUpKeyed]:
    found = [effect for effect in board.effects if isinstance(effect, LookUpKeyed)]
    board.effects = [effect for effect in board.effects if not isinstance(effect, LookUpKeyed)]
    return found


def masked(board: Board, call: str = "c1") -> Instruction:
    return board.ask(call, Last.ARRIVED, cli=Cli("", None))


def known_as(board: Board, call: str = "c1") -> tuple[Recognition | None, str | None, int | None]:
    ticket = board.call(call).ticket
    return ticket.recognition, ticket.profile, ticket.contributor


def test_the_example_digits_are_right() -> None:
    assert int(ACCOUNT[-2:]) == 97 - int(ACCOUNT[:-2]) % 97


# who is asked what


def test_a_masked_caller_is_asked_who_he_is_after_the_greeting() -> None:
    board = board_with("rose", configuration=asking(configuration=with_greeting()))
    assert masked(board) == Play(("hello",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == WHO
    assert known_as(board) == (Recognition.MASKED, None, None)


def test_an_unknown_caller_is_brought_from_his_music_to_the_question() -> None:
    board = board_with("rose")
    assert isinstance(board.arrive("c1", profile=None), Wait)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == WHO
    assert board.ask_again("c1") == WHO


def test_those_who_share_a_number_are_asked_which_of_them_calls() -> None:
    board = board_with("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", DUPONT, DURAND)
    assert board.ask("c1") == WHICH


def test_who_is_recognised_is_asked_nothing() -> None:
    board = board_with("rose")
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Dial)


@pytest.mark.parametrize(
    "configuration",
    [
        replace(CONFIGURATION, identity=None),
        asking(replace(IDENTITY, ask=())),
        asking(
            configuration=replace(
                CONFIGURATION, numbers={key: replace(n, relay=True) for key, n in CONFIGURATION.numbers.items()}
            )
        ),
    ],
    ids=["nobody is asked", "no prompt", "a number of relay services"],
)
def test_who_is_not_to_be_asked_waits_at_once(configuration: Configuration) -> None:
    board = board_with("rose", configuration=configuration)
    assert isinstance(masked(board), Dial)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)


def test_nobody_is_asked_outside_the_hours() -> None:
    board = Board(asking(), now="2026-11-23 07:00").open("rose")
    assert masked(board) == Play(("closed",), interruptible=False)


def test_with_the_directory_away_nobody_is_asked_what_could_not_be_looked_up() -> None:
    board = board_with("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.give(DirectoryReplied("c1", (), failed=True))
    assert known_as(board) == (Recognition.UNKNOWN, "unknown", None)
    assert isinstance(board.ask("c1"), Dial)


# what becomes of it


@pytest.mark.parametrize(("digits", "wanted"), [(SIRET, LookUpKeyed("c1", siret=SIRET)),
                                                (ACCOUNT, LookUpKeyed("c1", account=ACCOUNT))])  # fmt: skip
def test_what_he_keys_tells_who_he_is(digits: str, wanted: LookUpKeyed) -> None:
    board = board_with("rose")
    masked(board)
    assert isinstance(board.keys("c1", digits), Wait)
    assert looked_up(board) == [wanted]
    board.know_keyed("c1", DUPONT)
    assert known_as(board) == (Recognition.KEYED, "employer", 7)
    assert board.call("c1").ticket.in_charge == "carl"
    assert board.nudged() == ["c1"]  # rose is free
    assert isinstance(board.ask("c1"), Dial)
    assert "identifié par ce qu’il a saisi, sans preuve : Employeur" in board.call("c1").record(board.now).because


@pytest.mark.parametrize("wrong", ["1", "00000001800011", "000000000018001518", "12345"])
def test_he_may_try_twice(wrong: str) -> None:
    board = board_with("rose")
    masked(board)
    assert board.keys("c1", wrong) == WHO_AGAIN
    assert looked_up(board) == []
    board.keys("c1", SIRET)
    board.know_keyed("c1", DUPONT)
    assert known_as(board) == (Recognition.KEYED, "employer", 7)


def test_wrong_twice_he_stays_unknown() -> None:
    board = board_with("rose")
    masked(board)
    board.keys("c1", "1")
    assert isinstance(board.keys("c1", "2"), Dial)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)
    assert "n’a rien saisi de juste pour s’identifier" in board.call("c1").record(board.now).because


def test_who_keys_nothing_stays_unknown_and_is_not_asked_again() -> None:
    board = board_with("rose")
    masked(board)
    assert isinstance(board.keys("c1", ""), Dial)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)


def test_a_right_number_of_nobody_is_answered_like_any_other() -> None:
    """Nobody learns by what he hears next whether there is such a file."""
    board = board_with()
    masked(board)
    board.keys("c1", SIRET)
    board.know_keyed("c1")
    assert known_as(board) == (Recognition.MASKED, "unknown", None)
    assert isinstance(board.ask("c1"), Wait)


def test_an_account_of_several_names_none_of_them() -> None:
    board = board_with()
    masked(board)
    board.keys("c1", ACCOUNT)
    board.know_keyed("c1", DUPONT, MARTIN)
    assert known_as(board) == (Recognition.SEVERAL, "employer", None)


def test_accounts_without_check_digits_are_looked_up_as_they_are() -> None:
    board = board_with(configuration=asking(replace(IDENTITY, account_checked=False)))
    masked(board)
    board.keys("c1", "123456789012345678")
    assert looked_up(board) == [LookUpKeyed("c1", account="123456789012345678")]


def test_a_look_up_that_takes_too_long_leaves_him_unknown() -> None:
    board = board_with("rose")
    masked(board)
    board.keys("c1", SIRET)
    board.wait(0.4)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)
    assert isinstance(board.ask("c1"), Dial)
    board.know_keyed("c1", DUPONT)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)
    assert "annuaire indisponible : traité comme inconnu" in board.call("c1").record(board.now).because


def test_the_first_look_ups_budget_does_not_end_the_question() -> None:
    board = board_with("rose")
    board.arrive("c1", profile=None)
    assert board.ask("c1") == WHO
    board.wait(1.0)
    assert board.call("c1").ticket.profile is None
    board.keys("c1", SIRET)
    board.give(DirectoryReplied("c1", (MARTIN,)))  # a late word on his number is not about his keys
    assert board.call("c1").sought is Sought.KEYED
    board.know_keyed("c1", DUPONT)
    assert known_as(board) == (Recognition.KEYED, "employer", 7)


@pytest.mark.parametrize(
    ("keys", "known"),
    [
        (["00010"], (Recognition.KEYED, "employer", 7)),
        (["00011", "00025"], (Recognition.KEYED, "health", 9)),
        (["00011", "1800010"], (Recognition.SEVERAL, "unknown", None)),
        ([""], (Recognition.SEVERAL, "unknown", None)),
    ],
)
def test_the_end_of_his_siret_tells_which_of_them_calls(
    keys: list[str], known: tuple[Recognition, str, int | None]
) -> None:
    board = board_with("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", DUPONT, DURAND)
    board.ask("c1")
    for digits in keys:
        board.keys("c1", digits)
    assert known_as(board) == known
    assert looked_up(board) == []


def test_two_with_the_same_end_are_several_still() -> None:
    board = board_with()
    twin = replace(MARTIN, siret="00000002600010")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", DUPONT, twin, DURAND)
    board.ask("c1")
    board.keys("c1", "00010")
    assert known_as(board) == (Recognition.SEVERAL, "employer", None)


def test_a_rule_may_ask_for_those_who_keyed() -> None:
    plans = {**CONFIGURATION.plans, "keyed": replace(CONFIGURATION.plans["standard"], id="keyed")}
    rule = PlanRule(Condition(recognitions=frozenset((Recognition.KEYED,))), "keyed")
    numbers = {key: replace(number, rules=(rule,)) for key, number in CONFIGURATION.numbers.items()}
    board = board_with(configuration=asking(configuration=replace(CONFIGURATION, plans=plans, numbers=numbers)))
    for call, digits in (("c1", SIRET), ("c2", "")):
        masked(board, call)
        board.keys(call, digits)
    board.know_keyed("c1", DUPONT)
    assert [board.call(call).ticket.plan for call in ("c1", "c2")] == ["keyed", "standard"]


# his place, and his end


def test_nobody_is_offered_meanwhile_and_the_place_is_that_of_the_arrival() -> None:
    board = board_with()
    masked(board)
    board.wait(30)
    board.arrive("c2")
    board.ask("c2")
    assert isinstance(board.keys("c1", ""), Wait)  # thirty seconds after the other came
    board.present("rose")
    assert board.nudged() == ["c1"]


def test_an_advisor_who_becomes_free_does_not_cut_the_question() -> None:
    board = board_with()
    masked(board)
    board.present("rose")
    assert board.nudged() == []
    assert board.call("c1").ticket.offer is None


def test_who_hangs_up_while_he_is_asked_has_gone_once() -> None:
    board = board_with("rose")
    masked(board)
    board.hang_up("c1", last=Last.KEYED)
    board.leave("c1")
    assert board.history()["c1"].outcome == "abandoned"
    assert (board.history()["c1"].recognition, board.history()["c1"].profile) == (Recognition.MASKED, None)


def test_another_router_goes_on_with_a_waiting_caller() -> None:
    """The one that asked is dead; the keys reach one that knows of no question."""
    board = board_with("rose")
    masked(board)
    following = board_with("rose")
    ask = board.last_ask("c1")
    told = following.give(replace(ask, seq=ask.seq + 1, last=Last.KEYED, keys=SIRET)).answer
    assert isinstance(told.instruction, Dial)  # type: ignore[union-attr]
    assert known_as(following) == (Recognition.MASKED, "unknown", None)
    assert looked_up(following) == []


def test_what_he_keyed_is_known_to_the_router_that_takes_him_over() -> None:
    board = board_with()
    masked(board)
    board.keys("c1", SIRET)
    board.know_keyed("c1", DUPONT)
    board.ask("c1")
    following = board_with()
    ask = board.last_ask("c1")
    following.give(replace(ask, seq=ask.seq + 1, last=Last.WAITED))
    assert known_as(following) == (Recognition.KEYED, "employer", 7)


def test_a_question_that_is_not_asked_any_more_ends_with_its_answer() -> None:
    board = board_with("rose")
    masked(board)
    board.give(Configure(replace(CONFIGURATION, identity=None)))
    assert isinstance(board.keys("c1", "12"), Dial)
    assert known_as(board) == (Recognition.MASKED, "unknown", None)


def test_after_the_closing_he_is_told_so_instead_of_waiting() -> None:
    configuration = asking(configuration=CONFIGURATION)
    board = Board(configuration, now="2026-11-23 12:29:50").open("rose")
    masked(board)
    board.wait(20)
    assert isinstance(board.keys("c1", ""), Dial)  # he came in time


def test_the_digits_are_in_no_text_of_what_is_done() -> None:
    board = board_with("rose")
    masked(board)
    board.keys("c1", SIRET)
    ((wanted,), call) = looked_up(board), board.call("c1")
    assert SIRET not in repr(wanted)
    assert SIRET not in repr(board.last_ask("c1"))
    assert SIRET not in repr(call.record(board.now))
