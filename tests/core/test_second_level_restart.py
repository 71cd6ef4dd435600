"""Transfer, consultation and hold, found under way by another router."""

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    AsideSeen,
    ConnectConsultation,
    Held,
    HoldCall,
    NudgeLeg,
    RetrieveCall,
    Take,
)
from cti_router.core.history import Outcome
from cti_router.core.inputs import ChannelSeen, Last, LegAsk, PbxSynced, PhoneState, Restore, Stalled
from cti_router.core.instructions import Accepted, Dial, Refused, Release
from cti_router.core.talk import Talk
from tests.core.board import Board, leg_of
from tests.core.second_level import remi_consults_rose, remi_talks, rose_answers

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


def _seen(board: Board, state: str, offer: str, advisor: str, ticket: str, *, talked_s: float = 0.0) -> ChannelSeen:
    who = board.call("c1")
    bridged = state in ("dial", "join")
    return ChannelSeen("c1", who.channel, state, ticket, offer, advisor, who.cli, who.dnis, bridged, talked_s)


def _remis_leg(former: Board, *, bridged: bool, state: str = "dial") -> AsideSeen:
    consultation = former.call("c1").consultation
    assert consultation is not None
    return AsideSeen(
        "c1", leg_of("c1-1-1"), state, "c1-1-1", "remi", bridged, 90.0,
        consultation.to_text(), consultation.offer or "", "rose",
    )  # fmt: skip


def _another_router(former: Board, seen: ChannelSeen, legs: tuple[AsideSeen, ...], *, caen_first: bool = True) -> Board:
    """It starts a moment later, on what the former left on disk and in the channels."""
    board = Board()
    board.now = former.now + 1.0
    presences = tuple(former.state(advisor).stored() for advisor in ("rose", "remi", "carl"))
    board.give(Restore(presences, tuple(former.history().values())))
    shown = {"201": former.state("rose").phone, "202": former.state("remi").phone}
    phones = {phone: state or PhoneState.FREE for phone, state in shown.items()}
    lists = [
        PbxSynced("caen", (seen,), {"101": PhoneState.FREE}, {}, aside=legs),
        PbxSynced("rouen", (), phones, {}),
    ]
    for synced in lists if caen_first else reversed(lists):
        board.give(synced)
    return board


@pytest.mark.parametrize("caen_first", [True, False])
def test_a_router_that_dies_while_the_expert_is_asked_loses_nobody(caen_first: bool) -> None:
    former = remi_consults_rose()
    rose_answers(former)
    former.wait(90)
    offer = former.state("rose").offer or ""
    rose_s_leg = AsideSeen("c1", leg_of(offer), "", offer, "rose", True, 90.0)
    seen = _seen(former, "held", "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=90.0)
    board = _another_router(former, seen, (_remis_leg(former, bridged=True), rose_s_leg), caen_first=caen_first)
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.TALKING)
    assert board.ask_for(ConnectConsultation("remi")) == Accepted()
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    board.wait(9)
    board.phone("rose", PhoneState.FREE)
    assert board.ask("c1", Last.TALKED, seq=9, offer=offer, talked_s=99.0) == Release()
    board.hang_up("c1", seq=10)
    row = board.history()["c1"]
    first, second = row.tickets
    assert (first.advisor, first.talked_s) == ("remi", 91.0)  # the new one came a second later
    assert (second.kind, second.advisor, second.talked_s, second.served_s) == ("consultation", "rose", 99.0, 9.0)
    assert (row.outcome, row.arrived_at) == (Outcome.ANSWERED, former.call("c1").ticket.arrived_at)


def test_a_router_that_dies_while_the_expert_s_phone_rings_is_told_what_becomes_of_it() -> None:
    former = remi_consults_rose()
    seen = _seen(former, "held", "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=3.0)
    board = _another_router(former, seen, (_remis_leg(former, bridged=False),))
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.OFFERED)
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.BUSY, seq=7, expert_offer="c1-2-1") == Take()
    assert board.state("remi").activity is Activity.TALKING


