"""Who is offered to whom, and what the history tells: the rules of routing, told as on the telephone."""

from dataclasses import replace
from datetime import date

import pytest

from cti_router.core.advisors.advisor import Activity
from cti_router.core.certainty import Recognition
from cti_router.core.configuration import Reach, Selection, Step
from cti_router.core.effects import LookUp
from cti_router.core.history import Outcome
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import EndWrapUp, Last, PhoneState, Presence
from cti_router.core.instructions import Dial, Play, Refuse, Release, Wait
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, with_capacity, with_greeting


def test_a_known_employer_rings_the_most_competent_advisor_of_the_site_on_duty() -> None:
    board = Board().open("rose", "remi", "carl")
    assert isinstance(board.arrive("c1"), Wait)
    assert board.nudged() == ["c1"]
    told = board.ask("c1")
    assert told == Dial("c1-1-1", "rose", "201", ("caen", "rouen"), 15.0)


def test_the_lookup_is_of_the_calling_number() -> None:
    board = Board().open("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    assert LookUp("c1", EMPLOYER_CLI) in board.effects


def test_the_history_says_all_of_it_with_the_reasons() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    board.wait(2)
    board.talk("c1", "rose")
    assert board.end_talk("c1", "rose", 60.0) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.advisor_site, row.path) == (
        Outcome.ANSWERED, "rose", "rouen", ("caen", "rouen"),
    )  # fmt: skip
    assert (row.contributor, row.profile, row.recognition) == (7, "employer", Recognition.RECOGNISED)
    assert (row.duty_site, row.entry_site, row.waited_s, row.talked_s) == ("rouen", "caen", 2.0, 60.0)
    assert [offer.result for offer in row.tickets[0].offers] == ["answered"]
    why = " ; ".join(row.because)
    assert "Rouen est de permanence (lundi 08:30–12:30)" in why
    assert "reconnu par son numéro : Employeur" in why
    assert "Rose : étape 1, Employeurs 5" in why
    assert "par la ligne Caen → Rouen" in why


@pytest.mark.parametrize(
    ("cli", "level"), [("0261919999", Recognition.UNKNOWN), ("", Recognition.MASKED)], ids=["unknown", "masked"]
)
def test_who_is_not_recognised_is_served_as_unknown(cli: str, level: Recognition) -> None:
    board = Board().open("remi")
    board.arrive("c1", cli=cli, profile=None)
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert board.call("c1").ticket.recognition is level
    assert board.call("c1").ticket.profile == "unknown"


def test_a_number_of_several_contributors_of_one_profile_keeps_the_profile_and_names_nobody() -> None:
    board = Board().open("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", Contributor(1, "A", "employer"), Contributor(2, "B", "employer"))
    ticket = board.call("c1").ticket
    assert (ticket.profile, ticket.contributor) == ("employer", None)
    assert board.call("c1").ticket.recognition is Recognition.SEVERAL


def test_several_contributors_of_several_profiles_are_nobody_in_particular() -> None:
    board = Board().open("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", Contributor(1, "A", "employer"), Contributor(2, "B", "health"))
    assert board.call("c1").ticket.profile == "unknown"


def test_a_directory_that_does_not_answer_costs_300_ms_and_no_call() -> None:
    board = Board().open("rose")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.wait(0.3)
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1"), Dial)
    board.know("c1", Contributor(1, "A", "health"))  # too late: he is unknown, and stays so
    assert board.call("c1").ticket.profile == "unknown"


def test_the_advisor_in_charge_of_the_file_goes_before_a_more_competent_one() -> None:
    board = Board().open("rose", "remi")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", Contributor(1, "A", "employer", in_charge="remi"))
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "remi"


def test_an_advisor_in_charge_at_a_site_no_step_has_opened_is_not_waited_for() -> None:
    board = Board().open("remi", "carl")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", Contributor(1, "A", "employer", in_charge="carl"))
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "remi"


def test_of_two_who_become_free_at_the_same_instant_the_more_competent_rings() -> None:
    board = Board().open("remi", "rose")
    for call in ("c1", "c2"):
        board.arrive(call)
        told = board.ask(call)
        assert isinstance(told, Dial)
        board.phone(told.advisor, PhoneState.IN_USE)
    board.arrive("c3")
    board.ask("c3")
    for advisor in ("remi", "rose"):
        board.phone(advisor, PhoneState.FREE)
    board.wait(29.9)
    board.ask("c3")
    board.nudged()
    board.wait(0.1)  # the end of both wrap-ups comes in one step
    assert board.nudged() == ["c3"]
    told = board.ask("c3")
    assert isinstance(told, Dial)
    assert told.advisor == "rose"


