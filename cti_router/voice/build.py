"""Sounds made from texts and recordings: only what changed, several at a time, nothing half-made."""

import fcntl
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cti_router.voice.clips import Clip
from cti_router.voice.folder import RECORDED, Origin, SoundFolder, of_recording, of_words
from cti_router.voice.samples import NotTelephone, Samples, read_wav, write_wav
from cti_router.voice.synthesiser import NoVoice, Unspeakable, Voices

_KEPT_EVERY = 64  # sounds: a killed build makes no more of them again

Progress: TypeAlias = Callable[[int, int], None]
"""How many are done, of how many."""


class SoundsNotMade(Exception):
    """What could not be made, one line each; the others were."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Built:
    """How many sounds were made from their texts, or from recordings, were as they must be, or were wanted no more."""

    made: int = 0
    recorded: int = 0
    kept: int = 0
    removed: int = 0


def build(
    directory: Path,
    clips: Collection[Clip],
    voices: Voices,
    *,
    languages: Collection[str] | None = None,
    jobs: int | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Built:
    """Make `directory/sounds` what the clips say; `languages`: these alone, with the others left as they are.

    Raises SoundsNotMade when something is missing afterwards.
    """
    folder = SoundFolder(directory)
    wanted = [clip for clip in clips if languages is None or clip.language in languages]
    there = {clip.language for clip in wanted} | (set(folder.languages()) if languages is None else set(languages))
    with _alone(folder):
        made = {language: folder.read_made(language) for language in there}
        for language in there:
            folder.clean(language)
        removed = _remove_unwanted(folder, made, wanted)
        problems, due = _due(folder, made, wanted, voices)
        counts = _make(folder, made, due, voices, problems, jobs or os.cpu_count() or 1, progress)
        for language in there:
            folder.write_made(language, made[language])
    if problems:
        raise SoundsNotMade(problems)
    return Built(counts.made, counts.recorded, len(wanted) - len(due), removed)


@dataclass(frozen=True, slots=True)
class _Due:
    clip: Clip
    origin: Origin


@contextmanager
def _alone(folder: SoundFolder) -> Iterator[None]:
    """One build at a time in a directory."""
    folder.sounds.mkdir(parents=True, exist_ok=True)
    with (folder.sounds / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _remove_unwanted(folder: SoundFolder, made: dict[str, dict[str, Origin]], wanted: Collection[Clip]) -> int:
    """What we made and nobody needs any more; files of somebody else stay."""
    needed = {(clip.language, clip.sound) for clip in wanted}
    gone = [(language, sound) for language in made for sound in made[language] if (language, sound) not in needed]
    for language, sound in gone:
        folder.remove(sound, language)
        del made[language][sound]
    return len(gone)


def _due(
    folder: SoundFolder, made: dict[str, dict[str, Origin]], wanted: Collection[Clip], voices: Voices
) -> tuple[list[str], list[_Due]]:
    """Why some cannot be made, each reason once; and what is to be made."""
    problems: dict[str, None] = {}
    due = []
    for clip in wanted:
        recording = folder.recording(clip)
        try:
            if recording.is_file():
                origin = of_recording(recording)
            else:
                origin = Origin(of_words(clip), voices.of(clip.voice).identity)
        except NoVoice as error:
            problems[str(error)] = None
            continue
        except OSError as error:
            problems[f"{recording} cannot be read: {error.strerror}"] = None
            continue
        if made[clip.language].get(clip.sound) != origin or not folder.wav(clip).is_file():
            due.append(_Due(clip, origin))
    return list(problems), due


def _make(
    folder: SoundFolder, made: dict[str, dict[str, Origin]], due: Sequence[_Due], voices: Voices,
    problems: list[str], jobs: int, progress: Progress,
) -> Built:  # fmt: skip
    done: dict[str, int] = {"made": 0, "recorded": 0}
    progress(0, len(due))
    with ThreadPoolExecutor(jobs) as pool:
        futures: dict[Future[None], _Due] = {pool.submit(_make_one, folder, one, voices): one for one in due}
        try:
            for number, future in enumerate(as_completed(futures), 1):
                one = futures[future]
                try:
                    future.result()
                except (NoVoice, Unspeakable, OSError) as error:
                    problems.append(_told(folder, one, error))
                else:
                    made[one.clip.language][one.clip.sound] = one.origin
                    done["recorded" if one.origin.by == RECORDED else "made"] += 1
                if number % _KEPT_EVERY == 0:
                    for language in made:
                        folder.write_made(language, made[language])
                progress(number, len(due))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return Built(**done)


def _make_one(folder: SoundFolder, one: _Due, voices: Voices) -> None:
    if one.origin.by == RECORDED:
        samples = _recorded(folder.recording(one.clip), voices)
    else:
        samples = voices.of(one.clip.voice).say(one.clip.text)
    write_wav(folder.wav(one.clip), samples)


def _recorded(recording: Path, voices: Voices) -> Samples:
    """As it was recorded: whoever speaks into a microphone decides himself where the silences are."""
    content = recording.read_bytes()
    try:
        samples = read_wav(content)
    except NotTelephone:
        samples = voices.converted(content)
    if not samples:
        raise Unspeakable("it is empty")
    return samples


def _told(folder: SoundFolder, one: _Due, error: Exception) -> str:
    if one.origin.by == RECORDED:
        recording = folder.recording(one.clip)
        return f"{recording}: {error}; record it again, save it as WAV (8 kHz, mono, 16 bits), or remove it"
    return f"{one.clip.sound} ({one.clip.language}): {error}; its text is “{one.clip.text[:60]}”"
