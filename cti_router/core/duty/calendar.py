"""The duty calendar: which site answers for all at an instant, and until when.

A slot belongs to the day on which it begins, in its own time zone: that day decides whether it runs, to its end past
midnight. Its times become instants by `wall_clock.instant_of`. Orders win over exceptional days, these over the week.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, SiteId, Slot
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant

_LOOK_AHEAD_DAYS = 400
_DAY_S = 86_400
_FIRST_DAY = date(1970, 1, 1)
_DAYS_AROUND = range(-2, 2)
"""A slot that runs on a day of UTC began on one of these, counted from it: zones reach from UTC−12 to UTC+14."""


@dataclass(frozen=True, slots=True)
class Duty:
    """`site` answers for all from `from_at` (included) to `until_at` (excluded); `backups` help, in order.

    `name` is that of the exceptional day the slot belongs to, else "". `swaps` are the orders that changed its sites;
    those in `without` are closed by order, and serve nobody.
    """

    site: SiteId
    backups: tuple[SiteId, ...]
    slot: Slot
    from_at: Instant
    until_at: Instant
    name: str = ""
    swaps: tuple[DutySwap, ...] = ()
    without: tuple[SiteId, ...] = ()

    def leaving_out(self, closed: tuple[SiteId, ...]) -> "Duty | None":
        """The same without these sites: the first of its backups stands in. None when nobody is left."""
        if not closed:
            return self
        left = [site for site in (self.site, *self.backups) if site not in closed]
        if not left:
            return None
        without = tuple(dict.fromkeys(self.without + closed))
        return replace(self, site=left[0], backups=tuple(left[1:]), without=without)


@dataclass(frozen=True, slots=True)
class Closed:
    """Nobody is on duty until `until_at`, the next opening (None: no slot within 400 days).

    Why: by order (`closure`), or on an exceptional day without slots (`name`, else ""), or it is just between slots.
    """

    until_at: Instant | None
    name: str
    closure: Closure | None = None

    @property
    def because(self) -> str:
        """The order's notice or the day's name; "" between slots."""
        return self.closure.notice if self.closure else self.name

    def sounds(self, of_number: tuple[str, ...]) -> tuple[str, ...]:
        """What a caller hears of it: the order's own sounds, else those of the number he dialled."""
        return (self.closure.sounds if self.closure else ()) or of_number


def duty_at(calendar: Calendar, at: Instant, orders: CalendarOrders = NO_ORDERS) -> Duty | Closed:
    """Who is on duty at an instant. Slots are half-open: at 12:30 the slot until 12:30 is over."""
    if (closure := orders.closure_at(at)) is not None:
        return Closed(next_opening(calendar, at, orders), "", closure)
    duty = _planned(calendar, at)
    if duty is None:
        return Closed(next_opening(calendar, at, orders), _closed_day(calendar, at))
    if not (orders.closures or orders.swaps):
        return duty
    ordered = _as_ordered(duty, at, orders)
    if ordered is None:
        return Closed(next_opening(calendar, at, orders), "", orders.closure_of(_places(duty, at, orders), at))
    return ordered


def next_opening(calendar: Calendar, at: Instant, orders: CalendarOrders = NO_ORDERS) -> Instant | None:
    """The first instant from `at` on at which somebody is on duty; None when there is none within 400 days."""
    while (duty := _first_from(calendar, at)) is not None:
        at = max(at, duty.from_at)
        if (closure := orders.closure_at(at)) is not None:
            at = closure.until_at
        elif set(_places(duty, at, orders)) <= set(orders.closed_sites(at)):
            at = next(iter(orders.changes(at, duty.until_at)), duty.until_at)
        else:
            return at
    return None


def duties(
    calendar: Calendar, from_at: Instant, until_at: Instant, orders: CalendarOrders = NO_ORDERS
) -> Iterator[Duty]:
    """Every duty that runs between two instants, in order, each from its very beginning to its end."""
    at: Instant | None = from_at
    while at is not None and at < until_at:
        found = duty_at(calendar, at, orders)
        if isinstance(found, Duty):
            yield found
        at = found.until_at


