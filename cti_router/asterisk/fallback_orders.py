"""What is ordered over the calendar, as the fallback's dialplan reads it from its PBX's own database.

A line is `kind:from:until:give:take:sounds`, times in whole seconds. The dialplan carries the lines out one after the
other on the sites of the calendar: `swap` exchanges `give` and `take` (nothing to take: `give` is closed), `close`
leaves nobody. What is known only to a router when it is said is left out.
"""

from math import ceil, floor

from cti_router.core.configuration import SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.heard import without_values


def order_lines(orders: CalendarOrders) -> list[str]:
    """Swaps first, in their order; what closes after them, and of that last what is over last."""
    closures = sorted(orders.closures, key=lambda closure: (closure.site is None, closure.until_at))
    return [
        *(_line("swap", swap, swap.give, swap.take) for swap in orders.swaps),
        *(
            _line("swap" if closure.site else "close", closure, closure.site or "", "", closure.sounds)
            for closure in closures
        ),
    ]


def _line(kind: str, order: Closure | DutySwap, give: SiteId, take: SiteId, sounds: tuple[str, ...] = ()) -> str:
    return ":".join(
        (kind, str(floor(order.from_at)), str(ceil(order.until_at)), give, take, "&".join(without_values(sounds)))
    )
