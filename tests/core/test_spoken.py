"""What is known only when it is said: the opening, the position, the wait, a number, the advisor's whisper."""

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.heard import Value, pieces_of
from cti_router.core.treating.spoken import number, opening, position, prompts_in, spoken, wait, whisper
from tests.core.board import PARIS, at

MONDAY_9 = at("2026-11-23 09:00")


def said(opens: str, now: str = "2026-11-23 09:00") -> tuple[str, ...]:
    return tuple(sound.removeprefix("cti/say/") for sound in opening(at(opens), at(now), PARIS))


@pytest.mark.parametrize(
    ("opens", "now", "expected"),
    [
        ("2026-11-23 13:30", "2026-11-23 09:00", ("time-1330",)),
        ("2026-11-24 08:30", "2026-11-23 18:00", ("tomorrow", "time-0830")),
        ("2026-12-01 08:30", "2026-11-27 18:00", ("weekday-2", "date-1201", "time-0830")),
        ("2026-11-23 13:31", "2026-11-23 09:00", ("time-1335",)),  # nobody comes too early
        ("2026-11-23 23:58", "2026-11-23 09:00", ("tomorrow", "time-0000")),
        ("2026-11-24 00:00", "2026-11-23 23:59", ("tomorrow", "time-0000")),
        ("2026-10-25 08:30", "2026-10-24 12:00", ("tomorrow", "time-0830")),  # the clock is set back that night
        ("2026-03-29 08:30", "2026-03-28 23:30", ("tomorrow", "time-0830")),  # and forward this one
        ("2028-02-29 09:00", "2028-02-20 09:00", ("weekday-2", "date-0229", "time-0900")),
    ],
)
def test_an_opening_is_told_by_its_day_unless_it_is_today_and_by_its_time(
    opens: str, now: str, expected: tuple[str, ...]
) -> None:
    assert said(opens, now) == expected


def test_an_opening_is_told_in_the_time_of_the_calendar() -> None:
    in_utc = opening(at("2026-11-24 00:30"), at("2026-11-23 23:50"), PARIS)
    assert in_utc == ("cti/say/tomorrow", "cti/say/time-0030")


@pytest.mark.parametrize(
    ("seconds", "minutes"),
    [
        (0, 0), (59, 0), (60, 1), (89, 1), (90, 2), (240, 4), (600, 10), (629, 10), (660, 10), (749, 10), (750, 15),
        (1500, 25), (3500, 55), (3600, 60), (9999, 60),
    ],
)  # fmt: skip
def test_a_wait_is_rounded_to_minutes_and_above_ten_to_five(seconds: float, minutes: int) -> None:
    assert wait(seconds) == (f"cti/say/minutes-{minutes}",)


def test_no_wait_without_an_end_is_told() -> None:
    assert wait(math.inf) is None


def test_a_position_is_told_as_far_as_there_are_clips() -> None:
    assert position(1) == ("cti/say/position-1",)
    assert position(99) == ("cti/say/position-99",)
    assert position(100) is None


@pytest.mark.parametrize(
    ("e164", "digits"),
    [
        ("33261910001", ("0", "2", "61", "91", "0", "0", "0", "1")),
        ("33600907088", ("0", "6", "0", "0", "90", "70", "88")),
        ("442079460018", tuple("00442079460018")),
    ],
)
def test_a_french_number_is_told_by_pairs_and_another_digit_by_digit(e164: str, digits: tuple[str, ...]) -> None:
    assert number(e164) == tuple(f"cti/say/number-{each}" for each in digits)


def test_what_is_no_number_is_not_told() -> None:
    assert number("") is None
    assert number("+33") is None


def test_an_advisor_is_told_profile_motive_and_wait() -> None:
    assert whisper("employer", "schedule", 185.0) == (
        "cti/profile/employer",
        "cti/motive/schedule",
        "cti/say/lasting-3",
    )
    assert whisper("employer", None, 12.0) == ("cti/profile/employer", "cti/say/lasting-0")
    assert whisper(None, None, 99_999.0) == ("cti/say/lasting-60",)


# ── a prompt whose value is not known ────────────────────────────────────────────────────────────────────────────


def in_words(sounds: tuple[str, ...], **known: str) -> tuple[str, ...]:
    values: Mapping[str, tuple[str, ...]] = {f"{{{name}}}": (word,) for name, word in known.items()}
    return spoken(sounds, lambda value: values.get(value))


def sounds_of(*texts: str) -> tuple[str, ...]:
    names = (f"p{place}" for place in range(len(texts)))
    return tuple(sound for name, text in zip(names, texts, strict=False) for sound, _ in pieces_of(name, text))


def test_values_are_put_in_their_places() -> None:
    sounds = sounds_of("Bonjour.", "Nous rouvrons {opening}.", "Au revoir.")
    assert in_words(sounds, opening="tomorrow") == ("cti/p0", "cti/p1-1", "tomorrow", "cti/p2")


def test_the_whole_prompt_is_left_out_and_no_other() -> None:
    sounds = sounds_of("Bonjour.", "Rappelez {opening}, merci.", "{wait} environ.", "Vous êtes {position}.", "Adieu.")
    assert in_words(sounds) == ("cti/p0", "cti/p4")
    assert in_words(sounds, wait="soon") == ("cti/p0", "soon", "cti/p2-2", "cti/p4")
    assert in_words(sounds, opening="now") == ("cti/p0", "cti/p1-1", "now", "cti/p1-3", "cti/p4")


def test_a_prompt_with_two_values_needs_both() -> None:
    sounds = sounds_of("Vous êtes {position}, attente {wait}.")
    assert in_words(sounds, position="one") == ()
    assert in_words(sounds, position="one", wait="two") == ("cti/p0-1", "one", "cti/p0-3", "two")


WORDS = st.sampled_from(["merci", *Value])
TEXTS = st.lists(WORDS, min_size=1, max_size=5).filter(lambda words: "merci" in words).map(" ".join)


@given(st.lists(TEXTS, max_size=5))
def test_prompts_are_told_apart_whatever_values_they_begin_and_end_with(texts: list[str]) -> None:
    prompts = [tuple(sound for sound, _ in pieces_of(f"p{place}", text)) for place, text in enumerate(texts)]
    assert list(prompts_in(tuple(sound for prompt in prompts for sound in prompt))) == prompts
