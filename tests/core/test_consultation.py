"""Consultation: an expert is asked while the caller hears music, and who has the caller afterwards."""

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUp,
    Held,
    NudgeLeg,
    Part,
    Take,
)
from cti_router.core.history import Outcome
from cti_router.core.inputs import Last, PhoneState, Presence
from cti_router.core.instructions import Accepted, Dial, Release

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.
from cti_router.core.presence import REASON_RONA
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketState
from tests.core.board import leg_of
from tests.core.second_level import remi_consults_rose, remi_talks, rose_answers


def test_while_no_expert_is_free_the_talk_goes_on() -> None:
    board = remi_talks()
    assert board.ask_for(Consult("remi", "employers", 5)) == Accepted()
    board.wait(12)
    assert board.taken(Part, str) == []
    assert board.state("remi").activity is Activity.TALKING
    consultation = board.call("c1").consultation
    assert consultation is not None
    assert consultation.state is TicketState.WAITING
    board.present("rose")
    assert isinstance(board.part("c1"), Dial)


def test_the_expert_s_wait_is_not_the_caller_s() -> None:
    board = remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.wait(12)
    board.ask_for(CancelConsultation("remi"))
    assert board.end_talk("c1", "remi", 20.0) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.waited_s, row.advisor) == (0.0, "remi")
    assert [(each.kind, each.waited_s, each.advisor) for each in row.tickets] == [
        ("inbound", 0.0, "remi"),
        ("consultation", 12.0, None),
    ]


def test_he_is_parted_from_his_caller_whichever_of_them_asks_first() -> None:
    board = remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    told = board.leg_asks("c1")
    assert isinstance(told, Dial)
    assert isinstance(board.ask("c1", Last.CANCELLED, offer="c1-1-1"), Held)
    assert board.call("c1").talk is Talk.ASIDE
    board.phone("rose", PhoneState.RINGING)
    rose_answers(board)
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.TALKING)


def test_the_caller_hears_music_as_long_as_it_takes() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(200)
    assert board.call("c1").talk is Talk.ASIDE
    assert board.call("c1").ticket.advisor == "remi"


def test_connected_the_expert_takes_the_caller_and_the_advisor_wraps_up() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(40)
    assert board.ask_for(ConnectConsultation("remi")) == Accepted()
    assert board.taken(HangUp, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.call("c1").ticket.advisor == "rose"
    board.wait(60)
    board.phone("rose", PhoneState.FREE)
    assert board.ask("c1", Last.TALKED, offer="c1-2-1", talked_s=100.0) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    first, second = row.tickets
    assert (first.advisor, first.talked_s, first.served_s) == ("remi", 40.0, 40.0)
    assert (second.kind, second.advisor, second.talked_s, second.served_s) == ("consultation", "rose", 100.0, 60.0)
    assert (row.outcome, row.advisor, row.talked_s, row.waited_s) == (Outcome.ANSWERED, "rose", 100.0, 0.0)
    assert board.state("rose").activity is Activity.WRAP_UP


def test_connected_and_the_expert_s_leg_asks_before_the_other_is_seen_to_end() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.ask_for(ConnectConsultation("remi"))
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    assert (board.call("c1").talk, board.call("c1").ticket.advisor) == (Talk.TOGETHER, "rose")
    assert board.state("remi").activity is Activity.WRAP_UP


def test_cancelled_while_it_rings_the_expert_is_free_and_the_caller_is_back() -> None:
    board = remi_consults_rose()
    assert board.ask_for(CancelConsultation("remi")) == Accepted()
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1") == Take()
    board.phone("rose", PhoneState.FREE)
    assert (board.state("rose").activity, board.state("rose").presence) == (Activity.IDLE, Presence.AVAILABLE)
    assert board.end_talk("c1", "remi", 60.0) == Release()
    assert board.history()["c1"].tickets[1].offers[0].result == "cancelled"


def test_cancelled_while_they_talk_the_expert_is_let_go_and_wraps_up() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(25)
    offer = board.state("rose").offer or ""
    board.ask_for(CancelConsultation("remi"))
    assert board.leg_asks("c1", Last.LEFT, offer=offer, advisor="", channel=leg_of(offer)) == Release()
    assert board.leg_asks("c1") == Take()
    board.phone("rose", PhoneState.FREE)
    assert board.state("rose").activity is Activity.WRAP_UP
    assert board.state("remi").activity is Activity.TALKING
    asked = board.history()["c1"].tickets[1]
    assert (asked.advisor, asked.talked_s, asked.served_s) == ("rose", 25.0, 0.0)


@pytest.mark.parametrize("last", [Last.BUSY, Last.UNREACHABLE, Last.NO_WAY])
def test_an_expert_who_is_busy_or_gone_gives_the_caller_back(last: Last) -> None:
    board = remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1", last, expert_offer=dial.offer) == Take()
    assert board.call("c1").consultation is None
    assert (board.state("remi").activity, board.state("remi").presence) == (Activity.TALKING, Presence.AVAILABLE)
    assert board.end_talk("c1", "remi", 60.0) == Release()


def test_an_expert_who_does_not_answer_is_set_absent_and_not_who_asked_for_him() -> None:
    board = remi_consults_rose()
    board.wait(15)
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.NO_ANSWER, expert_offer=board.state("rose").offer or "") == Take()
    assert (board.state("rose").presence, board.state("rose").reason) == (Presence.NOT_READY, REASON_RONA)
    assert (board.state("remi").activity, board.state("remi").presence) == (Activity.TALKING, Presence.AVAILABLE)


def test_an_expert_who_hangs_up_gives_the_caller_back() -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(20)
    offer = board.state("rose").offer or ""
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.TALKED, expert_offer=offer, talked_s=20.0) == Take()
    assert board.state("rose").activity is Activity.WRAP_UP
    assert board.state("remi").activity is Activity.TALKING
    assert "avis donné, retour à l’appelant" in board.history()["c1"].because


def test_asked_twice_the_leg_is_told_the_same() -> None:
    board = remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1") == dial
