"""What telephones hear: 8,000 samples of 16 bits a second, one channel; cut, levelled, looked at, kept as WAV."""

import io
import math
import os
import sys
import tempfile
import wave
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

Samples: TypeAlias = "array[int]"

RATE = 8000
_BLOCK = RATE // 100
_QUIET = 0.01  # of the loudest sample: 40 dB below it
_LEAST_QUIET = 60  # and what is quieter than this is silence anyhow
_BEFORE, _AFTER = 2, 6  # blocks of 10 ms left at the ends: sounds that follow each other are words, not one word
_FADE = RATE // 200
_LEVEL = 3277.0  # -20 dB, root mean square of what is no silence: about that of Asterisk's own sounds
_PEAK = 29_000


class NotTelephone(Exception):
    """No WAV file of 8 kHz, one channel, 16 bits PCM; the text says what it is instead."""


def from_raw(raw: bytes) -> Samples:
    """Little-endian samples of 16 bits."""
    samples = array("h")
    samples.frombytes(raw[: len(raw) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def read_wav(content: bytes) -> Samples:
    """Raises NotTelephone."""
    try:
        with wave.open(io.BytesIO(content)) as wav:
            found = wav.getframerate(), wav.getnchannels(), wav.getsampwidth()
            raw = wav.readframes(wav.getnframes())
    except (wave.Error, EOFError) as error:
        raise NotTelephone(f"no WAV file with PCM samples ({str(error) or 'it ends too soon'})") from None
    if found != (RATE, 1, 2):
        rate, channels, width = found
        raise NotTelephone(f"{rate} Hz, {channels} channel{'s' if channels > 1 else ''}, {8 * width} bits")
    return from_raw(raw)


def write_wav(path: Path, samples: Samples) -> None:
    """Whole or not at all, also when we are killed meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".unfinished", delete=False) as unfinished:
        try:
            with wave.open(unfinished, "wb") as wav:
                wav.setnchannels(1)
                wav.setsampwidth(2)
                wav.setframerate(RATE)
                wav.writeframes(_little_endian(samples))
            os.chmod(unfinished.name, 0o644)  # the PBX is another user
            os.replace(unfinished.name, path)
        except BaseException:
            Path(unfinished.name).unlink(missing_ok=True)
            raise


def length_s(samples: Samples) -> float:
    return len(samples) / RATE


def spoken(samples: Samples) -> Samples:
    """Without the silence at both ends, as loud as the others, with ends that do not click. Empty for silence."""
    loud = [place for place, quiet in enumerate(_silences(samples)) if not quiet]
    if not loud:
        return array("h")
    first, last = max(0, loud[0] - _BEFORE), loud[-1] + 1 + _AFTER
    cut = samples[first * _BLOCK : last * _BLOCK]
    gain = _gain(cut)
    fade = min(_FADE, len(cut) // 2)
    levelled = array("h", [round(sample * gain) for sample in cut])
    for place in range(fade):
        levelled[place] = levelled[place] * place // fade
        levelled[-1 - place] = levelled[-1 - place] * place // fade
    return levelled


def longest_silence_s(samples: Samples) -> float:
    """To 10 ms, at the ends too."""
    longest = running = 0
    for quiet in _silences(samples):
        running = running + 1 if quiet else 0
        longest = max(longest, running)
    return longest * _BLOCK / RATE


def _silences(samples: Samples) -> Iterator[bool]:
    """For each block, whether it is silent beside the loudest."""
    if not samples:
        return
    bound = max(_LEAST_QUIET, _QUIET * max(max(samples), -min(samples)))
    for start in range(0, len(samples), _BLOCK):
        block = samples[start : start + _BLOCK]
        yield max(max(block), -min(block)) < bound


def _gain(samples: Samples) -> float:
    """What brings it to the level of all, as far as its peaks allow."""
    squares = count = 0
    for place, quiet in enumerate(_silences(samples)):
        if not quiet:
            block = samples[place * _BLOCK : (place + 1) * _BLOCK]
            squares += sum(sample * sample for sample in block)
            count += len(block)
    return min(_LEVEL / math.sqrt(squares / count), _PEAK / max(max(samples), -min(samples)))


def _little_endian(samples: Samples) -> bytes:
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()
