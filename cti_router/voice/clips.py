"""Every clip that a configuration needs: the sound, its language, and what is said in it."""

import calendar
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

from cti_router.core.configuration import Configuration
from cti_router.core.heard import PromptId, Value, pieces_of
from cti_router.voice import english, french

PromptTexts: TypeAlias = Mapping[PromptId, Mapping[str, str]]
"""What each prompt says, by language."""

TIME_STEP_MIN = 5
"""Times are said to this many minutes."""

_SPOKEN = {"fr": french, "en": english}
_A_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class Clip:
    """One file: `sound` is its name on the PBX ("cti/welcome"); `voice` is the language in which the text is written.

    The two languages differ for names, which have one: a caller's language does not translate them.
    """

    sound: str
    language: str
    text: str
    voice: str


def clips_of(configuration: Configuration, prompts: PromptTexts) -> tuple[Clip, ...]:
    """What the PBXs need, in every language that one of the numbers speaks: prompts, values, names for the whisper."""
    languages = languages_of(configuration)
    home = languages[0] if languages else "fr"
    names = _names(configuration) if configuration.whisper else {}
    values = {Value(text) for texts in prompts.values() for piece in texts.values() for text in _values(piece)}
    return tuple(
        clip
        for language in languages
        for clip in (
            *(Clip(sound, language, text, language) for sound, text in _pieces(prompts, language)),
            *(
                Clip(sound, language, text, language)
                for sound, text in values_said(language, values, whisper=configuration.whisper)
            ),
            *(Clip(sound, language, text, home) for sound, text in names.items()),
        )
    )


def languages_of(configuration: Configuration) -> tuple[str, ...]:
    """Those that the numbers speak; the first number's is the one in which the organisation writes its names."""
    return tuple(dict.fromkeys(number.language for number in configuration.numbers.values()))


def values_said(language: str, values: Set[Value], *, whisper: bool = True) -> Iterator[tuple[str, str]]:
    """Each sound that may stand for one of these values, or for the wait that advisors are told, with its words.

    Nothing in a language whose words are not known: see `speaks`.
    """
    words = _SPOKEN.get(base_of(language))
    if words is None:
        return
    if whisper:
        yield from ((f"cti/say/lasting-{minutes}", words.lasting(minutes)) for minutes in range(61))
    if Value.OPENING in values:
        yield "cti/say/today", words.TODAY
        yield "cti/say/tomorrow", words.TOMORROW
        yield from ((f"cti/say/weekday-{day}", words.weekday(day)) for day in range(1, 8))
        for month in range(1, 13):
            for day in range(1, calendar.monthrange(_A_LEAP_YEAR, month)[1] + 1):
                yield f"cti/say/date-{month:02}{day:02}", words.day_of_year(month, day)
        for hour in range(24):
            for minute in range(0, 60, TIME_STEP_MIN):
                yield f"cti/say/time-{hour:02}{minute:02}", words.time_of_day(hour, minute)
    if Value.POSITION in values:
        yield from ((f"cti/say/position-{place}", words.cardinal(place)) for place in range(1, 100))
    if Value.WAIT in values:
        yield from ((f"cti/say/minutes-{minutes}", words.about(minutes)) for minutes in range(61))
    if Value.NUMBER in values:
        yield from ((f"cti/say/number-{number}", words.cardinal(number)) for number in range(100))


def speaks(language: str) -> bool:
    """Are numbers, times and durations known in this language?"""
    return base_of(language) in _SPOKEN


def base_of(language: str) -> str:
    """ "fr" of "fr_CA"."""
    return language.partition("_")[0]


def text_in(texts: Mapping[str, str], language: str) -> str | None:
    """What a prompt says in a language, or in the one that it is a kind of (fr for fr_CA)."""
    return texts.get(language) or texts.get(base_of(language))


def _names(configuration: Configuration) -> dict[str, str]:
    return {f"cti/profile/{id_}": profile.name for id_, profile in configuration.profiles.items()} | {
        f"cti/motive/{id_}": motive.name for id_, motive in configuration.motives.items()
    }


def _pieces(prompts: PromptTexts, language: str) -> Iterator[tuple[str, str]]:
    for name, texts in prompts.items():
        if text := text_in(texts, language):
            yield from (piece for piece in pieces_of(name, text) if piece[1])


def _values(text: str) -> Iterator[str]:
    return (sound for sound, said in pieces_of("", text) if not said)
