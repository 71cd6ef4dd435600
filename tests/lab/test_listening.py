"""The tests' ears themselves: a prompt is found where it is and only there, and one that was cut as far as it went."""

from pathlib import Path

import numpy as np
import pytest

from deploy.lab.recording import RATE, Recording, samples_of
from tests.acceptance.listening import heard, hearings, in_order, silences
from tests.acceptance.voices import Sound, silence, speech, write_wav

_BEGAN_AT = 1000.0
_EXACTLY_S = 0.03


def _music(length_s: float) -> Sound:
    at = np.arange(int(length_s * RATE)) / RATE
    return np.asarray(sum(1500 * np.sin(2 * np.pi * hz * at) * (1 + np.sin(at * hz / 90)) for hz in (262, 330, 392)))


def _by_telephone(sound: Sound, level: float = 1.0) -> Recording:
    """Companded to 8 bits by the A-law and back."""
    x = np.clip(sound * level / 32768, -1, 1)
    a = 87.6
    coded = np.sign(x) * np.where(
        abs(x) < 1 / a, a * abs(x), 1 + np.log(np.maximum(a * abs(x), 1))
    ) / (1 + np.log(a))  # fmt: skip
    coded = np.round(coded * 127) / 127
    y = abs(coded) * (1 + np.log(a))
    back = np.sign(coded) * np.where(y < 1, y / a, np.exp(y - 1) / a)
    return Recording((back * 32767).astype(np.int16), _BEGAN_AT)


@pytest.fixture
def welcome(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "welcome.wav", speech(1, 4.0))


def _said(wav: Path) -> Sound:
    return samples_of(wav).astype(np.float64)


@pytest.mark.parametrize("level", [0.2, 1.0])
def test_a_prompt_is_heard_where_it_was_said_at_any_level(welcome: Path, level: float) -> None:
    said = np.concatenate((_music(3.3), _said(welcome), _music(2), _said(welcome), silence(1)))
    found = heard(_by_telephone(said, level), welcome)
    assert found == pytest.approx([_BEGAN_AT + 3.3, _BEGAN_AT + 3.3 + 4 + 2], abs=_EXACTLY_S)


def test_another_prompt_music_noise_and_silence_are_not_it(welcome: Path) -> None:
    noise = np.random.default_rng(2).normal(size=4 * RATE) * 3000
    others = [speech(seed, 4.0) for seed in range(10, 30)]
    assert hearings(_by_telephone(np.concatenate((*others, noise, _music(4), silence(4)))), welcome) == []


def test_a_prompt_that_was_cut_is_heard_as_far_as_it_went(welcome: Path) -> None:
    for cut_s in (0.8, 1.9, 3.1):
        line = _by_telephone(np.concatenate((_music(1), _said(welcome)[: int(cut_s * RATE)], _music(5))))
        (hearing,) = hearings(line, welcome)
        assert hearing.began_at == pytest.approx(_BEGAN_AT + 1, abs=_EXACTLY_S)
        assert hearing.ended_at == pytest.approx(_BEGAN_AT + 1 + cut_s, abs=0.2)  # it may have been cut in a pause
        assert hearing.ended_at < _BEGAN_AT + 1 + cut_s + 0.05
        assert not hearing.whole
        assert heard(line, welcome) == []


def test_packets_that_slip_or_are_lost_do_not_deafen_it(welcome: Path) -> None:
    packets = list(_said(welcome).reshape(-1, RATE // 50))
    packets[70:70] = [np.zeros(RATE // 50)]  # one late, for which there was silence
    del packets[150]
    line = _by_telephone(np.concatenate((silence(2), *packets, _music(1))))
    assert heard(line, welcome) == pytest.approx([_BEGAN_AT + 2], abs=_EXACTLY_S)


def test_a_line_may_open_and_close_in_a_prompt(welcome: Path) -> None:
    (hearing,) = hearings(_by_telephone(_said(welcome)[200:-200]), welcome)
    assert hearing.began_at == pytest.approx(_BEGAN_AT - 0.025, abs=_EXACTLY_S)
    assert hearing.whole


def test_a_prompt_that_was_resampled_is_still_the_same(welcome: Path) -> None:
    said = _said(welcome)
    drifted = np.interp(np.arange(0, len(said) - 1, 1.0002), np.arange(len(said)), said)
    assert len(heard(_by_telephone(np.concatenate((_music(1), drifted, _music(1)))), welcome)) == 1


def test_short_words_and_their_order(tmp_path: Path) -> None:
    words = [write_wav(tmp_path / f"{n}.wav", speech(40 + n, 0.45)) for n in range(4)]
    line = _by_telephone(np.concatenate((_music(1), *map(_said, words[:3]), _music(1))))
    assert in_order(line, words[:3]) == pytest.approx([_BEGAN_AT + 1 + n * 0.45 for n in range(3)], abs=_EXACTLY_S)
    assert in_order(line, [words[1], words[0]]) == []
    assert in_order(line, words) == []


def test_silences_are_found_and_music_is_none() -> None:
    line = _by_telephone(np.concatenate((_music(2), silence(2.5), 0.02 * _music(2), silence(1), _music(1))))
    assert silences(line, 2.0) == [pytest.approx((_BEGAN_AT + 2, _BEGAN_AT + 4.5), abs=_EXACTLY_S)]
    assert len(silences(line, 0.5)) == 2


def test_what_is_no_telephone_prompt_is_told(tmp_path: Path, welcome: Path) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        heard(_by_telephone(_music(1)), write_wav(tmp_path / "fine.wav", speech(1, 1), 2 * RATE))
    with pytest.raises(ValueError, match="is silent"):
        heard(_by_telephone(_music(1)), write_wav(tmp_path / "silent.wav", silence(1)))
    assert heard(Recording(np.zeros(10, np.int16), 0.0), welcome) == []


def test_a_part_of_a_recording_keeps_its_time(welcome: Path) -> None:
    line = _by_telephone(np.concatenate((_music(2), _said(welcome), _music(2))))
    part = line.between(_BEGAN_AT + 1, _BEGAN_AT + 7)
    assert part.length_s == pytest.approx(6)
    assert heard(part, welcome) == pytest.approx([_BEGAN_AT + 2], abs=_EXACTLY_S)
