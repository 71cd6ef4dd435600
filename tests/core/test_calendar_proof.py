"""Slots that overlap, and gaps between them: in the week, around midnight and exceptional days, across time zones."""

from dataclasses import replace
from datetime import date, time

from cti_router.core.configuration import Calendar, ExceptionalDay, Slot
from cti_router.core.duty.calendar_proof import Overlap, gaps, overlaps

MORNING = Slot(0, time(8), time(12), "caen", (), place="calendar.yaml:10:9")
AFTERNOON = Slot(0, time(13), time(17), "rouen", (), place="calendar.yaml:11:9")
NIGHT = Slot(6, time(22), time(6), "dieppe", (), place="calendar.yaml:20:9")  # Sunday to Monday
REUNION = Slot(0, time(15), time(16), "saint-denis", (), "Indian/Reunion", "calendar.yaml:30:9")


def calendar(*slots: Slot, **days: tuple[Slot, ...]) -> Calendar:
    """`_2026_12_24=slots` is an exceptional day."""
    dated = {date.fromisoformat(day[1:].replace("_", "-")): ExceptionalDay("spécial", on) for day, on in days.items()}
    return Calendar("Europe/Paris", slots, dated)


# overlaps


def test_slots_that_meet_do_not_overlap() -> None:
    assert overlaps(calendar(MORNING, AFTERNOON, replace(NIGHT, end=time(8)))) == ()


def test_two_slots_of_a_day_overlap_every_week() -> None:
    early = replace(AFTERNOON, start=time(11, 59))
    assert overlaps(calendar(MORNING, early)) == (Overlap(MORNING, early, None),)


def test_the_night_of_sunday_reaches_into_monday() -> None:
    late = replace(NIGHT, end=time(8, 1))
    assert overlaps(calendar(MORNING, AFTERNOON, late)) == (Overlap(late, MORNING, None),)


def test_a_long_slot_overlaps_with_each_it_covers() -> None:
    all_day = Slot(0, time(7), time(20), "evreux", ())
    assert overlaps(calendar(all_day, MORNING, AFTERNOON)) == (
        Overlap(all_day, MORNING, None), Overlap(all_day, AFTERNOON, None),
    )  # fmt: skip


def test_the_night_before_an_exceptional_day_overlaps_with_its_slots() -> None:
    early = Slot(0, time(5), time(7), "caen", ())
    assert overlaps(calendar(NIGHT, _2026_11_30=(early,))) == (Overlap(NIGHT, early, date(2026, 11, 30)),)


def test_the_night_of_an_exceptional_day_overlaps_with_the_day_after() -> None:
    vigil = Slot(6, time(23), time(9), "caen", ())
    assert overlaps(calendar(MORNING, _2026_11_29=(vigil,))) == (Overlap(vigil, MORNING, date(2026, 11, 30)),)


def test_a_closed_day_s_slots_overlap_with_nothing() -> None:
    vigil = Slot(6, time(23), time(9), "caen", ())
    assert overlaps(calendar(MORNING, _2026_11_29=(vigil,), _2026_11_30=())) == ()


def test_two_zones_overlap_in_winter_only() -> None:
    # 15:00 at Réunion is 12:00 in Paris, and 13:00 in summer.
    before_noon = replace(MORNING, end=time(12, 30))
    (found,) = overlaps(calendar(before_noon, REUNION))
    assert (found.earlier, found.later, found.day) == (before_noon, REUNION, None)  # an ordinary week is in January
    in_summer = replace(MORNING, start=time(13, 30), end=time(14))
    (found,) = overlaps(calendar(in_summer, REUNION))
    assert (found.earlier, found.later, found.day) == (REUNION, in_summer, date(2026, 3, 30))
    assert overlaps(calendar(MORNING, AFTERNOON, replace(REUNION, end=time(16)), NIGHT)) == (
        Overlap(REUNION, AFTERNOON, date(2026, 3, 30)),
    )


def test_two_zones_that_change_their_clocks_on_other_days_overlap_in_between() -> None:
    new_york = Slot(0, time(8), time(10), "evreux", (), "America/New_York")  # 14:00 in Paris, but 13:00 in between
    paris = Slot(0, time(13), time(14), "caen", ())
    assert overlaps(calendar(paris, new_york)) == (Overlap(paris, new_york, date(2026, 3, 9)),)


