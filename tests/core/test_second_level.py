"""Transfer, consultation and hold: who has the caller, who is counted for what, and what may go wrong meanwhile."""

import pytest

from cti_router.core.advisor import REASON_RONA, Activity
from cti_router.core.aside import (
    AsideSeen,
    CallRequest,
    CancelConsultation,
    ConnectConsultation,
    Consult,
    Fetch,
    HangUp,
    HangUpCall,
    Held,
    Hold,
    HoldCall,
    LegUntold,
    MoveFailed,
    NudgeLeg,
    Part,
    RetrieveCall,
    Take,
    Transfer,
)
from cti_router.core.configuration import Requirement
from cti_router.core.history import Outcome
from cti_router.core.inputs import ChannelSeen, Last, LegAsk, PbxLost, PbxSynced, PhoneState, Presence, Restore, Stalled
from cti_router.core.instructions import Accepted, Dial, Refused, Release, Wait
from cti_router.core.second_level import HOLD_AT_MOST_S, HOLD_S
from cti_router.core.talk import Talk
from cti_router.core.ticket import TicketKind, TicketState
from tests.core.board import Board, at, leg_of

# Monday morning: Rouen is on duty. Rémi knows employers at level 3, Rose at 5, both there; Carl at 4, at Caen.


def _remi_talks(*also: str) -> Board:
    """Rémi has the caller; these others come after that."""
    board = Board().open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    for advisor in also:
        board.present(advisor)
    board.effects.clear()
    return board


def _remi_consults_rose() -> Board:
    """Rose's phone rings, since Rémi wants to ask her something."""
    board = _remi_talks("rose")
    board.consult("c1", "remi", "rose")
    board.phone("rose", PhoneState.RINGING)
    return board


def _rose_answers(board: Board) -> None:
    board.phone("rose", PhoneState.IN_USE)


def _why_not(board: Board, request: CallRequest) -> str:
    refused = board.ask_for(request)
    assert isinstance(refused, Refused), refused
    return refused.why


# ── transfer ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_transfer_fetches_the_caller_and_rings_the_expert_with_the_call_s_age() -> None:
    board = _remi_talks("rose")
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
    board = _remi_talks("rose")
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


def test_a_transfer_voids_no_wrap_up() -> None:
    """asterisk#607: an advisor who transferred was offered the next call at once."""
    board = _remi_talks()
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    board.phone("remi", PhoneState.FREE)
    board.arrive("c2")
    assert board.ask("c2") == Wait(10.0)
    board.wait(30.1)
    assert isinstance(board.ask("c2"), Dial)


def test_a_transfer_is_in_the_history_while_the_caller_waits() -> None:
    """asterisk#759: a transfer was missing from the log."""
    board = _remi_talks()
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    row = board.history()["c1"]
    assert [(each.kind, each.advisor, each.talked_s) for each in row.tickets] == [
        ("inbound", "remi", 30.0),
        ("transfer", None, 0.0),
    ]
    assert row.outcome is None
    assert row.advisor is None


def test_a_transferred_caller_keeps_his_place() -> None:
    """OMniLeads: a transfer strands the caller; Twilio: his age is lost."""
    board = _remi_talks()
    board.wait(120)
    board.arrive("younger")
    board.ask_for(Transfer("remi", "employers", 3))
    assert board.ask("c1", Last.CANCELLED, offer="c1-1-1") == Wait(10.0)
    board.present("rose")
    assert board.nudged() == ["c1"]


def test_a_long_talk_does_not_count_as_a_wait_in_the_plan() -> None:
    board = _remi_talks()
    board.wait(1200)  # the plan gives up after 600
    board.ask_for(Transfer("remi", "employers", 5))
    assert board.ask("c1", Last.CANCELLED, offer="c1-1-1") == Wait(10.0)
    assert board.call("c1").ticket.step == 0
    board.wait(20.5)
    assert board.call("c1").ticket.step == 1


def test_a_caller_who_leaves_while_he_is_transferred_was_served_by_the_first() -> None:
    board = _remi_talks()
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    board.ask("c1", Last.CANCELLED, offer="c1-1-1")
    board.wait(7)
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.waited_s, row.talked_s) == (Outcome.ABANDONED, "remi", 7.0, 30.0)


def test_an_advisor_who_hangs_up_as_he_transfers_loses_nobody() -> None:
    board = _remi_talks("rose")
    board.wait(30)
    board.ask_for(Transfer("remi", "employers", 5))
    told = board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=30.0)
    assert isinstance(told, Dial)
    assert told.advisor == "rose"


