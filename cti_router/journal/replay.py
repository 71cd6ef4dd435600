"""The journal given to the core again: what does the present code decide, and is it what was decided then?"""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from cti_router.compiled import core_digest
from cti_router.core import effects
from cti_router.core.configuration import Configuration
from cti_router.core.identity import CallId, Instant
from cti_router.core.ledger.decision import Decision
from cti_router.core.serving.call import Call
from cti_router.core.switchboard import Switchboard
from cti_router.journal.codec import CodecError, Plain
from cti_router.journal.lines import Step
from cti_router.journal.restoring import SnapshotDiffers, restored
from cti_router.journal.segments import Segment, Segments, Unreadable, began_at

Remark = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Again:
    """One input taken again. Outcomes are plain values; None: the core raised an error, `error` says which."""

    segment: str
    line: int
    step: Step
    configuration: Configuration
    replayed: Plain
    error: str = ""

    @property
    def differs(self) -> bool:
        return bool(self.replayed != self.step.outcome)


def replay(
    place: Path, remark: Remark, from_at: Instant | None = None, until_at: Instant | None = None
) -> Iterator[Again]:
    """Every input between two instants (None: no bound), both included. `place` is a segment, or a folder with some.

    Each segment begins with its own snapshot, so that a difference in one is not seen again in the next. `remark` hears
    what could not be replayed: gaps, half-written lines. Raises OSError, `Unreadable`.
    """
    from_at, until_at = -math.inf if from_at is None else from_at, math.inf if until_at is None else until_at
    segments, paths = _found(place)
    before: Switchboard | None = None
    for path in _between(paths, from_at, until_at):
        try:
            with segments.open(path) as segment:
                switchboard = _beginning(segments, segment, before, remark)
                for again in _steps(switchboard, segment, until_at):
                    if again.step.at >= from_at:
                        yield again
                before = switchboard
                if segment.torn:
                    remark(f"{segment.name}: the last line is half written: the router was killed")
        except (Unreadable, SnapshotDiffers) as error:
            if place == path:
                raise Unreadable(str(error)) from None
            remark(str(error))
            before = None


def replay_until(place: Path, at: Instant) -> Switchboard:
    """The switchboard as it was at an instant, all inputs until then taken. `place` is a segment, or a folder of them.

    Raises OSError, `Unreadable`, and `SnapshotDiffers` when another version of the core wrote the segment.
    """
    segments, paths = _found(place)
    last = [path for path in paths if began_at(path) <= at][-1:]
    if not last:
        raise Unreadable(f"{place}: no segment began by then; the oldest is {paths[0].name}")
    with segments.open(last[0]) as segment:
        switchboard = _beginning(segments, segment, None, lambda _remark: None)
        for _ in _steps(switchboard, segment, at):
            pass
    return switchboard


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision about a call, and the switchboard as it left it: to be looked at before the next is asked for.

    `call` None: it is over with this.
    """

    decision: Decision
    call: Call | None
    switchboard: Switchboard


def replay_decisions(place: Path, call: CallId, remark: Remark) -> Iterator[Decided]:
    """Every decision about a call. Only the segments that name the call are taken again.

    Raises OSError, `Unreadable`.
    """
    segments, paths = _found(place)
    for path in paths:
        last = segments.last_line_that_names(path, call)
        if last is None:
            continue
        try:
            with segments.open(path) as segment:
                switchboard = _beginning(segments, segment, None, remark)
                for step in segment.steps():
                    with suppress(Exception):  # the core erred: that is a finding of `replay`
                        for effect in switchboard.step(step.input_, step.at).effects:
                            if isinstance(effect, effects.Decided) and effect.call == call:
                                yield Decided(effect.decision, switchboard.calls.get(call), switchboard)
                    if segment.number >= last:
                        break
        except (Unreadable, SnapshotDiffers) as error:
            remark(str(error))


def timezone_of(place: Path) -> str:
    """Where the journal was written, by its newest configuration. Raises OSError, `Unreadable`."""
    segments, paths = _found(place)
    with segments.open(paths[-1]) as segment:
        return _configuration(segments, segment).calendar.timezone


def _found(place: Path) -> tuple[Segments, list[Path]]:
    """The segments of a folder, of the state directory it is in, or the one that is told. Raises `Unreadable`."""
    if place.is_file():
        return Segments(place.parent), [place]
    folder = inner if (inner := place / "journal").is_dir() else place
    segments = Segments(folder)
    if not (paths := segments.paths()):
        raise Unreadable(f"{folder}: there is no segment of a journal")
    return segments, paths


def _between(paths: list[Path], from_at: Instant, until_at: Instant) -> list[Path]:
    over = {path for path, following in pairwise(paths) if began_at(following) <= from_at}
    return [path for path in paths if path not in over and began_at(path) <= until_at]


def _beginning(segments: Segments, segment: Segment, before: Switchboard | None, remark: Remark) -> Switchboard:
    """The switchboard a segment begins with: just built, or in the state that was kept.

    A snapshot belongs to the code that took it; with other code, the switchboard that took the segment before goes on.
    """
    head, configuration = segment.head, _configuration(segments, segment)
    if head.lost:
        remark(f"{segment.name}: {head.lost} inputs before it were not written (full disk, or more than it could take)")
    if segment.snapshot is None:
        return Switchboard(configuration)
    if head.core != core_digest() and before is not None and not head.lost:
        return before
    try:
        return restored(segment.snapshot, configuration)
    except SnapshotDiffers as error:
        raise SnapshotDiffers(f"{segment.name}: {error}") from None


def _configuration(segments: Segments, segment: Segment) -> Configuration:
    try:
        return segments.configurations.value(segment.head.configuration)
    except CodecError as error:
        raise Unreadable(f"{segment.name}: {error}") from None


def _steps(switchboard: Switchboard, segment: Segment, until_at: Instant) -> Iterator[Again]:
    lines = segment.lines
    for step in segment.steps():
        if step.at > until_at:
            return
        outcome, error = None, ""
        try:
            outcome = lines.outcome(switchboard.step(step.input_, step.at))
        except Exception as raised:  # noqa: BLE001 — the core erred: that is a finding, and the replay goes on
            error = f"{type(raised).__name__}: {raised}"
        yield Again(segment.name, segment.number, step, switchboard.configuration, outcome, error)
