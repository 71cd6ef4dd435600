"""Whose a voice message is, and until when he has time for it: by the duty calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, SiteId
from cti_router.core.duty.calendar import Duty, beginning_on, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.identity import Instant

_LOOK_AHEAD_DAYS = 400
_DAY_S = 86_400.0


def site_that_owes(calendar: Calendar, at: Instant, orders: CalendarOrders = NO_ORDERS) -> SiteId | None:
    """The site on duty at an instant; outside the time slots the one that opens next. None when nobody ever does."""
    found = duty_at(calendar, at, orders)
    if not isinstance(found, Duty) and found.until_at is not None:
        found = duty_at(calendar, found.until_at, orders)
    return found.site if isinstance(found, Duty) else None


def owed_until(calendar: Calendar, at: Instant, working_days: int) -> Instant:
    """The end of the last time slot of the n-th working day after the day of an instant; 0: of the first from it on.

    A working day is one on which slots begin, as planned. Where there are none any more, as many days later.
    """
    today = datetime.fromtimestamp(at, ZoneInfo(calendar.timezone)).date()
    left = max(1, working_days)
    for ahead in range(0 if working_days == 0 else 1, _LOOK_AHEAD_DAYS):
        ends_at = _end_of(calendar, today + timedelta(days=ahead))
        if ends_at is not None and ends_at > at:
            left -= 1
            if left == 0:
                return ends_at
    return at + _DAY_S * max(1, working_days)


def _end_of(calendar: Calendar, day: date) -> Instant | None:
    return max((duty.until_at for duty in beginning_on(calendar, day)), default=None)
