"""What is wrong with the sounds of a configuration, as sentences for whoever checks it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from cti_router.core.configuration import Configuration
from cti_router.core.heard import Value
from cti_router.voice.clips import Clip, speaks
from cti_router.voice.folder import SoundFolder, Standing
from cti_router.voice.samples import NotTelephone, length_s, longest_silence_s, read_wav

LONGEST_SILENCE_S = 2.0
LONGEST_GREETING_S = 8.0
_FEW = 5
_VALUES = frozenset(map(str, Value))


@dataclass(frozen=True, slots=True)
class SoundRemark:
    """`about` is what to look at: a file, a number of the service, or the sounds of a language."""

    about: str
    text: str


def sound_remarks(configuration: Configuration, clips: Collection[Clip], directory: Path) -> Iterator[SoundRemark]:
    """What is missing or stale, unfit recordings, greetings that nothing cuts short and that are too long."""
    folder = SoundFolder(directory)
    yield from _unspoken(configuration)
    yield from _not_as_they_must_be(folder, clips, directory)
    wanted = {folder.recording(clip) for clip in clips}
    for recording in folder.recordings():
        about = str(recording.relative_to(directory))
        if recording not in wanted:
            yield SoundRemark(about, "no sound has this name, so nobody hears it: rename it, or remove it")
        for text in _unfit(recording):
            yield SoundRemark(about, text)
    yield from _long_greetings(configuration, folder)


def _unspoken(configuration: Configuration) -> Iterator[SoundRemark]:
    for number in configuration.numbers.values():
        if not speaks(number.language):
            yield SoundRemark(
                f"+{number.dnis}",
                f"its language is “{number.language}”, in which no words are known for times, durations and numbers",
            )


def _not_as_they_must_be(folder: SoundFolder, clips: Collection[Clip], directory: Path) -> Iterator[SoundRemark]:
    """One remark a language and reason: a thousand lines would tell less."""
    found: dict[tuple[str, Standing], list[str]] = defaultdict(list)
    made = {language: folder.read_made(language) for language in {clip.language for clip in clips}}
    for clip in clips:
        standing = folder.standing(clip, made[clip.language])
        if standing in (Standing.MISSING, Standing.STALE):
            found[clip.language, standing].append(clip.sound)
    for (language, standing), sounds in found.items():
        named = ", ".join(sounds[:_FEW]) + (", …" if len(sounds) > _FEW else "")
        one = len(sounds) == 1
        if standing is Standing.MISSING:
            why = "is missing" if one else "are missing"
        else:
            why = f"{'says' if one else 'say'} what was written before"
        yield SoundRemark(
            f"sounds/{language}", f"{len(sounds)} {why} ({named}): run “cti-router prompts build {directory}”"
        )


def _unfit(recording: Path) -> Iterator[str]:
    try:
        samples = read_wav(recording.read_bytes())
    except OSError as error:
        yield f"cannot be read: {error.strerror}"
        return
    except NotTelephone as error:
        yield f"{error}: telephones play 8000 Hz, 1 channel, 16 bits; “prompts build” converts it, or refuses"
        return
    if not samples:
        yield "is empty: record it again"
    elif (silence_s := longest_silence_s(samples)) > LONGEST_SILENCE_S:
        yield f"is silent for {silence_s:.1f} s at a stretch: who hears nothing hangs up; cut it"


def _long_greetings(configuration: Configuration, folder: SoundFolder) -> Iterator[SoundRemark]:
    for number in configuration.numbers.values():
        heard_s = sum(_length_s(folder, sound, number.language) for sound in number.greeting_sounds)
        if heard_s > LONGEST_GREETING_S:
            yield SoundRemark(
                f"+{number.dnis}",
                f"its greeting lasts {heard_s:.1f} s before a free advisor may cut it short: "
                f"keep to {LONGEST_GREETING_S:g} s, or make its last prompts “interruptible”",
            )


def _length_s(folder: SoundFolder, sound: str, language: str) -> float:
    """0 for what is not ours, or not there."""
    if not sound.startswith("cti/") or sound in _VALUES:
        return 0.0
    try:
        return length_s(read_wav(folder.wav_of(sound, language).read_bytes()))
    except (OSError, NotTelephone):
        return 0.0
