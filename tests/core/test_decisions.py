"""The decision ledger: for each decision the chosen, those passed over with a reason, the rest counted by step."""

from dataclasses import replace

from cti_router.core.configuration import Selection
from cti_router.core.history import Counted, DecisionRecord
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last, PhoneState, Presence
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board


def decisions(board: Board, call: str = "c1") -> tuple[DecisionRecord, ...]:
    return board.call(call).record(board.now).decisions


def test_an_offer_says_whom_it_passed_over_and_by_which_rule() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    (offered,) = decisions(board)
    assert (offered.what, offered.ticket, offered.rule, offered.version) == ("offered", 1, "most_competent", "test")
    assert offered.because[0].startswith("Rose : étape 1, Employeurs 5")
    assert offered.rejected == ("Remi : moins compétent (3 en tout)",)
    assert offered.counted == (Counted(0, 2, 2),)
    assert offered.at == board.now


def test_of_two_alike_the_one_who_is_idle_for_less_time_was_passed_over() -> None:
    advisors = dict(CONFIGURATION.advisors)
    advisors["remi"] = replace(advisors["remi"], skills={"employers": 5})
    board = Board(replace(CONFIGURATION, advisors=advisors)).open("rose")
    board.wait(120)
    board.present("remi")
    board.wait(5)
    board.arrive("c1")
    (offered,) = decisions(board)
    assert offered.rejected == ("Remi : aussi compétent, mais libre depuis moins longtemps (5 s)",)


def test_the_least_occupied_rule_says_so() -> None:
    plans = {id_: replace(plan, selection=Selection.LEAST_OCCUPIED) for id_, plan in CONFIGURATION.plans.items()}
    board = Board(replace(CONFIGURATION, plans=plans)).open("rose", "remi")
    board.arrive("c1")
    (offered,) = decisions(board)
    assert offered.rule == "least_occupied"
    assert offered.rejected[0].endswith(" : plus occupé aujourd’hui (0 s)")


def test_who_waits_is_told_once_what_there_is_and_again_when_that_changes() -> None:
    board = Board().open()
    board.arrive("c1")
    board.wait(15)
    (waits,) = decisions(board)
    assert (waits.what, waits.counted) == ("waits", (Counted(0, 2, 0),))
    board.wait(10)
    (again,) = decisions(board)[1:]
    assert (again.what, again.counted) == ("waits", (Counted(0, 2, 0), Counted(1, 1, 0)))


def test_why_the_one_in_charge_of_the_file_was_not_taken() -> None:
    board = Board().open("rose")
    board.present("remi", Presence.NOT_READY, "lunch")
    board.arrive("c1", profile=None)
    board.leave("c1")
    board.phone("rose", PhoneState.FREE)
    board.ask("c2", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c2", Contributor(7, "SARL Dupont", "employer", in_charge="remi"))
    (offered,) = decisions(board, "c2")
    assert "Remi, chargé du dossier : absent" in offered.rejected


def test_what_became_of_an_offer_is_a_decision_too_and_survives_the_call() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.ask("c1")
    board.phone("rose", PhoneState.RINGING)
    board.wait(15)
    board.ask("c1", Last.NO_ANSWER, offer="c1-1-1")
    board.hang_up("c1")
    row = board.history()["c1"]
    assert [each.what for each in row.decisions] == ["offered", "no_answer", "waits"]
