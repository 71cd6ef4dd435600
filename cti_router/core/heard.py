"""What callers hear and key in, as the administrators decided it: frozen data, part of the configuration.

What is heard is told in *sounds*: names of files on the PBXs, and `Value`s between them, for which the router puts the
sounds of the moment (`spoken.py`) when it has them played.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeAlias

PromptId: TypeAlias = str
TreatmentId: TypeAlias = str
NoticeId: TypeAlias = str


class Value(StrEnum):
    """What is known only when it is said. In a prompt's text it stands as it is written here."""

    OPENING = "{opening}"  # when the service opens next: the day, unless it is today, and the hour
    POSITION = "{position}"  # his place in the queue: 1 is who is served next
    WAIT = "{wait}"  # how long he is still to wait, about
    NUMBER = "{number}"  # the telephone number that he keyed himself


VALUE = re.compile("(" + "|".join(map(re.escape, Value)) + ")")
_VALUES = frozenset(str(value) for value in Value)
_PIECE = re.compile(r"cti/[a-z0-9_]+-[0-9]+")


def pieces_of(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """A prompt's sounds in order, each with its text; a `Value` has none. Without values it is one sound, `cti/name`.

    What has no letter and no digit (a full stop after a value) is no sound.
    """
    parts = [part.strip() for part in VALUE.split(text)]
    parts = [part for part in parts if part in _VALUES or any(map(str.isalnum, part))]
    if len(parts) == 1 and parts[0] not in _VALUES:
        return ((f"cti/{name}", parts[0]),)
    return tuple(
        (part, "") if part in _VALUES else (f"cti/{name}-{place}", part) for place, part in enumerate(parts, 1)
    )


def without_values(sounds: Iterable[str]) -> tuple[str, ...]:
    """What is left for who cannot know what is to be said: no `Value`, and no piece of a prompt that has one."""
    return tuple(sound for sound in sounds if sound not in _VALUES and not _PIECE.fullmatch(sound))


@dataclass(frozen=True, slots=True)
class Prompt:
    """Something that is said. `interruptible`: an advisor who becomes free cuts it short."""

    sounds: tuple[str, ...]
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is told of the wait, `first_s` after it began and every `every_s` from then on.

    `position` is told always; `expected_wait` only while the estimate is trustworthy (docs/expected-wait.md).
    """

    first_s: float
    every_s: float
    position: tuple[Prompt, ...] = ()
    expected_wait: tuple[Prompt, ...] = ()


@dataclass(frozen=True, slots=True)
class Comfort:
    """Between the others, after `every_s` of music: one of these, never the same twice in a row.

    A single one is said once.
    """

    every_s: float
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True)
class Menu:
    """He chooses why he calls: `ask` is played, `keys` tell the motive of each digit. Asked `tries` times at most."""

    ask: tuple[str, ...]
    keys: Mapping[str, str]
    tries: int = 2
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class CallbackOffer:
    """After `first_s` of waiting, and every `every_s` from then on, he may ask to be called back by keying `key`.

    `confirm` asks whether at the number he calls from (`key` again), or at another, which he keys in (`other`).
    `read_back` says it to him (`Value.NUMBER`); `impossible`: at this one it cannot be done.
    """

    first_s: float
    every_s: float
    ask: tuple[str, ...]
    confirm: tuple[str, ...]
    other: tuple[str, ...]
    read_back: tuple[str, ...]
    impossible: tuple[str, ...]
    key: str = "1"
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Treatment:
    """What a caller hears while he waits. `welcome` comes first, once; `music` is a class of the PBX's, "" its own."""

    id: TreatmentId
    welcome: tuple[Prompt, ...] = ()
    music: str = ""
    announcement: Announcement | None = None
    comfort: Comfort | None = None
    menu: Menu | None = None
    callback: CallbackOffer | None = None


@dataclass(frozen=True, slots=True)
class Information:
    """Information of the day, told after the welcome to who has to do with it.

    In force on the days from `from_day` to `until_day`, both included; None: without an end. `profiles` and `due` (due
    dates whose days have come for his profile) restrict it where they are not empty.
    """

    id: NoticeId
    prompts: tuple[Prompt, ...]
    from_day: date | None = None
    until_day: date | None = None
    profiles: frozenset[str] = frozenset()
    due: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KeyedIdentity:
    """Who is not recognised may key in who he is; asked `tries` times at most, and nothing is ever read back.

    `ask`: his SIRET (14 digits) or his account number (18), for the unknown and the masked. `ask_several`: the last
    five digits of his SIRET, where several contributors have his number. `again`: that was none. Who is asked by
    nothing is not asked. `account_checked`: account numbers end in their check digits (`is_account`).
    """

    ask: tuple[str, ...] = ()
    ask_several: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    tries: int = 2
    timeout_s: float = 10.0
    account_checked: bool = True
