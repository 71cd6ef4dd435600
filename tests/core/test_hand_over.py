"""At the change of duty, and at closing time: who serves those who wait."""

from dataclasses import replace

import pytest

from cti_router.core.configuration import AtClose, Configuration, Drain
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.hand_over import Kept, duty_for
from cti_router.core.history import Outcome
from cti_router.core.inputs import Configure, Last
from cti_router.core.instructions import Dial, Play, Wait
from tests.core.board import CONFIGURATION, Board, at

# On Tuesdays Rouen hands over to Caen at 12:30; on the other days there is lunch.
BEFORE, AFTER = at("2026-11-24 12:29"), at("2026-11-24 12:31")


def ruled(drain: Drain = Drain.MOVE, for_s: float | None = None, at_close: AtClose = AtClose.SERVE) -> Configuration:
    rules = replace(CONFIGURATION.rules, drain=drain, drain_for_s=for_s, at_close=at_close)
    return replace(CONFIGURATION, rules=rules)


STAY = ruled(Drain.STAY)
STAY_2_MIN = ruled(Drain.STAY, 120.0)
DISMISS = ruled(at_close=AtClose.DISMISS)


def whose(configuration: Configuration, came: float, now: float) -> Duty | Kept | Closed:
    return duty_for(configuration, came, came, now, duty_at(configuration.calendar, now))


def site_of(found: Duty | Kept | Closed) -> str | None:
    match found:
        case Kept(duty=duty) | (Duty() as duty):
            return duty.site
        case Closed():
            return None


# the rule


@pytest.mark.parametrize(
    ("configuration", "now", "site"),
    [
        (CONFIGURATION, BEFORE, "rouen"),
        (CONFIGURATION, at("2026-11-24 12:30"), "caen"),
        (STAY, BEFORE, "rouen"),
        (STAY, at("2026-11-24 12:30"), "rouen"),
        (STAY, at("2026-11-24 16:59"), "rouen"),
        (STAY_2_MIN, at("2026-11-24 12:30"), "rouen"),
        (STAY_2_MIN, at("2026-11-24 12:32") - 0.001, "rouen"),
        (STAY_2_MIN, at("2026-11-24 12:32"), "caen"),
        (DISMISS, at("2026-11-24 12:30"), "caen"),
    ],
)
def test_whose_is_a_caller_who_came_before_the_change(configuration: Configuration, now: float, site: str) -> None:
    assert site_of(whose(configuration, BEFORE, now)) == site


def test_who_comes_after_the_change_is_the_new_site_s() -> None:
    assert site_of(whose(STAY, AFTER, AFTER)) == "caen"


@pytest.mark.parametrize(
    ("configuration", "site"), [(CONFIGURATION, "rouen"), (STAY, "rouen"), (STAY_2_MIN, "rouen"), (DISMISS, None)]
)
def test_whose_is_a_caller_who_waits_at_closing_time(configuration: Configuration, site: str | None) -> None:
    came, now = at("2026-11-23 12:29"), at("2026-11-23 12:31")
    assert site_of(whose(configuration, came, now)) == site


def test_who_comes_while_closed_is_nobody_s() -> None:
    assert isinstance(whose(CONFIGURATION, at("2026-11-23 13:00"), at("2026-11-23 13:00")), Closed)


# in routing


def waiting_at_the_change(configuration: Configuration, day: str = "2026-11-24") -> Board:
    """Ten seconds before it he has come, five seconds before it he waits."""
    board = Board(configuration, now=f"{day} 12:29:50").open()
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Wait)
    board.wait(5)
    return board


def test_waiting_callers_move_with_the_duty() -> None:
    board = waiting_at_the_change(CONFIGURATION)
    board.wait(7)
    board.present("carl")
    board.present("rose")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "carl"  # Caen is on duty now
    assert board.call("c1").duty_site == "caen"


def test_waiting_callers_stay_with_the_site_that_leaves_duty() -> None:
    board = waiting_at_the_change(STAY)
    board.wait(7)
    assert board.call("c1").duty_site == "rouen"
    board.present("carl")
    board.present("rose")
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "rose"  # the step that adds Caen's comes later
    row = board.call("c1").record(board.now)
    assert "arrivé avant la fin de la permanence de Rouen (12:30), qui le garde" in row.because
    assert row.duty_site == "rouen"


def test_a_caller_stays_for_a_time_and_then_moves_by_himself() -> None:
    plan = CONFIGURATION.plans["standard"]
    configuration = replace(STAY_2_MIN, plans={"standard": replace(plan, steps=plan.steps[:1])})
    board = waiting_at_the_change(configuration)
    board.present("carl")
    board.wait(7)
    assert isinstance(board.ask("c1"), Wait)  # only Rouen's may serve him
    row = board.call("c1").record(board.now)
    assert "arrivé avant la fin de la permanence de Rouen (12:30), qui le garde, jusqu’à 12:32" in row.because
    board.wait(117)
    board.silent.add("c1")
    assert board.nudged() == []
    board.wait(1)
    assert board.nudged() == ["c1"]
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "carl"


def test_who_came_after_the_change_is_served_by_the_new_site_meanwhile() -> None:
    board = waiting_at_the_change(STAY)
    board.wait(7)
    board.arrive("c2", cli="0261910102")
    assert isinstance(board.ask("c2"), Wait)
    board.present("carl")
    told = board.ask("c2")
    assert isinstance(told, Dial)
    assert told.advisor == "carl"


def test_a_restart_knows_whose_a_caller_is() -> None:
    former = waiting_at_the_change(STAY_2_MIN)
    former.wait(20)
    board = Board(STAY_2_MIN, now="2026-11-24 12:31").open()
    board.ask("c1", ticket=former.ask_ticket("c1"))
    assert board.call("c1").duty_site == "rouen"
    board.wait(61)
    board.ask("c1")
    assert board.call("c1").duty_site == "caen"


def test_another_rule_counts_at_once() -> None:
    board = waiting_at_the_change(STAY)
    board.wait(7)
    board.give(Configure(CONFIGURATION))
    assert board.call("c1").duty_site == "caen"


def test_who_waits_at_closing_time_is_served_as_promised() -> None:
    board = waiting_at_the_change(CONFIGURATION, day="2026-11-23")
    board.wait(7)
    board.present("rose")
    assert isinstance(board.ask("c1"), Dial)


def test_who_waits_at_closing_time_hears_that_it_is_closed() -> None:
    board = waiting_at_the_change(DISMISS, day="2026-11-23")
    board.silent.add("c1")
    board.wait(10)
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("closed",), interruptible=False)
    board.ask("c1", Last.PLAYED)
    board.hang_up("c1")
    row = board.history()["c1"]
    assert row.outcome is Outcome.CLOSED
    assert row.because[-1] == "hors des tranches horaires ; réouverture lundi 23/11 à 13:30"


def test_a_talk_goes_on_at_closing_time() -> None:
    board = Board(DISMISS, now="2026-11-23 12:29").open("rose")
    board.arrive("c1")
    board.talk("c1", "rose")
    board.wait(120)
    board.end_talk("c1", "rose")
    board.hang_up("c1")
    assert board.history()["c1"].outcome is Outcome.ANSWERED


def test_the_change_of_duty_is_watched_once_however_often_the_configuration_changes() -> None:
    board = Board(now="2026-11-24 12:00").open()
    deadlines = board.switchboard._deadlines
    before = len(deadlines._heap)
    for _ in range(5):
        board.give(Configure(CONFIGURATION))
    assert len(deadlines._heap) == before
