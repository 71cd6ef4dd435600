"""Consultation: what may go wrong meanwhile, and who has the caller then."""

from dataclasses import replace

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUp,
    HangUpCall,
    Held,
    HoldCall,
    LegUntold,
    MoveFailed,
    NudgeLeg,
    Part,
    Take,
    Transfer,
)
from cti_router.core.calls.second_level import TAKES_S
from cti_router.core.configuration import Requirement
from cti_router.core.history import Outcome
from cti_router.core.inputs import Configure, Last, PbxLost, PbxSynced, PhoneState, Presence
from cti_router.core.instructions import Accepted, Dial, Release, Wait
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketKind, TicketState
from tests.core.board import CONFIGURATION, leg_of
from tests.core.second_level import remi_consults_rose, remi_talks, rose_answers, why_not

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


@pytest.mark.parametrize("answered", [False, True])
def test_a_caller_who_hangs_up_releases_everybody(answered: bool) -> None:
    board = remi_consults_rose()
    if answered:
        rose_answers(board)
        board.wait(10)
    board.hang_up("c1", last=Last.HELD)
    assert board.taken(HangUp, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.state("rose").activity is (Activity.WRAP_UP if answered else Activity.IDLE)
    row = board.history()["c1"]
    assert (row.outcome, row.advisor) == (Outcome.ANSWERED, "remi")
    assert board.switchboard.trunks.in_use("caen", "rouen") == 0


def test_a_caller_who_hangs_up_while_his_advisor_waits_for_an_expert_ends_both_tickets() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.hang_up("c1", last=Last.TALKED, offer="c1-1-1", talked_s=0.0)
    assert board.switchboard.matching.waiting() == []
    board.present("rose")
    assert board.state("rose").activity is Activity.IDLE


def test_an_advisor_who_hangs_up_while_the_expert_talks_leaves_him_the_caller() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.phone("remi", PhoneState.FREE)
    board.leg_ends("c1", leg_of("c1-1-1"))
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    assert board.call("c1").ticket.advisor == "rose"


def test_an_advisor_who_hangs_up_while_the_expert_s_phone_rings_leaves_his_caller_in_the_queue() -> None:
    board = remi_consults_rose()
    board.present("rose", Presence.NOT_READY)  # after this call
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    board.phone("rose", PhoneState.FREE)
    ticket = board.call("c1").ticket
    assert (ticket.kind, ticket.state) == (TicketKind.TRANSFER, TicketState.WAITING)
    assert ticket.requirements == (Requirement("employers", 5),)
    assert board.state("remi").activity is Activity.WRAP_UP
    board.present("rose")
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1", Last.HELD), Dial)


def test_an_advisor_who_hangs_up_while_he_waits_for_an_expert_leaves_his_caller_in_the_queue() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.wait(10)
    board.phone("remi", PhoneState.FREE)
    assert board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=10.0) == Wait(10.0)
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)


def test_an_advisor_who_hangs_up_as_he_is_parted_leaves_his_caller_in_the_queue() -> None:
    board = remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    told = board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=5.0)
    assert isinstance(told, Dial)
    assert (told.advisor, board.call("c1").ticket.kind) == ("rose", TicketKind.TRANSFER)


def test_an_advisor_s_leg_that_nobody_saw_end_is_missed_by_his_caller() -> None:
    board = remi_consults_rose()
    board.wait(4)
    board.phone("rose", PhoneState.FREE)
    told = board.ask("c1", Last.LEFT, offer="c1-1-1")
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER
    assert isinstance(told, Dial)


def test_an_expert_who_is_gone_too_leaves_the_caller_in_the_queue() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    board.phone("rose", PhoneState.FREE)
    board.wait(4)
    assert board.ask("c1", Last.LEFT, offer="c1-1-1") == Wait(10.0)
    kinds = [ticket.kind for ticket in board.history()["c1"].tickets]
    assert kinds == ["inbound", "consultation", "transfer"]
    assert board.call("c1").ticket.requirements == (Requirement("employers", 5),)


def test_the_plan_s_end_refuses_the_consultation_and_lets_nobody_go() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.wait(600)
    assert board.call("c1").consultation is None
    assert board.state("remi").activity is Activity.TALKING
    assert "demande d’avis sans réponse : personne n’a pu la prendre" in board.history()["c1"].because
    assert board.end_talk("c1", "remi", 60.0) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_pbx_that_does_not_part_them_lets_the_expert_go() -> None:
    board = remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    board.give(MoveFailed("c1"))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.call("c1").consultation is None
    assert board.state("rose").activity is Activity.IDLE


def test_an_expert_who_goes_away_before_he_is_rung_is_sought_again() -> None:
    board = remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose", Presence.NOT_READY)
    assert board.part("c1") == Take()
    assert board.call("c1").talk is Talk.TOGETHER
    board.wait(5)
    board.present("rose")
    assert isinstance(board.part("c1"), Dial)


def test_a_ring_of_which_nothing_is_heard_brings_the_advisor_back() -> None:
    board = remi_consults_rose()
    board.wait(26)
    assert board.call("c1").consultation is None
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1") == Take()


