"""The table of voice messages: work to do, and what was done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from cti_router import interfaces
from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.identity import CallId, Instant
from cti_router.core.voice_message import VoiceMessage
from cti_router.database.pool import Connection, DatabaseAway, Pool, RowRefused
from cti_router.database.queries import query
from cti_router.postgres.records import to_datetime, to_instant

_INSTANTS = ("taken_at", "due_at", "done_at")


class MessageBook(interfaces.MessageBook):
    """`patience_s` bounds each question: somebody waits for the answer."""

    def __init__(self, pool: Pool, *, patience_s: float = 2.0) -> None:
        self._pool = pool
        self._patience_s = patience_s

    async def read(self, *, done_too: bool, site: SiteId | None, limit: int) -> tuple[VoiceMessage, ...]:
        async with self._asked() as connection:
            rows = await connection.fetch(query("read_messages"), done_too, site, limit)
        return tuple(_from_row(row) for row in rows)

    async def one(self, call: CallId) -> VoiceMessage | None:
        async with self._asked() as connection:
            row = await connection.fetchrow(query("read_message"), call)
        return None if row is None else _from_row(row)

    async def done(self, call: CallId, at: Instant, by: AdvisorId, note: str) -> bool:
        async with self._asked() as connection:
            done = await connection.execute(query("do_message"), call, to_datetime(at), by, note)
        return done == "UPDATE 1"

    async def to_do(self) -> int:
        async with self._asked() as connection:
            return int(await connection.fetchval(query("count_messages_to_do")))

    async def old(self, done_before: Instant, taken_before: Instant) -> tuple[tuple[CallId, bool], ...]:
        async with self._asked() as connection:
            rows = await connection.fetch(
                query("read_old_messages"), to_datetime(done_before), to_datetime(taken_before)
            )
        return tuple((row["call"], row["done_at"] is not None) for row in rows)

    async def delete(self, calls: Sequence[CallId]) -> None:
        async with self._asked() as connection:
            await connection.execute(query("delete_messages"), list(calls))

    @asynccontextmanager
    async def _asked(self) -> AsyncIterator[Connection]:
        try:
            async with asyncio.timeout(self._patience_s), self._pool.connection() as connection:
                yield connection
        except (DatabaseAway, RowRefused, TimeoutError) as error:
            why = str(error) or f"no answer within {self._patience_s:g} s"
            raise interfaces.MessageBookAway(why) from error


async def write_messages(connection: Connection, messages: Sequence[VoiceMessage]) -> None:
    """A message that is there already stays as it is."""
    await connection.executemany(query("write_message"), [_to_row(message) for message in messages])


async def complete_messages(connection: Connection, calls: Sequence[CallId]) -> None:
    """Give the messages of these calls what the history knows of them by now."""
    if calls:
        await connection.execute(query("complete_messages"), list(calls))


def _to_row(message: VoiceMessage) -> tuple[object, ...]:
    """In the order of the parameters of `write_message`."""
    return (
        message.call, message.site, to_datetime(message.taken_at), message.length_s, message.digest,
        message.owner_site, to_datetime(message.due_at),
    )  # fmt: skip


def _from_row(row: asyncpg.Record) -> VoiceMessage:
    told: dict[str, Any] = dict(row)
    for name in _INSTANTS:
        told[name] = told[name] and to_instant(told[name])
    return VoiceMessage(**told)
