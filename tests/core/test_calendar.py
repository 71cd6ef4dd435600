"""Who is on duty when: half-open slots in local time, days of 23 and 25 hours, exceptions, the next opening."""

from dataclasses import replace
from datetime import date, time

import pytest

from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar import Closed, Duty, duties, duty_at, next_opening, slots_on
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


def test_the_next_opening_is_the_first_instant_with_a_duty() -> None:
    assert next_opening(CALENDAR, at("2026-11-23 08:29")) == at("2026-11-23 08:30")
    assert next_opening(CALENDAR, at("2026-11-23 08:30")) == at("2026-11-23 08:30")
    assert next_opening(CALENDAR, at("2026-11-23 12:29")) == at("2026-11-23 12:29")
    assert next_opening(CALENDAR, at("2026-11-23 17:00")) == at("2026-11-29 00:00")


def test_without_any_slot_there_is_no_next_opening() -> None:
    empty = Calendar("Europe/Paris", (), {})
    assert duty_at(empty, at("2026-11-23 09:00")) == Closed(None, "")


def test_the_zone_is_the_calendar_s() -> None:
    reunion = replace(CALENDAR, timezone="Indian/Reunion")
    assert _site(reunion, at("2026-11-23 05:30")) == "rouen"  # 08:30 there
    assert _site(reunion, at("2026-11-23 09:30")) == "caen"  # 12:30 there


# slots past midnight

WEEK_OF_NIGHTS = Calendar(
    "Europe/Paris",
    (
        Slot(3, time(22), time(6), "rouen", ()),  # Thursday night
        Slot(4, time(22), time(6), "caen", ()),
        Slot(6, time(22), time(6), "brest", ()),  # Sunday to Monday
    ),
    {},
)


@pytest.mark.parametrize(
    ("when", "site"),
    [
        ("2026-11-26 21:59:59", "closed"),
        ("2026-11-26 22:00", "rouen"),
        ("2026-11-27 00:00", "rouen"),
        ("2026-11-27 05:59:59", "rouen"),
        ("2026-11-27 06:00", "closed"),
        ("2026-11-28 03:00", "caen"),
        ("2026-11-29 23:00", "brest"),
        ("2026-11-30 05:59:59", "brest"),
        ("2026-11-30 06:00", "closed"),
    ],
)
def test_a_slot_goes_on_past_midnight(when: str, site: str) -> None:
    assert _site(WEEK_OF_NIGHTS, at(when)) == site


def test_a_night_is_one_duty_on_both_sides_of_midnight() -> None:
    before, after = (duty_at(WEEK_OF_NIGHTS, at(when)) for when in ("2026-11-26 23:00", "2026-11-27 01:00"))
    assert before == after
    assert isinstance(before, Duty)
    assert (before.from_at, before.until_at) == (at("2026-11-26 22:00"), at("2026-11-27 06:00"))


def test_a_slot_belongs_to_the_day_on_which_it_begins() -> None:
    closed_friday = replace(WEEK_OF_NIGHTS, exceptions={date(2026, 11, 27): FEAST})
    assert _site(closed_friday, at("2026-11-27 03:00")) == "rouen"  # Thursday's goes on into the holiday
    assert duty_at(closed_friday, at("2026-11-27 06:00")) == Closed(at("2026-11-29 22:00"), "Fête")
    assert _site(closed_friday, at("2026-11-27 23:00")) == "closed"
    assert _site(closed_friday, at("2026-11-28 03:00")) == "closed"  # the holiday's own does not run


def test_an_exceptional_day_s_night_runs_into_the_day_after() -> None:
    eve = ExceptionalDay("Veillée", (Slot(4, time(23), time(4), "caen", ()),))
    calendar = replace(WEEK_OF_NIGHTS, exceptions={date(2026, 11, 27): eve})
    duty = duty_at(calendar, at("2026-11-28 03:59"))
    assert isinstance(duty, Duty)
    assert (duty.site, duty.name, duty.until_at) == ("caen", "Veillée", at("2026-11-28 04:00"))
    assert _site(calendar, at("2026-11-28 04:00")) == "closed"