def test_a_leg_that_was_not_told_takes_its_caller_by_itself_and_is_never_nudged() -> None:
    board = remi_talks("rose")
    board.consult("c1", "remi", "rose")
    board.give(LegUntold("c1", leg_of("c1-1-1"), 1))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.state("rose").activity is Activity.IDLE
    board.wait(40)
    assert board.taken(NudgeLeg, str) == []
    assert board.end_talk("c1", "remi", 40.0) == Release()


def test_what_was_not_told_to_a_leg_that_has_asked_again_is_no_news() -> None:
    board = remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1") == dial
    board.give(LegUntold("c1", leg_of("c1-1-1"), 1))
    assert board.call("c1").talk is Talk.ASIDE


def test_an_ask_that_crosses_the_way_back_gets_music_and_not_the_queue() -> None:
    board = remi_consults_rose()
    board.ask_for(CancelConsultation("remi"))
    assert board.leg_asks("c1") == Take()
    assert isinstance(board.ask("c1", Last.HELD, offer="c1-1-1"), Held)
    assert board.call("c1").ticket.advisor == "remi"
    board.silent.add("c1")  # he is taken, and talks
    board.wait(90)
    assert board.end_talk("c1", "remi") == Release()


def test_who_is_taking_his_caller_can_ask_for_nothing_else_meanwhile() -> None:
    """The two moves would cross at the PBX: he would be transferred, and with his advisor again."""
    board = remi_consults_rose()
    board.ask_for(CancelConsultation("remi"))
    assert board.leg_asks("c1") == Take()
    for request in (Transfer("remi", "employers", 5), Consult("remi", "employers", 5), HoldCall("remi")):
        assert "being moved" in why_not(board, request)
    board.wait(TAKES_S)
    assert board.ask_for(HoldCall("remi")) == Accepted()


def test_advisor_and_expert_gone_at_once_leave_the_caller_in_the_queue_when_he_asks() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(9)
    board.ask_for(ConnectConsultation("remi"))
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("rose", PhoneState.FREE)  # she hangs up before she could take him
    board.phone("remi", PhoneState.FREE)
    assert isinstance(board.ask("c1", Last.LEFT, offer="c1-1-1"), Wait)
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER


def test_a_caller_who_is_not_taken_after_all_waits_again() -> None:
    board = remi_consults_rose()
    board.ask_for(CancelConsultation("remi"))
    board.leg_asks("c1")
    board.phone("rose", PhoneState.FREE)
    board.wait(4)
    board.phone("remi", PhoneState.FREE)
    told = board.ask("c1", Last.LEFT, offer="c1-1-1")
    assert isinstance(told, Dial)
    assert (told.advisor, board.call("c1").ticket.kind) == ("rose", TicketKind.TRANSFER)


def test_the_consulted_one_has_no_say_over_the_caller_but_may_hang_up() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    assert "only being consulted" in why_not(board, Transfer("rose", "health", 2))
    assert "only being consulted" in why_not(board, HoldCall("rose"))
    assert board.ask_for(HangUpCall("rose")) == Accepted()
    asked = [each for each in board.effects if isinstance(each, HangUp)]  # by then he may talk with his caller again
    assert asked == [HangUp("c1", "caen", leg_of("c1-1-1"), peer=True, spares=board.call("c1").channel)]


def test_once_connected_the_expert_may_ask_somebody_himself() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.ask_for(ConnectConsultation("remi"))
    board.leg_asks("c1", Last.LEFT, "rose")
    board.present("carl")
    board.wait(TAKES_S)
    assert board.ask_for(Consult("rose", "health", 5)) == Accepted()
    board.wait(20.1)  # Caen is a backup
    told = board.part("c1")
    assert isinstance(told, Dial)
    assert (told.advisor, told.offer) == ("carl", "c1-3-1")


def test_who_consults_may_not_transfer_before_he_cancels() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    assert "cancel it first" in why_not(board, Transfer("remi", "employers", 5))
    assert "cancel it first" in why_not(board, Consult("remi", "employers", 5))
    assert why_not(board, ConnectConsultation("remi")) == "the expert has not answered yet"


def test_experts_are_sought_again_when_the_link_is_back() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.give(PbxLost("caen"))
    board.present("rose")
    assert board.taken(Part, str) == []
    assert board.state("rose").activity is Activity.IDLE
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}))
    assert isinstance(board.part("c1"), Dial)


def test_no_expert_is_taken_for_a_call_whose_pbx_is_out_of_reach() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.give(PbxLost("caen"))
    board.give(Configure(replace(CONFIGURATION, version="another")))
    board.present("rose")
    assert board.state("rose").offer is None
    board.give(PbxSynced("caen", (board.seen("c1", "dial"),), {"101": PhoneState.FREE}, {}))
    assert board.state("rose").offer == "c1-2-1"


def test_who_takes_an_expert_is_whoever_has_waited_longest() -> None:
    board = remi_talks()
    board.wait(5)
    board.arrive("c2", profile="employer")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose")
    assert isinstance(board.part("c1"), Dial)  # c1 came before c2
    assert board.switchboard.matching.inversions == 0
