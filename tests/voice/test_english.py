"""The same in English."""

import calendar
from itertools import product

import pytest

from cti_router.voice import english


def test_the_numbers() -> None:
    said = {
        0: "zero", 1: "one", 10: "ten", 12: "twelve", 13: "thirteen", 15: "fifteen", 20: "twenty", 21: "twenty-one",
        40: "forty", 58: "fifty-eight", 99: "ninety-nine",
    }  # fmt: skip
    assert {n: english.cardinal(n) for n in said} == said
    assert len({english.cardinal(n) for n in range(100)}) == 100


@pytest.mark.parametrize("number", [-1, 100])
def test_what_is_no_number_of_ours_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match=str(number)):
        english.cardinal(number)


@pytest.mark.parametrize(
    ("time", "said"),
    {
        (0, 0): "at midnight",
        (0, 30): "at half past twelve in the morning",
        (9, 0): "at nine in the morning",
        (9, 5): "at nine oh five in the morning",
        (9, 30): "at half past nine in the morning",
        (12, 0): "at noon",
        (12, 30): "at half past twelve in the afternoon",
        (14, 0): "at two in the afternoon",
        (18, 45): "at six forty-five in the evening",
    }.items(),
)
def test_times_of_day(time: tuple[int, int], said: str) -> None:
    assert english.time_of_day(*time) == said


def test_each_minute_of_the_day_is_said_differently() -> None:
    said = {english.time_of_day(hour, minute) for hour, minute in product(range(24), range(60))}
    assert len(said) == 24 * 60


def test_dates() -> None:
    ordinals = {
        1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", 6: "sixth", 8: "eighth", 9: "ninth",
        11: "eleventh", 12: "twelfth", 13: "thirteenth", 20: "twentieth", 21: "twenty-first", 22: "twenty-second",
        30: "thirtieth", 31: "thirty-first",
    }  # fmt: skip
    assert {day: english.day_of_year(12, day) for day in ordinals} == {
        day: f"the {said} of December" for day, said in ordinals.items()
    }
    days = [(month, day) for month in range(1, 13) for day in range(1, calendar.monthrange(2024, month)[1] + 1)]
    assert len({english.day_of_year(month, day) for month, day in days}) == 366


def test_weekdays_have_their_preposition() -> None:
    assert [english.weekday(1), english.weekday(7)] == ["on Monday", "on Sunday"]


@pytest.mark.parametrize(
    ("minutes", "lasting", "about"),
    [
        (0, "less than a minute", "less than a minute"),
        (1, "one minute", "about one minute"),
        (4, "four minutes", "about four minutes"),
        (60, "more than an hour", "more than an hour"),
    ],
)
def test_durations(minutes: int, lasting: str, about: str) -> None:
    assert (english.lasting(minutes), english.about(minutes)) == (lasting, about)
