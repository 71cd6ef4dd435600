"""The table of callbacks: what it has survives the router, and nothing is noted that it has not."""

import asyncio
from typing import Any

import asyncpg

from cti_router import interfaces
from cti_router.core.callback import StoredCallback
from cti_router.core.history import Outcome
from cti_router.core.identity import Instant
from cti_router.database.pool import Connection, DatabaseAway, Pool, RowRefused
from cti_router.database.queries import query
from cti_router.postgres.records import to_datetime, to_instant


class CallbackBook(interfaces.CallbackBook):
    """`patience_s` bounds each question: somebody waits for the answer."""

    def __init__(self, pool: Pool, *, patience_s: float = 2.0) -> None:
        self._pool = pool
        self._patience_s = patience_s

    async def store(self, stored: StoredCallback) -> None:
        """Returns when it is committed. Raises `CallbackBookAway`: then it may or may not be."""
        try:
            async with asyncio.timeout(self._patience_s), self._pool.connection() as connection:
                await connection.execute(query("write_callback"), *_to_row(stored))
        except (DatabaseAway, RowRefused, TimeoutError) as error:
            raise interfaces.CallbackBookAway(_why(error, self._patience_s)) from error

    async def read(self, since_at: Instant) -> tuple[StoredCallback, ...]:
        """Those that are open, and all asked for after `since_at`, oldest first. Raises `CallbackBookAway`."""
        try:
            async with asyncio.timeout(self._patience_s), self._pool.connection() as connection:
                return await _read(connection, since_at)
        except (DatabaseAway, TimeoutError) as error:
            raise interfaces.CallbackBookAway(_why(error, self._patience_s)) from error


async def _read(connection: Connection, since_at: Instant) -> tuple[StoredCallback, ...]:
    rows = await connection.fetch(query("read_callbacks"), to_datetime(since_at))
    return tuple(_from_row(row) for row in rows)


def _to_row(stored: StoredCallback) -> tuple[object, ...]:
    """In the order of the parameters of `write_callback`."""
    return (
        stored.id, stored.e164, stored.site, stored.dnis, stored.ticket, to_datetime(stored.asked_at),
        to_datetime(stored.not_before_at), stored.revision, stored.attempts, stored.attempt, stored.asked_in,
        stored.author, stored.outcome and stored.outcome.value,
        None if stored.ended_at is None else to_datetime(stored.ended_at), stored.called_from,
    )  # fmt: skip


def _from_row(row: asyncpg.Record) -> StoredCallback:
    told: dict[str, Any] = dict(row)
    for name in ("asked_at", "not_before_at", "ended_at"):
        told[name] = told[name] and to_instant(told[name])
    return StoredCallback(**{**told, "outcome": told["outcome"] and Outcome(told["outcome"])})


def _why(error: Exception, patience_s: float) -> str:
    return str(error) or f"no answer within {patience_s:g} s"
