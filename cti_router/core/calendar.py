"""The duty calendar: which site answers for all at an instant, and until when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, SiteId, Slot
from cti_router.core.identity import Instant

_LOOK_AHEAD_DAYS = 400


@dataclass(frozen=True, slots=True)
class Duty:
    """`site` answers for all from `from_at` (included) to `until_at` (excluded); `backups` help, in order."""

    site: SiteId
    backups: tuple[SiteId, ...]
    slot: Slot
    from_at: Instant
    until_at: Instant


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is on duty until `until_at`, the next opening (None: no slot within 400 days).

    `name` is the exceptional day's name where one closes the service, else "".
    """

    until_at: Instant | None
    name: str


def duty_at(calendar: Calendar, at: Instant) -> Duty | Closed:
    """Who is on duty at an instant. Slots are half-open in local time: at 12:30 the slot until 12:30 is over."""
    zone = ZoneInfo(calendar.timezone)
    local = datetime.fromtimestamp(at, zone)
    for slot in slots_on(calendar, local.date()):
        starts, ends = _instants(slot, local.date(), zone)
        if starts <= at < ends:
            return Duty(slot.duty, slot.backups, slot, starts, ends)
    exception = calendar.exceptions.get(local.date())
    return Closed(next_opening(calendar, at), exception.name if exception and not exception.slots else "")


def next_opening(calendar: Calendar, at: Instant) -> Instant | None:
    """The first instant after `at` at which a slot begins; None when there is none within 400 days."""
    zone = ZoneInfo(calendar.timezone)
    today = datetime.fromtimestamp(at, zone).date()
    for day in range(_LOOK_AHEAD_DAYS):
        date_ = today + timedelta(days=day)
        for slot in slots_on(calendar, date_):
            starts, _ = _instants(slot, date_, zone)
            if starts > at:
                return starts
    return None


def slots_on(calendar: Calendar, day: date) -> tuple[Slot, ...]:
    """The slots in force on a day, in order: an exceptional day's own, else those of the week."""
    exception = calendar.exceptions.get(day)
    if exception is not None:
        return exception.slots
    return tuple(slot for slot in calendar.week if slot.weekday == day.weekday())


def _instants(slot: Slot, day: date, zone: ZoneInfo) -> tuple[Instant, Instant]:
    last_day = day + timedelta(days=1) if slot.end == time(0) else day
    return (
        datetime.combine(day, slot.start, zone).timestamp(),
        datetime.combine(last_day, slot.end, zone).timestamp(),
    )
