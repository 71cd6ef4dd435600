"""What is on local disk on its way to PostgreSQL: one SQLite file, written by one thread of its own.

Writes that arrive while a commit is under way share the next one. A write that returned survives a power cut.
"""

import asyncio
import json
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event
from typing import Any, Generic, TypeAlias, TypeVar

import structlog

from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId
from cti_router.core.inputs import Presence, StoredPresence
from cti_router.core.order import Order
from cti_router.core.voice_message import VoiceMessage
from cti_router.postgres.orders import order_from_stored, order_to_stored
from cti_router.postgres.records import Stored, record_from_stored, record_to_stored

T = TypeVar("T")
Work: TypeAlias = Callable[[sqlite3.Connection], Any]

GATHER_S = 0.1
"""So long the row of a call that ended may wait for others: a commit costs more than the rows in it."""

log = structlog.get_logger(__name__)

# A row's `seq` changes with its content, so that what was written meanwhile is never taken for what was sent.
# Calls are `open`, then `ended` (on the way to PostgreSQL), or `refused` (PostgreSQL will never take it).
_TABLES = """
CREATE TABLE IF NOT EXISTS call (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('open', 'ended', 'refused')),
    ended_at REAL,
    record TEXT NOT NULL
);
-- A former version's: each commit writes every page it touched, and an open call needs no index.
DROP INDEX IF EXISTS call_state;
DROP INDEX IF EXISTS call_ended_at;
CREATE INDEX IF NOT EXISTS call_ended ON call (ended_at) WHERE state = 'ended';
CREATE INDEX IF NOT EXISTS call_refused ON call (ended_at) WHERE state = 'refused';
CREATE TABLE IF NOT EXISTS presence (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    advisor TEXT NOT NULL UNIQUE,
    awaiting INTEGER NOT NULL,
    stored TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS given_order (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    awaiting INTEGER NOT NULL,
    is_over INTEGER NOT NULL,
    stored TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS voice_message (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    call TEXT NOT NULL UNIQUE,
    awaiting INTEGER NOT NULL,
    stored TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
_OPENED = """
INSERT INTO call (id, state, ended_at, record) VALUES (?, 'open', ?, ?)
ON CONFLICT (id) DO UPDATE SET record = excluded.record WHERE state = 'open'
"""
_ENDED = "INSERT OR REPLACE INTO call (id, state, ended_at, record) VALUES (?, 'ended', ?, ?)"


@dataclass(frozen=True, slots=True)
class Spooled(Generic[T]):
    """A row as it stood when it was read."""

    seq: int
    row: T


class Spool:
    """Opens (or makes) the file at once; `set_aside` is where an unreadable one was put, else None.

    Every method that writes, but `keep_call`, returns when it is on disk, and raises sqlite3.Error when it cannot be
    (disk full).
    """

    def __init__(self, path: Path) -> None:
        self.set_aside: Path | None = None
        self.length = 0  # rows awaiting PostgreSQL
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._waiting: deque[tuple[Work, Future[Any]]] = deque()
        self._gathering = False
        self._hurry = Event()  # somebody waits for a write
        self._database: sqlite3.Connection = self._thread.submit(self._open).result()

    # ── calls ────────────────────────────────────────────────────────────────────────────────────────────────────

    def keep_call(self, record: CallRecord) -> "Future[object]":
        """A call that opens, on disk at once, or that ended: within `GATHER_S`. In order. Who has ended stays so."""

        def write(database: sqlite3.Connection) -> object:
            sql = _OPENED if record.ended_at is None else _ENDED
            return database.execute(sql, (record.id, record.ended_at, _call_text(record)))

        if record.ended_at is None:
            return self._submit(write)
        written = self._add(write)
        if not self._gathering:
            self._gathering = True
            self._thread.submit(self._gather)
        return written

    async def open_calls(self) -> tuple[CallRecord, ...]:
        """Oldest first."""
        rows = await self._read("SELECT seq, record FROM call WHERE state = 'open' ORDER BY seq")
        return tuple(_call(text) for _, text in rows)

    async def ended_calls(self, limit: int) -> tuple[Spooled[Stored], ...]:
        """Those awaiting PostgreSQL, oldest first, as they are kept: it gets them so."""
        ended = "SELECT seq, record FROM call NOT INDEXED WHERE state = 'ended' ORDER BY seq LIMIT ?"
        return await self._do(
            lambda database: tuple(Spooled(seq, json.loads(text)) for seq, text in database.execute(ended, (limit,)))
        )

    async def recent_calls(self, limit: int) -> tuple[CallRecord, ...]:
        """Those that ended, newest first, with those PostgreSQL refused."""
        newest = "SELECT ended_at, record FROM call WHERE state = '{}' ORDER BY ended_at DESC LIMIT ?"
        rows = [row for state in ("ended", "refused") for row in await self._read(newest.format(state), limit)]
        rows.sort(key=lambda row: row[0], reverse=True)
        return tuple(_call(text) for _, text in rows[:limit])

    async def call(self, call: CallId) -> CallRecord | None:
        """Open, ended or refused; None when it is not here."""
        rows = await self._read("SELECT record FROM call WHERE id = ?", call)
        return _call(rows[0][0]) if rows else None

    async def refuse_call(self, seq: int) -> None:
        await self._do(lambda database: database.execute("UPDATE call SET state = 'refused' WHERE seq = ?", (seq,)))

    # ── presence ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def store_presence(self, stored: StoredPresence) -> None:
        await self._do(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO presence (advisor, awaiting, stored) VALUES (?, 1, ?)",
                (stored.advisor, json.dumps(asdict(stored))),
            )
        )

    async def awaiting_presences(self) -> tuple[Spooled[StoredPresence], ...]:
        """The latest of each advisor, where PostgreSQL has not got it yet."""
        rows = await self._read("SELECT seq, stored FROM presence WHERE awaiting ORDER BY seq")
        return tuple(Spooled(seq, _presence(text)) for seq, text in rows)

    async def presences(self) -> tuple[StoredPresence, ...]:
        """The latest of each advisor."""
        rows = await self._read("SELECT seq, stored FROM presence ORDER BY advisor")
        return tuple(_presence(text) for _, text in rows)

    async def refuse_presence(self, seq: int) -> None:
        await self.forget((), (seq,))

    # ── orders ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def store_order(self, order: Order) -> None:
        await self._do(
            lambda database: database.execute(
                "INSERT OR REPLACE INTO given_order (id, awaiting, is_over, stored) VALUES (?, 1, ?, ?)",
                (order.id, order.is_over, json.dumps(order_to_stored(order))),
            )
        )

    async def awaiting_orders(self) -> tuple[Spooled[Order], ...]:
        """The latest of each, where PostgreSQL has not got it yet."""
        rows = await self._read("SELECT seq, stored FROM given_order WHERE awaiting ORDER BY seq")
        return tuple(Spooled(seq, _order(text)) for seq, text in rows)

    async def orders(self) -> tuple[Order, ...]:
        """The latest of each that is not over, or is not in PostgreSQL yet."""
        rows = await self._read("SELECT stored FROM given_order ORDER BY seq")
        return tuple(_order(text) for (text,) in rows)

    async def refuse_order(self, seq: int) -> None:
        await self.forget((), (), (seq,))

    # ── voice messages ───────────────────────────────────────────────────────────────────────────────────────────

    async def store_message(self, message: VoiceMessage) -> None:
        """The first row of a message stays, until PostgreSQL has it."""
        await self._do(
            lambda database: database.execute(
                "INSERT OR IGNORE INTO voice_message (call, awaiting, stored) VALUES (?, 1, ?)",
                (message.call, json.dumps(asdict(message))),
            )
        )

    async def awaiting_messages(self) -> tuple[Spooled[VoiceMessage], ...]:
        """Oldest first."""
        rows = await self._read("SELECT seq, stored FROM voice_message WHERE awaiting ORDER BY seq")
        return tuple(Spooled(seq, _message(text)) for seq, text in rows)

    async def messages(self) -> tuple[VoiceMessage, ...]:
        """Those PostgreSQL has not got, or never takes; oldest first."""
        rows = await self._read("SELECT stored FROM voice_message ORDER BY seq")
        return tuple(_message(text) for (text,) in rows)

    async def refuse_message(self, seq: int) -> None:
        sql = "UPDATE voice_message SET awaiting = 0 WHERE seq = ?"
        await self._do(lambda database: database.execute(sql, (seq,)))

    async def drop_messages(self, calls: Sequence[CallId]) -> None:
        """They are deleted."""
        sql = "DELETE FROM voice_message WHERE call = ?"
        await self._do(lambda database: database.executemany(sql, [(call,) for call in calls]))

    # ── all ──────────────────────────────────────────────────────────────────────────────────────────────────────

    async def forget(
        self, calls: Sequence[int], presences: Sequence[int], orders: Sequence[int] = (), messages: Sequence[int] = ()
    ) -> None:
        """These rows are in PostgreSQL. Presences stay, as the last known, and orders that are not over.

        Rows written anew since are not touched.
        """

        def work(database: sqlite3.Connection) -> None:
            database.executemany("DELETE FROM call WHERE seq = ?", [(seq,) for seq in calls])
            database.executemany("UPDATE presence SET awaiting = 0 WHERE seq = ?", [(seq,) for seq in presences])
            for seq in orders:
                database.execute("UPDATE given_order SET awaiting = 0 WHERE seq = ?", (seq,))
                database.execute("DELETE FROM given_order WHERE seq = ? AND is_over", (seq,))
            database.executemany("DELETE FROM voice_message WHERE seq = ?", [(seq,) for seq in messages])

        await self._do(work)

    # ── key and value, for the start ─────────────────────────────────────────────────────────────────────────────

    def meta_get(self, key: str) -> str | None:
        """Blocks: before the event loop runs, not after."""
        rows = self._submit(
            lambda database: database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchall()
        ).result()
        return rows[0][0] if rows else None

    def meta_set(self, key: str, value: str) -> None:
        """Blocks: before the event loop runs, not after."""
        self._submit(
            lambda database: database.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (key, value))
        ).result()

    def close(self) -> None:
        """Writes what was asked for, then closes the file. Blocks for that long."""
        self._hurry.set()
        self._thread.submit(self._database.close)
        self._thread.shutdown()

    # ── the thread ───────────────────────────────────────────────────────────────────────────────────────────────

    async def _read(self, sql: str, *values: object) -> list[Any]:
        return await self._do(lambda database: database.execute(sql, values).fetchall())

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._submit(work))

    def _submit(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        done = self._add(work)
        self._hurry.set()
        self._thread.submit(self._flush)
        return done

    def _add(self, work: Callable[[sqlite3.Connection], T]) -> "Future[T]":
        done: Future[T] = Future()
        done.set_running_or_notify_cancel()  # who stops waiting does not stop the write
        self._waiting.append((work, done))
        return done

    def _gather(self) -> None:
        self._hurry.wait(GATHER_S)
        self._gathering = False  # before the batch is taken: what comes after it asks again
        self._flush()

    def _flush(self) -> None:
        self._hurry.clear()
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        if self._carry_out(batch) is None:
            return
        for one in batch:  # a write that fails must not take the others with it
            error = self._carry_out([one])
            if error is not None:
                one[1].set_exception(error)

    def _carry_out(self, batch: list[tuple[Work, "Future[Any]"]]) -> Exception | None:
        """One transaction, all or nothing. Settles the batch when it was committed, else returns why it was not."""
        if not batch:
            return None
        try:
            with self._database:
                results = [work(self._database) for work, _ in batch]
            self.length = self._awaiting()
        except Exception as error:  # noqa: BLE001 - the boundary of this thread: who asked gets the error
            return error
        for (_, done), result in zip(batch, results, strict=True):
            done.set_result(result)
        return None

    def _awaiting(self) -> int:
        counts = self._database.execute(
            "SELECT (SELECT count(*) FROM call WHERE state = 'ended'), (SELECT count(*) FROM presence WHERE awaiting), "
            "(SELECT count(*) FROM given_order WHERE awaiting), (SELECT count(*) FROM voice_message WHERE awaiting)"
        ).fetchone()
        return sum(counts)

    def _open(self) -> sqlite3.Connection:
        try:
            database = _connect(self._path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise  # locked, or no right to read it: the file itself may be sound
            self.set_aside = _set_aside(self._path)
            log.exception("spool unreadable, set aside", path=str(self._path), set_aside=str(self.set_aside))
            database = _connect(self._path)
        self._database = database
        self.length = self._awaiting()
        return database


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)  # it holds telephone numbers
    database = sqlite3.connect(path)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        with closing(database.execute("PRAGMA quick_check(1)")) as answers:
            (verdict,) = answers.fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        database.executescript(_TABLES)
    except sqlite3.Error:
        database.close()
        raise
    return database


def _set_aside(path: Path) -> Path:
    """Renames the file and its two companions; returns the first new name that is free."""
    count, aside = 1, path.with_name(f"{path.name}.corrupt")
    while aside.exists():
        count += 1
        aside = path.with_name(f"{path.name}.corrupt-{count}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        companion = path.with_name(path.name + suffix)
        if companion.exists():
            companion.rename(aside.with_name(aside.name + suffix))
    return aside


def _call_text(record: CallRecord) -> str:
    return json.dumps(record_to_stored(record))


def _call(text: str) -> CallRecord:
    return record_from_stored(json.loads(text))


def _order(text: str) -> Order:
    return order_from_stored(json.loads(text))


def _message(text: str) -> VoiceMessage:
    return VoiceMessage(**json.loads(text))


def _presence(text: str) -> StoredPresence:
    stored = json.loads(text)
    return StoredPresence(**{**stored, "presence": Presence(stored["presence"])})
