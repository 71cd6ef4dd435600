"""How a calendar's oddities are told to administrators."""

from dataclasses import replace
from datetime import date, time

import pytest

from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar_proof import slot_in_words
from cti_router.core.duty.calendar_remarks import calendar_remarks

MEANT = ": callers hear that the service is closed; extend a slot if that is not meant"
WEEK = tuple(
    Slot(day, time(start), time(end), "caen", (), place=f"calendar.yaml:{10 + 2 * day + (start > 8)}:9")
    for day in range(7)
    for start, end in ((8, 12), (12, 17))
)
NIGHTS = tuple(Slot(day, time(17), time(8), "caen", ()) for day in range(7))


def said(*slots: Slot, days: dict[date, ExceptionalDay] | None = None) -> list[str]:
    return list(calendar_remarks(Calendar("Europe/Paris", slots, days or {})))


def test_nothing_to_say() -> None:
    assert said(*WEEK) == []


def test_a_gap_is_told_by_its_hours_its_days_and_the_lines_around_it() -> None:
    late = [replace(slot, start=time(12, 15)) if slot.weekday < 2 and slot.start.hour == 12 else slot for slot in WEEK]
    assert said(*late) == [
        f"nobody is on duty from 12:00 to 12:15 on monday (calendar.yaml:10, 11), tuesday (calendar.yaml:12, 13){MEANT}"
    ]


def test_slots_of_nowhere_have_no_lines() -> None:
    early = replace(WEEK[0], end=time(11, 30), place="")
    assert said(early, *WEEK[1:]) == [f"nobody is on duty from 11:30 to 12:00 on monday (calendar.yaml:11){MEANT}"]


def test_a_gap_through_midnight_has_two_days() -> None:
    nights = [replace(slot, end=time(7)) if slot.weekday == 0 else slot for slot in NIGHTS if slot.weekday != 4]
    assert said(*WEEK, *nights)[:2] == [
        f"nobody is on duty from 07:00 to 08:00 on tuesday (calendar.yaml:12){MEANT}",
        f"nobody is on duty from friday 17:00 to saturday 08:00 (calendar.yaml:19, 20){MEANT}",
    ]


def test_the_end_of_a_day_is_24_00() -> None:
    around = [replace(slot, start=time(0), end=time(0)) for slot in WEEK[::2]]
    assert said(replace(around[0], end=time(22)), *around[1:]) == [
        f"nobody is on duty from 22:00 to 24:00 on monday (calendar.yaml:10, 12){MEANT}"
    ]


def test_a_gap_of_an_exceptional_day_has_its_date() -> None:
    slots = (replace(WEEK[0], place="calendar.yaml:40:9"), replace(WEEK[1], start=time(14), place="calendar.yaml:41:9"))
    assert said(*WEEK, days={date(2026, 12, 7): ExceptionalDay("spécial", slots)}) == [
        f"nobody is on duty from 12:00 to 14:00 on 2026-12-07 (calendar.yaml:40, 41){MEANT}"
    ]


def test_a_gap_in_summer_only_has_its_first_date() -> None:
    reunion = Slot(0, time(15), time(16), "caen", (), "Indian/Reunion", "calendar.yaml:30:9")
    assert said(WEEK[0], reunion)[0] == (
        f"nobody is on duty from 12:00 to 13:00 on 2026-03-30 and days like it (calendar.yaml:10, 30){MEANT}"
    )


def test_days_without_a_slot() -> None:
    assert said(*WEEK[:10]) == ["no slot on saturday, sunday: closed all day; add slots if that is not meant"]


def test_a_long_slot_into_the_next_day_is_perhaps_a_slip() -> None:
    slip = replace(WEEK[0], end=time(7))
    assert said(slip)[-1] == (
        "the slot monday 08:00–07:00 (calendar.yaml:10) lasts 23 h, into the next day: correct its times if that is "
        "not meant"
    )
    assert [text for text in said(*WEEK, *(replace(slot, start=time(20)) for slot in NIGHTS)) if "lasts" in text] == []
    assert [text for text in said(replace(WEEK[0], end=time(0))) if "lasts" in text] == []  # it ends with the day


@pytest.mark.parametrize(
    ("slot", "words"),
    [
        (Slot(0, time(8, 30), time(12, 30), "caen", ()), "monday 08:30–12:30"),
        (Slot(6, time(22), time(0), "caen", ()), "sunday 22:00–24:00"),
        (Slot(4, time(22), time(6), "caen", (), "Indian/Reunion"), "friday 22:00–06:00 Indian/Reunion"),
    ],
)
def test_a_slot_is_told(slot: Slot, words: str) -> None:
    assert slot_in_words(slot) == words
