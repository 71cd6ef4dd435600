"""What a review found that could go wrong on the telephone, each told as it happened."""

from dataclasses import replace

from cti_router.core.advisors.advisor import Activity
from cti_router.core.history import Outcome
from cti_router.core.identity import Cli
from cti_router.core.inputs import (
    AnswerUndelivered,
    ChannelSeen,
    Configure,
    Last,
    NudgeFailed,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
    TrunkChanged,
)
from cti_router.core.instructions import Dial, Refused, Release, Wait
from cti_router.core.treating.treatment import WAIT_S
from tests.core.board import CONFIGURATION, Board, with_capacity


def _seen(call: str, state: str, ticket: str, offer: str = "", advisor: str = "") -> ChannelSeen:
    """A caller's channel as its PBX lists it; bridged when an offer is told with it."""
    return ChannelSeen(call, f"PJSIP/{call}", state, ticket, offer, advisor, Cli("", None), "33261910001", bool(offer))


ROUEN_FREE = {"201": PhoneState.FREE, "202": PhoneState.FREE}


def test_an_answer_missed_by_the_link_is_seen_at_resync_and_nobody_is_dialled_twice() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Dial)
    board.phone("rose", PhoneState.RINGING)
    board.give(PbxLost("rouen"))
    board.wait(3)
    board.give(PbxSynced("rouen", (), {**ROUEN_FREE, "201": PhoneState.IN_USE}, {}))
    assert board.state("rose").activity is Activity.TALKING
    board.wait(60)  # no deadline takes the talk for a lost offer
    assert board.end_talk("c1", "rose", 30.0) == Release()
    assert board.state("rose").activity is Activity.WRAP_UP
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor) == (Outcome.ANSWERED, "rose")


def test_a_call_found_waiting_by_a_new_router_keeps_its_sip_call_id() -> None:
    former = Board().open()
    former.ask("c1", Last.ARRIVED, cli=Cli("", None), sip="a1@192.0.2.7")
    board, opened = Board(), former.history()["c1"]
    board.give(Restore((), (opened,)))
    seen = _seen("c1", "wait", former.call("c1").ticket.to_text())
    board.give(PbxSynced("caen", (seen,), {}, {}))
    assert board.call("c1").sip == "a1@192.0.2.7"


def test_a_talk_nobody_saw_begin_is_no_reason_to_queue_the_caller_again() -> None:
    board = Board().open()
    board.ask("c1", Last.ARRIVED, cli=Cli("", None))
    board.present("remi")
    told = board.ask("c1", Last.TALKED, offer="c1-1-9", advisor="rose", talked_s=12.0)
    assert told == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.talked_s) == (Outcome.ANSWERED, "rose", 12.0)


def test_a_phone_that_never_rang_costs_nobody_his_presence() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    board.ask("c1")
    board.wait(15)
    board.ask("c1", Last.NO_ANSWER, offer="c1-1-1")  # Rouen's PBX is dead, and nobody has noticed yet
    assert board.state("rose").presence is Presence.AVAILABLE
    board.nudged()
    board.wait(10)  # the trunk has rested, and is asked for
    board.give(TrunkChanged("caen", "rouen", reachable=True))
    assert board.nudged() == ["c1"]


def test_one_call_that_nobody_picks_up_does_not_set_a_whole_office_absent() -> None:
    board = Board().open("rose", "remi", "carl")
    board.arrive("c1", profile="employer")
    absent = 0
    for _ in range(8):
        told = board.ask("c1")
        if isinstance(told, Dial):
            board.phone(told.advisor, PhoneState.RINGING)
            board.wait(15)
            board.ask("c1", Last.NO_ANSWER, offer=told.offer)
            board.phone(told.advisor, PhoneState.FREE)
            absent += board.state(told.advisor).presence is Presence.NOT_READY
            board.present(told.advisor)
    assert absent == 3


def test_without_its_link_a_site_s_callers_are_served_when_they_ask() -> None:
    board = Board().open()
    for call in ("c1", "c2"):
        board.arrive(call)
        board.ask(call)
    board.give(PbxLost("caen"))
    board.nudged()
    board.present("rose")
    assert board.nudged() == []
    assert board.state("rose").activity is Activity.IDLE  # not held back for somebody who cannot be told
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert board.ask("c2") == Wait(2.0)


def test_a_caller_in_a_long_wait_is_not_closed_before_it_is_over() -> None:
    board = Board().open()
    board.arrive("c1")
    board.ask("c1")  # ten seconds of music
    board.give(AnswerUndelivered("c1", 2))
    board.silent.add("c1")
    board.wait(WAIT_S + 19)
    assert "c1" in board.switchboard.calls


def test_a_nudge_that_failed_gives_the_advisor_back_at_once() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.give(NudgeFailed("c1"))
    assert board.state("rose").activity is Activity.IDLE
    assert isinstance(board.ask("c1"), Dial)


