"""The sounds beside the YAML files: `sounds/<language>/cti/NAME.wav` are made, `recordings/<language>/NAME.wav` given.

What each sound was made from stands in `sounds/<language>/made.json`.
"""

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from cti_router.voice.clips import Clip

_NAME = re.compile(r"cti(/[A-Za-z0-9_-]+)+")
_UNFINISHED = ".unfinished"
RECORDED = "recording"


class Standing(StrEnum):
    """How a clip stands."""

    MADE = "made"
    RECORDED = "recorded"
    STALE = "stale"  # its text or its recording is another now
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a sound was made `of` (a digest of its words, or of its recording), and `by` whom."""

    of: str
    by: str


@dataclass(frozen=True, slots=True)
class SoundFolder:
    """The sounds and recordings of one configuration's directory."""

    directory: Path

    @property
    def sounds(self) -> Path:
        return self.directory / "sounds"

    def wav(self, clip: Clip) -> Path:
        return self.wav_of(clip.sound, clip.language)

    def wav_of(self, sound: str, language: str) -> Path:
        return self.sounds / language / f"{_checked(sound)}.wav"

    def recording(self, clip: Clip) -> Path:
        return self.directory / "recordings" / clip.language / f"{_checked(clip.sound).removeprefix('cti/')}.wav"

    def recordings(self) -> Iterator[Path]:
        """All that are there, whether a clip wants them or not."""
        yield from sorted((self.directory / "recordings").glob("*/**/*.wav"))

    def standing(self, clip: Clip, made: Mapping[str, Origin]) -> Standing:
        """`made` is what `read_made` tells of its language."""
        origin = made.get(clip.sound)
        if origin is None or not self.wav(clip).is_file():
            return Standing.MISSING
        recording = self.recording(clip)
        if recording.is_file():
            return Standing.RECORDED if origin == of_recording(recording) else Standing.STALE
        return Standing.MADE if origin.of == of_words(clip) and origin.by != RECORDED else Standing.STALE

    def read_made(self, language: str) -> dict[str, Origin]:
        """Each sound with what it was made from; a file that makes no sense tells of none, and all is made again."""
        try:
            told = json.loads(self._made(language).read_bytes())
            return {str(sound): Origin(str(origin["of"]), str(origin["by"])) for sound, origin in told.items()}
        except (OSError, ValueError, AttributeError, TypeError, KeyError):
            return {}

    def write_made(self, language: str, made: Mapping[str, Origin]) -> None:
        """Whole or not at all."""
        path = self._made(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({sound: asdict(made[sound]) for sound in sorted(made)}, indent=0)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=_UNFINISHED, delete=False) as unfinished:
            unfinished.write(text)
        os.replace(unfinished.name, path)

    def languages(self) -> Iterable[str]:
        """Those in which sounds were made."""
        return sorted(path.parent.name for path in self.sounds.glob("*/made.json"))

    def remove(self, sound: str, language: str) -> None:
        self.wav_of(sound, language).unlink(missing_ok=True)

    def clean(self, language: str) -> None:
        """Without what a killed build left half-made."""
        for left in (self.sounds / language).rglob(f"*{_UNFINISHED}"):
            left.unlink(missing_ok=True)

    def _made(self, language: str) -> Path:
        return self.sounds / language / "made.json"


def of_words(clip: Clip) -> str:
    """A digest of what is said, in which language."""
    return _digest(f"{clip.voice}\0{clip.text}".encode())


def of_recording(path: Path) -> Origin:
    return Origin(_digest(path.read_bytes()), RECORDED)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:20]


def _checked(sound: str) -> str:
    if not _NAME.fullmatch(sound):
        raise ValueError(f"“{sound}” is no name of a sound of ours: cti/ and letters, digits, - and _")
    return sound