def test_two_zones_overlap_in_the_hour_that_comes_twice_and_on_no_other_day() -> None:
    small_hours = Slot(6, time(2, 45), time(3, 15), "caen", ())  # half an hour; on that Sunday an hour and a half
    elsewhere = Slot(6, time(5, 20), time(5, 40), "saint-denis", (), "Indian/Reunion")
    assert overlaps(calendar(small_hours, elsewhere)) == (Overlap(small_hours, elsewhere, date(2026, 10, 25)),)


def test_a_day_of_another_date_elsewhere_is_looked_at() -> None:
    kiribati = Slot(1, time(0), time(1), "evreux", (), "Pacific/Kiritimati")  # UTC+14: Monday at 11:00 in Paris
    assert overlaps(calendar(MORNING, kiribati)) == (Overlap(MORNING, kiribati, None),)


# gaps


def told(calendar: Calendar) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (f"{gap.from_:%a %H:%M}", f"{gap.until:%a %H:%M}", tuple(str(day) for day in gap.days))
        for gap in gaps(calendar)
    ]


def test_a_lunch_break_is_a_gap_with_the_slots_around_it() -> None:
    (gap,) = gaps(calendar(MORNING, AFTERNOON))
    assert (gap.before.place, gap.after.place, gap.days) == (MORNING.place, AFTERNOON.place, ())
    assert told(calendar(MORNING, AFTERNOON)) == [("Mon 12:00", "Mon 13:00", ())]


def test_nights_and_days_without_slots_are_no_gaps() -> None:
    tuesday = replace(MORNING, weekday=1)
    assert told(calendar(MORNING, tuesday)) == []
    assert told(calendar(replace(MORNING, end=time(0)), tuesday)) == []


def test_who_answers_by_night_has_gaps_by_night() -> None:
    friday = Slot(4, time(22), time(6), "caen", ())
    assert told(calendar(MORNING, AFTERNOON, replace(MORNING, weekday=2), NIGHT)) == [
        ("Mon 06:00", "Mon 08:00", ()),
        ("Mon 12:00", "Mon 13:00", ()),
        ("Mon 17:00", "Wed 08:00", ()),
        ("Wed 12:00", "Sun 22:00", ()),
    ]
    assert told(calendar(friday)) == []  # a week from one to the next


def test_the_last_hours_of_a_day_are_a_gap() -> None:
    tuesday = Slot(1, time(0), time(4), "caen", ())
    assert told(calendar(AFTERNOON, tuesday)) == [("Mon 17:00", "Tue 00:00", ())]


def test_a_gap_of_an_exceptional_day_has_its_date() -> None:
    special = (replace(MORNING, place="calendar.yaml:40:9"), replace(AFTERNOON, place="calendar.yaml:41:9"))
    assert told(calendar(MORNING, _2026_12_07=special)) == [("Mon 12:00", "Mon 13:00", ("2026-12-07",))]


def test_a_day_on_which_sites_are_swapped_has_no_gap_of_its_own() -> None:
    swapped = (replace(MORNING, duty="rouen"), replace(AFTERNOON, duty="caen"))
    assert told(calendar(MORNING, AFTERNOON, _2026_12_07=swapped)) == [("Mon 12:00", "Mon 13:00", ())]


def test_a_day_that_is_meant_to_be_closed_is_no_gap() -> None:
    around_the_clock = [Slot(day, time(0), time(0), "caen", ()) for day in range(7)]
    assert told(calendar(*around_the_clock, _2026_12_25=())) == []
    eve = Slot(3, time(8), time(12), "caen", (), place="calendar.yaml:50:9")
    assert told(calendar(*around_the_clock, _2026_12_24=(eve,), _2026_12_25=())) == [
        ("Thu 00:00", "Thu 08:00", ("2026-12-23",)),
    ]


def test_two_zones_that_meet_in_winter_have_a_gap_in_summer() -> None:
    before = replace(MORNING, end=time(12))
    ((from_, until, days),) = told(calendar(before, REUNION))
    assert (from_, until, days[0]) == ("Mon 12:00", "Mon 13:00", "2026-03-30")
