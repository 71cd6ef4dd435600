"""Transfer: the caller goes on to an expert with his age, and who is counted for what."""

from dataclasses import replace

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    CallRequest,
    CancelConsultation,
    ConnectConsultation,
    Consult,
    Fetch,
    HangUpCall,
    HoldCall,
    MoveFailed,
    RetrieveCall,
    Transfer,
)
from cti_router.core.configuration import AtClose, Requirement
from cti_router.core.history import Outcome
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last, PbxLost, PhoneState, Presence
from cti_router.core.instructions import Accepted, Dial, Refused, Release, Wait
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketKind
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board
from tests.core.second_level import remi_talks, why_not

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


def test_a_transfer_fetches_the_caller_and_rings_the_expert_with_the_call_s_age() -> None:
    board = remi_talks("rose")
    arrived_at = board.call("c1").ticket.arrived_at
    board.wait(90)
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()
    assert board.taken(Fetch, lambda fetch: fetch.channel) == ["PJSIP/public-c1"]
    told = board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    assert isinstance(told, Dial)
    assert (told.advisor, told.offer) == ("rose", "c1-2-1")
    ticket = board.call("c1").ticket
    assert (ticket.kind, ticket.requirements) == (TicketKind.TRANSFER, (Requirement("employers", 5),))
    assert (ticket.arrived_at, ticket.opened_at) == (arrived_at, board.now)


def test_a_transfer_is_counted_right_for_both_advisors() -> None:
    board = remi_talks("rose")
    board.wait(90)
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.state("remi").presence is Presence.AVAILABLE
    board.wait(4)
    board.phone("rose", PhoneState.RINGING)
    board.phone("rose", PhoneState.IN_USE)
    assert board.end_talk("c1", "rose", 60.0) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    first, second = row.tickets
    assert (first.kind, first.advisor, first.talked_s, first.served_s) == ("inbound", "remi", 90.0, 90.0)
    assert (second.kind, second.advisor, second.waited_s, second.talked_s) == ("transfer", "rose", 4.0, 60.0)
    assert (row.outcome, row.advisor, row.path) == (Outcome.ANSWERED, "rose", ("caen", "rouen"))
    assert (row.waited_s, row.talked_s) == (4.0, 150.0)
    assert "Remi transfère l’appel : Employeurs, niveau 5 au moins" in row.because


def test_who_is_in_charge_of_the_file_is_preferred_after_a_transfer_too_but_not_who_transferred() -> None:
    for in_charge, prefers in (("remi", "remi"), ("carl", "rose")):
        board = Board(now="2026-11-23 14:00").open("carl", "rose", "remi")
        board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
        board.know("c1", Contributor(7, "SARL Dupont", "employer", in_charge=in_charge))
        board.talk("c1", "carl")
        board.ask_for(Transfer("carl", "employers", 3))
        board.ask("c1", Last.CANCELLED, offer="c1-1-1")
        board.wait(20)
        told = board.ask("c1")
        assert isinstance(told, Dial)
        assert told.advisor == prefers


def test_a_long_talk_does_not_count_as_a_wait_in_the_plan() -> None:
    board = remi_talks()
    board.wait(1200)  # the plan gives up after 600
    board.ask_for(Transfer("remi", "employers", 5))
    assert board.ask("c1", Last.CANCELLED, offer="c1-1-1") == Wait(10.0)
    assert board.call("c1").ticket.step == 0
    board.wait(20.5)
    assert board.call("c1").ticket.step == 1


def test_a_caller_who_leaves_while_he_is_transferred_was_served_by_the_first() -> None:
    board = remi_talks()
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    board.wait(7)
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.waited_s, row.talked_s) == (Outcome.ABANDONED, "remi", 7.0, 30.0)


def test_an_advisor_who_hangs_up_as_he_transfers_loses_nobody() -> None:
    board = remi_talks("rose")
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    told = board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=30.0)
    assert isinstance(told, Dial)
    assert told.advisor == "rose"


def test_a_transfer_that_the_pbx_does_not_carry_out_leaves_the_talk_as_it_is() -> None:
    board = remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    board.give(MoveFailed("c1"))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.end_talk("c1", "remi", 60.0) == Release()
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.state("rose").activity is Activity.IDLE


def test_a_transfer_of_which_nothing_is_heard_is_given_up() -> None:
    board = remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    board.wait(3.1)
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()


def test_a_caller_fetched_after_all_is_not_lost() -> None:
    board = remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    board.wait(3.1)
    assert isinstance(board.ask("c1", Last.CANCELLED, offer="c1-1-1"), Dial)
    assert board.state("remi").activity is Activity.WRAP_UP


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (Transfer("nobody", "employers", 5), "unknown advisor 'nobody'"),
        (Transfer("rose", "employers", 5), "Rose is not talking with a caller"),
        (Transfer("remi", "chess", 5), "unknown skill 'chess'; there are employers, health"),
        (Transfer("remi", "employers", 6), "level 6 is none of 1 to 5"),
        (Consult("remi", "employers", 0), "level 0 is none of 1 to 5"),
        (ConnectConsultation("remi"), "no consultation is under way"),
        (CancelConsultation("remi"), "no consultation is under way"),
        (RetrieveCall("remi"), "the caller is not on hold"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(request_: CallRequest, why: str) -> None:
    board = remi_talks("rose")
    assert why_not(board, request_) == why
    assert board.taken(Fetch, str) == []


def test_a_skill_that_only_he_has_himself_is_no_aim() -> None:
    board = Board(now="2026-11-23 14:00").open("carl")
    board.arrive("c1", profile="health")
    board.talk("c1", "carl")
    assert why_not(board, Transfer("carl", "health", 3)) == "nobody else has health at level 3 or above"
    assert board.ask_for(Transfer("carl", "health", 2)) == Accepted()


def test_nothing_is_asked_of_a_pbx_out_of_reach() -> None:
    board = remi_talks("rose")
    board.give(PbxLost("caen"))
    assert "out of reach" in why_not(board, Transfer("remi", "employers", 5))


def test_after_closing_time_who_came_before_it_is_still_transferred() -> None:
    board = remi_talks("rose", now="2026-11-23 12:20")
    board.wait(15 * 60)
    board.present("rose", Presence.NOT_READY)
    board.ask_for(Transfer("remi", "employers", 5))
    assert isinstance(board.ask("c1", Last.CANCELLED, offer="c1-1-1"), Wait)
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)


def test_after_closing_time_nobody_is_transferred_to_be_told_that_it_is_closed() -> None:
    rules = replace(CONFIGURATION.rules, at_close=AtClose.DISMISS)
    board = remi_talks("rose", now="2026-11-23 12:20", configuration=replace(CONFIGURATION, rules=rules))
    board.wait(15 * 60)
    for request in (Transfer("remi", "employers", 5), Consult("remi", "employers", 5)):
        assert board.ask_for(request) == Refused("it is closed: nobody is on duty to take the caller")
    assert board.state("remi").activity is Activity.TALKING


def test_one_move_at_a_time() -> None:
    board = remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    for request in (Transfer("remi", "employers", 5), Consult("remi", "employers", 5), HoldCall("remi")):
        assert "being moved" in why_not(board, request)
    assert "being moved" in why_not(board, HangUpCall("remi"))
