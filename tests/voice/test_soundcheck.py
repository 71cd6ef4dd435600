"""What `check` says about sounds."""

from dataclasses import replace
from pathlib import Path

import pytest

from cti_router.config import load
from cti_router.core.configuration import Configuration
from cti_router.core.heard import Value
from cti_router.voice.clips import Clip
from cti_router.voice.folder import RECORDED, Origin, SoundFolder, of_recording, of_words
from cti_router.voice.samples import write_wav
from cti_router.voice.soundcheck import sound_remarks
from tests.voice.test_samples import silence, tone, wav

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
WELCOME = Clip("cti/welcome", "fr", "Bonjour.", "fr")
CLOSED = Clip("cti/closed", "fr", "Nous sommes fermés.", "fr")


@pytest.fixture(scope="module")
def example() -> Configuration:
    """With one number, whose greeting is the welcome."""
    configuration = load(EXAMPLE, {}).configuration
    (number, *_) = configuration.numbers.values()
    number = replace(number, dnis=33261910001, greeting_sounds=("cti/welcome", "hello"))
    return replace(configuration, numbers={number.dnis: number})


@pytest.fixture
def folder(tmp_path: Path) -> SoundFolder:
    """As a build leaves it, without what it says."""
    folder = SoundFolder(tmp_path)
    for clip in (WELCOME, CLOSED):
        write_wav(folder.wav(clip), tone(1))
    folder.write_made("fr", {clip.sound: Origin(of_words(clip), "somebody") for clip in (WELCOME, CLOSED)})
    return folder


def remarks(configuration: Configuration, folder: SoundFolder, *clips: Clip) -> list[tuple[str, str]]:
    found = sound_remarks(configuration, clips or (WELCOME, CLOSED), folder.directory)
    return [(remark.about, remark.text) for remark in found]


def test_where_all_is_well_nothing_is_said(example: Configuration, folder: SoundFolder) -> None:
    assert remarks(example, folder) == []


def test_what_is_missing_is_told_once_a_language(example: Configuration, tmp_path: Path) -> None:
    clips = [Clip(f"cti/say/number-{number}", language, "", language) for language in ("fr", "en") for number in (1, 2)]
    assert remarks(example, SoundFolder(tmp_path), WELCOME, *clips) == [
        (
            "sounds/fr",
            "3 are missing (cti/welcome, cti/say/number-1, cti/say/number-2): "
            f"run “cti-router prompts build {tmp_path}”",
        ),
        (
            "sounds/en",
            f"2 are missing (cti/say/number-1, cti/say/number-2): run “cti-router prompts build {tmp_path}”",
        ),
    ]


def test_of_many_the_first_ones_are_named(example: Configuration, tmp_path: Path) -> None:
    clips = [Clip(f"cti/say/number-{number}", "fr", "", "fr") for number in range(100)]
    ((_, text),) = remarks(example, SoundFolder(tmp_path), *clips)
    assert text.startswith("100 are missing (cti/say/number-0, ")
    assert "number-4, …)" in text


def test_a_text_that_was_changed_is_told(example: Configuration, folder: SoundFolder) -> None:
    ((about, text),) = remarks(example, folder, replace(WELCOME, text="Bonsoir."), CLOSED)
    assert about == "sounds/fr"
    assert text.startswith("1 says what was written before (cti/welcome): run ")


def test_a_file_that_was_removed_is_told(example: Configuration, folder: SoundFolder) -> None:
    folder.wav(WELCOME).unlink()
    ((_, text),) = remarks(example, folder)
    assert text.startswith("1 is missing (cti/welcome): run ")


def test_a_recording_that_was_not_taken_over_is_told(example: Configuration, folder: SoundFolder) -> None:
    write_wav(folder.recording(WELCOME), tone(1))
    ((_, text),) = remarks(example, folder)
    assert "1 says what was written before (cti/welcome)" in text
    folder.write_made("fr", folder.read_made("fr") | {"cti/welcome": of_recording(folder.recording(WELCOME))})
    assert remarks(example, folder) == []
    folder.recording(WELCOME).unlink()
    assert folder.read_made("fr")["cti/welcome"].by == RECORDED
    assert len(remarks(example, folder)) == 1


def recorded(folder: SoundFolder, name: str, content: bytes) -> None:
    """A recording as a build took it over."""
    path = folder.directory / "recordings" / "fr" / f"{name}.wav"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if name == "welcome":
        folder.write_made("fr", folder.read_made("fr") | {"cti/welcome": of_recording(path)})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (wav(rate=44_100, channels=2), "44100 Hz, 2 channels, 16 bits: telephones play 8000 Hz"),
        (b"no sound at all", "no WAV file with PCM samples"),
        (wav(frames=0), "is empty"),
    ],
)
def test_an_unfit_recording_is_told(example: Configuration, folder: SoundFolder, content: bytes, said: str) -> None:
    recorded(folder, "welcome", content)
    ((about, text),) = remarks(example, folder)
    assert about == "recordings/fr/welcome.wav"
    assert text.startswith(said)


@pytest.mark.parametrize(("seconds", "told"), [(1.9, False), (2.2, True)])
def test_a_recording_with_a_long_silence_is_told(
    example: Configuration, folder: SoundFolder, seconds: float, told: bool
) -> None:
    write_wav(folder.directory / "silent.wav", tone(0.5) + silence(seconds) + tone(0.5))
    recorded(folder, "welcome", (folder.directory / "silent.wav").read_bytes())
    assert remarks(example, folder) == (
        [("recordings/fr/welcome.wav", "is silent for 2.2 s at a stretch: who hears nothing hangs up; cut it")]
        if told
        else []
    )


def test_a_recording_that_nobody_hears_is_told(example: Configuration, folder: SoundFolder) -> None:
    recorded(folder, "wellcome", wav())
    ((about, text),) = remarks(example, folder)
    assert about == "recordings/fr/wellcome.wav"
    assert text.startswith("no sound has this name")


@pytest.mark.parametrize(("seconds", "told"), [(7.9, False), (8.1, True)])
def test_a_long_greeting_is_told(example: Configuration, folder: SoundFolder, seconds: float, told: bool) -> None:
    write_wav(folder.wav(WELCOME), tone(seconds - 1))
    (number,) = example.numbers.values()
    longer = replace(number, greeting_sounds=("cti/welcome", str(Value.OPENING), "hello", "cti/closed"))
    found = remarks(replace(example, numbers={number.dnis: longer}), folder)
    assert [about for about, _ in found] == (["+33261910001"] if told else [])
    assert all(text.startswith("its greeting lasts 8.1 s") for _, text in found)


def test_a_language_without_words_is_told(example: Configuration, folder: SoundFolder) -> None:
    (number,) = example.numbers.values()
    polish = replace(example, numbers={number.dnis: replace(number, language="pl")})
    ((about, text),) = remarks(polish, folder)
    assert about == "+33261910001"
    assert "“pl”" in text