def test_an_offer_nobody_was_told_of_ends_when_its_advisor_takes_another_call() -> None:
    board = Board().open("rose", "remi")
    board.silent.add("c1")
    board.arrive("c1")
    board.phone("rose", PhoneState.IN_USE)
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "remi"


def test_several_calls_that_become_servable_at_once_are_served_in_their_order() -> None:
    board = Board(with_capacity(1)).open("rose", "remi")
    board.arrive("old")
    told = board.ask("old")
    assert isinstance(told, Dial)
    board.arrive("young", cli="", profile=None)
    board.nudged()
    board.phone("rose", PhoneState.RINGING)
    following = board.ask("old", Last.BUSY, offer=told.offer)
    assert isinstance(following, Dial)  # Remi is for him, not for the younger one
    assert following.advisor == "remi"
    assert board.nudged() == []


def test_the_same_ask_again_while_they_seem_to_talk_is_dialled_again_and_never_released() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    told = board.ask("c1")
    board.phone("rose", PhoneState.IN_USE)
    assert board.ask_again("c1") == told


def test_a_restart_after_closing_time_keeps_who_was_waiting() -> None:
    board = Board(now="2026-11-23 12:29").open()
    board.arrive("c1")
    ticket = board.call("c1").ticket.to_text()
    fresh = Board(now="2026-11-23 12:31").open("rose")
    told = fresh.ask("c1", Last.WAITED, cli=Cli("0261910101", None), ticket=ticket)
    assert isinstance(told, Dial)


def test_who_arrived_while_no_router_answered_keeps_his_age() -> None:
    board = Board().open()
    board.ask("c1", Last.FALLBACK, cli=Cli("", None), age_s=42.0)
    assert board.call("c1").ticket.arrived_at == board.now - 42


def test_late_news_of_a_call_that_ended_changes_nothing() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.leave("c1")
    assert isinstance(board.give(board._next_ask("c1", Last.WAITED)).answer, Refused)
    seen = ChannelSeen(
        "c1", "PJSIP/x", "wait", "1/1795420800000/0/employer/7/0", "", "", Cli("", None), "33261910001", False
    )
    board.give(PbxSynced("caen", (seen,), {}, {}))
    assert board.switchboard.calls == {}
    assert board.history()["c1"].outcome is Outcome.ABANDONED


def test_an_advisor_whose_talk_ended_unseen_is_free_and_the_call_closed() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.give(PbxLost("rouen"))
    board.wait(60)
    board.give(PbxSynced("rouen", (), ROUEN_FREE, {}))
    assert board.state("rose").activity is Activity.WRAP_UP
    board.wait(60)  # the caller never asked again: his PBX's Hangup was missed too
    assert board.switchboard.calls == {}
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_pbx_that_dies_in_mid_talk_gives_its_caller_back_with_his_place() -> None:
    board = Board().open("rose", "carl")
    arrived_at = board.now
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(30)
    offer = board.call("c1").ticket.offer
    board.give(PbxLost("rouen"))
    told = board.ask("c1", Last.CUT, offer=offer, talked_s=30.0, leg_sip="b2")
    assert isinstance(told, Dial)
    assert told.advisor == "carl"
    assert board.call("c1").ticket.arrived_at == arrived_at
    assert [(offer.result, offer.sip) for offer in board.call("c1").ticket.offers] == [("cut", "b2")]


def test_an_advisor_who_hangs_up_while_the_link_to_his_pbx_is_down_ends_the_call() -> None:
    board = Board().open("rose", "carl")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(30)
    offer = board.call("c1").ticket.offer
    board.give(PbxLost("rouen"))
    assert board.ask("c1", Last.TALKED, offer=offer, talked_s=30.0) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_line_that_dies_while_its_pbx_seems_to_live_is_left_alone_for_a_while() -> None:
    board = Board().open("rose", "remi", "carl")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(30)
    told = board.ask("c1", Last.CUT, offer=board.call("c1").ticket.offer, talked_s=30.0)
    assert isinstance(told, Dial)
    assert told.advisor == "carl"  # not Remi, who would be at the end of the same line


def test_a_caller_whose_own_line_dies_again_and_again_is_let_go() -> None:
    board = Board().open("rose", "carl")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(30)
    told = board.ask("c1", Last.CUT, offer=board.call("c1").ticket.offer, talked_s=6.0)
    assert isinstance(told, Dial)
    assert board.ask("c1", Last.CUT, offer=told.offer, talked_s=6.0) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_who_hangs_up_as_the_line_dies_was_served() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.hang_up("c1", last=Last.CUT, offer=board.call("c1").ticket.offer, talked_s=30.0)
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_a_new_router_lets_one_whose_line_died_wait_on_in_his_place() -> None:
    board = Board().open("rose")
    ticket = f"1/{round(board.now * 1000) - 90_000}/0/employer/7/1"
    told = board.ask("c1", Last.CUT, ticket=ticket, offer="c1-1-1", advisor="carl", talked_s=30.0)
    assert isinstance(told, Dial)
    assert board.call("c1").ticket.arrived_at == board.now - 90