def test_a_transfer_that_the_pbx_does_not_carry_out_leaves_the_talk_as_it_is() -> None:
    board = _remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    board.give(MoveFailed("c1"))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.end_talk("c1", "remi", 60.0) == Release()
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.state("rose").activity is Activity.IDLE


def test_a_transfer_of_which_nothing_is_heard_is_given_up() -> None:
    board = _remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    board.wait(3.1)
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()


def test_a_caller_fetched_after_all_is_not_lost() -> None:
    board = _remi_talks("rose")
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
    board = _remi_talks("rose")
    assert _why_not(board, request_) == why
    assert board.taken(Fetch, str) == []


def test_a_skill_that_only_he_has_himself_is_no_aim() -> None:
    board = Board(now="2026-11-23 14:00").open("carl")
    board.arrive("c1", profile="health")
    board.talk("c1", "carl")
    assert _why_not(board, Transfer("carl", "health", 3)) == "nobody else has health at level 3 or above"
    assert board.ask_for(Transfer("carl", "health", 2)) == Accepted()


def test_nothing_is_asked_of_a_pbx_out_of_reach() -> None:
    board = _remi_talks("rose")
    board.give(PbxLost("caen"))
    assert "out of reach" in _why_not(board, Transfer("remi", "employers", 5))


def test_one_move_at_a_time() -> None:
    board = _remi_talks("rose")
    board.ask_for(Transfer("remi", "employers", 5))
    for request in (Transfer("remi", "employers", 5), Consult("remi", "employers", 5), HoldCall("remi")):
        assert "being moved" in _why_not(board, request)
    assert "being moved" in _why_not(board, HangUpCall("remi"))


# ── consultation ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_while_no_expert_is_free_the_talk_goes_on() -> None:
    board = _remi_talks()
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
    board = _remi_talks()
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
    board = _remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    told = board.leg_asks("c1")
    assert isinstance(told, Dial)
    assert isinstance(board.ask("c1", Last.CANCELLED, offer="c1-1-1"), Held)
    assert board.call("c1").talk is Talk.ASIDE
    board.phone("rose", PhoneState.RINGING)
    _rose_answers(board)
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.TALKING)


def test_the_caller_hears_music_as_long_as_it_takes() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    board.wait(200)
    assert board.call("c1").talk is Talk.ASIDE
    assert board.call("c1").ticket.advisor == "remi"


def test_connected_the_expert_takes_the_caller_and_the_advisor_wraps_up() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
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
    board = _remi_consults_rose()
    _rose_answers(board)
    board.ask_for(ConnectConsultation("remi"))
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    assert (board.call("c1").talk, board.call("c1").ticket.advisor) == (Talk.TOGETHER, "rose")
    assert board.state("remi").activity is Activity.WRAP_UP


def test_cancelled_while_it_rings_the_expert_is_free_and_the_caller_is_back() -> None:
    board = _remi_consults_rose()
    assert board.ask_for(CancelConsultation("remi")) == Accepted()
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1") == Take()
    board.phone("rose", PhoneState.FREE)
    assert (board.state("rose").activity, board.state("rose").presence) == (Activity.IDLE, Presence.AVAILABLE)
    assert board.end_talk("c1", "remi", 60.0) == Release()
    assert board.history()["c1"].tickets[1].offers[0].result == "cancelled"


def test_cancelled_while_they_talk_the_expert_is_let_go_and_wraps_up() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
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
    board = _remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1", last, expert_offer=dial.offer) == Take()
    assert board.call("c1").consultation is None
    assert (board.state("remi").activity, board.state("remi").presence) == (Activity.TALKING, Presence.AVAILABLE)
    assert board.end_talk("c1", "remi", 60.0) == Release()


def test_an_expert_who_does_not_answer_is_set_absent_and_not_who_asked_for_him() -> None:
    board = _remi_consults_rose()
    board.wait(15)
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.NO_ANSWER, expert_offer=board.state("rose").offer or "") == Take()
    assert (board.state("rose").presence, board.state("rose").reason) == (Presence.NOT_READY, REASON_RONA)
    assert (board.state("remi").activity, board.state("remi").presence) == (Activity.TALKING, Presence.AVAILABLE)


