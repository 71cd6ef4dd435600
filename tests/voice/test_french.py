"""Numbers, times, dates and durations in right French."""

import calendar
from collections.abc import Callable
from functools import partial
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.voice import french

TO_SIXTEEN = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize",
)  # fmt: skip
BY_TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}
FROM_SEVENTY = (
    "soixante-dix", "soixante et onze", "soixante-douze", "soixante-treize", "soixante-quatorze", "soixante-quinze",
    "soixante-seize", "soixante-dix-sept", "soixante-dix-huit", "soixante-dix-neuf", "quatre-vingts",
    "quatre-vingt-un", "quatre-vingt-deux", "quatre-vingt-trois", "quatre-vingt-quatre", "quatre-vingt-cinq",
    "quatre-vingt-six", "quatre-vingt-sept", "quatre-vingt-huit", "quatre-vingt-neuf", "quatre-vingt-dix",
    "quatre-vingt-onze", "quatre-vingt-douze", "quatre-vingt-treize", "quatre-vingt-quatorze", "quatre-vingt-quinze",
    "quatre-vingt-seize", "quatre-vingt-dix-sept", "quatre-vingt-dix-huit", "quatre-vingt-dix-neuf",
)  # fmt: skip


def test_the_numbers_to_nineteen() -> None:
    assert [french.cardinal(n) for n in range(20)] == [*TO_SIXTEEN, "dix-sept", "dix-huit", "dix-neuf"]


@pytest.mark.parametrize("tens", BY_TENS)
def test_the_numbers_of_a_ten(tens: int) -> None:
    named = BY_TENS[tens]
    hyphened = [f"{named}-{unit}" for unit in TO_SIXTEEN[2:10]]
    assert [french.cardinal(tens + n) for n in range(10)] == [named, f"{named} et un", *hyphened]


def test_the_numbers_from_seventy() -> None:
    assert tuple(french.cardinal(n) for n in range(70, 100)) == FROM_SEVENTY


def test_only_what_ends_in_one_has_a_feminine() -> None:
    differing = {n: french.cardinal(n, feminine=True) for n in range(100)}
    differing = {n: said for n, said in differing.items() if said != french.cardinal(n)}
    assert differing == {
        1: "une", 21: "vingt et une", 31: "trente et une", 41: "quarante et une", 51: "cinquante et une",
        61: "soixante et une", 81: "quatre-vingt-une",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("time", "said"),
    {
        (0, 0): "à minuit",
        (0, 5): "à minuit cinq",
        (0, 30): "à minuit et demi",
        (1, 0): "à une heure",
        (1, 30): "à une heure et demie",
        (8, 0): "à huit heures",
        (8, 30): "à huit heures et demie",
        (9, 30): "à neuf heures et demie",
        (9, 45): "à neuf heures quarante-cinq",
        (11, 5): "à onze heures cinq",
        (12, 0): "à midi",
        (12, 15): "à midi quinze",
        (12, 30): "à midi et demi",
        (13, 30): "à treize heures trente",
        (14, 0): "à quatorze heures",
        (21, 21): "à vingt et une heures vingt et une",
        (23, 55): "à vingt-trois heures cinquante-cinq",
    }.items(),
)
def test_times_of_day(time: tuple[int, int], said: str) -> None:
    assert french.time_of_day(*time) == said


def test_each_minute_of_the_day_is_said_differently() -> None:
    said = {french.time_of_day(hour, minute) for hour, minute in product(range(24), range(60))}
    assert len(said) == 24 * 60


@pytest.mark.parametrize(
    ("day", "said"),
    {
        (1, 1): "premier janvier",
        (2, 29): "vingt-neuf février",
        (5, 8): "huit mai",
        (8, 11): "onze août",
        (11, 21): "vingt et un novembre",
        (12, 1): "premier décembre",
        (12, 31): "trente et un décembre",
    }.items(),
)
def test_dates(day: tuple[int, int], said: str) -> None:
    assert french.day_of_year(*day) == said


def test_each_day_of_a_leap_year_is_said_differently() -> None:
    days = [(month, day) for month in range(1, 13) for day in range(1, calendar.monthrange(2024, month)[1] + 1)]
    assert len({french.day_of_year(month, day) for month, day in days}) == 366


def test_weekdays() -> None:
    days = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
    assert [french.weekday(n) for n in range(1, 8)] == days


@pytest.mark.parametrize(
    ("minutes", "lasting", "about"),
    [
        (0, "moins d’une minute", "moins d’une minute"),
        (1, "une minute", "environ une minute"),
        (4, "quatre minutes", "environ quatre minutes"),
        (21, "vingt et une minutes", "environ vingt et une minutes"),
        (59, "cinquante-neuf minutes", "environ cinquante-neuf minutes"),
        (60, "plus d’une heure", "plus d’une heure"),
        (600, "plus d’une heure", "plus d’une heure"),
    ],
)
def test_durations(minutes: int, lasting: str, about: str) -> None:
    assert (french.lasting(minutes), french.about(minutes)) == (lasting, about)


@given(st.integers(), st.integers())
def test_what_is_none_is_refused(one: int, other: int) -> None:
    cases: list[tuple[bool, Callable[[], str]]] = [
        (0 <= one <= 99, partial(french.cardinal, one)),
        (0 <= one <= 23 and 0 <= other <= 59, partial(french.time_of_day, one, other)),
        (1 <= one <= 12 and 1 <= other <= 31, partial(french.day_of_year, one, other)),
        (1 <= one <= 7, partial(french.weekday, one)),
        (one >= 0, partial(french.lasting, one)),
    ]
    for right, say in cases:
        if right:
            assert say().strip()
        else:
            with pytest.raises(ValueError, match=str(one)):
                say()
