"""Hold: the advisor lets his caller wait, and what comes of it."""

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    Consult,
    HangUp,
    HangUpCall,
    Hold,
    HoldCall,
    MoveFailed,
    NudgeLeg,
    RetrieveCall,
    Take,
    Transfer,
)
from cti_router.core.calls.second_level import HOLD_AT_MOST_S, HOLD_S
from cti_router.core.inputs import Last, PhoneState
from cti_router.core.instructions import Accepted, Dial, Release
from cti_router.core.tickets.ticket import TicketKind
from tests.core.board import Board, at, leg_of
from tests.core.second_level import remi_talks

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


def test_held_and_retrieved() -> None:
    board = remi_talks()
    assert board.ask_for(HoldCall("remi")) == Accepted()
    assert board.part("c1") == Hold(HOLD_S)
    board.wait(40)
    assert board.state("remi").activity is Activity.TALKING
    assert board.leg_asks("c1", Last.WAITED) == Hold(HOLD_S)
    assert board.ask_for(RetrieveCall("remi")) == Accepted()
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1") == Take()
    assert board.end_talk("c1", "remi", 60.0) == Release()
    board.hang_up("c1")
    assert [ticket.kind for ticket in board.history()["c1"].tickets] == ["inbound"]


def test_a_hold_comes_back_by_itself() -> None:
    board = remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.wait(HOLD_AT_MOST_S + 1)
    assert board.leg_asks("c1", Last.WAITED) == Take()


def test_a_hold_that_the_pbx_does_not_carry_out_leaves_the_talk_as_it_is() -> None:
    board = remi_talks()
    board.ask_for(HoldCall("remi"))
    board.give(MoveFailed("c1"))
    assert board.call("c1").held_until_at is None
    assert board.ask_for(HoldCall("remi")) == Accepted()


def test_who_hangs_up_with_his_caller_on_hold_leaves_him_in_the_queue() -> None:
    board = remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.wait(10)
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER
    board.present("rose")
    assert board.nudged() == ["c1"]
    told = board.ask("c1", Last.HELD)
    assert isinstance(told, Dial)
    assert "a quitté l’appel sans le rendre" in " ".join(board.history()["c1"].because)


def test_transferred_from_hold_the_leg_is_released() -> None:
    board = remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.present("rose")
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()
    assert board.taken(HangUp, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1", Last.HELD), Dial)


def test_an_expert_found_during_a_hold_is_rung_at_once() -> None:
    board = remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose")
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    told = board.leg_asks("c1")
    assert isinstance(told, Dial)
    assert board.leg_asks("c1", Last.BUSY, expert_offer=told.offer) == Take()


def test_hung_up_by_request_as_by_the_handset() -> None:
    board = remi_talks()
    assert board.ask_for(HangUpCall("remi")) == Accepted()
    assert board.taken(HangUp, lambda effect: f"{effect.channel} {effect.peer}") == ["PJSIP/public-c1 True"]
    assert board.end_talk("c1", "remi", 5.0) == Release()


def test_the_steps_of_a_further_ticket_count_from_its_opening_and_its_place_from_the_arrival() -> None:
    board = Board(now="2026-11-23 09:00").open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.wait(300)
    board.ask_for(Consult("remi", "employers", 5))
    consultation = board.call("c1").consultation
    assert consultation is not None
    assert consultation.next_step_at == board.now + 20.0
    assert consultation.place[0] == at("2026-11-23 09:00")
