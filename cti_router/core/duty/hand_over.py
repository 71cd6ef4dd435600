"""At the change of duty, and at closing time: who serves those who wait."""

from dataclasses import dataclass

from cti_router.core.configuration import AtClose, Configuration, Drain
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.identity import Instant


@dataclass(frozen=True, slots=True)
class Kept:
    """The site that left duty keeps those who came before, until they are served or `until_at` (None: for ever)."""

    duty: Duty
    until_at: Instant | None


def duty_for(
    configuration: Configuration,
    arrived_at: Instant,
    waits_since_at: Instant,
    now: Instant,
    present: Duty | Closed,
    orders: CalendarOrders = NO_ORDERS,
) -> Duty | Kept | Closed:
    """Whose a ticket is now: of the duty that is `present`, or of its former one. Closed: nobody's, dismiss it.

    Whoever waits when the service closes, by its slots or by order, is served as he was promised when he came, unless
    `at_close` says otherwise, and so is one who is transferred after that; never by a site that is closed by order now.
    """
    rules = configuration.rules
    if isinstance(present, Closed):
        former = None if rules.at_close is AtClose.DISMISS else _former(configuration, arrived_at, now, orders)
        return Kept(former, None) if former else present
    if rules.drain is Drain.STAY and waits_since_at < present.from_at:
        former = _former(configuration, waits_since_at, now, orders)
        if former is not None:
            until_at = None if rules.drain_for_s is None else former.until_at + rules.drain_for_s
            if until_at is None or now < until_at:
                return Kept(former, until_at)
    return present


def _former(configuration: Configuration, at: Instant, now: Instant, orders: CalendarOrders) -> Duty | None:
    """The duty of an instant that is past, as far as its sites are not closed now."""
    former = duty_at(configuration.calendar, at, orders)
    return former.leaving_out(orders.closed_sites(now)) if isinstance(former, Duty) else None
