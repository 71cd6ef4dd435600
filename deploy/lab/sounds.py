"""The sounds of a configuration, spoken by the synthesiser beside Asterisk; what was said once is said no more."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from cti_router.voice.build import SoundsNotMade, build
from cti_router.voice.clips import Clip
from cti_router.voice.programs import Programs
from cti_router.voice.samples import NotTelephone, Samples, read_wav, write_wav
from cti_router.voice.synthesiser import InstalledVoices, Voice, Voices
from deploy.lab.rootfs import Installation, Progress, cache_directory

_TOLD_EVERY = 100


class NoSounds(Exception):
    """The clips could not be made."""


def voices_of(installation: Installation) -> InstalledVoices:
    """Those of Asterisk's root filesystem, or of the machine whose own Asterisk it is."""
    return InstalledVoices(Programs() if installation.root is None else Programs.in_root(installation.root))


def make_sounds(directory: Path, clips: Collection[Clip], installation: Installation, progress: Progress) -> None:
    """As `cti-router prompts build` does. The first time about 30 clips a second. Raises NoSounds."""
    kept = KeptVoices(voices_of(installation), cache_directory() / "sounds")

    def told(done: int, count: int) -> None:
        if kept.said and (done == count or done % _TOLD_EVERY == 0):
            progress(f"sounds: {done} of {count}")

    try:
        build(directory, clips, kept, progress=told)
    except SoundsNotMade as error:
        raise NoSounds(str(error)) from error


class KeptVoices:
    """Voices whose words are kept in a directory, by what was said, in which voice, by which program."""

    def __init__(self, voices: Voices, directory: Path) -> None:
        self.said = 0
        self._voices = voices
        self._directory = directory
        self._of: dict[str, Voice] = {}

    def of(self, language: str) -> Voice:
        if language not in self._of:
            self._of[language] = _KeptVoice(self, self._voices.of(language), self._directory)
        return self._of[language]

    def converted(self, wav: bytes) -> Samples:
        return self._voices.converted(wav)


@dataclass(frozen=True, slots=True)
class _KeptVoice:
    keeper: KeptVoices
    voice: Voice
    directory: Path

    @property
    def identity(self) -> str:
        return self.voice.identity

    def say(self, text: str) -> Samples:
        name = hashlib.sha256(f"{self.identity}\0{text}".encode()).hexdigest()
        file = self.directory / name[:2] / f"{name}.wav"
        try:
            return read_wav(file.read_bytes())
        except (FileNotFoundError, NotTelephone):
            samples = self.voice.say(text)
            self.keeper.said += 1
            write_wav(file, samples)
            return samples
