"""When nobody could answer: a message, a voice message, another number."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import PUBLIC, Configuration, EndAction
from cti_router.core.history import Outcome
from cti_router.core.inputs import CallerLeft, Last, PbxSynced, Restore
from cti_router.core.instructions import Forward, Play, Release, TakeMessage, Wait
from tests.core.board import CONFIGURATION, Board


def ending(action: EndAction, **more: object) -> Configuration:
    plan = replace(CONFIGURATION.plans["standard"], end_action=action, end_after_s=65.0, **more)  # type: ignore[arg-type]
    sites = {**CONFIGURATION.sites, "caen": replace(CONFIGURATION.sites["caen"], public_calls=1)}
    return replace(CONFIGURATION, plans={"standard": plan}, sites=sites)


VOICEMAIL = ending(EndAction.VOICEMAIL, end_message_s=90.0)
OTHER = ending(EndAction.OTHER_NUMBER, end_number=33231000000, end_ring_s=25.0, end_regrets=("nobody", "goodbye"))
A_MESSAGE = TakeMessage("cti/c1", 90.0)
ANOTHER = Forward("33231000000", 25.0, "33261910001")


def at_the_end(configuration: Configuration, board: Board | None = None) -> Board:
    """A caller has waited in vain, and hears the plan's last sounds."""
    board = board or Board(configuration).open()
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Wait)
    board.wait(64)
    board.silent.add("c1")
    board.wait(1)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("sorry",), interruptible=False)
    return board


# voice messages


def test_a_caller_leaves_a_message_and_is_let_go() -> None:
    board = at_the_end(VOICEMAIL)
    assert board.ask("c1", Last.PLAYED) == A_MESSAGE
    assert board.ask_again("c1") == A_MESSAGE
    assert board.ask("c1", Last.MESSAGE_TAKEN) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.message, row.advisor) == (Outcome.VOICEMAIL, "cti/c1", None)
    assert "fin du plan de routage : personne n’a pu répondre" in row.because


def test_who_hangs_up_in_his_message_has_left_one() -> None:
    board = at_the_end(VOICEMAIL)
    board.ask("c1", Last.PLAYED)
    board.hang_up("c1", last=Last.MESSAGE_TAKEN)
    row = board.history()["c1"]
    assert (row.outcome, row.message) == (Outcome.VOICEMAIL, "cti/c1")


@pytest.mark.parametrize("ended", [True, False])
def test_who_says_nothing_has_left_none(ended: bool) -> None:
    board = at_the_end(VOICEMAIL)
    board.ask("c1", Last.PLAYED)
    if ended:
        board.hang_up("c1", last=Last.NO_MESSAGE)
    else:
        assert board.ask("c1", Last.NO_MESSAGE) == Release()
        board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.message) == (Outcome.UNSERVED, "")


def test_who_hangs_up_during_the_last_sounds_was_not_served() -> None:
    board = at_the_end(VOICEMAIL)
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.UNSERVED


def test_a_message_may_last_and_a_caller_who_never_ends_it_is_gone() -> None:
    board = at_the_end(VOICEMAIL)
    board.ask("c1", Last.PLAYED)
    board.silent.add("c1")
    board.wait(90 + 120)
    assert "c1" in board.switchboard.calls
    board.wait(60)
    assert board.history()["c1"].outcome is Outcome.UNSERVED


@pytest.mark.parametrize("ended", [True, False])
def test_a_router_that_restarts_meanwhile_learns_of_the_message(ended: bool) -> None:
    former = at_the_end(VOICEMAIL)
    former.ask("c1", Last.PLAYED)
    board = Board(VOICEMAIL, now="2026-11-23 09:02")
    board.give(Restore((), (former.history()["c1"],)))
    ask = replace(former.last_ask("c1"), seq=9, last=Last.MESSAGE_TAKEN, ended=ended)
    board.give(ask)
    if not ended:
        board.give(replace(ask, seq=10, last=Last.WAITED, ended=True))
    row = board.history()["c1"]
    assert (row.outcome, row.message) == (Outcome.VOICEMAIL, "cti/c1")


# another number