def test_an_expert_who_hangs_up_gives_the_caller_back() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    board.wait(20)
    offer = board.state("rose").offer or ""
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.TALKED, expert_offer=offer, talked_s=20.0) == Take()
    assert board.state("rose").activity is Activity.WRAP_UP
    assert board.state("remi").activity is Activity.TALKING
    assert "avis donné, retour à l’appelant" in board.history()["c1"].because


def test_asked_twice_the_leg_is_told_the_same() -> None:
    board = _remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1") == dial


@pytest.mark.parametrize("answered", [False, True])
def test_a_caller_who_hangs_up_releases_everybody(answered: bool) -> None:
    board = _remi_consults_rose()
    if answered:
        _rose_answers(board)
        board.wait(10)
    board.hang_up("c1", last=Last.HELD)
    assert board.taken(HangUp, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.state("remi").activity is Activity.WRAP_UP
    assert board.state("rose").activity is (Activity.WRAP_UP if answered else Activity.IDLE)
    row = board.history()["c1"]
    assert (row.outcome, row.advisor) == (Outcome.ANSWERED, "remi")
    assert board.switchboard.trunks.in_use("caen", "rouen") == 0


def test_a_caller_who_hangs_up_while_his_advisor_waits_for_an_expert_ends_both_tickets() -> None:
    board = _remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.hang_up("c1", last=Last.TALKED, offer="c1-1-1", talked_s=0.0)
    assert board.switchboard.matching.waiting() == []
    board.present("rose")
    assert board.state("rose").activity is Activity.IDLE


def test_an_advisor_who_hangs_up_while_the_expert_talks_leaves_him_the_caller() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    board.phone("remi", PhoneState.FREE)
    board.leg_ends("c1", leg_of("c1-1-1"))
    assert board.leg_asks("c1", Last.LEFT, "rose") == Take()
    assert board.call("c1").ticket.advisor == "rose"


def test_an_advisor_who_hangs_up_while_the_expert_s_phone_rings_leaves_his_caller_in_the_queue() -> None:
    board = _remi_consults_rose()
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
    board = _remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.wait(10)
    board.phone("remi", PhoneState.FREE)
    assert board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=10.0) == Wait(10.0)
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)


def test_an_advisor_who_hangs_up_as_he_is_parted_leaves_his_caller_in_the_queue() -> None:
    board = _remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    told = board.ask("c1", Last.TALKED, offer="c1-1-1", talked_s=5.0)
    assert isinstance(told, Dial)
    assert (told.advisor, board.call("c1").ticket.kind) == ("rose", TicketKind.TRANSFER)


def test_an_advisor_s_leg_that_nobody_saw_end_is_missed_by_his_caller() -> None:
    board = _remi_consults_rose()
    board.wait(4)
    board.phone("rose", PhoneState.FREE)
    told = board.ask("c1", Last.LEFT, offer="c1-1-1")
    assert board.call("c1").ticket.kind is TicketKind.TRANSFER
    assert isinstance(told, Dial)


def test_an_expert_who_is_gone_too_leaves_the_caller_in_the_queue() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    board.leg_ends("c1", leg_of("c1-1-1"))
    board.phone("remi", PhoneState.FREE)
    board.phone("rose", PhoneState.FREE)
    board.wait(4)
    assert board.ask("c1", Last.LEFT, offer="c1-1-1") == Wait(10.0)
    kinds = [ticket.kind for ticket in board.history()["c1"].tickets]
    assert kinds == ["inbound", "consultation", "transfer"]
    assert board.call("c1").ticket.requirements == (Requirement("employers", 5),)


def test_the_plan_s_end_refuses_the_consultation_and_lets_nobody_go() -> None:
    board = _remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.wait(600)
    assert board.call("c1").consultation is None
    assert board.state("remi").activity is Activity.TALKING
    assert "demande d’avis sans réponse : personne n’a pu la prendre" in board.history()["c1"].because
    assert board.end_talk("c1", "remi", 60.0) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_pbx_that_does_not_part_them_lets_the_expert_go() -> None:
    board = _remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    board.give(MoveFailed("c1"))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.call("c1").consultation is None
    assert board.state("rose").activity is Activity.IDLE


def test_an_expert_who_goes_away_before_he_is_rung_is_sought_again() -> None:
    board = _remi_talks("rose")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose", Presence.NOT_READY)
    assert board.part("c1") == Take()
    assert board.call("c1").talk is Talk.TOGETHER
    board.wait(5)
    board.present("rose")
    assert isinstance(board.part("c1"), Dial)


