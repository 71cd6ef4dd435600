"""Connections to a database that may be away: at the start, later, or hung without a word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import asyncpg

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


class DatabaseAway(Exception):
    """The database could not be asked, or did not answer in time; what was under way may or may not have been done."""


class RowRefused(Exception):
    """The database answers, and says that it will never take this data."""


class Pool:
    """A few connections, opened when first needed. Whoever borrows one leaves it as it was: nothing is reset.

    `connect_timeout_s` bounds the wait for a connection, `command_timeout_s` each statement. (asyncpg's own pool would
    cost each look-up two tasks and a second round trip.)
    """

    def __init__(
        self, dsn: str, *, size: int = 4, connect_timeout_s: float = 2.0, command_timeout_s: float = 10.0
    ) -> None:
        self._dsn = dsn
        self._connect_timeout_s = connect_timeout_s
        self._command_timeout_s = command_timeout_s
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._lent: set[Connection] = set()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for the block. Raises `DatabaseAway` or `RowRefused`, from the block's statements too."""
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                await self._places.acquire()
            try:
                connection = await self._lend()
                try:
                    yield connection
                except (asyncio.CancelledError, TimeoutError):
                    # To close it in order would wait for the server: a hung one would hold us past any deadline.
                    connection.terminate()
                    raise
                finally:
                    self._take_back(connection)
            finally:
                self._places.release()
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise RowRefused(str(error)) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:  # TimeoutError is an OSError
            raise DatabaseAway(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Gives up all connections, without waiting for anybody."""
        for connection in (*self._idle, *self._lent):
            connection.terminate()
        self._idle.clear()

    async def _lend(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                break
        else:
            connection = await asyncpg.connect(
                self._dsn, timeout=self._connect_timeout_s, command_timeout=self._command_timeout_s
            )
        self._lent.add(connection)
        return connection

    def _take_back(self, connection: Connection) -> None:
        self._lent.discard(connection)
        if connection.is_closed():
            return
        if connection.is_in_transaction():  # a block that failed half-way
            connection.terminate()
        else:
            self._idle.append(connection)