def test_a_caller_is_sent_on_to_another_number() -> None:
    board = at_the_end(OTHER)
    assert board.ask("c1", Last.PLAYED) == ANOTHER
    board.wait(120)
    assert board.ask("c1", Last.FORWARDED, talked_s=100.0) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.talked_s, row.waited_s) == (Outcome.FORWARDED, None, 100.0, 85.0)


def test_nobody_answers_there_and_he_hears_it() -> None:
    board = at_the_end(OTHER)
    board.ask("c1", Last.PLAYED)
    board.wait(25)
    assert board.ask("c1", Last.NOT_FORWARDED) == Play(("nobody", "goodbye"), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.UNSERVED


def test_a_talk_with_the_other_number_may_last_for_ever() -> None:
    board = at_the_end(OTHER)
    board.ask("c1", Last.PLAYED)
    board.silent.add("c1")
    board.wait(4 * 3600)
    assert "c1" in board.switchboard.calls
    board.hang_up("c1", last=Last.FORWARDED, talked_s=4 * 3600 - 5)
    assert board.history()["c1"].outcome is Outcome.FORWARDED


def test_who_is_sent_on_needs_no_voice_port() -> None:
    sites = {**OTHER.sites, "caen": replace(OTHER.sites["caen"], voice_ports=1)}
    board = at_the_end(replace(OTHER, sites=sites))
    assert board.switchboard.voice_ports.in_use("caen") == 1
    board.ask("c1", Last.PLAYED)
    assert board.switchboard.voice_ports.in_use("caen") == 0


def test_two_callers_and_one_line_out() -> None:
    board = at_the_end(OTHER)
    board.arrive("c2", cli="0261910102")
    board.ask("c2")
    assert board.ask("c1", Last.PLAYED) == ANOTHER
    assert board.ask_again("c1") == ANOTHER
    board.wait(65)
    assert board.ask("c2") == Play(("sorry",), interruptible=False)
    assert board.ask("c2", Last.PLAYED) == Play(("nobody", "goodbye"), interruptible=False)
    assert board.ask("c2", Last.PLAYED) == Release()
    board.hang_up("c2")
    row = board.history()["c2"]
    assert row.outcome is Outcome.UNSERVED
    assert row.because[-1] == "aucune ligne libre vers l’autre numéro"
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == 1


@pytest.mark.parametrize("end", [Last.FORWARDED, Last.NOT_FORWARDED, None])
def test_the_line_out_is_free_again_however_it_ends(end: Last | None) -> None:
    board = at_the_end(OTHER)
    board.ask("c1", Last.PLAYED)
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == 1
    if end is None:
        board.leave("c1")
    else:
        board.ask("c1", end)
    assert board.switchboard.trunks.in_use("caen", PUBLIC) == 0


def test_a_router_that_restarts_meanwhile_learns_of_the_talk() -> None:
    former = at_the_end(OTHER)
    former.ask("c1", Last.PLAYED)
    board = Board(OTHER, now="2026-11-23 09:05")
    board.give(Restore((), (former.history()["c1"],)))
    board.give(replace(former.last_ask("c1"), seq=9, last=Last.FORWARDED, talked_s=60.0, ended=True))
    row = board.history()["c1"]
    assert (row.outcome, row.talked_s, row.advisor) == (Outcome.FORWARDED, 60.0, None)


def test_nobody_is_left_behind_in_a_parting_when_his_channel_is_gone() -> None:
    board = at_the_end(OTHER)
    board.ask("c1", Last.PLAYED)
    board.wait(60)
    board.give(PbxSynced("caen", (), {}, {}))
    assert board.history()["c1"].outcome is Outcome.UNSERVED
    board.give(CallerLeft("c1", 16))
    assert not board.switchboard.calls


# neither


def test_only_a_message_is_what_the_plan_says_without_more() -> None:
    board = at_the_end(ending(EndAction.MESSAGE))
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.UNSERVED


def test_a_report_of_a_parting_that_never_was_changes_nothing() -> None:
    board = Board(VOICEMAIL).open()
    board.arrive("c1")
    assert isinstance(board.ask("c1", Last.MESSAGE_TAKEN), Wait)
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ABANDONED
