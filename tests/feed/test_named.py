"""Whom a plan may call now: everybody else is hors permanence."""

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from cti_router.core.configuration import (
    Condition,
    Configuration,
    DueDate,
    Hours,
    Number,
    Plan,
    PlanRule,
    Reach,
    Requirement,
    Step,
)
from cti_router.core.duty.calendar import duty_at
from cti_router.feed.named import Named
from tests.core.board import CONFIGURATION, at

DNIS = 33261910001
MORNING = Hours(frozenset(range(5)), time(8), time(10))


def plan(name: str, *reaches: Reach | tuple[str, ...]) -> Plan:
    steps = tuple(Step(20.0 * place, reach) for place, reach in enumerate(reaches))
    return replace(CONFIGURATION.plans["standard"], id=name, steps=steps)


def organised(
    *rules: PlanRule, of_number: tuple[Reach | tuple[str, ...], ...] = (Reach.DUTY,), **changes: Any
) -> Configuration:
    """A number's own plan, which reaches the duty site alone unless told otherwise; another reaches all, for rules."""
    plans = {"own": plan("own", *of_number), "wide": plan("wide", Reach.DUTY, Reach.ALL)}
    numbers = {DNIS: Number(DNIS, "Urssaf", "own", (), ("closed",), rules=rules)}
    return replace(CONFIGURATION, plans=plans, numbers=numbers, **changes)


def named(configuration: Configuration, when: str = "2026-11-23 09:00") -> frozenset[str]:
    of = Named(configuration)
    of.work_out(at(when), duty_at(configuration.calendar, at(when)))
    return of.names


def test_a_plan_names_all_whom_its_last_step_may_reach() -> None:
    assert named(CONFIGURATION) == {"rose", "remi", "carl"}


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-23 09:00", {"rose", "remi"}),
        ("2026-11-23 14:00", {"carl"}),  # Caen is on duty
        ("2026-11-23 13:00", set()),  # closed: nobody is called
    ],
)
def test_whom_no_step_names_changes_with_the_duty(when: str, expected: set[str]) -> None:
    assert named(organised(), when) == expected


def test_who_knows_nothing_of_what_is_asked_is_not_named() -> None:
    profiles = {"unknown": replace(CONFIGURATION.profiles["unknown"], requirements=(Requirement("health", 1),))}
    assert named(organised(profiles=profiles, of_number=(Reach.DUTY, Reach.BACKUPS))) == {"rose", "carl"}


def test_a_rule_counts_while_it_may_hold() -> None:
    by_hours = organised(PlanRule(Condition(hours=(MORNING,)), "wide"))
    assert named(by_hours, "2026-11-23 09:00") == {"rose", "remi", "carl"}
    assert named(by_hours, "2026-11-23 11:00") == {"rose", "remi"}
    never = organised(PlanRule(Condition(languages=frozenset(("en",))), "wide"))
    assert named(never) == {"rose", "remi"}


def test_an_earlier_rule_that_takes_every_call_leaves_nothing_to_the_plan_of_the_number() -> None:
    all_morning = organised(PlanRule(Condition(hours=(MORNING,)), "own"), of_number=(Reach.ALL,))
    all_morning = replace(all_morning, plans={**all_morning.plans, "own": plan("own", Reach.DUTY)})
    numbers = {DNIS: replace(all_morning.numbers[DNIS], plan="wide")}
    all_morning = replace(all_morning, numbers=numbers)
    assert named(all_morning, "2026-11-23 09:00") == {"rose", "remi"}
    assert named(all_morning, "2026-11-23 11:00") == {"rose", "remi", "carl"}


def test_a_due_date_counts_on_its_days() -> None:
    due = DueDate("vat", "TVA", frozenset((date(2026, 11, 24),)), frozenset(), frozenset(), frozenset(("employer",)), 1)
    near = organised(PlanRule(Condition(due=frozenset(("vat",))), "wide"), due_dates={"vat": due})
    assert named(near, "2026-11-23 09:00") == {"rose", "remi", "carl"}
    assert named(near, "2026-11-20 09:00") == {"rose", "remi"}


@pytest.mark.parametrize(
    ("configuration", "later", "holds"),
    [
        (CONFIGURATION, "2026-11-23 10:00", True),
        (CONFIGURATION, "2026-11-23 14:00", False),
        (CONFIGURATION, "2026-11-23 13:00", False),
        (organised(PlanRule(Condition(hours=(MORNING,)), "wide")), "2026-11-23 09:01", False),
    ],
)
def test_it_holds_until_something_changes_that_it_hangs_on(
    configuration: Configuration, later: str, holds: bool
) -> None:  # fmt: skip
    of, now = Named(configuration), at("2026-11-23 09:00")
    duty = duty_at(configuration.calendar, now)
    assert not of.holds(now, duty)
    of.work_out(now, duty)
    assert of.holds(now, duty)
    assert of.holds(at(later), duty_at(configuration.calendar, at(later))) is holds
