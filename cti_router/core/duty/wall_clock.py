"""From the clock on the wall to instants, on the two days as well on which it is changed."""

from bisect import bisect_left
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from cti_router.core.identity import Instant


def in_numbers(at: Instant, zone: ZoneInfo) -> str:
    """As a person of any language reads it: 2026-11-23 14:00."""
    return f"{datetime.fromtimestamp(at, zone):%Y-%m-%d %H:%M}"


def instant_of(day: date, of_day: time, zone: ZoneInfo) -> Instant:
    """The first instant at which the clock on the wall shows this time, or a later one.

    A time that comes twice (the clock is set back) is meant when it comes first; one that never comes (it is set
    forward) is the instant of the change. So a later time is never an earlier instant: spans that adjoin on the wall
    adjoin in reality, and those that do not overlap there never do.
    """
    local = datetime.combine(day, of_day)
    # PEP 495: the two readings differ where the time comes twice, and stand the wrong way round where it never comes.
    first, second = (local.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1))
    if first <= second:
        return first
    from_second_s = bisect_left(range(int(second), int(first)), local, key=lambda at: _shown(at, zone))
    return second + from_second_s


def _shown(at: Instant, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(at, zone).replace(tzinfo=None)
