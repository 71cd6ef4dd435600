"""The journal: every input of the switchboard, with its instant and its outcome, on local disk, to be replayed."""

import time
from collections import deque
from datetime import datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from zoneinfo import ZoneInfo

import structlog

from cti_router.core.effects import StepOutcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import Configure, Input
from cti_router.core.switchboard import Switchboard
from cti_router.journal.core_names import NotKept
from cti_router.journal.scribe import Begin, Kept, Scribe
from cti_router.journal.segments import Segments
from cti_router.journal.snapshot import snapshot

QUEUE = 50_000
"""Inputs that may wait for the disk; beyond, a gap is written and the journal begins anew when half of it is free."""

FLUSH_S = 0.25
"""How often what was queued is written: what a killed router's journal may lack."""

AT_ONCE, PAUSE_S = 32, 0.001
"""So many lines are written before the loop may have the interpreter again, and for how long."""

PATIENCE_S = 6 * 3600.0
"""A new day's segment waits so long for a moment without calls, when a snapshot costs nobody anything."""

RETRY_S = 600.0
"""After a full disk: when it is tried again."""

CLOSE_S = 10.0
"""What is queued at the end is written within that time, or lost."""

_log = structlog.get_logger()


def journal(folder: Path, keep_s: float, switchboard: Switchboard, now: Instant) -> "Journal | NoJournal":
    """The journal of a switchboard that has just been built. Segments that ended longer than `keep_s` ago are deleted;
    with 0 there is no journal, and what there was is deleted. Raises OSError when it cannot be.

        with journal(folder, keep_s, switchboard, now) as kept: ...
    """
    if keep_s:
        return Journal(folder, keep_s, switchboard, now)
    Segments(folder).delete()
    return NoJournal()


class Journal:
    """Implements `interfaces.Journal`. `keep` only queues; a thread encodes and writes. Nothing is fsynced."""

    def __init__(self, folder: Path, keep_s: float, switchboard: Switchboard, now: Instant) -> None:
        self._switchboard = switchboard
        self._queue: deque[Begin | Kept] = deque()
        self._scribe = Scribe(Segments(folder), keep_s)
        self._failures_seen = 0
        self._keeping = True
        self._lost = self._gap = 0
        self._retry_at = now
        self._turn_at = self._next_midnight(now)
        self._queue.append(Begin(now, switchboard.configuration, None, 0))
        self._stop = Event()
        self._thread = Thread(target=self._run, name="journal", daemon=True)

    @property
    def writing(self) -> bool:
        """Is it being written? Not while the disk is full."""
        return self._keeping and self._scribe.writing

    @property
    def lost(self) -> int:
        """Inputs that were not written since the start."""
        return self._lost + self._scribe.dropped

    def __enter__(self) -> "Journal":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(CLOSE_S)

    def keep(self, input_: Input, now: Instant, outcome: StepOutcome | None) -> None:
        """An input just taken, and what it gave (None: an error). Never waits, never raises."""
        if not self._keeping or self._scribe.failures != self._failures_seen or len(self._queue) >= QUEUE:
            self._lose(now)
            return
        self._queue.append(Kept(now, input_, outcome))
        if isinstance(input_, Configure) or (now >= self._turn_at and self._is_quiet(now)):
            self._begin(now)

    def _is_quiet(self, now: Instant) -> bool:
        return not self._switchboard.calls or now >= self._turn_at + PATIENCE_S

    def _lose(self, now: Instant) -> None:
        """A gap: what comes after it is kept again from the next snapshot on."""
        self._lost += 1
        self._gap += 1
        if self._keeping:
            failed = self._scribe.failures != self._failures_seen
            if not failed:
                _log.error("journal_overflowed", queued=len(self._queue))
            self._keeping = False
            self._retry_at = now + RETRY_S if failed else now
        elif now >= self._retry_at and len(self._queue) <= QUEUE // 2:
            self._begin(now)

    def _begin(self, now: Instant) -> None:
        """A new segment, with the whole state as it is after the input that was just taken."""
        self._turn_at, self._retry_at = self._next_midnight(now), now + RETRY_S
        self._failures_seen = self._scribe.failures
        try:
            state = snapshot(self._switchboard)
        except NotKept as error:
            _log.error("journal_stopped", why=str(error))
            self._keeping = False
            return
        self._queue.append(Begin(now, self._switchboard.configuration, state, self._gap))
        self._keeping, self._gap = True, 0

    def _next_midnight(self, now: Instant) -> Instant:
        zone = ZoneInfo(self._switchboard.configuration.calendar.timezone)
        tomorrow = datetime.fromtimestamp(now, zone).date() + timedelta(days=1)
        return datetime.combine(tomorrow, clock_time(), zone).timestamp()

    # on the thread

    def _run(self) -> None:
        stopping = False
        while not stopping:
            stopping = self._stop.wait(FLUSH_S)
            while self._queue:
                self._scribe.write([self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))])
                time.sleep(PAUSE_S)
        self._scribe.close()


class NoJournal:
    """Implements `interfaces.Journal`: nothing is kept."""

    writing = False
    lost = 0

    def __enter__(self) -> "NoJournal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """There is nothing to close."""

    def keep(self, input_: Input, now: Instant, outcome: StepOutcome | None) -> None:
        """Not kept."""
