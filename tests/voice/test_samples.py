"""Samples cut, levelled and looked at; WAV files as telephones want them."""

import io
import math
import wave
from array import array
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.voice.samples import (
    RATE,
    NotTelephone,
    Samples,
    length_s,
    longest_silence_s,
    read_wav,
    spoken,
    write_wav,
)


def tone(seconds: float, level: int = 8000) -> Samples:
    return array("h", [round(level * math.sin(place / 3)) for place in range(round(seconds * RATE))])


def silence(seconds: float, noise: int = 0) -> Samples:
    return array("h", [noise * (-1) ** place for place in range(round(seconds * RATE))])


def loudness(samples: Samples) -> float:
    """Decibels below full scale, root mean square."""
    return 20 * math.log10(math.sqrt(sum(sample * sample for sample in samples) / len(samples)) / 32768)


def wav(rate: int = RATE, channels: int = 1, width: int = 2, frames: int = 800) -> bytes:
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(b"\1" * frames * channels * width)
    return content.getvalue()


def test_the_silence_at_both_ends_goes_and_what_is_within_stays() -> None:
    said = spoken(silence(1) + tone(0.5) + silence(0.7) + tone(0.5) + silence(2, noise=20))
    assert length_s(said) == pytest.approx(1.7 + 0.08, abs=0.011)
    assert longest_silence_s(said) == pytest.approx(0.7, abs=0.011)


@given(st.integers(100, 30_000))
def test_whatever_its_loudness_it_becomes_as_loud_as_the_others(level: int) -> None:
    assert loudness(spoken(tone(0.3, level))) == pytest.approx(-20, abs=1.5)


def test_a_peak_is_never_cut() -> None:
    peaky = tone(1, 500)
    peaky[4000] = 30_000
    assert max(spoken(peaky)) <= 29_001


def test_the_ends_do_not_click() -> None:
    said = spoken(array("h", [20_000] * RATE))
    assert said[0] == said[-1] == 0
    assert max(abs(one - other) for one, other in pairwise(said)) < 200


@pytest.mark.parametrize("samples", [array("h"), silence(1), silence(1, noise=30)])
def test_of_silence_nothing_is_left(samples: Samples) -> None:
    assert len(spoken(samples)) == 0


def test_silence_is_found_at_the_ends_too() -> None:
    assert longest_silence_s(tone(0.5) + silence(2.5)) == pytest.approx(2.5, abs=0.011)
    assert longest_silence_s(array("h")) == 0


def test_a_file_keeps_the_samples(tmp_path: Path) -> None:
    file = tmp_path / "new" / "clip.wav"
    write_wav(file, tone(0.3))
    assert read_wav(file.read_bytes()) == tone(0.3)
    assert [path.name for path in file.parent.iterdir()] == ["clip.wav"]
    assert file.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (wav(44_100, 2), "44100 Hz, 2 channels, 16 bits"),
        (wav(width=1), "8000 Hz, 1 channel, 8 bits"),
        (b"", "it ends too soon"),
        (b"ID3 I am an MP3", "no WAV file"),
        (wav()[:20], "no WAV file"),
    ],
)
def test_what_telephones_cannot_play_is_told(content: bytes, why: str) -> None:
    with pytest.raises(NotTelephone, match=why):
        read_wav(content)