@pytest.mark.parametrize(
    ("evening", "morning", "hours"),
    [("2026-03-28", "2026-03-29", 7), ("2026-10-24", "2026-10-25", 9), ("2026-11-28", "2026-11-29", 8)],
    ids=["spring", "autumn", "ordinary"],
)
def test_a_night_is_an_hour_shorter_or_longer_when_the_clock_is_changed(evening: str, morning: str, hours: int) -> None:
    calendar = replace(WEEK_OF_NIGHTS, week=(Slot(5, time(22), time(6), "rouen", ()),))
    duty = duty_at(calendar, at(f"{evening} 23:00"))
    assert isinstance(duty, Duty)
    assert (duty.from_at, duty.until_at) == (at(f"{evening} 22:00"), at(f"{morning} 06:00"))
    assert duty.until_at - duty.from_at == hours * 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(time(8, 30), time(12), 3.5), (time(22), time(6), 8), (time(20), time(0), 4), (time(0), time(0), 24)],
)
def test_how_long_a_slot_is(start: time, end: time, hours: float) -> None:
    assert Slot(0, start, end, "caen", ()).length_s == hours * 3600


# both changes of the clock, inside the hour


def _duties(week: tuple[Slot, ...], day: str) -> list[tuple[str, float, float]]:
    """Sites with the hours since midnight at which they begin and end."""
    midnight = at(f"{day} 00:00")
    found = duties(replace(CALENDAR, week=week), midnight, at(f"{day} 08:00"))
    return [(duty.site, (duty.from_at - midnight) / 3600, (duty.until_at - midnight) / 3600) for duty in found]


SUNDAY = (Slot(6, time(1), time(2, 30), "rouen", ()), Slot(6, time(2, 30), time(5), "caen", ()))


def test_slots_that_meet_in_the_hour_that_never_comes_meet_at_the_change() -> None:
    assert _duties(SUNDAY, "2026-03-29") == [("rouen", 1, 2), ("caen", 2, 4)]  # 05:00 is four hours after midnight


def test_slots_that_meet_in_the_hour_that_comes_twice_meet_the_first_time() -> None:
    assert _duties(SUNDAY, "2026-10-25") == [("rouen", 1, 2.5), ("caen", 2.5, 6)]


def test_a_slot_that_lies_in_the_hour_that_never_comes_does_not_come() -> None:
    week = (SUNDAY[0], Slot(6, time(2, 30), time(2, 45), "brest", ()), Slot(6, time(2, 45), time(5), "caen", ()))
    assert _duties(week, "2026-03-29") == [("rouen", 1, 2), ("caen", 2, 4)]
    assert _duties(week, "2026-10-25") == [("rouen", 1, 2.5), ("brest", 2.5, 2.75), ("caen", 2.75, 6)]


# several time zones


def test_a_slot_may_have_a_time_zone_of_its_own() -> None:
    week = (Slot(0, time(8), time(12), "saint-denis", (), "Indian/Reunion"), Slot(0, time(9), time(17), "caen", ()))
    assert _site(replace(CALENDAR, week=week), at("2026-11-23 05:00")) == "saint-denis"  # UTC+4, and Paris UTC+1
    assert _site(replace(CALENDAR, week=week), at("2026-11-23 08:59")) == "saint-denis"
    assert _site(replace(CALENDAR, week=week), at("2026-11-23 09:00")) == "caen"
    assert _site(replace(CALENDAR, week=week[:1]), at("2026-07-06 06:00")) == "saint-denis"  # and in summer UTC+2


def test_its_day_is_that_of_its_own_zone() -> None:
    week = (Slot(0, time(1), time(3), "saint-denis", (), "Indian/Reunion"),)
    sunday_in_paris = at("2026-11-29 22:00")
    calendar = replace(CALENDAR, week=week)
    assert _site(calendar, sunday_in_paris) == "closed"  # this Monday, 30 November, is exceptional
    assert _site(replace(calendar, exceptions={}), sunday_in_paris) == "saint-denis"


# speed


def test_an_answer_is_worked_out_once_a_day_and_then_looked_up() -> None:
    calendar = replace(CALENDAR)
    first = duty_at(calendar, at("2026-11-23 09:00"))
    assert duty_at(calendar, at("2026-11-23 11:00")) is first
    assert calendar == CALENDAR
    assert calendar.prepared is not replace(calendar).prepared
