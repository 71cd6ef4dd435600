"""Sounds made from texts and recordings by the real synthesiser."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cti_router.voice.build import Built, SoundsNotMade, build
from cti_router.voice.clips import Clip
from cti_router.voice.folder import SoundFolder, Standing
from cti_router.voice.programs import Programs
from cti_router.voice.samples import RATE, Samples, length_s, read_wav, write_wav
from cti_router.voice.synthesiser import InstalledVoices, Voice
from tests.voice.test_samples import tone, wav

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parents[2]
WELCOME = Clip("cti/welcome", "fr", "Bonjour.", "fr")
HELLO = Clip("cti/welcome", "en", "Hello.", "en")
TIME = Clip("cti/say/time-0930", "fr", "à neuf heures et demie", "fr")
EMPLOYER = Clip("cti/profile/employer", "en", "Employeur", "fr")
ALL = (WELCOME, HELLO, TIME, EMPLOYER)


@pytest.fixture
def folder(tmp_path: Path) -> SoundFolder:
    return SoundFolder(tmp_path / "configuration")


def standings(folder: SoundFolder, *clips: Clip) -> list[Standing]:
    return [folder.standing(clip, folder.read_made(clip.language)) for clip in clips]


def heard(folder: SoundFolder, clip: Clip) -> Samples:
    return read_wav(folder.wav(clip).read_bytes())


def test_each_clip_is_made_where_the_pbxs_look_for_it(folder: SoundFolder, voices: InstalledVoices) -> None:
    told: list[tuple[int, int]] = []
    built = build(folder.directory, ALL, voices, progress=lambda *done: told.append(done))
    assert built == Built(made=4)
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]
    files = sorted(str(path.relative_to(folder.directory)) for path in folder.directory.rglob("*.wav"))
    assert files == [
        "sounds/en/cti/profile/employer.wav", "sounds/en/cti/welcome.wav",
        "sounds/fr/cti/say/time-0930.wav", "sounds/fr/cti/welcome.wav",
    ]  # fmt: skip
    assert standings(folder, *ALL) == [Standing.MADE] * 4
    assert length_s(heard(folder, TIME)) > 0.8


def test_only_what_changed_is_made_again(folder: SoundFolder, voices: InstalledVoices) -> None:
    build(folder.directory, ALL, voices)
    stamps = {clip: folder.wav(clip).stat().st_mtime_ns for clip in ALL}
    changed = replace(WELCOME, text="Bonsoir à tous.")
    assert standings(folder, changed) == [Standing.STALE]
    assert build(folder.directory, (changed, HELLO, TIME, EMPLOYER), voices) == Built(made=1, kept=3)
    assert folder.wav(WELCOME).stat().st_mtime_ns != stamps.pop(WELCOME)
    assert {clip: folder.wav(clip).stat().st_mtime_ns for clip in stamps} == stamps


def test_what_nobody_needs_any_more_is_removed(folder: SoundFolder, voices: InstalledVoices) -> None:
    build(folder.directory, ALL, voices)
    mine = folder.sounds / "fr" / "cti" / "mine.wav"
    mine.write_bytes(wav())
    assert build(folder.directory, (WELCOME,), voices) == Built(kept=1, removed=3)
    assert not folder.wav(HELLO).exists()
    assert not folder.wav(TIME).exists()
    assert mine.exists()  # we did not make it


def test_one_language_alone(folder: SoundFolder, voices: InstalledVoices) -> None:
    build(folder.directory, ALL, voices)
    assert build(folder.directory, (WELCOME,), voices, languages=["fr"]) == Built(kept=1, removed=1)
    assert standings(folder, HELLO, EMPLOYER) == [Standing.MADE] * 2


def test_another_program_makes_all_again(folder: SoundFolder, voices: InstalledVoices) -> None:
    class Updated:
        def __init__(self, voice: Voice) -> None:
            self.identity = f"{voice.identity} 2"
            self.say = voice.say

    class UpdatedVoices(InstalledVoices):
        def of(self, language: str) -> Voice:
            return Updated(voices.of(language))

    build(folder.directory, ALL, voices)
    assert build(folder.directory, ALL, UpdatedVoices()) == Built(made=4)
    assert standings(folder, *ALL) == [Standing.MADE] * 4


def test_a_recording_wins_until_it_is_removed(folder: SoundFolder, voices: InstalledVoices) -> None:
    build(folder.directory, ALL, voices)
    write_wav(folder.recording(WELCOME), tone(1.5))
    assert standings(folder, WELCOME) == [Standing.STALE]
    assert build(folder.directory, ALL, voices) == Built(recorded=1, kept=3)
    assert heard(folder, WELCOME) == tone(1.5)
    assert standings(folder, WELCOME, HELLO) == [Standing.RECORDED, Standing.MADE]
    assert build(folder.directory, ALL, voices) == Built(kept=4)
    folder.recording(WELCOME).unlink()
    assert standings(folder, WELCOME) == [Standing.STALE]
    assert build(folder.directory, ALL, voices) == Built(made=1, kept=3)
    assert heard(folder, WELCOME) != tone(1.5)


def test_a_recording_of_another_kind_is_converted(folder: SoundFolder, voices: InstalledVoices) -> None:
    folder.recording(TIME).parent.mkdir(parents=True)
    folder.recording(TIME).write_bytes(wav(rate=44_100, channels=2, frames=88_200))
    assert build(folder.directory, (TIME,), voices) == Built(recorded=1)
    assert len(heard(folder, TIME)) == pytest.approx(2 * RATE, abs=10)


@pytest.mark.parametrize("content", [b"", b"no sound", wav(frames=0)])
def test_a_recording_that_is_none_is_told_and_the_rest_is_made(
    folder: SoundFolder, voices: InstalledVoices, content: bytes
) -> None:
    folder.recording(WELCOME).parent.mkdir(parents=True)
    folder.recording(WELCOME).write_bytes(content)
    with pytest.raises(SoundsNotMade) as caught:
        build(folder.directory, ALL, voices)
    (problem,) = caught.value.problems
    assert problem.startswith(str(folder.recording(WELCOME)))
    assert problem.endswith("record it again, save it as WAV (8 kHz, mono, 16 bits), or remove it")
    assert standings(folder, *ALL) == [Standing.MISSING] + [Standing.MADE] * 3


def test_a_text_that_cannot_be_said_is_told_and_the_rest_is_made(folder: SoundFolder, voices: InstalledVoices) -> None:
    with pytest.raises(SoundsNotMade, match=r"cti/welcome \(fr\): there is nothing to say.*“🙂”"):
        build(folder.directory, (replace(WELCOME, text="🙂"), HELLO), voices)
    assert standings(folder, WELCOME, HELLO) == [Standing.MISSING, Standing.MADE]


def test_without_a_synthesiser_recordings_are_enough(folder: SoundFolder, tmp_path: Path) -> None:
    bare = InstalledVoices(Programs.in_root(tmp_path))
    write_wav(folder.recording(WELCOME), tone(1))
    assert build(folder.directory, (WELCOME,), bare) == Built(recorded=1)
    with pytest.raises(SoundsNotMade) as caught:
        build(folder.directory, ALL, bare)
    assert len(caught.value.problems) == 2  # for each language, what to install
    assert all("apt-get install" in problem for problem in caught.value.problems)


def test_a_name_that_would_lead_elsewhere_is_refused(folder: SoundFolder, voices: InstalledVoices) -> None:
    for sound in ("cti/../../passwd", "/etc/passwd", "cti/a b", "hello"):
        with pytest.raises(ValueError, match="no name of a sound of ours"):
            build(folder.directory, (replace(WELCOME, sound=sound),), voices)


def test_a_manifest_that_makes_no_sense_is_made_again(folder: SoundFolder, voices: InstalledVoices) -> None:
    build(folder.directory, (WELCOME,), voices)
    for nonsense in ("", "[]", '{"cti/welcome": 1}', "\0"):
        (folder.sounds / "fr" / "made.json").write_text(nonsense)
        assert build(folder.directory, (WELCOME,), voices) == Built(made=1)


_BUILDS = """
import sys
from pathlib import Path
from cti_router.voice.build import build
from cti_router.voice.clips import values_said, Clip
from cti_router.voice.programs import Programs
from cti_router.voice.synthesiser import InstalledVoices
programs = Programs.in_root(Path(sys.argv[2])) if sys.argv[2] else Programs()
clips = [Clip(sound, "fr", text, "fr") for sound, text in values_said("fr", frozenset())]
print(build(Path(sys.argv[1]), clips, InstalledVoices(programs)))
"""


def test_a_killed_build_leaves_nothing_half_made(folder: SoundFolder, programs: Programs) -> None:
    argv = [sys.executable, "-c", _BUILDS, str(folder.directory), str(programs.root or "")]
    killed = subprocess.Popen(argv, cwd=ROOT, start_new_session=True)
    deadline = time.monotonic() + 30
    while len(list(folder.directory.rglob("*.wav"))) < 5:
        assert time.monotonic() < deadline
        assert killed.poll() is None
        time.sleep(0.005)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    there = list(folder.directory.rglob("*.wav"))
    assert 5 <= len(there) < 61
    assert all(length_s(read_wav(path.read_bytes())) > 0.1 for path in there)
    told = subprocess.run(argv, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60).stdout
    assert "recorded=0" in told
    assert len(list(folder.directory.rglob("*.wav"))) == 61
    assert not [path for path in folder.directory.rglob("*") if path.name.endswith(".unfinished")]
