"""From the calendar's section to the core's calendar: holidays, exceptional days and swaps become dated days."""

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from cti_router.config import duty
from cti_router.core.configuration import Calendar, ExceptionalDay, SiteId, Slot


def build_calendar(timezone: str, calendar: duty.Calendar, site_names: dict[SiteId, str]) -> Calendar:
    """An exceptional day wins over a public holiday; a swap changes what both left. Days in order of date."""
    week = tuple(
        slot for weekday, name in enumerate(duty.DAYS) for slot in _slots(weekday, calendar.week.get(name, []))
    )
    holidays = calendar.holidays.days if calendar.holidays else {}
    days = {day: ExceptionalDay(name, ()) for day, name in holidays.items()}
    for day in calendar.exceptions:
        days[day.date] = ExceptionalDay(day.name, _slots(day.date.weekday(), day.slots or ()))
    for swap in calendar.swaps:
        name = f"échange {site_names[swap.give]} – {site_names[swap.take]}"
        before = days.get(swap.date) or ExceptionalDay(
            "", tuple(slot for slot in week if slot.weekday == swap.date.weekday())
        )
        days[swap.date] = ExceptionalDay(
            f"{before.name}, {name}" if before.name else name,
            tuple(_swapped(slot, {swap.give: swap.take, swap.take: swap.give}) for slot in before.slots),
        )
    return Calendar(timezone, week, MappingProxyType(dict(sorted(days.items()))))


def _swapped(slot: Slot, other: dict[SiteId, SiteId]) -> Slot:
    return replace(
        slot, duty=other.get(slot.duty, slot.duty), backups=tuple(other.get(site, site) for site in slot.backups)
    )


def _slots(weekday: int, slots: Iterable[duty.Slot]) -> tuple[Slot, ...]:
    return tuple(Slot(weekday, slot.start, slot.end, slot.duty, tuple(slot.backups)) for slot in slots)
