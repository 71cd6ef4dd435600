"""Who is on duty: the calendar, with what is ordered over it."""

from cti_router.core.configuration import Configuration
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.identity import Instant

OPEN_AT_MOST_S = 8 * 86_400.0
"""A service that does not close for longer than this never does."""


class Duties:
    """`ordered` are the orders that are not over, and those over lately: whoever waits may have come under them."""

    def __init__(self, configuration: Configuration) -> None:
        self._calendar = configuration.calendar
        self._last: Duty | None = None
        self.ordered: CalendarOrders = NO_ORDERS

    def configure(self, configuration: Configuration) -> None:
        self._calendar, self._last = configuration.calendar, None

    def order(self, ordered: CalendarOrders) -> None:
        self.ordered, self._last = ordered, None

    def at(self, at: Instant) -> Duty | Closed:
        """As `calendar.duty_at`. The last duty is kept: it is the same from its beginning to its end."""
        last = self._last
        if last is not None and last.from_at <= at < last.until_at:
            return last
        found = duty_at(self._calendar, at, self.ordered)
        if isinstance(found, Duty):
            self._last = found
        return found

    def opens_at(self, now: Instant) -> Instant | None:
        """When the service opens next, after it has closed where it is open now; None: not in sight."""
        found, until_at = self.at(now), now + OPEN_AT_MOST_S
        while isinstance(found, Duty) and found.until_at < until_at:
            found = self.at(found.until_at)
        return None if isinstance(found, Duty) else found.until_at
