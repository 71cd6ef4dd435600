"""What a telephone line heard: samples, and when they were heard."""

import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
"""Samples a second of everything on these lines."""

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Recording:
    """`began_at`: when its first sample was heard, on this machine's monotonic clock."""

    samples: Samples
    began_at: float

    @property
    def length_s(self) -> float:
        return len(self.samples) / RATE

    def at(self, sample: int) -> float:
        """When this sample was heard."""
        return self.began_at + sample / RATE

    def between(self, from_at: float, until_at: float) -> "Recording":
        """What was heard in this time."""
        first = max(0, round((from_at - self.began_at) * RATE))
        last = max(first, round((until_at - self.began_at) * RATE))
        return Recording(self.samples[first:last], self.at(first))


def samples_of(wav: Path) -> Samples:
    """The samples of an 8 kHz, mono, 16 bit WAV file. Raises ValueError."""
    with wave.open(str(wav), "rb") as file:
        shape = (file.getframerate(), file.getnchannels(), file.getsampwidth())
        if shape != (RATE, 1, 2):
            raise ValueError(f"{wav}: {shape[0]} Hz, {shape[1]} channels, {8 * shape[2]} bits, not 8 kHz, mono, 16")
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
