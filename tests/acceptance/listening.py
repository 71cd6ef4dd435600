"""The tests' ears: which prompts are in a recording, from when to when, and where there was silence.

A prompt is cut into pieces of half a second, and each piece is sought in the recording by normalised cross-correlation,
which neither the level nor the telephone's companding disturbs. Where most pieces stand in their order, a packet's
slip aside, the prompt was heard. Written for speech: a tone is like itself at every place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.lab.recording import RATE, Recording, samples_of

PIECE = RATE // 2
STEP = RATE // 50
"""A packet, 20 ms: how finely places are told apart at first."""
SLIP = 3
"""How many steps a piece may stand away from its place."""
FRAME = 2 * STEP
"""How finely it is told where a prompt was cut: 40 ms."""
ALIKE = 0.6
"""The correlation from which a piece is that piece. Companding and resampling leave 0.95; other speech comes to 0.4."""
MOST = 0.7
"""The part of the pieces that must be in their places."""
SILENT_RMS = 20.0
"""Of 32767. An A-law zero is 8; the softest music is above."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Hearing:
    """A prompt that was heard, or its beginning. `part`: how much of it, from 0 to 1."""

    began_at: float
    ended_at: float
    part: float

    @property
    def whole(self) -> bool:
        return self.part > 0.9


def heard(recording: Recording, wav: Path) -> list[float]:
    """When this prompt began, each time it was heard to its end."""
    return [hearing.began_at for hearing in hearings(recording, wav) if hearing.whole]


def hearings(recording: Recording, wav: Path) -> list[Hearing]:
    """Each time this prompt began to be heard, whole or cut short. Raises ValueError for one that is silent.

    The line may have opened in its first syllable, or closed in its last one.
    """
    prompt, line = samples_of(wav).astype(np.float64), np.pad(recording.samples.astype(np.float64), PIECE)
    pieces = _pieces(prompt)
    if not pieces:
        raise ValueError(f"{wav} is silent")
    alike = [(offset, _alike(line, piece)) for offset, piece in pieces]
    told = (_told(prompt, line, alike, place) for place in _places(alike))
    return [
        Hearing(recording.at(began - PIECE), recording.at(began + length - PIECE), min(1.0, length / _voiced(prompt)))
        for began, length in filter(None, told)
    ]


def in_order(recording: Recording, wavs: Sequence[Path]) -> list[float]:
    """When each of these prompts, played one after the other, began; [] unless all were heard to their ends."""
    found: list[float] = []
    for wav in wavs:
        later = [at for at in heard(recording, wav) if not found or at > found[-1]]
        if not later:
            return []
        found.append(later[0])
    return found


def silences(recording: Recording, longer_than_s: float) -> list[tuple[float, float]]:
    """From when to when nothing was heard for so long."""
    frames = len(recording.samples) // STEP
    sound = recording.samples[: frames * STEP].astype(np.float64).reshape(frames, STEP)
    silent = np.concatenate(([False], np.sqrt((sound**2).mean(axis=1)) < SILENT_RMS, [False]))
    (edges,) = np.nonzero(silent[1:] != silent[:-1])
    runs = zip(edges[::2], edges[1::2], strict=True)
    return [
        (recording.at(int(first) * STEP), recording.at(int(last) * STEP))
        for first, last in runs
        if (last - first) * STEP > longer_than_s * RATE
    ]


# ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def _pieces(prompt: Floats) -> list[tuple[int, Floats]]:
    """Where each piece begins, and its samples; pauses are no pieces."""
    size = min(PIECE, len(prompt))
    loud = np.sqrt((prompt**2).mean()) if len(prompt) else 0.0
    starts = [*range(0, len(prompt) - size, size), len(prompt) - size] if size else []
    cut = [(start, prompt[start : start + size]) for start in starts]
    return [(start, piece) for start, piece in cut if np.sqrt((piece**2).mean()) > max(SILENT_RMS, loud / 4)]


def _alike(line: Floats, piece: Floats) -> Floats:
    """At each sample of the line: how much what begins there is like the piece, from 0 to 1."""
    size = 1 << (len(line) + len(piece) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(line, size) * np.conj(np.fft.rfft(piece, size)), size)
    places = len(line) - len(piece) + 1
    power = np.concatenate(([0.0], np.cumsum(line**2)))
    there = np.sqrt(np.maximum(power[len(piece) :] - power[:places], 1.0))
    softest = SILENT_RMS * np.sqrt(len(piece))  # silence is like nothing
    alike: Floats = products[:places] / np.maximum(there, softest) / np.linalg.norm(piece)
    return alike


def _near(alike: Floats, place: int) -> int | None:
    """The sample near a place where the line is most like the piece; None when it is not there."""
    first = max(0, place - SLIP * STEP)
    around = alike[first : place + (SLIP + 1) * STEP]
    return first + int(np.argmax(around)) if len(around) and around.max() > ALIKE else None


def _places(alike: list[tuple[int, Floats]]) -> list[int]:
    """The samples about which the prompt may have begun: its first piece is there, or most pieces are."""
    steps = max(len(each) for _, each in alike) // STEP + 1
    near = np.zeros((len(alike), steps))
    for row, (offset, each) in zip(near, alike, strict=True):
        padded = np.concatenate((each[offset:], np.zeros(steps * STEP)))[: steps * STEP]
        best = padded.reshape(steps, STEP).max(axis=1)
        for slip in range(-SLIP, SLIP + 1):
            row[max(0, slip) : steps + min(0, slip)] = np.maximum(
                row[max(0, slip) : steps + min(0, slip)], best[max(0, -slip) : steps - max(0, slip)]
            )
    there = near > ALIKE
    candidates = np.nonzero(there[0] | (there.mean(axis=0) >= MOST))[0]
    strength = near.sum(axis=0)
    found: list[int] = []
    for step in sorted(candidates, key=lambda each: -strength[each]):
        if all(abs(step - other) > PIECE // STEP for other in found):
            found.append(int(step))
    return [step * STEP for step in sorted(found)]


def _told(prompt: Floats, line: Floats, alike: list[tuple[int, Floats]], place: int) -> tuple[int, int] | None:
    """At which sample the prompt began, and how much of it was heard; None when it was another one."""
    near = [_near(each, place + offset) for offset, each in alike]
    there = [(offset, at) for (offset, _), at in zip(alike, near, strict=True) if at is not None]
    if not there:
        return None
    (first, began_at), (last, at) = there[0], there[-1]
    if len(there) < MOST * sum(offset <= last for offset, _ in alike):
        return None
    return max(0, began_at - first), last + _goes_on(prompt[last:], line[at:])


def _goes_on(prompt: Floats, line: Floats) -> int:
    """For how many samples the line says what the prompt says; a pause in it belongs to what was said before."""
    until, loud = 0, np.sqrt((prompt**2).mean())
    both = min(len(prompt), len(line))
    for start in range(0, both, FRAME):
        said, there = prompt[start : min(start + FRAME, both)], line[start : min(start + FRAME, both)]
        if np.sqrt((said**2).mean()) < loud / 4:
            continue
        if float(said @ there) < ALIKE * np.linalg.norm(said) * max(1.0, float(np.linalg.norm(there))):
            break
        until = start + len(said)
    return until


def _voiced(prompt: Floats) -> int:
    """Where the prompt's last sound ends: as much of it as can be heard."""
    last, _ = _pieces(prompt)[-1]
    return last + _goes_on(prompt[last:], prompt[last:])
