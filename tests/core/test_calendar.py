"""Who is on duty when: half-open slots in local time, days of 23 and 25 hours, exceptions, the next opening."""

from dataclasses import replace
from datetime import date, time

import pytest

from cti_router.core.calendar import Closed, Duty, duty_at, next_opening, slots_on
from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from tests.core.board import at

MORNING = Slot(0, time(8, 30), time(12, 30), "rouen", ("caen",))
NOON = Slot(0, time(12, 30), time(17), "caen", ("rouen",))
NIGHT = Slot(6, time(0), time(0), "brest", ())  # the whole of Sunday
EVE = ExceptionalDay("Veille de fête", (Slot(0, time(9), time(10), "caen", ()),))
FEAST = ExceptionalDay("Fête", ())

CALENDAR = Calendar(
    "Europe/Paris", (MORNING, NOON, NIGHT), {date(2026, 11, 30): EVE, date(2026, 12, 7): FEAST}
)  # fmt: skip


def _site(calendar: Calendar, when: float) -> str:
    duty = duty_at(calendar, when)
    return duty.site if isinstance(duty, Duty) else "closed"


@pytest.mark.parametrize(
    ("when", "site"),
    [
        ("2026-11-23 08:29:59.999", "closed"),
        ("2026-11-23 08:30", "rouen"),
        ("2026-11-23 12:29:59.999", "rouen"),
        ("2026-11-23 12:30", "caen"),
        ("2026-11-23 16:59:59.999", "caen"),
        ("2026-11-23 17:00", "closed"),
        ("2026-11-24 10:00", "closed"),  # Tuesday is not in the week
        ("2026-11-21 23:59:59.999", "closed"),
        ("2026-11-22 00:00", "brest"),
        ("2026-11-22 23:59:59.999", "brest"),
        ("2026-11-23 00:00", "closed"),  # midnight ends the slot
    ],
)
def test_a_slot_begins_with_its_first_instant_and_is_over_at_its_end(when: str, site: str) -> None:
    assert _site(CALENDAR, at(when)) == site


def test_a_duty_tells_its_slot_its_backups_and_its_two_ends() -> None:
    assert duty_at(CALENDAR, at("2026-11-23 09:00")) == Duty(
        "rouen", ("caen",), MORNING, at("2026-11-23 08:30"), at("2026-11-23 12:30")
    )


@pytest.mark.parametrize(
    ("day", "next_day", "hours"),
    [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25), ("2026-11-22", "2026-11-23", 24)],
    ids=["spring", "autumn", "ordinary"],
)
def test_a_slot_of_a_whole_day_is_as_long_as_the_day(day: str, next_day: str, hours: int) -> None:
    duty = duty_at(CALENDAR, at(f"{day} 12:00"))
    assert isinstance(duty, Duty)
    assert (duty.from_at, duty.until_at) == (at(f"{day} 00:00"), at(f"{next_day} 00:00"))
    assert duty.until_at - duty.from_at == hours * 3600


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"], ids=["spring", "autumn"])
def test_on_the_day_of_a_change_the_slots_follow_the_clock_on_the_wall(day: str) -> None:
    calendar = replace(CALENDAR, week=(Slot(6, time(8, 30), time(12, 30), "rouen", ()),))
    assert _site(calendar, at(f"{day} 08:29:59")) == "closed"
    assert _site(calendar, at(f"{day} 08:30")) == "rouen"
    assert _site(calendar, at(f"{day} 12:29:59")) == "rouen"
    assert _site(calendar, at(f"{day} 12:30")) == "closed"


def test_the_hour_that_comes_twice_is_served_twice() -> None:
    calendar = replace(CALENDAR, week=(Slot(6, time(2), time(3), "rouen", ()),))
    duty = duty_at(calendar, at("2026-10-25 02:30"))
    assert isinstance(duty, Duty)
    assert duty.until_at - duty.from_at == 2 * 3600
    assert _site(calendar, at("2026-10-25 02:30") + 3600) == "rouen"


def test_an_hour_that_does_not_come_is_not_served() -> None:
    calendar = replace(CALENDAR, week=(Slot(6, time(2), time(3), "rouen", ()),))
    assert [_site(calendar, at("2026-03-29 01:00") + minute * 60) for minute in range(180)].count("rouen") == 0


def test_an_exceptional_day_replaces_the_whole_day() -> None:
    assert _site(CALENDAR, at("2026-11-30 08:45")) == "closed"
    assert _site(CALENDAR, at("2026-11-30 09:00")) == "caen"
    assert _site(CALENDAR, at("2026-11-30 10:00")) == "closed"
    assert slots_on(CALENDAR, date(2026, 11, 30)) == EVE.slots


def test_a_closed_day_says_its_name_and_the_opening_after_it() -> None:
    closed = duty_at(CALENDAR, at("2026-12-07 09:00"))
    assert closed == Closed(at("2026-12-13 00:00"), "Fête")


def test_an_ordinary_closing_has_no_name() -> None:
    assert duty_at(CALENDAR, at("2026-11-24 09:00")) == Closed(at("2026-11-29 00:00"), "")


def test_the_next_opening_is_strictly_later() -> None:
    assert next_opening(CALENDAR, at("2026-11-23 08:29")) == at("2026-11-23 08:30")
    assert next_opening(CALENDAR, at("2026-11-23 08:30")) == at("2026-11-23 12:30")
    assert next_opening(CALENDAR, at("2026-11-23 12:30")) == at("2026-11-29 00:00")


def test_without_any_slot_there_is_no_next_opening() -> None:
    empty = Calendar("Europe/Paris", (), {})
    assert duty_at(empty, at("2026-11-23 09:00")) == Closed(None, "")


def test_the_zone_is_the_calendar_s() -> None:
    reunion = replace(CALENDAR, timezone="Indian/Reunion")
    assert _site(reunion, at("2026-11-23 05:30")) == "rouen"  # 08:30 there
    assert _site(reunion, at("2026-11-23 09:30")) == "caen"  # 12:30 there
