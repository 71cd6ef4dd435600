"""Which clips a configuration needs, and what they say."""

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.config import load
from cti_router.core.configuration import Configuration
from cti_router.core.heard import Value
from cti_router.voice.clips import Clip, clips_of, values_said

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"


@pytest.fixture(scope="module")
def example() -> Configuration:
    return replace(load(EXAMPLE, {}).configuration, whisper=True)


def speaking(configuration: Configuration, *languages: str) -> Configuration:
    """The same, with one number a language."""
    (number, *_) = configuration.numbers.values()
    numbers = [replace(number, dnis=dnis, language=language) for dnis, language in enumerate(languages, number.dnis)]
    return replace(configuration, numbers={number.dnis: number for number in numbers})


def test_a_prompt_without_values_is_one_clip(example: Configuration) -> None:
    found = clips_of(speaking(example, "fr"), {"welcome": {"fr": "Bonjour."}})
    assert Clip("cti/welcome", "fr", "Bonjour.", "fr") in found
    assert not any(clip.sound.startswith(("cti/say/time", "cti/say/number", "cti/say/minutes")) for clip in found)


def test_the_pieces_between_values_are_clips_and_the_values_that_may_stand_there(example: Configuration) -> None:
    found = {
        clip.sound: clip.text
        for clip in clips_of(speaking(example, "fr"), {"wait": {"fr": "L’attente est de {wait}, merci."}})
    }
    assert found["cti/wait-1"] == "L’attente est de"
    assert found["cti/wait-3"] == ", merci."
    assert found["cti/say/minutes-4"] == "environ quatre minutes"
    assert "cti/say/position-1" not in found


def test_each_language_that_a_number_speaks_has_its_own(example: Configuration) -> None:
    prompts = {"welcome": {"fr": "Bonjour.", "en": "Hello.", "de": "Guten Tag."}}
    found = clips_of(speaking(example, "fr", "en"), prompts)
    welcomes = {clip.language: clip.text for clip in found if clip.sound == "cti/welcome"}
    assert welcomes == {"fr": "Bonjour.", "en": "Hello."}
    assert {clip.language for clip in found if clip.sound == "cti/say/lasting-3"} == {"fr", "en"}


def test_a_regional_language_says_what_its_base_says(example: Configuration) -> None:
    found = clips_of(speaking(example, "fr_CA"), {"welcome": {"fr": "Bonjour."}})
    assert Clip("cti/welcome", "fr_CA", "Bonjour.", "fr_CA") in found
    assert Clip("cti/say/lasting-3", "fr_CA", "trois minutes", "fr_CA") in found


def test_names_are_said_with_the_voice_of_the_language_they_are_written_in(example: Configuration) -> None:
    found = clips_of(speaking(example, "fr", "en"), {})
    assert Clip("cti/profile/employer", "en", "Employeur", "fr") in found
    assert Clip("cti/motive/collections", "fr", "Délai de paiement", "fr") in found


def test_a_language_without_words_has_its_prompts_alone(example: Configuration) -> None:
    found = clips_of(speaking(example, "pl"), {"open": {"pl": "Otwieramy {opening}."}})
    assert {clip.sound for clip in found if not clip.sound.startswith(("cti/profile", "cti/motive"))} == {"cti/open-1"}


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_values_are_all_there_once(language: str) -> None:
    sounds = [sound for sound, _ in values_said(language, frozenset(Value))]
    kinds = Counter(re.sub(r"-\d+$", "", sound) for sound in sounds)
    assert kinds == {
        "cti/say/today": 1, "cti/say/tomorrow": 1, "cti/say/weekday": 7, "cti/say/date": 366, "cti/say/time": 288,
        "cti/say/position": 99, "cti/say/minutes": 61, "cti/say/number": 100, "cti/say/lasting": 61,
    }  # fmt: skip
    assert len(set(sounds)) == len(sounds)


def test_the_values_are_named_as_the_core_names_them() -> None:
    said = dict(values_said("fr", frozenset(Value)))
    assert (said["cti/say/weekday-2"], said["cti/say/date-1201"]) == ("mardi", "premier décembre")
    assert said["cti/say/time-0930"] == "à neuf heures et demie"
    assert said["cti/say/number-2"] == "deux"
    assert said["cti/say/position-71"] == "soixante et onze"
    assert said["cti/say/minutes-0"] == "moins d’une minute"
    assert said["cti/say/lasting-60"] == "plus d’une heure"


@given(st.text(max_size=300))
def test_whatever_a_prompt_says_its_clips_say_all_of_it(example: Configuration, text: str) -> None:
    found = clips_of(speaking(example, "fr"), {"any": {"fr": text}})
    pieces = [clip.text for clip in found if re.fullmatch(r"cti/any(-\d+)?", clip.sound)]
    letters = [letter for letter in text if letter.isalnum()]
    values = Counter(re.findall("opening|position|wait|number", text))
    said = [letter for piece in pieces for letter in piece if letter.isalnum()]
    assert Counter(said) <= Counter(letters)
    if not values:
        assert said == letters


def test_without_the_whisper_nobody_needs_its_words(example: Configuration) -> None:
    silent = replace(speaking(example, "fr"), whisper=False)
    assert clips_of(silent, {"welcome": {"fr": "Bonjour."}}) == (Clip("cti/welcome", "fr", "Bonjour.", "fr"),)