def slots_on(calendar: Calendar, day: date) -> tuple[Slot, ...]:
    """The slots that begin on a day, in order: an exceptional day's own, else those of the week."""
    exception = calendar.exceptions.get(day)
    if exception is not None:
        return exception.slots
    return tuple(slot for slot in calendar.week if slot.weekday == day.weekday())


def beginning_on(calendar: Calendar, day: date) -> Iterator[Duty]:
    """The duties that begin on a day, as planned. A slot that lies in an hour that never comes is none."""
    exception = calendar.exceptions.get(day)
    for slot in slots_on(calendar, day):
        zone = ZoneInfo(slot.timezone or calendar.timezone)
        last_day = day if slot.end > slot.start else day + timedelta(days=1)
        from_at, until_at = instant_of(day, slot.start, zone), instant_of(last_day, slot.end, zone)
        if from_at < until_at:
            yield Duty(slot.duty, slot.backups, slot, from_at, until_at, exception.name if exception else "")


def _planned(calendar: Calendar, at: Instant) -> Duty | None:
    planned = _running_on(calendar, int(at // _DAY_S))
    last = bisect_right(planned, at, key=_from_at) - 1
    return planned[last] if last >= 0 and at < planned[last].until_at else None


def _first_from(calendar: Calendar, at: Instant) -> Duty | None:
    """The duty planned at an instant, or the first one after it."""
    today = int(at // _DAY_S)
    for day in range(today, today + _LOOK_AHEAD_DAYS):
        for duty in _running_on(calendar, day):
            if duty.until_at > at:
                return duty
    return None


def _running_on(calendar: Calendar, day: int) -> tuple[Duty, ...]:
    """The duties planned for some time of a day of UTC, counted from 1970, in order. Worked out once."""
    found: tuple[Duty, ...] | None = calendar.prepared.get(day)
    if found is None:
        begins, ends = day * _DAY_S, (day + 1) * _DAY_S
        dates = [_FIRST_DAY + timedelta(days=day + ahead) for ahead in _DAYS_AROUND]
        near = [duty for date_ in dates for duty in beginning_on(calendar, date_)]
        found = tuple(sorted((duty for duty in near if duty.from_at < ends and duty.until_at > begins), key=_from_at))
        calendar.prepared[day] = found
    return found


def _from_at(duty: Duty) -> Instant:
    return duty.from_at


def _closed_day(calendar: Calendar, at: Instant) -> str:
    exception = calendar.exceptions.get(datetime.fromtimestamp(at, ZoneInfo(calendar.timezone)).date())
    return exception.name if exception and not exception.slots else ""


def _places(duty: Duty, at: Instant, orders: CalendarOrders) -> tuple[SiteId, ...]:
    """Who stands in a planned duty's places at an instant, closed or not."""
    return orders.swapped((duty.site, *duty.backups), at)[0]


def _as_ordered(duty: Duty, at: Instant, orders: CalendarOrders) -> Duty | None:
    """What orders make of a duty at an instant when they do not close the service: its sites, since and until when.

    None when each of its sites is closed.
    """
    planned = (duty.site, *duty.backups)

    def ordered(when: Instant) -> tuple[Closure | None, tuple[DutySwap, ...], tuple[SiteId, ...]]:
        return orders.closure_at(when), orders.swapped(planned, when)[1], orders.closed_sites(when)

    now = ordered(at)
    from_at, until_at = duty.from_at, duty.until_at
    for begins, ends in pairwise((from_at, *orders.changes(from_at, until_at), until_at)):
        if ordered(begins) == now:
            continue
        if ends <= at:
            from_at = ends
        else:
            until_at = min(until_at, begins)
    (site, *backups), swaps = orders.swapped(planned, at)
    found = replace(duty, site=site, backups=tuple(backups), from_at=from_at, until_at=until_at, swaps=swaps)
    return found.leaving_out(now[2])