def test_a_ring_of_which_nothing_is_heard_brings_the_advisor_back() -> None:
    board = _remi_consults_rose()
    board.wait(26)
    assert board.call("c1").consultation is None
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1") == Take()


def test_a_leg_that_was_not_told_takes_its_caller_by_itself_and_is_never_nudged() -> None:
    board = _remi_talks("rose")
    board.consult("c1", "remi", "rose")
    board.give(LegUntold("c1", leg_of("c1-1-1"), 1))
    assert board.call("c1").talk is Talk.TOGETHER
    assert board.state("rose").activity is Activity.IDLE
    board.wait(40)
    assert board.taken(NudgeLeg, str) == []
    assert board.end_talk("c1", "remi", 40.0) == Release()


def test_what_was_not_told_to_a_leg_that_has_asked_again_is_no_news() -> None:
    board = _remi_talks("rose")
    dial = board.consult("c1", "remi", "rose")
    assert board.leg_asks("c1") == dial
    board.give(LegUntold("c1", leg_of("c1-1-1"), 1))
    assert board.call("c1").talk is Talk.ASIDE


def test_an_ask_that_crosses_the_way_back_gets_music_and_not_the_queue() -> None:
    board = _remi_consults_rose()
    board.ask_for(CancelConsultation("remi"))
    assert board.leg_asks("c1") == Take()
    assert isinstance(board.ask("c1", Last.HELD, offer="c1-1-1"), Held)
    assert board.call("c1").ticket.advisor == "remi"


def test_a_caller_who_is_not_taken_after_all_waits_again() -> None:
    board = _remi_consults_rose()
    board.ask_for(CancelConsultation("remi"))
    board.leg_asks("c1")
    board.phone("rose", PhoneState.FREE)
    board.wait(4)
    board.phone("remi", PhoneState.FREE)
    told = board.ask("c1", Last.LEFT, offer="c1-1-1")
    assert isinstance(told, Dial)
    assert (told.advisor, board.call("c1").ticket.kind) == ("rose", TicketKind.TRANSFER)


def test_the_consulted_one_has_no_say_over_the_caller_but_may_hang_up() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    assert "only being consulted" in _why_not(board, Transfer("rose", "health", 2))
    assert "only being consulted" in _why_not(board, HoldCall("rose"))
    assert board.ask_for(HangUpCall("rose")) == Accepted()
    assert board.taken(HangUp, lambda effect: f"{effect.channel} {effect.peer}") == [f"{leg_of('c1-1-1')} True"]


def test_once_connected_the_expert_may_ask_somebody_himself() -> None:
    board = _remi_consults_rose()
    _rose_answers(board)
    board.ask_for(ConnectConsultation("remi"))
    board.leg_asks("c1", Last.LEFT, "rose")
    board.present("carl")
    assert board.ask_for(Consult("rose", "health", 5)) == Accepted()
    board.wait(20.1)  # Caen is a backup
    told = board.part("c1")
    assert isinstance(told, Dial)
    assert (told.advisor, told.offer) == ("carl", "c1-3-1")


def test_who_consults_may_not_transfer_before_he_cancels() -> None:
    board = _remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    assert "cancel it first" in _why_not(board, Transfer("remi", "employers", 5))
    assert "cancel it first" in _why_not(board, Consult("remi", "employers", 5))
    assert _why_not(board, ConnectConsultation("remi")) == "the expert has not answered yet"


def test_experts_are_sought_again_when_the_link_is_back() -> None:
    board = _remi_talks()
    board.ask_for(Consult("remi", "employers", 5))
    board.give(PbxLost("caen"))
    board.present("rose")
    assert board.taken(Part, str) == []
    assert board.state("rose").activity is Activity.IDLE
    board.give(PbxSynced("caen", (), {"101": PhoneState.FREE}, {}))
    assert isinstance(board.part("c1"), Dial)


def test_who_takes_an_expert_is_whoever_has_waited_longest() -> None:
    board = _remi_talks()
    board.wait(5)
    board.arrive("c2", profile="employer")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose")
    assert isinstance(board.part("c1"), Dial)  # c1 came before c2
    assert board.switchboard.matching.inversions == 0


# ── hold ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_held_and_retrieved() -> None:
    board = _remi_talks()
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
    board = _remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.wait(HOLD_AT_MOST_S + 1)
    assert board.leg_asks("c1", Last.WAITED) == Take()


