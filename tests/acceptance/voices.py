"""Sounds for tests: something like speech, which is like itself only, and the files a PBX takes or does not."""

import wave
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from deploy.lab.recording import RATE

Sound: TypeAlias = NDArray[np.float64]


def speech(seed: int, length_s: float) -> Sound:
    """Syllables of a voice: a gliding pitch, three formants that change, consonants of noise, pauses."""
    random = np.random.default_rng(seed)
    samples = int(length_s * RATE)
    syllables = samples // 1200 + 2
    at = np.arange(samples) / 1200
    pitch = np.interp(at, np.arange(syllables), random.uniform(90, 180, syllables))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    formants = [np.interp(at, np.arange(syllables), random.uniform(low, high, syllables))
                for low, high in ((250, 850), (900, 2200), (2300, 3200))]  # fmt: skip
    voice = np.zeros(samples)
    for harmonic in range(1, 30):
        frequency = harmonic * pitch
        strength = sum(np.exp(-(((frequency - formant) / 150) ** 2)) for formant in formants)
        voice += np.where(frequency < 3800, strength, 0.0) * np.sin(harmonic * phase)
    voice += 0.3 * random.normal(size=samples) * (np.sin(np.pi * at) ** 8)
    loudness = np.interp(at, np.arange(syllables), random.choice([0.0, 0.6, 1.0], syllables, p=[0.15, 0.35, 0.5]))
    return np.asarray(4000 * loudness * voice)


def silence(length_s: float) -> Sound:
    return np.zeros(int(length_s * RATE))


def write_wav(file: Path, sound: Sound, rate: int = RATE) -> Path:
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.clip(sound, -32768, 32767).astype("<i2").tobytes())
    return file
