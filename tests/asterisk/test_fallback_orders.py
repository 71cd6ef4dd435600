"""What is ordered over the calendar, as lines for the fallback's dialplan."""

from cti_router.asterisk.fallback_orders import order_lines
from cti_router.core.calendar_orders import NO_ORDERS, CalendarOrders, Closure, DutySwap


def test_swaps_come_first_then_closed_sites_then_closures_the_one_over_last_at_the_end() -> None:
    orders = CalendarOrders(
        (
            Closure(100.7, 200.2, "helene", "feu", ("cti/feu", "cti/au-revoir")),
            Closure(0.0, 50.0, "helene", "eau", (), "caen"),
            Closure(0.0, 150.0, "helene", "grève"),
        ),
        (DutySwap(1.0, 2.0, "helene", "caen", "saint-lo"), DutySwap(0.0, 9.0, "helene", "saint-lo", "rouen")),
    )
    assert order_lines(orders) == [
        "swap:1:2:caen:saint-lo:",
        "swap:0:9:saint-lo:rouen:",
        "swap:0:50:caen::",
        "close:0:150:::",
        "close:100:201:::cti/feu&cti/au-revoir",
    ]
    assert order_lines(NO_ORDERS) == []
