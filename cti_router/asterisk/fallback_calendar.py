"""The duty calendar as the fallback's dialplan looks it up: some days by date, and the plain week after them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, SiteId
from cti_router.core.duty.calendar import duties
from cti_router.core.duty.wall_clock import instant_of

DATED_DAYS = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DutyLine:
    """`sites`, in order, from an instant (included) to another (excluded). `hours` tells people their local times."""

    from_at: int
    until_at: int
    sites: tuple[SiteId, ...]
    hours: str


@dataclass(frozen=True, slots=True)
class DatedDay:
    """A local day under its extension, with every duty that runs on some of it."""

    exten: str
    name: str
    duties: tuple[DutyLine, ...]


@dataclass(frozen=True, slots=True)
class WeekLine:
    """A slot on the week clock of its zone, whose number is `zone`: from `start` and (or, past Sunday) before `end`."""

    zone: int
    start: str
    end: str
    and_or: str
    sites: tuple[SiteId, ...]


def dated_days(calendar: Calendar, today: date) -> list[DatedDay]:
    return [_dated_day(calendar, today + ahead * _DAY) for ahead in range(DATED_DAYS)]


def week_zones(calendar: Calendar) -> list[str]:
    """The time zones of the week's slots; a line tells its zone by the place in this list."""
    return list(dict.fromkeys(slot.timezone or calendar.timezone for slot in calendar.week))


def week_lines(calendar: Calendar) -> list[WeekLine]:
    zones = week_zones(calendar)
    lines = []
    for slot in calendar.week:
        last_day = slot.weekday if slot.end > slot.start else (slot.weekday + 1) % 7
        and_or = "&" if slot.weekday <= last_day else "|"
        start, end = (f"{day + 1}{at:%H%M}" for day, at in ((slot.weekday, slot.start), (last_day, slot.end)))
        zone = zones.index(slot.timezone or calendar.timezone)
        lines.append(WeekLine(zone, start, end, and_or, (slot.duty, *slot.backups)))
    return lines


def _dated_day(calendar: Calendar, day: date) -> DatedDay:
    zone = ZoneInfo(calendar.timezone)
    begins, ends = (instant_of(each, time(0), zone) for each in (day, day + _DAY))
    lines = []
    for duty in duties(calendar, begins, ends):
        from_, until = (datetime.fromtimestamp(at, zone) for at in (duty.from_at, duty.until_at))
        lines.append(
            DutyLine(int(duty.from_at), int(duty.until_at), (duty.site, *duty.backups), f"{from_:%H:%M}-{until:%H:%M}")
        )
    return DatedDay(f"d{day:%Y%m%d}", f"{day:%Y-%m-%d}", tuple(lines))
