"""Any calendar, at any instant, beside a naive one: a clock on the wall, read each minute, that never goes back.

While the real clock is set back, the naive one stands still; when it is set forward, it jumps as well. A slot runs
while the naive clock of its zone shows a time from its beginning (included) to its end (excluded).
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import accumulate, pairwise
from typing import TypeAlias
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar import Closed, Duty, duties, duty_at, next_opening
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from cti_router.core.duty.calendar_proof import gaps, overlaps

WEEK = 7 * 1440  # minutes
ZONES = ("Europe/Paris", "America/New_York", "Indian/Reunion")
CHANGES = ("2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01", "2026-06-14")
"""Sundays on which the clock is changed, forward and back, in Paris and in New York; and one on which it is not."""

Span: TypeAlias = tuple[float, float, Slot]

sites = st.sampled_from(["caen", "rouen", "dieppe", "evreux"])
minutes_of_week = st.integers(0, WEEK - 1) | st.integers(6 * 1440, 6 * 1440 + 240)  # and often in the small hours


def slot(begins: int, ends: int, duty: str, backups: tuple[str, ...] = (), zone: str = "") -> Slot:
    """From one minute of the week to another."""
    start, end = (time(minute % 1440 // 60, minute % 60) for minute in (begins, ends))
    return Slot(begins // 1440 % 7, start, end, duty, backups, zone)


@st.composite
def weeks(draw: st.DrawFn, zones: tuple[str, ...] = ("",)) -> tuple[Slot, ...]:
    """Slots that do not overlap on the wall, some of them through midnight and from Sunday to Monday."""
    cuts = sorted(draw(st.sets(minutes_of_week, min_size=1, max_size=9)))
    found = []
    for begins, ends in pairwise((*cuts, cuts[0] + WEEK)):
        if ends - begins <= 1440 and draw(st.booleans()):
            duty, *backups = draw(st.lists(sites, min_size=1, max_size=3, unique=True))
            found.append(slot(begins, ends, duty, tuple(backups), draw(st.sampled_from(zones))))
    return tuple(sorted(found, key=lambda each: (each.weekday, each.start)))


@st.composite
def exceptional_days(draw: st.DrawFn) -> ExceptionalDay:
    begins, lasts = draw(st.integers(0, 1439)), draw(st.integers(1, 1440))
    slots = (slot(begins, begins + lasts, draw(sites)),) if draw(st.booleans()) else ()
    return ExceptionalDay("spécial", slots)


@dataclass(frozen=True)
class Days:
    """A calendar and the days to look at it: five around a Sunday."""

    calendar: Calendar
    first: date

    @property
    def begins(self) -> float:
        return datetime.combine(self.first, time(), UTC).timestamp()

    @property
    def ends(self) -> float:
        return self.begins + 5 * 86400


@st.composite
def some_days(draw: st.DrawFn, several_zones: bool = False) -> Days:
    sunday = date.fromisoformat(draw(st.sampled_from(CHANGES)))
    zones = ("", *ZONES) if several_zones else ("",)
    exceptions = draw(st.dictionaries(st.sampled_from([-1, 0, 1]), exceptional_days(), max_size=2))
    dated = {sunday + timedelta(days=ahead): day for ahead, day in exceptions.items()}
    calendar = Calendar(draw(st.sampled_from(ZONES)), draw(weeks(zones)), dated)
    assume(not overlaps(calendar))
    return Days(calendar, sunday - timedelta(days=2))


# the naive calendar


@cache
def _wall(zone: str, first: date) -> list[datetime]:
    """What the clock that never goes back shows, at each minute of nine days, two before `first`."""
    begins = datetime.combine(first - timedelta(days=2), time(), UTC)
    shown = (begins + timedelta(minutes=minute) for minute in range(9 * 1440))
    return list(accumulate((at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in shown), max))


def naive_spans(days: Days) -> list[Span]:
    """Each slot of each date with the instants from which and until which it runs."""
    found = []
    for ahead in range(-3, 9):
        day = days.first + timedelta(days=ahead)
        of_week = tuple(each for each in days.calendar.week if each.weekday == day.weekday())
        for each in days.calendar.exceptions[day].slots if day in days.calendar.exceptions else of_week:
            wall = _wall(each.timezone or days.calendar.timezone, days.first)
            start = datetime.combine(day, each.start)
            end = datetime.combine(day, each.end) + timedelta(days=each.end <= each.start)
            from_at, until_at = (days.begins + 60 * bisect_left(wall, local) - 2 * 86400 for local in (start, end))
            if from_at < until_at:
                found.append((from_at, until_at, each))
    return sorted(found, key=lambda span: span[:2])


def naive_sites(spans: list[Span], at: float, orders: CalendarOrders = NO_ORDERS) -> tuple[str, ...]:
    running = [each for from_at, until_at, each in spans if from_at <= at < until_at]
    assert len(running) <= 1
    if not running or any(closure.from_at <= at < closure.until_at for closure in orders.closures):
        return ()
    names = [running[0].duty, *running[0].backups]
    for swap in orders.swaps:
        if swap.from_at <= at < swap.until_at:
            names = [{swap.give: swap.take, swap.take: swap.give}.get(name, name) for name in names]
    return tuple(names)


# what holds


def sites_of(found: Duty | Closed) -> tuple[str, ...]:
    return (found.site, *found.backups) if isinstance(found, Duty) else ()


def instants(days: Days, spans: list[Span]) -> list[float]:
    """Each hour, and where a slot begins or ends, with the moment before."""
    edges = {edge for from_at, until_at, _ in spans for edge in (from_at, until_at)}
    edges = {edge for edge in edges if days.begins <= edge < days.ends}
    return sorted({days.begins + 3600 * n for n in range(120)} | edges | {edge - 0.001 for edge in edges})


@settings(max_examples=150, deadline=None)
@given(st.booleans().flatmap(some_days))
def test_at_every_instant_at_most_one_duty_and_the_naive_one(days: Days) -> None:
    spans = naive_spans(days)
    for at in instants(days, spans):
        assert sites_of(duty_at(days.calendar, at)) == naive_sites(spans, at), datetime.fromtimestamp(at, UTC)


@settings(max_examples=100, deadline=None)
@given(st.booleans().flatmap(some_days))
def test_the_next_opening_is_the_first_instant_with_a_duty(days: Days) -> None:
    spans = naive_spans(days)
    for at in instants(days, spans):
        openings = [max(at, from_at) for from_at, until_at, _ in spans if until_at > at]
        opening = next_opening(days.calendar, at)
        if openings and min(openings) < days.ends:
            assert opening == min(openings)
        else:
            assert opening is None or opening >= days.ends
        found = duty_at(days.calendar, at)
        assert isinstance(found, Duty) == (opening == at)
        assert isinstance(found, Duty) or found.until_at == opening


@st.composite
def orders_of(draw: st.DrawFn, days: Days) -> CalendarOrders:
    def span() -> tuple[float, float]:
        begins = days.begins + 60 * draw(st.integers(0, 5 * 1440))
        return begins, begins + 60 * draw(st.integers(-60, 2880))

    closures = [Closure(*span(), "helene", "alerte") for _ in range(draw(st.integers(0, 2)))]
    swaps = [DutySwap(*span(), "helene", draw(sites), draw(sites)) for _ in range(draw(st.integers(0, 3)))]
    return CalendarOrders(tuple(closures), tuple(swaps))


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_orders_are_carried_out_and_a_duty_lasts_as_long_as_it_is_the_same(data: st.DataObject) -> None:
    days = data.draw(st.booleans().flatmap(some_days))
    orders = data.draw(orders_of(days))
    calendar, spans = days.calendar, naive_spans(days)
    for at in sorted({*instants(days, spans)[::3], *orders.changes(days.begins, days.ends)}):
        found = duty_at(calendar, at, orders)
        assert sites_of(found) == naive_sites(spans, at, orders)
        if isinstance(found, Duty):
            assert found.from_at <= at < found.until_at
            assert (
                duty_at(calendar, found.from_at, orders) == duty_at(calendar, found.until_at - 0.001, orders) == found
            )
            assert found not in (
                duty_at(calendar, found.from_at - 0.001, orders), duty_at(calendar, found.until_at, orders),
            )  # fmt: skip
        elif found.until_at is not None:
            assert isinstance(duty_at(calendar, found.until_at - 0.001, orders), Closed)
            assert isinstance(duty_at(calendar, found.until_at, orders), Duty)


@settings(max_examples=100, deadline=None)
@given(st.booleans().flatmap(some_days))
def test_duties_follow_each_other_and_leave_nobody_out(days: Days) -> None:
    found = list(duties(days.calendar, days.begins, days.ends))
    assert all(before.until_at <= after.from_at for before, after in pairwise(found))
    naive = [(from_at, until_at) for from_at, until_at, _ in naive_spans(days)]
    inside = [span for span in naive if span[0] < days.ends and span[1] > days.begins]
    assert [(duty.from_at, duty.until_at) for duty in found] == inside


# the proof


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(minutes_of_week, st.integers(1, 1440)), max_size=5), st.sampled_from(ZONES))
def test_the_proof_finds_an_overlap_when_there_is_one(spans: list[tuple[int, int]], zone: str) -> None:
    week = tuple(slot(begins, begins + lasts, "caen", ()) for begins, lasts in sorted(spans))
    minutes = [minute % WEEK for begins, lasts in spans for minute in range(begins, begins + lasts)]
    assert bool(overlaps(Calendar(zone, week, {}))) == (len(set(minutes)) < len(minutes))


@settings(max_examples=100, deadline=None)
@given(weeks(), st.sampled_from(ZONES))
def test_a_gap_is_a_gap(week: tuple[Slot, ...], zone: str) -> None:
    calendar = Calendar(zone, week, {})
    for gap in gaps(calendar):
        from_at, until_at = gap.from_.timestamp(), gap.until.timestamp()
        before, after = duty_at(calendar, from_at - 0.001), duty_at(calendar, until_at)
        assert duty_at(calendar, from_at) == Closed(until_at, "")
        assert (isinstance(before, Duty) and before.slot) == gap.before
        assert (isinstance(after, Duty) and after.slot) == gap.after
