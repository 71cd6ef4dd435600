"""From the calendar's section to the core's calendar: holidays, exceptional days and swaps become dated days."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from pydantic import ValidationInfo

from cti_router.config import duty
from cti_router.config.entry import reading
from cti_router.core.configuration import Calendar, ExceptionalDay, SiteId, Slot
from cti_router.core.duty.calendar_proof import overlaps, slot_in_words


def build_calendar(timezone: str, calendar: duty.Calendar, site_names: Mapping[SiteId, str]) -> Calendar:
    """An exceptional day wins over a public holiday; a swap changes what both left. Days in order of date."""
    before_swaps = _without_swaps(timezone, calendar)
    days = dict(before_swaps.exceptions)
    for swap in calendar.swaps:
        name = f"échange {site_names[swap.give]} – {site_names[swap.take]}"
        before = days.get(swap.date) or ExceptionalDay(
            "", tuple(slot for slot in before_swaps.week if slot.weekday == swap.date.weekday())
        )
        days[swap.date] = ExceptionalDay(
            f"{before.name}, {name}" if before.name else name,
            tuple(_swapped(slot, {swap.give: swap.take, swap.take: swap.give}) for slot in before.slots),
        )
    return Calendar(timezone, before_swaps.week, _in_order(days))


def slots_do_not_overlap(calendar: duty.Calendar, info: ValidationInfo) -> duty.Calendar:
    """The proof of the whole calendar: week, exceptional days and all time zones together."""
    service = info.data.get("service")  # None: something is wrong in it, which is no reason to hold back the rest
    timezone: str = service.timezone if service is not None else "UTC"
    every_day = [*calendar.week.values(), *(day.slots or [] for day in calendar.exceptions)]
    places = {str(slot.place()): slot.place() for slots in every_day for slot in slots}
    for overlap in overlaps(_without_swaps(timezone, calendar)):
        when = f" on {overlap.day}" if overlap.day else ""
        reading(info).report.add(
            places[overlap.later.place],
            f"the slot {slot_in_words(overlap.later)} overlaps the slot {slot_in_words(overlap.earlier)} in "
            f"{overlap.earlier.place}{when}: change one of them",
        )
    return calendar


def _without_swaps(timezone: str, calendar: duty.Calendar) -> Calendar:
    week = [slot for weekday, name in enumerate(duty.DAYS) for slot in _slots(weekday, calendar.week.get(name, []))]
    holidays = calendar.holidays.days if calendar.holidays else {}
    days = {day: ExceptionalDay(name, ()) for day, name in holidays.items()}
    for day in calendar.exceptions:
        days[day.date] = ExceptionalDay(day.name, _slots(day.date.weekday(), day.slots or ()))
    return Calendar(timezone, tuple(week), _in_order(days))


def _in_order(days: Mapping[date, ExceptionalDay]) -> Mapping[date, ExceptionalDay]:
    return MappingProxyType(dict(sorted(days.items())))


def _swapped(slot: Slot, other: dict[SiteId, SiteId]) -> Slot:
    return replace(
        slot, duty=other.get(slot.duty, slot.duty), backups=tuple(other.get(site, site) for site in slot.backups)
    )


def _slots(weekday: int, slots: Iterable[duty.Slot]) -> tuple[Slot, ...]:
    return tuple(
        Slot(weekday, slot.start, slot.end, slot.duty, tuple(slot.backups), slot.timezone or "", str(slot.place()))
        for slot in sorted(slots, key=lambda slot: slot.start)
    )
