"""What is allowed in a duty calendar but is probably not meant, told to administrators; each says what to do."""

from collections.abc import Iterator
from datetime import time, timedelta

from cti_router.core.configuration import Calendar, Slot
from cti_router.core.duty.calendar_proof import DAYS, Gap, gaps, slot_in_words

_LONG_NIGHT_S = 12 * 3600.0


def calendar_remarks(calendar: Calendar) -> Iterator[str]:
    yield from _gaps(calendar)
    open_days = {slot.weekday for slot in calendar.week}
    if closed := [name for day, name in enumerate(DAYS) if day not in open_days]:
        yield f"no slot on {', '.join(closed)}: closed all day; add slots if that is not meant"
    for slot in calendar.week:
        if time(0) < slot.end <= slot.start and slot.length_s > _LONG_NIGHT_S:
            yield (
                f"the slot {slot_in_words(slot)}{_lines(slot)} lasts {slot.length_s / 3600:g} h, into the next day: "
                "correct its times if that is not meant"
            )


def _gaps(calendar: Calendar) -> Iterator[str]:
    """Those of the same hours together."""
    days: dict[str, list[str]] = {}
    for gap in gaps(calendar):
        hours, day = _in_words(gap)
        days.setdefault(hours, []).append(f"{day}{_lines(gap.before, gap.after)}")
    for hours, on in days.items():
        yield (
            f"nobody is on duty from {hours}{', '.join(on)}: callers hear that the service is closed; extend a slot if "
            "that is not meant"
        )


def _in_words(gap: Gap) -> tuple[str, str]:
    """ "12:30 to 13:30 on ", "monday"; through midnight the hours have their days, and the rest is nothing."""
    last_day = (gap.until - timedelta(microseconds=1)).date()
    if gap.from_.date() == last_day:
        until = f"{gap.until:%H:%M}" if gap.until.date() == last_day else "24:00"
        others = " and days like it" if len(gap.days) > 1 else ""
        return f"{gap.from_:%H:%M} to {until} on ", (
            str(gap.days[0]) if gap.days else DAYS[last_day.weekday()]
        ) + others
    from_, until = (
        f"{at:%Y-%m-%d %H:%M}" if gap.days else f"{DAYS[at.weekday()]} {at:%H:%M}" for at in (gap.from_, gap.until)
    )
    return f"{from_} to {until}", ""


def _lines(*slots: Slot) -> str:
    """Where they are written: " (calendar.yaml:10, 11)"."""
    lines: dict[str, list[str]] = {}
    for slot in slots:
        file, _, line = slot.place.rpartition(":")[0].rpartition(":")
        lines.setdefault(file, []).append(line)
    told = ", ".join(f"{file}:{', '.join(numbers)}" for file, numbers in lines.items() if file)
    return f" ({told})" if told else ""
