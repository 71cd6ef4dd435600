"""Who writes the journal: on a thread of its own, so that no disk can delay a call."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import structlog

from cti_router.compiled import core_digest
from cti_router.core.configuration import Configuration
from cti_router.core.effects import StepOutcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import Input
from cti_router.journal.codec import Plain
from cti_router.journal.lines import Head
from cti_router.journal.segments import Segments, Unreadable, name_of

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Begin:
    """A new segment from here. `snapshot` None: the switchboard was just built, nothing came before."""

    at: Instant
    configuration: Configuration
    snapshot: Plain
    lost: int


@dataclass(frozen=True, slots=True)
class Kept:
    at: Instant
    input_: Input
    outcome: StepOutcome | None


class Scribe:
    """After a failure nothing is written until a new segment begins: lines after a gap could not be replayed."""

    def __init__(self, segments: Segments, keep_s: float) -> None:
        self.failures = 0
        self.dropped = 0
        self.writing = True
        self._segments = segments
        self._keep_s = keep_s
        self._core = core_digest()
        self._file: IO[str] | None = None
        self._former: str | None = None
        self._dropped_before = self._unflushed = 0

    def write(self, entries: Iterable[Begin | Kept]) -> None:
        """A full disk, or an entry that cannot be encoded, stops the journal and nothing else."""
        for entry in entries:
            self._trying(self._begin if isinstance(entry, Begin) else self._line, entry)
        self._trying(self._flush)

    def _trying(self, act: Callable[..., None], *entry: Begin | Kept) -> None:
        try:
            act(*entry)
        except OSError as error:
            self._fail(f"{error.strerror}: {error.filename}")
        except Exception as error:  # noqa: BLE001 — the boundary of the journal: calls must go on without it
            _log.exception("journal_failed")
            self._fail(str(error))

    def close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file = None

    def _line(self, kept: Kept) -> None:
        if self._file is None:
            self.dropped += 1
            return
        self._unflushed += 1
        self._file.write(self._segments.lines.step(kept.at, kept.input_, kept.outcome))

    def _flush(self) -> None:
        if self._file is not None:
            self._file.flush()
            self._unflushed = 0

    def _begin(self, begin: Begin) -> None:
        self._flush()
        self.close()
        self._segments.make_folders()
        head = Head(
            at=begin.at,
            configuration=self._segments.configurations.plain(begin.configuration),
            version=begin.configuration.version,
            core=self._core,
            continues=None if begin.snapshot is None else self._former,
            lost=begin.lost + self.dropped - self._dropped_before,
        )
        path, self._file = self._segments.begin(head, begin.snapshot)
        self._flush()
        if not self.writing:
            _log.info("journal_goes_on", lost=head.lost)
        self._former, self._dropped_before, self.writing = name_of(path), self.dropped, True
        self._tidy(begin.at, path)

    def _tidy(self, now: Instant, current: Path) -> None:
        try:
            self._segments.purge(now - self._keep_s)
            self._segments.pack(but=current)
        except (OSError, Unreadable) as error:
            _log.warning("journal_untidy", why=str(error))

    def _fail(self, why: str) -> None:
        """Said once, however often it is tried again."""
        self.failures += 1
        self.dropped += self._unflushed
        self._unflushed = 0
        self.close()
        if self.writing:
            _log.error("journal_stopped", why=why)
        self.writing = False