def test_of_two_equally_competent_the_longest_idle_rings() -> None:
    board = Board().open()
    board.present("remi")
    board.wait(5)
    board.present("rose")
    board.arrive("c1", cli="", profile=None)
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "remi"


def test_outside_the_slots_the_closing_message_is_played_and_the_call_let_go() -> None:
    board = Board(now="2026-11-23 12:45").open("rose", "carl")
    assert board.arrive("c1") == Play(("closed",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.CLOSED
    assert row.because == ("hors des tranches horaires ; réouverture lundi 23/11 à 13:30",)


def test_an_unknown_number_is_refused_as_such() -> None:
    board = Board().open("rose")
    assert board.ask("c1", Last.ARRIVED, dnis="33999") == Refuse(1)
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.UNKNOWN_NUMBER


def test_a_greeting_is_heard_to_its_end_before_anybody_rings() -> None:
    board = Board(with_greeting()).open("rose")
    assert board.arrive("c1") == Play(("hello",), interruptible=False)
    assert board.nudged() == []
    assert isinstance(board.ask("c1", Last.PLAYED), Dial)


def test_all_busy_then_served_the_moment_one_is_free() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.arrive("c2")
    assert isinstance(board.ask("c2"), Wait)
    board.nudged()
    board.end_talk("c1", "rose")
    assert board.nudged() == []  # wrap-up
    board.wait(30)
    assert board.nudged() == ["c2"]
    assert isinstance(board.ask("c2"), Dial)


def test_wrap_up_ended_by_the_advisor_frees_him_at_once() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.end_talk("c1", "rose")
    assert board.state("rose").activity is Activity.WRAP_UP
    board.give(EndWrapUp("rose"))
    assert board.state("rose").ready(board.now)


def test_the_oldest_is_served_first() -> None:
    board = Board().open()
    for call in ("c1", "c2", "c3"):
        board.arrive(call)
        board.wait(1)
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["c1"]
    board.present("remi")
    assert board.nudged() == ["c2"]


def test_priority_is_worth_its_seconds_and_no_more() -> None:
    board = Board().open()
    board.arrive("old")
    board.wait(61)
    board.arrive("middle")
    board.wait(10)
    board.arrive("urgent", profile="urgent")
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["old"]  # waited 71 s: more than the bonus of 60 s
    board.present("remi")
    assert board.nudged() == ["urgent"]


def test_a_caller_who_hangs_up_while_waiting_is_abandoned_and_forgotten() -> None:
    board = Board().open()
    board.arrive("c1")
    board.wait(7)
    board.hang_up("c1")
    row = board.history()["c1"]
    assert (row.outcome, row.waited_s) == (Outcome.ABANDONED, 7.0)
    board.nudged()
    board.present("rose")
    assert board.nudged() == []


def test_a_caller_who_hangs_up_while_it_rings_costs_the_advisor_nothing() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.ask("c1")
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ABANDONED
    assert board.state("rose").presence is Presence.AVAILABLE
    assert board.state("rose").activity is Activity.IDLE


def test_a_caller_who_hangs_up_while_talking_was_answered() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(42)
    offer = board.call("c1").ticket.offer
    board.hang_up("c1", last=Last.TALKED, offer=offer, talked_s=42.0)
    row = board.history()["c1"]
    assert (row.outcome, row.advisor, row.talked_s) == (Outcome.ANSWERED, "rose", 42.0)
    assert board.state("rose").activity is Activity.WRAP_UP


def test_rona_the_next_one_rings_and_the_place_is_kept() -> None:
    board = Board().open("rose", "remi")
    board.arrive("c1")
    board.ask("c1")
    board.wait(1)
    board.phone("rose", PhoneState.RINGING)
    board.arrive("c2", profile="health")  # nobody at Rouen is good enough for him
    board.wait(14)
    told = board.ask("c1", Last.NO_ANSWER, offer="c1-1-1")
    assert isinstance(told, Dial)
    assert told.advisor == "remi"
    assert board.state("rose").presence is Presence.NOT_READY
    assert board.state("rose").reason == "rona"
    assert board.call("c1").ticket.arrived_at == board.now - 15


def test_a_busy_phone_is_left_alone_for_a_while_but_its_advisor_stays_available() -> None:
    board = Board().open("rose")
    board.arrive("c1")
    board.ask("c1")
    assert isinstance(board.ask("c1", Last.BUSY, offer="c1-1-1"), Wait)
    assert board.state("rose").presence is Presence.AVAILABLE
    board.nudged()
    board.wait(5)
    assert board.nudged() == ["c1"]


def test_an_advisor_on_the_phone_with_somebody_else_is_not_offered() -> None:
    board = Board().open("rose")
    board.phone("rose", PhoneState.IN_USE)
    assert isinstance(board.arrive("c1"), Wait)
    assert board.nudged() == []
    board.phone("rose", PhoneState.FREE)
    assert board.nudged() == ["c1"]


def test_an_unreachable_phone_is_not_offered() -> None:
    board = Board().open("rose")
    board.phone("rose", PhoneState.UNREACHABLE)
    board.arrive("c1")
    assert board.nudged() == []


def test_of_steps_with_the_same_time_the_earlier_is_preferred_and_nobody_waits() -> None:
    plan = replace(CONFIGURATION.plans["standard"], steps=(Step(0.0, Reach.DUTY), Step(0.0, Reach.ALL)))
    board = Board(replace(CONFIGURATION, plans={"standard": plan})).open("remi", "carl")
    for call, advisor in (("c1", "remi"), ("c2", "carl")):  # Rémi knows less than Carl, but Rouen is on duty
        board.arrive(call)
        told = board.ask(call)
        assert isinstance(told, Dial)
        assert told.advisor == advisor


def test_backups_come_with_their_step_and_lower_levels_with_theirs() -> None:
    board = Board().open("carl")
    board.arrive("c1")
    board.wait(19)
    assert board.nudged() == []
    board.wait(1)
    assert board.nudged() == ["c1"]
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.path == ("caen",)


def test_the_plan_has_an_end() -> None:
    board = Board().open()
    board.arrive("c1")
    board.wait(599)
    assert isinstance(board.ask("c1"), Wait)
    board.wait(1)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("sorry",), interruptible=False)
    assert board.ask("c1", Last.PLAYED) == Release()
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.UNSERVED


def test_at_the_change_of_duty_waiting_callers_move_with_their_age() -> None:
    board = Board(now="2026-11-24 12:29").open("carl")
    board.wait(50)
    board.arrive("c1")
    board.wait(9)
    assert board.nudged() == []  # Rouen until 12:30, its backup only after 20 s
    board.wait(1)
    assert board.nudged() == ["c1"]
    assert isinstance(board.ask("c1"), Dial)
    assert board.call("c1").duty_site == "caen"
    assert board.call("c1").ticket.arrived_at == board.now - 10


def test_slots_that_end_do_not_drop_who_waits() -> None:
    board = Board(now="2026-11-23 12:29").open()
    board.arrive("c1")
    board.wait(90)
    board.ask("c1")
    board.nudged()
    board.present("rose")
    assert board.nudged() == ["c1"]


def test_a_full_trunk_leaves_its_advisors_to_others() -> None:
    board = Board(with_capacity(1)).open("rose", "remi")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.arrive("c2")
    board.nudged()
    assert isinstance(board.ask("c2"), Wait)
    board.end_talk("c1", "rose")
    assert board.nudged() == ["c2"]  # the line is free again, and Remi was all the time


def test_the_least_occupied_today_is_taken_and_a_new_day_begins_with_nothing() -> None:
    plans = {id_: replace(plan, selection=Selection.LEAST_OCCUPIED) for id_, plan in CONFIGURATION.plans.items()}
    board = Board(replace(CONFIGURATION, plans=plans)).open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.end_talk("c1", "remi", talked_s=300.0)
    board.hang_up("c1")
    board.present("rose")
    board.wait(60)  # remi is the longer idle, but was busy for five minutes
    board.arrive("c2", profile="employer")
    offer = board.call("c2").ticket.offer or ""
    assert board.state("rose").offer == offer
    assert board.state("remi").occupied_s == pytest.approx(330.0, abs=1.0)
    tomorrow = date(2026, 11, 24)
    assert board.state("remi").occupied_today_s(tomorrow) == 0.0


def test_who_is_ready_over_midnight_was_not_occupied_yet() -> None:
    board = Board(now="2026-11-23 11:00").open("remi")
    board.arrive("c1")
    board.talk("c1", "remi")
    board.end_talk("c1", "remi", talked_s=300.0)
    board.hang_up("c1")
    board.wait(12 * 3600)
    assert board.switchboard.matching.standing("remi")[1] == pytest.approx(330.0, abs=1.0)
    board.wait(3600)
    assert board.switchboard.matching.standing("remi")[1] == 0.0
    board.wait(24 * 3600)
    assert board.switchboard.next_deadline() is not None
