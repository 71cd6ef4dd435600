"""Declarations and payments fall due: whose calls count for more in these days."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, Configuration, DueDate, ProfileId
from cti_router.core.duty.calendar import slots_on
from cti_router.core.identity import Instant

LONGEST_CLOSURE_DAYS = 10
"""A due date moves to the next day on which the service answers, and no further than this."""


@dataclass(frozen=True, slots=True)
class FallingDue:
    """A due date that is near: the day it falls on, as its calendar says."""

    what: DueDate
    on: date


def due_at(configuration: Configuration, profile: ProfileId, at: Instant) -> tuple[FallingDue, ...]:
    """What is due for callers of this profile who arrive at an instant, in the order of the configuration."""
    if not configuration.due_dates:
        return ()
    calendar = configuration.calendar
    today = datetime.fromtimestamp(at, ZoneInfo(calendar.timezone)).date()
    concerned = (due for due in configuration.due_dates.values() if profile in due.profiles)
    found = ((due, _near(due, calendar, today)) for due in concerned)
    return tuple(FallingDue(due, on) for due, on in found if on is not None)


def bonus_of(due: tuple[FallingDue, ...]) -> float:
    """Seconds: the largest one's. Two due dates at once are no more urgent than the more urgent of them."""
    return max((each.what.bonus_s for each in due), default=0.0)


def every_bonus(configuration: Configuration) -> tuple[float, ...]:
    """Each bonus, in seconds, that some caller may get: his profile's, with that of each due date that concerns him."""
    profiles, due_dates = configuration.profiles.values(), configuration.due_dates.values()
    due = [(profile, each.bonus_s) for profile in profiles for each in due_dates if profile.id in each.profiles]
    alone = [(profile, 0.0) for profile in profiles]
    return tuple(profile.bonus_s + bonus_s for profile, bonus_s in (*alone, *due))


def falls_on(due: DueDate, day: date) -> bool:
    if day.month not in due.months:
        return day in due.dates
    last_day = monthrange(day.year, day.month)[1]
    return day in due.dates or any(min(each, last_day) == day.day for each in due.days)


def _near(due: DueDate, calendar: Calendar, today: date) -> date | None:
    """The first due day whose time has come and is not over."""
    for ahead in range(-LONGEST_CLOSURE_DAYS, due.days_before + 1):
        day = today + timedelta(days=ahead)
        if falls_on(due, day) and not any(slots_on(calendar, day + timedelta(days=after)) for after in range(-ahead)):
            return day
    return None