def test_who_is_found_in_the_fallback_is_left_alone_and_told_as_such() -> None:
    board = Board().open("rose")
    board.present("rose", Presence.NOT_READY)
    board.silent.add("c1")
    board.arrive("c1")
    seen = _seen("c1", "fallback", "")
    board.give(PbxSynced("caen", (seen,), {"101": PhoneState.FREE}, {}))
    board.nudged()
    board.present("rose")
    assert board.nudged() == []
    board.wait(300)
    board.leave("c1")
    assert board.history()["c1"].outcome is Outcome.FALLBACK


def test_a_call_the_last_router_opened_and_nobody_saw_end_is_closed_at_resync() -> None:
    first = Board().open()
    first.arrive("c1")
    row = first.call("c1").record(first.now)
    board = Board()
    board.give(Restore((), (row,)))
    board.give(PbxSynced("caen", (), {}, {}))
    closed = board.history()["c1"]
    assert (closed.outcome, closed.cli) == (Outcome.ENDED_UNSEEN, row.cli)


def test_a_talk_and_a_wait_outlive_the_router_with_their_places() -> None:
    board = Board()
    stored = [StoredPresence(advisor, Presence.AVAILABLE, "", board.now) for advisor in ("rose", "remi")]
    board.give(Restore(tuple(stored)))
    ms = round(board.now * 1000)
    talk = ChannelSeen(
        "t", "PJSIP/t", "dial", f"1/{ms - 90000}/0/employer/7/1", "t-1-1", "rose", Cli("", None), "33261910001", True
    )
    younger = ChannelSeen(
        "y", "PJSIP/y", "wait", f"1/{ms - 5000}/0/employer/7/0", "", "", Cli("", None), "33261910001", False
    )
    older = ChannelSeen(
        "o", "PJSIP/o", "wait", f"1/{ms - 60000}/0/employer/7/0", "", "", Cli("", None), "33261910001", False
    )
    board.give(PbxSynced("caen", (younger, talk, older), {"101": PhoneState.FREE}, {}))
    assert board.nudged() == []
    board.give(PbxSynced("rouen", (), {"201": PhoneState.IN_USE, "202": PhoneState.FREE}, {}))
    assert board.state("rose").activity is Activity.TALKING
    assert board.nudged() == ["o"]


def test_asking_often_leaves_no_heap_of_deadlines() -> None:
    board = Board().open()
    board.arrive("c1")
    before = len(board.switchboard._deadlines._heap)
    for _ in range(100):
        board.ask("c1")
    steps = [due for due in board.switchboard._deadlines._heap if due[1] == "step_reached"]
    assert before > 0
    assert len(steps) == 1


# ── trunks ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trunk_that_is_down_is_no_way_until_it_is_up() -> None:
    board = Board().open("rose")
    board.give(TrunkChanged("caen", "rouen", False))
    board.arrive("c1")
    assert board.nudged() == []
    board.give(TrunkChanged("caen", "rouen", True))
    assert board.nudged() == ["c1"]


# ── a new configuration ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_new_configuration_keeps_places_talks_and_presence() -> None:
    board = Board().open("rose", "remi")
    board.arrive("talks")
    board.talk("talks", "rose")
    board.present("remi", Presence.NOT_READY, "pause")
    board.arrive("waits")
    board.nudged()
    advisors = {id_: a for id_, a in CONFIGURATION.advisors.items() if id_ != "rose"}
    advisors["nina"] = replace(CONFIGURATION.advisors["remi"], id="nina", name="Nina", phone="203")
    board.give(Configure(replace(CONFIGURATION, version="next", advisors=advisors)))
    assert board.state("remi").reason == "pause"
    assert board.state("rose").activity is Activity.TALKING  # removed, but he finishes his talk
    board.phone("nina", PhoneState.FREE)
    board.present("nina")
    assert board.nudged() == ["waits"]
    board.end_talk("talks", "rose")
    assert "rose" not in board.switchboard.roster.states


def test_a_phone_known_before_its_advisor_is_configured_is_known_after() -> None:
    board = Board().open()
    board.give(PbxSynced("rouen", (), {**ROUEN_FREE, "203": PhoneState.FREE}, {}))
    nina = replace(CONFIGURATION.advisors["remi"], id="nina", name="Nina", phone="203")
    board.give(Configure(replace(CONFIGURATION, version="next", advisors={**CONFIGURATION.advisors, "nina": nina})))
    board.present("nina")
    assert board.state("nina").ready(board.now)


def test_a_wrap_up_restored_is_never_longer_than_a_wrap_up() -> None:
    board = Board()
    tomorrow = board.now + 86_400
    board.give(Restore((StoredPresence("rose", Presence.AVAILABLE, "", board.now, tomorrow),)))
    board.give(PbxSynced("caen", (), {}, {}))
    board.give(PbxSynced("rouen", (), ROUEN_FREE, {}))
    board.wait(30)
    assert board.state("rose").ready(board.now)
