"""Whose a voice message is, and until when."""

from dataclasses import replace
from datetime import date

import pytest

from cti_router.core.configuration import ExceptionalDay
from cti_router.core.duty.calendar_orders import CalendarOrders, DutySwap
from cti_router.core.duty.owing import owed_until, site_that_owes
from tests.core.board import CONFIGURATION, at

CALENDAR = CONFIGURATION.calendar
HOLIDAY = replace(CALENDAR, exceptions={date(2026, 11, 24): ExceptionalDay("Pont", ())})
NEVER = replace(CALENDAR, week=())


@pytest.mark.parametrize(
    ("left", "site"),
    [
        ("2026-11-23 09:00", "rouen"),
        ("2026-11-23 14:00", "caen"),
        ("2026-11-23 12:45", "caen"),  # closed at noon: Caen opens
        ("2026-11-23 20:00", "rouen"),  # Tuesday morning
        ("2026-11-28 10:00", "rouen"),  # Saturday: Monday morning
    ],
)
def test_the_site_on_duty_owes_it_or_the_one_that_opens_next(left: str, site: str) -> None:
    assert site_that_owes(CALENDAR, at(left)) == site


def test_an_order_changes_who_owes_it() -> None:
    swap = DutySwap(at("2026-11-23 00:00"), at("2026-11-24 00:00"), "helene", "rouen", "caen")
    assert site_that_owes(CALENDAR, at("2026-11-23 09:00"), CalendarOrders(swaps=(swap,))) == "caen"


def test_nobody_owes_anything_who_is_never_on_duty() -> None:
    assert site_that_owes(NEVER, at("2026-11-23 09:00")) is None


@pytest.mark.parametrize(
    ("left", "days", "until"),
    [
        ("2026-11-23 09:00", 1, "2026-11-24 17:00"),
        ("2026-11-23 20:00", 1, "2026-11-24 17:00"),
        ("2026-11-24 00:00", 1, "2026-11-25 17:00"),
        ("2026-11-27 16:00", 1, "2026-11-30 17:00"),  # Friday: Monday
        ("2026-11-28 10:00", 1, "2026-11-30 17:00"),  # Saturday as well
        ("2026-11-27 16:00", 3, "2026-12-02 17:00"),
        ("2026-11-23 16:00", 0, "2026-11-23 17:00"),
        ("2026-11-23 17:00", 0, "2026-11-24 17:00"),  # nobody is there any more
    ],
)
def test_it_is_due_when_the_last_slot_of_that_working_day_ends(left: str, days: int, until: str) -> None:
    assert owed_until(CALENDAR, at(left), days) == at(until)


def test_a_day_off_is_no_working_day() -> None:
    assert owed_until(HOLIDAY, at("2026-11-23 09:00"), 1) == at("2026-11-25 17:00")


def test_without_working_days_it_is_due_all_the_same() -> None:
    assert owed_until(NEVER, at("2026-11-23 09:00"), 2) == at("2026-11-25 09:00")
