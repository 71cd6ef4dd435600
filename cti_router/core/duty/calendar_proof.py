"""What a duty calendar must not have, slots that overlap, and what it had better not have, gaps.

Both are sought on real instants, day by day. With one time zone an ordinary week and the exceptional days tell for
all days, since the order of local times is that of their instants (`wall_clock`). With several zones their differences
change within the year: then also each day of `PROVEN_YEARS` on which the clocks stand to each other as on none before.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, Slot
from cti_router.core.duty.calendar import Duty, beginning_on, duty_at
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant

PROVEN_YEARS = range(2026, 2046)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_A_MONDAY = date(2026, 1, 5)
_DAY = timedelta(days=1)
_INSTANT = timedelta(microseconds=1)
_Pair: TypeAlias = tuple[object, object]


@dataclass(frozen=True, slots=True)
class Overlap:
    """`later` begins before `earlier` is over: every week (`day` is None), or that day and maybe others."""

    earlier: Slot
    later: Slot
    day: date | None


@dataclass(frozen=True, slots=True)
class Gap:
    """Nobody is on duty from the end of the slot `before` to the beginning of `after`.

    `from_` and `until` are local times of the calendar, on `days[0]`. No `days`: every week.
    """

    before: Slot
    after: Slot
    from_: datetime
    until: datetime
    days: tuple[date, ...]


def slot_in_words(slot: Slot) -> str:
    """For administrators: "monday 08:30–12:30"; with its time zone if it has one of its own."""
    end = f"{slot.end:%H:%M}" if slot.end != time(0) else "24:00"
    return f"{DAYS[slot.weekday]} {slot.start:%H:%M}–{end}{' ' * bool(slot.timezone)}{slot.timezone}"


def overlaps(calendar: Calendar) -> tuple[Overlap, ...]:
    """None in a calendar that may be used. Two slots that overlap are told once."""
    found: dict[_Pair, Overlap] = {}
    for scene in _scenes(calendar):
        for before, after in scene.in_turn():
            if after.from_at < before.until_at:
                day = None if scene.ordinary else scene.local(after.from_at).date()
                found.setdefault(_pair(before, after), Overlap(before.slot, after.slot, day))
    return tuple(found.values())


def gaps(calendar: Calendar) -> tuple[Gap, ...]:
    """Those within a day; and those through midnight if the service answers through some midnight of the week.

    Exceptional days without slots are meant: what is closed around them is no gap.
    """
    by_night = answers_by_night(calendar)
    met: dict[_Pair, set[date]] = defaultdict(set)
    found: dict[tuple[_Pair, time, time], dict[date, Gap]] = defaultdict(dict)
    for scene in _scenes(calendar):
        for before, after in scene.in_turn():
            from_, until = scene.local(before.until_at), scene.local(after.from_at)
            if scene.closed_between(from_, until):
                continue
            pair, day = _pair(before, after), (from_ - _INSTANT).date()
            met[pair].add(day)
            if before.until_at < after.from_at and (by_night or day == (until - _INSTANT).date()):
                found[pair, from_.time(), until.time()][day] = Gap(before.slot, after.slot, from_, until, ())
    told = []
    for (pair, _, _), on in found.items():
        weekly = len(on) > 1 and on.keys() == met[pair]
        told.append(replace(on[min(on)], days=() if weekly else tuple(sorted(on))))
    return tuple(told)


def answers_by_night(calendar: Calendar) -> bool:
    """Whether somebody is on duty through some midnight of the week: then whoever calls by night expects an answer."""
    plain, zone = replace(calendar, exceptions={}), ZoneInfo(calendar.timezone)
    midnights = [instant_of(_A_MONDAY + ahead * _DAY, time(0), zone) for ahead in range(7)]
    return any(isinstance(duty_at(plain, at - 1.0), Duty) and isinstance(duty_at(plain, at), Duty) for at in midnights)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A day and the days around it: the day before may be a third one elsewhere, and slots reach past midnight.

    `ordinary`: of a week without exceptional days or changes of the clock.
    """

    calendar: Calendar
    day: date
    ordinary: bool

    def in_turn(self) -> Iterator[tuple[Duty, Duty]]:
        """Each duty after the one that, of those begun before it, is over last."""
        around = [self.day + ahead * _DAY for ahead in range(-2, 3)]
        duties = [duty for day in around for duty in beginning_on(self.calendar, day)]
        latest: Duty | None = None
        for duty in sorted(duties, key=lambda duty: (duty.from_at, duty.until_at)):
            if latest is not None:
                yield latest, duty
            if latest is None or duty.until_at > latest.until_at:
                latest = duty

    def local(self, at: Instant) -> datetime:
        return datetime.fromtimestamp(at, ZoneInfo(self.calendar.timezone))

    def closed_between(self, from_: datetime, until: datetime) -> bool:
        """Whether one of these days is meant to be closed."""
        days = [from_.date() + ahead * _DAY for ahead in range((until.date() - from_.date()).days + 1)]
        exceptions = self.calendar.exceptions
        return any(day in exceptions and not exceptions[day].slots for day in days)


def _scenes(calendar: Calendar) -> Iterator[_Scene]:
    plain = replace(calendar, exceptions={})
    for ahead in range(14):
        yield _Scene(plain, _A_MONDAY + ahead * _DAY, ordinary=True)
    slots = list(calendar.week)
    for day, exception in calendar.exceptions.items():
        if exception.slots:
            slots += exception.slots
            yield _Scene(calendar, day, ordinary=False)
    zones = {slot.timezone or calendar.timezone for slot in slots}
    if len(zones) > 1:
        for day in _days_of_other_clocks(sorted(zones)):
            yield _Scene(plain, day, ordinary=False)


def _days_of_other_clocks(zones: list[str]) -> Iterator[date]:
    """The first day of each weekday around which the clocks of these zones stand, or are changed, as they do."""
    first = datetime(PROVEN_YEARS[0], 1, 1, tzinfo=UTC)
    midnights = [first + ahead * _DAY for ahead in range(366 * len(PROVEN_YEARS))]
    clocks = [tuple(midnight.astimezone(ZoneInfo(zone)).utcoffset() for zone in zones) for midnight in midnights]
    seen = set()
    for n in range(2, len(midnights) - 3):
        situation = (midnights[n].weekday(), *clocks[n - 2 : n + 4])
        if situation not in seen:
            seen.add(situation)
            yield midnights[n].date()


def _pair(before: Duty, after: Duty) -> _Pair:
    """The two slots, recognised again on a day on which sites were swapped."""
    first, second = before.slot, after.slot
    return (first.weekday, first.place or first), (second.weekday, second.place or second)
