"""Connections to a database that may be away: at the start, later, or hung without a word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TypeAlias

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"


class DatabaseAway(Exception):
    """The database could not be asked, or did not answer in time; what was under way may or may not have been done."""


class RowRefused(Exception):
    """The database answers, and says that it will never take this data."""


class Pool:
    """A few connections, opened when first needed.

    `connect_timeout_s` bounds the wait for a connection, `command_timeout_s` each statement.
    """

    def __init__(
        self, dsn: str, *, size: int = 4, connect_timeout_s: float = 2.0, command_timeout_s: float = 10.0
    ) -> None:
        self._dsn = dsn
        self._size = size
        self._connect_timeout_s = connect_timeout_s
        self._command_timeout_s = command_timeout_s
        self._opening = asyncio.Lock()
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for the block. Raises `DatabaseAway` or `RowRefused`, from the block's statements too."""
        try:
            pool = await self._opened()
            connection = await pool.acquire(timeout=self._connect_timeout_s)
            try:
                yield connection
            except (asyncio.CancelledError, TimeoutError):
                # asyncpg would ask the server to cancel, and wait for it: a hung one would hold us past any deadline.
                with suppress(asyncpg.InterfaceError):  # lost by itself at the same moment
                    connection.terminate()
                raise
            finally:
                await pool.release(connection)
        except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
            raise RowRefused(str(error)) from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:  # TimeoutError is an OSError
            raise DatabaseAway(str(error) or type(error).__name__) from error

    async def close(self) -> None:
        """Gives up all connections, without waiting for anybody."""
        if self._pool is not None:
            self._pool.terminate()
            self._pool = None

    async def _opened(self) -> "asyncpg.Pool[asyncpg.Record]":
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    self._dsn,
                    min_size=0,  # so that opening the pool does not need the database
                    max_size=self._size,
                    timeout=self._connect_timeout_s,
                    command_timeout=self._command_timeout_s,
                )
            return self._pool