def test_a_hold_that_the_pbx_does_not_carry_out_leaves_the_talk_as_it_is() -> None:
    board = _remi_talks()
    board.ask_for(HoldCall("remi"))
    board.give(MoveFailed("c1"))
    assert board.call("c1").held_until_at is None
    assert board.ask_for(HoldCall("remi")) == Accepted()


def test_who_hangs_up_with_his_caller_on_hold_leaves_him_in_the_queue() -> None:
    board = _remi_talks()
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
    board = _remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.present("rose")
    assert board.ask_for(Transfer("remi", "employers", 5)) == Accepted()
    assert board.taken(HangUp, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1", Last.HELD), Dial)


def test_an_expert_found_during_a_hold_is_rung_at_once() -> None:
    board = _remi_talks()
    board.ask_for(HoldCall("remi"))
    board.part("c1")
    board.ask_for(Consult("remi", "employers", 5))
    board.present("rose")
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    told = board.leg_asks("c1")
    assert isinstance(told, Dial)
    assert board.leg_asks("c1", Last.BUSY, expert_offer=told.offer) == Take()


def test_hung_up_by_request_as_by_the_handset() -> None:
    board = _remi_talks()
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


# ── another router ───────────────────────────────────────────────────────────────────────────────────────────────


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
    former = _remi_consults_rose()
    _rose_answers(former)
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
    assert (first.advisor, first.talked_s) == ("remi", 90.0)
    assert (second.kind, second.advisor, second.talked_s, second.served_s) == ("consultation", "rose", 99.0, 9.0)
    assert (row.outcome, row.arrived_at) == (Outcome.ANSWERED, former.call("c1").ticket.arrived_at)


def test_a_router_that_dies_while_the_expert_s_phone_rings_is_told_what_becomes_of_it() -> None:
    former = _remi_consults_rose()
    seen = _seen(former, "held", "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=3.0)
    board = _another_router(former, seen, (_remis_leg(former, bridged=False),))
    assert (board.state("remi").activity, board.state("rose").activity) == (Activity.TALKING, Activity.OFFERED)
    board.phone("rose", PhoneState.FREE)
    assert board.leg_asks("c1", Last.BUSY, seq=7, expert_offer="c1-2-1") == Take()
    assert board.state("remi").activity is Activity.TALKING


def test_a_router_that_dies_during_a_hold_finds_it() -> None:
    former = _remi_talks()
    former.ask_for(HoldCall("remi"))
    former.part("c1")
    seen = _seen(former, "held", "c1-1-1", "remi", former.call("c1").ticket.to_text(), talked_s=3.0)
    leg = AsideSeen("c1", leg_of("c1-1-1"), "hold", "c1-1-1", "remi", False, 3.0)
    board = _another_router(former, seen, (leg,))
    assert board.ask_for(RetrieveCall("remi")) == Accepted()
    assert board.taken(NudgeLeg, lambda effect: effect.channel) == [leg_of("c1-1-1")]
    assert board.leg_asks("c1", seq=7) == Take()


def test_a_held_caller_who_asks_a_new_router_first_is_still_his_advisor_s() -> None:
    former = _remi_consults_rose()
    _rose_answers(former)
    former.wait(9)
    ticket, offer = former.call("c1").ticket.to_text(), former.state("rose").offer or ""
    board = Board()
    board.now = former.now + 1.0
    board.give(Restore(tuple(former.state(advisor).stored() for advisor in ("rose", "remi"))))
    asked = {"seq": 8, "ticket": ticket, "offer": "c1-1-1", "advisor": "remi", "talked_s": 9.0}
    assert isinstance(board.ask("c1", Last.HELD, **asked), Held)
    assert board.call("c1").ticket.advisor == "remi"
    rose_s_leg = AsideSeen("c1", leg_of(offer), "", offer, "rose", True, 9.0)
    seen = _seen(former, "held", "c1-1-1", "remi", ticket)
    board.give(PbxSynced("caen", (seen,), {}, {}, aside=(_remis_leg(former, bridged=True), rose_s_leg)))
    assert board.state("rose").activity is Activity.TALKING
    assert board.ask_for(ConnectConsultation("remi")) == Accepted()


def test_a_caller_whose_advisor_left_while_no_router_listened_waits_with_his_age() -> None:
    former = _remi_talks()
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
    former = _remi_consults_rose()
    _rose_answers(former)
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
    board = _remi_consults_rose()
    _rose_answers(board)
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
