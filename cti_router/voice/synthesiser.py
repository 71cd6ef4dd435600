"""A text spoken by the synthesiser that is installed: pico2wave sounds best, espeak-ng knows every language."""

import hashlib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Protocol

from cti_router.voice.clips import base_of
from cti_router.voice.programs import ProgramFailed, Programs
from cti_router.voice.samples import Samples, from_raw, spoken

_PICO_VOICES: Mapping[str, str] = MappingProxyType(
    {"fr": "fr-FR", "en": "en-GB", "de": "de-DE", "es": "es-ES", "it": "it-IT"}
)
_READ_AS = str.maketrans(
    dict.fromkeys('<>&\\«»“”"*_#|~^`', " ")  # pico2wave obeys tags
    | {"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae", "’": "'", "…": ",", "–": ",", "—": ",", "\u2011": "-"}
)
_FIRST_PICTURE = "\u2190"
_TELEPHONE = ("-D", "-r", "8000", "-c", "1", "-b", "16", "-e", "signed-integer", "-L", "-t", "raw")


class NoVoice(Exception):
    """Nothing that could speak is installed; the text says what to install."""


class Unspeakable(Exception):
    """There is nothing to say in this text, or the synthesiser failed at it."""


class Voice(Protocol):
    @property
    def identity(self) -> str:
        """Another program or version, another identity."""

    def say(self, text: str) -> Samples:
        """Raises Unspeakable."""


class Voices(Protocol):
    def of(self, language: str) -> Voice:
        """Raises NoVoice."""

    def converted(self, wav: bytes) -> Samples:
        """A sound file of any kind, as telephones hear it. Raises NoVoice without sox, Unspeakable when it is none."""


class InstalledVoices:
    """Those of this machine, or of a root filesystem."""

    def __init__(self, programs: Programs = Programs()) -> None:  # noqa: B008 — it is frozen
        self._programs = programs
        self._known: dict[str, Voice] = {}

    def of(self, language: str) -> Voice:
        base = base_of(language)
        if base not in self._known:
            self._known[base] = self._find(base)
        return self._known[base]

    def _find(self, base: str) -> Voice:
        if base in _PICO_VOICES and self._programs.find("pico2wave"):
            voice = InstalledVoice(self._programs, "pico2wave", _PICO_VOICES[base])
        elif self._programs.find("espeak-ng"):
            voice = InstalledVoice(self._programs, "espeak-ng", base)
        else:
            better = "libttspico-utils (Debian’s non-free; it sounds best) or " if base in _PICO_VOICES else ""
            raise NoVoice(f"no synthesiser that speaks “{base}” is installed: apt-get install {better}espeak-ng")
        self._need_sox()
        return voice

    def converted(self, wav: bytes) -> Samples:
        self._need_sox()
        try:
            return _converted(self._programs, wav)
        except ProgramFailed as error:
            raise Unspeakable(str(error)) from None

    def _need_sox(self) -> None:
        if self._programs.find("sox") is None:
            raise NoVoice("sox, which brings sounds to what telephones hear, is not installed: apt-get install sox")


@dataclass(frozen=True)
class InstalledVoice:
    """`program` is "pico2wave" or "espeak-ng", `language` one of those that it knows."""

    programs: Programs
    program: str
    language: str

    @cached_property
    def identity(self) -> str:
        file = self.programs.find(self.program)
        content = file.read_bytes() if file else b""
        return f"{self.program} {self.language} {hashlib.sha256(content).hexdigest()[:12]}"

    def say(self, text: str) -> Samples:
        words = sayable(text)
        if not words:
            raise Unspeakable("there is nothing to say: write letters or digits")
        try:
            with self.programs.scratch("said.wav") as (file, inside):
                _SPEAK[self.program](self.programs, self.language, words, inside)
                found = spoken(_converted(self.programs, file.read_bytes()))
        except (ProgramFailed, OSError) as error:
            raise Unspeakable(str(error)) from None
        if not found:
            raise Unspeakable(f"{self.program} says nothing for it")
        return found


def sayable(text: str) -> str:
    """What a synthesiser is given: one line without markup, control characters and pictures; "" without a word."""
    plain = "".join(
        " " if unicodedata.category(letter)[0] in "CZ" or _is_picture(letter) else letter
        for letter in unicodedata.normalize("NFC", text).translate(_READ_AS)
    )
    return " ".join(plain.split()) if any(map(str.isalnum, plain)) else ""


def _is_picture(letter: str) -> bool:
    return letter >= _FIRST_PICTURE and unicodedata.category(letter) in ("So", "Sk", "Sm", "Mn", "Me")


def _pico(programs: Programs, language: str, words: str, inside: str) -> None:
    programs.run(["pico2wave", "-l", language, "-w", inside, "--", words])


def _espeak(programs: Programs, language: str, words: str, inside: str) -> None:
    programs.run(["espeak-ng", "-v", language, "-w", inside, "--stdin"], words.encode())


_SPEAK: Mapping[str, Callable[[Programs, str, str, str], None]] = MappingProxyType(
    {"pico2wave": _pico, "espeak-ng": _espeak}
)


def _converted(programs: Programs, wav: bytes) -> Samples:
    return from_raw(programs.run(["sox", "-t", "wav", "-", *_TELEPHONE, "-"], wav))
