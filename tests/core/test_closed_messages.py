"""The service is closed: where the number says so, the caller may leave a message."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import AtClose, Configuration
from cti_router.core.effects import LookUp
from cti_router.core.explaining.explain import explain
from cti_router.core.explaining.explain_in_french import explanation_in_french
from cti_router.core.heard import KeyedIdentity
from cti_router.core.history import Outcome
from cti_router.core.identity import Contributor
from cti_router.core.inputs import Last
from cti_router.core.instructions import Play, Release, TakeMessage, Wait
from cti_router.core.order import Close
from cti_router.core.voicemail import ClosedMessage
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, at
from tests.core.ordered import given

NUMBER = CONFIGURATION.numbers[33261910001]
OFFERED = replace(
    CONFIGURATION,
    numbers={NUMBER.dnis: replace(NUMBER, closed_message=ClosedMessage(("speak-after-the-tone",), 90.0))},
)
CLOSED = Play(("closed", "speak-after-the-tone"), interruptible=False)
A_MESSAGE = TakeMessage("cti/c1", 90.0)
AT_NIGHT, BEFORE_NOON = "2026-11-23 20:00", "2026-11-23 12:29"


def at_night(configuration: Configuration = OFFERED) -> Board:
    return Board(configuration, AT_NIGHT).open()


def test_who_calls_at_night_leaves_a_message_with_his_name_on_it() -> None:
    board = at_night()
    assert board.arrive("c1") == CLOSED
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE
    assert board.ask_again("c1") == A_MESSAGE
    assert board.ask("c1", Last.MESSAGE_TAKEN) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.message) == (Outcome.VOICEMAIL, "cti/c1")
    assert (row.contributor, row.profile) == (7, "employer")


def test_he_is_looked_for_only_where_a_message_is_offered() -> None:
    for configuration, wanted in ((OFFERED, [str(EMPLOYER_CLI)]), (CONFIGURATION, [])):
        board = at_night(configuration)
        board.arrive("c1", profile=None)
        assert board.taken(LookUp, lambda effect: str(effect.e164)) == wanted


def test_what_the_directory_tells_changes_nothing_of_what_he_hears() -> None:
    board = at_night()
    assert board.arrive("c1") == CLOSED
    board.know("c1", Contributor(9, "SARL Durand", "health"))  # late, and twice
    assert board.ask_again("c1") == CLOSED
    assert board.nudged() == []
    assert board.call("c1").ticket.contributor == 7


def test_the_masked_and_the_unknown_leave_messages_too() -> None:
    board = at_night()
    assert board.arrive("c1", cli="", profile=None) == CLOSED
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE
    board.hang_up("c1", last=Last.MESSAGE_TAKEN)
    row = board.history()["c1"]
    assert (row.outcome, row.contributor, row.profile) == (Outcome.VOICEMAIL, None, "unknown")


def test_nobody_is_asked_who_he_is_by_night() -> None:
    board = at_night(replace(OFFERED, identity=KeyedIdentity(ask=("who-are-you",), ask_several=("which",))))
    assert board.arrive("c1", profile=None) == CLOSED
    assert board.ask_again("c1") == CLOSED
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE


@pytest.mark.parametrize("heard", [True, False])
def test_who_leaves_none_has_called_while_it_was_closed(heard: bool) -> None:
    board = at_night()
    board.arrive("c1")
    if heard:
        board.ask("c1", Last.PLAYED)
        assert board.ask("c1", Last.NO_MESSAGE) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.message) == (Outcome.CLOSED, "")


def test_without_the_offer_he_is_let_go() -> None:
    board = at_night(CONFIGURATION)
    assert board.arrive("c1") == Play(("closed",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()


def test_an_order_that_closes_says_why_and_the_message_may_be_left_all_the_same() -> None:
    board = Board(OFFERED).open()
    given(board, Close("alerte incendie", sounds=("fire",)))
    assert board.arrive("c1") == Play(("fire", "speak-after-the-tone"), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE


def test_who_waits_at_closing_time_may_leave_one_as_well() -> None:
    rules = replace(OFFERED.rules, at_close=AtClose.DISMISS)
    board = Board(replace(OFFERED, rules=rules), BEFORE_NOON).open()
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Wait)
    board.wait(59)
    board.silent.add("c1")
    board.wait(1)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == CLOSED
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE
    board.hang_up("c1", last=Last.MESSAGE_TAKEN)
    assert board.history()["c1"].outcome is Outcome.VOICEMAIL


def test_he_takes_a_voice_port_meanwhile() -> None:
    sites = {**OFFERED.sites, "caen": replace(OFFERED.sites["caen"], voice_ports=1)}
    board = at_night(replace(OFFERED, sites=sites))
    board.arrive("c1")
    board.ask("c1", Last.PLAYED)
    assert board.switchboard.voice_ports.in_use("caen") == 1
    board.hang_up("c1", last=Last.MESSAGE_TAKEN)
    assert board.switchboard.voice_ports.in_use("caen") == 0


def test_it_is_explained() -> None:
    explanation = explain(OFFERED, at(AT_NIGHT), NUMBER.dnis, ())
    assert "Messages : closed, speak-after-the-tone ; puis il peut laisser un message" in explanation_in_french(
        OFFERED, explanation
    )