def test_a_router_that_dies_during_a_hold_finds_it() -> None:
    former = remi_talks()
    former.ask_for(HoldCall("remi"))
    former.part("c1")
    seen = _seen(former, "held", "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=3.0)
    leg = AsideSeen("c1", leg_of("c1-1-1"), "hold", "c1-1-1", "remi", False, 3.0)
    board = _another_router(former, seen, (leg,))
    assert board.ask_for(RetrieveCall("remi")) == Accepted()
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1", seq=7) == Take()


@pytest.mark.parametrize("state", ["missed", "ask"])
def test_a_held_caller_who_is_asking_when_a_new_router_looks_is_still_his_advisor_s(state: str) -> None:
    former = remi_consults_rose()
    rose_answers(former)
    former.wait(9)
    offer = former.state("rose").offer or ""
    rose_s_leg = AsideSeen("c1", leg_of(offer), "", offer, "rose", True, 9.0)
    seen = _seen(former, state, "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=9.0)
    board = _another_router(former, seen, (_remis_leg(former, bridged=True), rose_s_leg))
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.TALKING)
    assert isinstance(board.ask("c1", Last.HELD, seq=8, offer="c1-1-1", advisor="remi", talked_s=9.0), Held)
    assert board.ask_for(ConnectConsultation("remi")) == Accepted()


def test_a_held_caller_who_asks_a_new_router_first_is_still_his_advisor_s() -> None:
    former = remi_consults_rose()
    rose_answers(former)
    former.wait(9)
    ticket, offer = former.call("c1").ticket.to_text(), former.state("rose").offer or ""
    board = Board()
    board.now = former.now + 1.0
    presences = tuple(former.state(advisor).stored() for advisor in ("rose", "remi"))
    board.give(Restore(presences, tuple(former.history().values())))
    asked = {"seq": 8, "ticket": ticket, "offer": "c1-1-1", "advisor": "remi", "talked_s": 2.0}
    assert isinstance(board.ask("c1", Last.HELD, **asked), Held)
    assert board.call("c1").ticket.advisor == "remi"
    assert board.call("c1").ticket.answered_at == former.call("c1").ticket.answered_at
    rose_s_leg = AsideSeen("c1", leg_of(offer), "", offer, "rose", True, 9.0)
    seen = _seen(former, "held", "c1-1-1", "remi", ticket)
    board.give(PbxSynced("caen", (seen,), {}, {}, aside=(_remis_leg(former, bridged=True), rose_s_leg)))
    assert board.state("rose").activity is Activity.TALKING
    assert [each.number for each in board.call("c1").record(board.now).tickets] == [1, 2]
    assert board.ask_for(ConnectConsultation("remi")) == Accepted()


def test_a_held_caller_who_asks_a_new_router_first_and_is_taken_by_the_expert_before_it_looks() -> None:
    former = remi_consults_rose()
    rose_answers(former)
    former.wait(9)
    ticket, consultation = former.call("c1").ticket.to_text(), former.call("c1").consultation
    assert consultation is not None
    board = Board()
    board.now = former.now + 1.0
    presences = tuple(former.state(advisor).stored() for advisor in ("rose", "remi"))
    board.give(Restore(presences, tuple(former.history().values())))
    asked = {"seq": 8, "ticket": ticket, "offer": "c1-1-1", "advisor": "remi", "talked_s": 9.0}
    assert isinstance(board.ask("c1", Last.HELD, **asked), Held)
    seen = _seen(former, "join", consultation.offer or "", "rose", consultation.to_text(), talked_s=9.0)
    board.give(PbxSynced("caen", (seen,), {}, {}))
    assert (board.call("c1").talk, board.call("c1").ticket.advisor) == (Talk.TOGETHER, "rose")
    assert board.state("remi").activity is not Activity.TALKING
    assert board.ask("c1", Last.TALKED, seq=9, offer=consultation.offer, talked_s=20.0) == Release()
    board.hang_up("c1", seq=10)
    assert [(each.number, each.kind) for each in board.history()["c1"].tickets] == [(1, "inbound"), (2, "consultation")]


def test_a_caller_whose_advisor_left_while_no_router_listened_waits_with_his_age() -> None:
    former = remi_talks()
    former.ask_for(HoldCall("remi"))
    former.part("c1")
    arrived_at = former.call("c1").ticket.arrived_at
    board = Board().open("rose")
    board.now = former.now + 4.0
    ticket = former.call("c1").ticket.to_text()
    told = board.ask("c1", Last.LEFT, seq=8, ticket=ticket, offer="c1-1-1", advisor="remi", talked_s=4.0)
    assert isinstance(told, Dial)
    assert board.call("c1").ticket.arrived_at == arrived_at


def test_an_expert_who_took_the_caller_while_no_router_listened_has_him() -> None:
    former = remi_consults_rose()
    rose_answers(former)
    former.wait(90)
    consultation = former.call("c1").consultation
    assert consultation is not None
    seen = _seen(former, "join", consultation.offer or "", "rose", consultation.to_text(), talked_s=90.0)
    former.phone("remi", PhoneState.FREE)
    board = _another_router(former, seen, ())
    assert board.state("remi").activity is not Activity.TALKING
    assert board.call("c1").ticket.advisor == "rose"
    assert board.ask("c1", Last.TALKED, seq=9, offer=consultation.offer, talked_s=95.0) == Release()
    row = board.history()["c1"]
    assert [(each.number, each.kind) for each in row.tickets] == [(1, "inbound"), (2, "consultation")]


@pytest.mark.parametrize(("offer", "advisor"), [("c1-1-1", "remi"), ("c1-2-1", "rose")])
def test_what_the_dialplan_did_during_a_standstill_is_seen_afterwards(offer: str, advisor: str) -> None:
    board = remi_consults_rose()
    rose_answers(board)
    board.wait(30)
    board.give(Stalled(6.0))
    seen = _seen(board, "join", offer, advisor, board.call("c1").ticket.to_text())
    board.give(PbxSynced("caen", (seen,), {"101": PhoneState.FREE}, {}))
    board.give(PbxSynced("rouen", (), {"201": PhoneState.IN_USE, "202": PhoneState.IN_USE}, {}))
    assert (board.call("c1").talk, board.call("c1").ticket.advisor) == (Talk.TOGETHER, advisor)
    assert board.ask("c1", Last.TALKED, offer=offer, talked_s=40.0) == Release()


def test_a_leg_that_asks_a_router_which_does_not_know_its_call_is_left_to_its_dialplan() -> None:
    board = Board().open("remi")
    answer = board.give(LegAsk("c9", "caen", "PJSIP/x", 1, Last.ARRIVED, "c9-1-1", "remi")).answer
    assert isinstance(answer, Refused)
