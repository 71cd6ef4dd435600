"""The duty calendar as people read it: the preview of some days, and its words for days and hours."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from cti_router.core.configuration import Calendar, Configuration
from cti_router.core.duty.calendar import Closed, Duty, duties, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.duty.calendar_proof import answers_by_night
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def hours(from_at: Instant, until_at: Instant, zone: ZoneInfo) -> str:
    """ "08:30–12:30"; the midnight that ends a day is 24:00."""
    from_, until = (f"{datetime.fromtimestamp(at, zone):%H:%M}" for at in (from_at, until_at))
    return f"{from_}–{'24:00' if until == '00:00' else until}"


def preview(configuration: Configuration, first: date, days: int, orders: CalendarOrders = NO_ORDERS) -> str:
    """Day by day, from midnight to midnight of the calendar's local time: who answers for all, and when nobody does.

    Where nobody answers by night, the hours before a day's first slot and after its last one are left out.
    """
    by_night = answers_by_night(configuration.calendar)
    dates = [first + timedelta(days=ahead) for ahead in range(days)]
    tables = [(day, list(_rows(configuration, day, by_night, orders))) for day in dates]
    width = max((len(row.who) for _, rows in tables for row in rows), default=0)
    lines = [
        f"Tour d’accueil du {_dated(dates[0])} au {_dated(dates[-1])} (heures : {configuration.calendar.timezone})"
    ]
    for day, rows in tables:
        exception = configuration.calendar.exceptions.get(day)
        lines += ["", _dated(day) + (f", {exception.name}" if exception else "")]
        lines += [f"  {row.hours:11}  {row.who:{width}}  {row.notes}".rstrip() for row in rows]
    return "\n".join(lines)


def notes(configuration: Configuration, duty: Duty) -> Iterator[str]:
    """ "renforts : Caen, Le Havre", "échange Caen – Dieppe (helene)"."""
    sites = configuration.sites
    if duty.backups:
        yield f"renforts : {', '.join(sites[site].name for site in duty.backups)}"
    if duty.without:
        yield f"fermé par ordre : {', '.join(sites[site].name for site in duty.without)}"
    for swap in duty.swaps:
        yield f"échange {sites[swap.give].name} – {sites[swap.take].name} ({swap.author})"


@dataclass(frozen=True, slots=True)
class _Row:
    hours: str
    who: str
    notes: str = ""


def _rows(configuration: Configuration, day: date, by_night: bool, orders: CalendarOrders) -> Iterator[_Row]:
    zone = ZoneInfo(configuration.calendar.timezone)
    begins, ends = (instant_of(date_, time(0), zone) for date_ in (day, day + timedelta(days=1)))
    spans = list(_spans(configuration.calendar, begins, ends, orders))
    for from_at, until_at, found in spans:
        shown = hours(from_at, until_at, zone)
        if isinstance(found, Duty):
            yield _Row(shown, configuration.sites[found.site].name, " ; ".join(notes(configuration, found)))
        elif found.closure is not None:
            yield _Row(shown, "fermé", f"{found.closure.notice} ({found.closure.author})")
        elif len(spans) == 1:
            yield _Row(shown, "fermé")
        elif by_night or (begins < from_at and until_at < ends):
            yield _Row(shown, "personne")


def _spans(
    calendar: Calendar, begins: Instant, ends: Instant, orders: CalendarOrders
) -> Iterator[tuple[Instant, Instant, Duty | Closed]]:
    """What follows each other between two instants without a gap."""
    edges = {begins, *orders.changes(begins, ends), ends}
    for duty in duties(calendar, begins, ends, orders):
        edges |= {max(begins, duty.from_at), min(duty.until_at, ends)}
    for found, parts in groupby(pairwise(sorted(edges)), lambda part: duty_at(calendar, part[0], orders)):
        (from_at, until_at), *more = parts
        yield from_at, more[-1][1] if more else until_at, found


def _dated(day: date) -> str:
    return f"{DAYS[day.weekday()]} {day:%d/%m/%Y}"
