"""What must outlive the router: on local disk at once, in PostgreSQL as soon as it can be."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from functools import partial

import structlog

from cti_router import interfaces
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import StoredPresence
from cti_router.core.order import Order
from cti_router.core.voice_message import VoiceMessage
from cti_router.database.pool import DatabaseAway, Pool, RowRefused
from cti_router.postgres.history import read_call, read_recent_history, write_history
from cti_router.postgres.messages import complete_messages, write_messages
from cti_router.postgres.orders import read_orders, write_orders
from cti_router.postgres.presence import read_presences, write_presences
from cti_router.postgres.records import Stored
from cti_router.postgres.spool import Spool, Spooled

_BATCH = 100
_PATIENCE_S = 2.0  # for questions somebody waits for
_GATHER_S = 2.0  # rows are safe on disk already: one transaction for many costs the calls less
_BACKOFF_S = (0.5, 1.0, 2.0, 5.0)

log = structlog.get_logger(__name__)


class Memory(interfaces.Memory, interfaces.MessageSpool):
    """Writes go to the spool; `run` moves them to PostgreSQL. Answers come from both."""

    def __init__(self, spool: Spool, pool: Pool) -> None:
        self._spool = spool
        self._pool = pool
        self._news = asyncio.Event()
        self._failures = 0

    @property
    def spool_length(self) -> int:
        """How many rows await PostgreSQL."""
        return self._spool.length

    def remember(self, record: CallRecord) -> None:
        """Raises ValueError for a call that ended without an outcome."""
        if (record.ended_at is None) is not (record.outcome is None):
            raise ValueError(f"call {record.id} ended without an outcome, or has one and did not end")
        written = self._spool.keep_call(record)
        written.add_done_callback(partial(_tell_failure, record.id))
        if record.ended_at is not None:
            self._news.set()  # the spool is read by who writes it, after this

    async def store_presence(self, stored: StoredPresence) -> None:
        await self._spool.store_presence(stored)
        self._news.set()

    async def store_order(self, order: Order) -> None:
        await self._spool.store_order(order)
        self._news.set()

    async def store_message(self, message: VoiceMessage) -> None:
        await self._spool.store_message(message)
        self._news.set()

    async def spooled_messages(self) -> tuple[VoiceMessage, ...]:
        return await self._spool.messages()

    async def drop_messages(self, calls: Sequence[CallId]) -> None:
        await self._spool.drop_messages(calls)

    async def orders(self, over_after: Instant) -> tuple[Order, ...]:
        """The database's, but where it has not got the spool's yet; the spool's alone while it is away (2 s bound)."""
        spooled = await self._spool.orders()
        awaiting = await self._spool.awaiting_orders()
        known: tuple[Order, ...] = ()
        try:
            async with asyncio.timeout(_PATIENCE_S), self._pool.connection() as connection:
                known = await read_orders(connection, over_after, [order.id for order in spooled])
        except (DatabaseAway, TimeoutError) as error:
            log.warning("orders from the spool alone", why=str(error))
        ranked = (*spooled, *known, *(order.row for order in awaiting))  # the last one counts
        found = {order.id: order for order in ranked}.values()
        lately = [order for order in found if order.over_at is None or order.over_at > over_after]
        return tuple(sorted(lately, key=lambda order: (order.made_at, order.id)))

    async def open_calls(self) -> tuple[CallRecord, ...]:
        return await self._spool.open_calls()

    async def presences(self) -> tuple[StoredPresence, ...]:
        """The database's, but where it has not got the spool's yet; the spool's alone while it is away (2 s bound)."""
        spooled = await self._spool.presences()
        awaiting = await self._spool.awaiting_presences()
        try:
            async with asyncio.timeout(_PATIENCE_S), self._pool.connection() as connection:
                known = await read_presences(connection)
        except (DatabaseAway, TimeoutError) as error:
            log.warning("presences from the spool alone", why=str(error))
            return spooled
        ranked = (*spooled, *known, *(presence.row for presence in awaiting))  # the last one counts
        return tuple({stored.advisor: stored for stored in ranked}.values())

    async def recent_calls(self, limit: int) -> Sequence[CallRecord]:
        # The spool first: a call that moves between the two questions is then seen twice, not missed.
        recent = {record.id: record for record in await self._spool.recent_calls(limit)}
        try:
            async with asyncio.timeout(_PATIENCE_S), self._pool.connection() as connection:
                kept = await read_recent_history(connection, limit)
        except (DatabaseAway, TimeoutError) as error:
            log.warning("recent calls from the spool alone", why=str(error))
            kept = ()
        merged = {record.id: record for record in kept} | recent
        return sorted(merged.values(), key=lambda record: record.ended_at or 0.0, reverse=True)[:limit]

    async def call(self, call: CallId) -> CallRecord | None:
        """One call, from spool or database; None when neither has it, or the database cannot be asked."""
        # The spool first, as for `recent_calls`.
        if (record := await self._spool.call(call)) is not None:
            return record
        try:
            async with asyncio.timeout(_PATIENCE_S), self._pool.connection() as connection:
                return await read_call(connection, call)
        except (DatabaseAway, TimeoutError) as error:
            log.warning("a call from the spool alone", call=call, why=str(error))
            return None

    async def run(self) -> None:
        """Drains the spool into PostgreSQL, for ever. Never fails: what cannot be written now waits."""
        while True:
            self._news.clear()
            try:
                while await self._drain_once():
                    self._tell_recovery()
            except DatabaseAway as error:
                await self._back_off(error)
            except Exception as error:  # the boundary of this task: history must never stop the calls
                log.exception("history not written")
                await self._back_off(error)
            else:
                await self._news.wait()
                await asyncio.sleep(_GATHER_S)

    async def _drain_once(self) -> bool:
        """Moves one batch; False when there was none. Rows leave the spool only after the commit."""
        calls = await self._spool.ended_calls(_BATCH)
        presences = await self._spool.awaiting_presences()
        orders = await self._spool.awaiting_orders()
        messages = await self._spool.awaiting_messages()
        if not calls and not presences and not orders and not messages:
            return False
        try:
            await self._write(calls, presences, orders, messages)
        except RowRefused:
            await self._drain_one_by_one(calls, presences, orders, messages)
        return True

    async def _drain_one_by_one(
        self, calls: Sequence[Spooled[Stored]], presences: Sequence[Spooled[StoredPresence]],
        orders: Sequence[Spooled[Order]], messages: Sequence[Spooled[VoiceMessage]],
    ) -> None:  # fmt: skip
        """One bad row must not hold up the others: it stays on disk, and is told."""
        for call in calls:
            try:
                await self._write((call,), ())
            except RowRefused:
                log.exception("call refused by the database, kept in the spool", call=call.row["id"])
                await self._spool.refuse_call(call.seq)
        for presence in presences:
            try:
                await self._write((), (presence,))
            except RowRefused:
                log.exception("presence refused by the database", advisor=presence.row.advisor)
                await self._spool.refuse_presence(presence.seq)
        for order in orders:
            try:
                await self._write((), (), (order,))
            except RowRefused:
                log.exception("order refused by the database", order=order.row.id)
                await self._spool.refuse_order(order.seq)
        for message in messages:
            try:
                await self._write((), (), (), (message,))
            except RowRefused:
                log.exception("message refused by the database, kept in the spool", call=message.row.call)
                await self._spool.refuse_message(message.seq)

    async def _write(
        self, calls: Sequence[Spooled[Stored]], presences: Sequence[Spooled[StoredPresence]],
        orders: Sequence[Spooled[Order]] = (), messages: Sequence[Spooled[VoiceMessage]] = (),
    ) -> None:  # fmt: skip
        async with self._pool.connection() as connection, connection.transaction():
            if calls:
                await write_history(connection, [call.row for call in calls])
            if presences:
                await write_presences(connection, [presence.row for presence in presences])
            await write_orders(connection, [order.row for order in orders])
            await write_messages(connection, [message.row for message in messages])
            left = [call.row["id"] for call in calls if call.row.get("message")]
            await complete_messages(connection, [*left, *(message.row.call for message in messages)])
        await self._spool.forget(*([each.seq for each in rows] for rows in (calls, presences, orders, messages)))

    async def _back_off(self, error: Exception) -> None:
        if not self._failures:
            log.warning("history waits in the spool", why=str(error), rows=self.spool_length)
        pause_s = _BACKOFF_S[min(self._failures, len(_BACKOFF_S) - 1)]
        self._failures += 1
        await asyncio.sleep(pause_s)

    def _tell_recovery(self) -> None:
        if self._failures:
            log.info("history reaches the database again", rows=self.spool_length)
        self._failures = 0


def _tell_failure(call: CallId, written: "Future[object]") -> None:
    if (error := written.exception()) is not None:
        log.error("call not kept on disk", call=call, why=str(error))
