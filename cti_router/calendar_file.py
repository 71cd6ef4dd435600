"""The duty calendar as an iCalendar file (RFC 5545), for the calendars on people's desks.

Instants are in UTC, so that each program shows them in its own local time. An event keeps its UID as long as it begins
at the same instant: to import a newer file changes it, and makes no second one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Configuration
from cti_router.core.duty.calendar import duties
from cti_router.core.duty.calendar_in_french import notes
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Event:
    """From an instant, or a whole day, to another (excluded). `kind` tells apart what begins together."""

    kind: str
    starts: datetime | date
    ends: datetime | date
    summary: str
    notes: tuple[str, ...] = ()
    location: str = ""


def calendar_file(
    configuration: Configuration, service: str, first: date, days: int, now: Instant, orders: CalendarOrders = NO_ORDERS
) -> bytes:
    """The duties that run on some days of the calendar's local time, and when it is closed by exception or by order.

    `service` is its name; `now` is when the file is made.
    """
    import icalendar  # here: a fifth of a second that only those pay who write one

    file = icalendar.Calendar()
    file.add("prodid", "-//cti_router//duty calendar//FR")
    file.add("version", "2.0")
    file.add("x-wr-calname", service)
    for told in _events(configuration, first, days, orders):
        event = icalendar.Event()
        event.add("uid", str(uuid5(NAMESPACE_URL, f"cti-router:{service}:{told.kind}:{told.starts.isoformat()}")))
        event.add("dtstamp", datetime.fromtimestamp(now, UTC))
        event.add("dtstart", told.starts)
        event.add("dtend", told.ends)
        event.add("summary", told.summary)
        event.add("transp", "TRANSPARENT")  # a duty of the site makes nobody busy
        for key, text in (("description", "\n".join(told.notes)), ("location", told.location)):
            if text:
                event.add(key, text)
        file.add_component(event)
    written: bytes = file.to_ical()
    return written


def _events(configuration: Configuration, first: date, days: int, orders: CalendarOrders) -> Iterator[_Event]:
    calendar, zone = configuration.calendar, ZoneInfo(configuration.calendar.timezone)
    begins, ends = (instant_of(day, time(0), zone) for day in (first, first + days * _DAY))
    for duty in duties(calendar, begins, ends, orders):
        name = configuration.sites[duty.site].name
        special = (duty.name,) if duty.name else ()
        told = (*notes(configuration, duty), *special)
        yield _Event("duty", _utc(duty.from_at), _utc(duty.until_at), f"Permanence : {name}", told, name)
    for closure in orders.closures:
        if closure.from_at < ends and begins < closure.until_at:
            span = _utc(closure.from_at), _utc(closure.until_at)
            site = configuration.sites[closure.site].name if closure.site else ""
            summary = f"{site} fermé : {closure.notice}" if site else f"Fermé : {closure.notice}"
            yield _Event(
                f"closure {closure.site}" if site else "closure", *span, summary, (f"par {closure.author}",), site
            )
    for day, exception in calendar.exceptions.items():
        if first <= day < first + days * _DAY and not exception.slots:
            yield _Event("closed", day, day + _DAY, f"Fermé : {exception.name}")


def _utc(at: Instant) -> datetime:
    return datetime.fromtimestamp(at, UTC)
