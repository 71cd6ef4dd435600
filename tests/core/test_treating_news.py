"""What comes up while callers wait: information of the day, and an emergency closure."""

from dataclasses import replace
from datetime import date, time

import pytest

from cti_router.core.configuration import DueDate
from cti_router.core.heard import Information
from cti_router.core.inputs import Last
from cti_router.core.instructions import Dial, Play, Release
from cti_router.core.order import Close, Notice
from tests.core.board import CONFIGURATION
from tests.core.ordered import given, undone
from tests.core.treated import (
    PLAIN,
    STRIKE,
    TreatedBoard,
    opened,
    prompt,
    treated,
    with_number,
)

# ── information of the day ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("information", "told"),
    [
        (STRIKE, True),
        (replace(STRIKE, from_day=date(2026, 11, 23), until_day=date(2026, 11, 23)), True),
        (replace(STRIKE, from_day=date(2026, 11, 24)), False),
        (replace(STRIKE, until_day=date(2026, 11, 22)), False),
        (replace(STRIKE, profiles=frozenset(("employer",))), True),
        (replace(STRIKE, profiles=frozenset(("health",))), False),
        (replace(STRIKE, due=frozenset(("dsn",))), True),
        (replace(STRIKE, due=frozenset(("dsn",)), profiles=frozenset(("health",))), False),
        (replace(STRIKE, due=frozenset(("other",))), False),
    ],
)
def test_information_is_told_on_its_days_to_whom_it_concerns(information: Information, told: bool) -> None:
    def due(id_: str, profile: str) -> DueDate:
        dates = frozenset((date(2026, 11, 25),))
        return DueDate(id_, id_, dates, frozenset(), frozenset(), frozenset((profile,)), days_before=3)

    due_dates = {"dsn": due("dsn", "employer"), "other": due("other", "health")}
    board = opened(PLAIN, information=(information,), due_dates=due_dates)
    board.arrive("c1")
    board.wait(60)
    assert board.names() == ["welcome", *["strike"] * told]


def test_information_by_date_begins_at_midnight() -> None:
    night = replace(CONFIGURATION.calendar.week[0], duty="rouen")
    midnight = time(0)
    week = tuple(replace(night, weekday=day, start=midnight, end=midnight) for day in (0, 1))
    calendar = replace(CONFIGURATION.calendar, week=week)
    tuesday = replace(STRIKE, from_day=date(2026, 11, 24))
    board = TreatedBoard(treated(PLAIN, calendar=calendar, information=(tuesday,)), now="2026-11-23 23:59").open()
    board.began = board.now
    board.arrive("c1")
    board.wait(120)
    told = {name: at for at, name in board.sounds()}
    assert 60 <= told["cti/strike"] <= 70


def test_information_ordered_during_the_wait_is_heard_at_the_next_turn_and_once() -> None:
    board = opened(PLAIN)
    board.arrive("c1")
    board.wait(40)
    order = given(board, Notice("grève", sounds=("cti/greve",)), until="11:00")
    board.wait(60)
    at, name = board.sounds()[-1]
    assert name == "cti/greve"
    assert 40 <= at <= 50
    board.arrive("c2")
    board.wait(20)
    assert board.names("c2") == ["welcome", "greve"]
    undone(board, order)
    board.arrive("c3")
    board.wait(60)
    assert board.names("c3") == ["welcome"]
    assert board.names() == ["welcome", "greve"]


def test_it_is_heard_by_those_too_who_have_no_treatment() -> None:
    board = TreatedBoard().open()
    board.arrive("c1")
    given(board, Notice("grève", sounds=("cti/greve",)))
    board.wait(15)
    assert board.names() == ["greve"]


# ── an emergency closure during the wait ─────────────────────────────────────────────────────────────────────────────


def test_a_closure_that_lets_nobody_go_is_heard_at_once_and_the_wait_goes_on() -> None:
    board = opened(PLAIN)
    board.arrive("c1")
    board.wait(20)
    board.nudged()
    given(board, Close("alerte incendie", sounds=("cti/alerte",)))
    assert board.nudged() == ["c1"]
    assert board.ask("c1") == Play(("cti/alerte",))
    board.present("rose")
    assert isinstance(board.ask("c1", Last.PLAYED), Dial)


def test_a_closure_tells_its_next_opening() -> None:
    sounds = ("cti/closed-1", "{opening}")
    closed = with_number(treated(PLAIN), closed_sounds=sounds)
    board = TreatedBoard(closed, now="2026-11-23 18:00").open()
    assert board.arrive("c1") == Play(("cti/closed-1", "cti/say/tomorrow", "cti/say/time-0830"), interruptible=False)
    board = TreatedBoard(closed).open()
    given(board, Close("dégât des eaux"), until="10:07")
    assert board.arrive("c1") == Play(("cti/closed-1", "cti/say/time-1010"), interruptible=False)


def test_where_no_opening_is_in_sight_that_prompt_is_left_out() -> None:
    calendar = replace(CONFIGURATION.calendar, week=())
    configuration = with_number(treated(PLAIN, calendar=calendar), closed_sounds=("cti/sorry", "cti/a-1", "{opening}"))
    board = TreatedBoard(configuration).open()
    assert board.arrive("c1") == Play(("cti/sorry",), interruptible=False)
    board = TreatedBoard(with_number(configuration, closed_sounds=("cti/a-1", "{opening}"))).open()
    assert board.arrive("c1") == Release()


def test_the_end_of_a_plan_tells_the_opening_that_follows_this_day() -> None:
    plans = {id_: replace(plan, end_after_s=30.0, end_sounds=("cti/end-1", "{opening}"))
             for id_, plan in CONFIGURATION.plans.items()}  # fmt: skip
    board = TreatedBoard(treated(PLAIN, plans=plans), now="2026-11-23 16:00").open()
    board.began = board.now
    board.arrive("c1")
    board.wait(31)
    board.ask("c1", Last.WAITED)
    assert board.names()[-1] == "end-1+tomorrow+time-0830"


def test_what_an_order_says_is_said_prompt_by_prompt_with_its_values() -> None:
    sounds = ("incident", "cti/wait-1", "{wait}", "hello")
    incident = prompt("cti/incident-1", "{opening}", "cti/incident-3")
    board = opened(PLAIN, prompts={"incident": incident})
    board.arrive("c1")
    board.wait(20)
    given(board, Notice("incident", sounds=sounds))
    board.wait(20)
    assert board.names() == ["welcome", "incident-1+time-1330+incident-3", "hello"]  # no wait is told: nobody works
    given(board, Close("alerte", sounds=sounds[:1]))
    told = ("cti/incident-1", "cti/say/time-1000", "cti/incident-3")
    assert board.arrive("c2") == Play(told, interruptible=False)
