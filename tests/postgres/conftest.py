"""A real PostgreSQL for the session, and a fresh migrated database for each test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
import pytest

from cti_router.database.pool import Pool
from cti_router.postgres.memory import Memory
from cti_router.postgres.migrate import migrate
from cti_router.postgres.spool import Spool
from deploy.lab import database
from tests.postgres.imports import Import

_serial = count(1)


class Postgres:
    """The session's server."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self.dsn = database.start(state)

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Stopped for the block."""
        await asyncio.to_thread(database.stop, self._state)
        try:
            yield
        finally:
            await asyncio.to_thread(database.start, self._state)

    def stop(self) -> None:
        database.stop(self._state)

    @asynccontextmanager
    async def new_database(self) -> AsyncIterator[str]:
        """The DSN of an empty database that lives for the block."""
        name = f"test_{next(_serial)}"
        await self._execute(f"CREATE DATABASE {name}")
        yield self.dsn.replace("/postgres?", f"/{name}?")
        await self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def _execute(self, sql: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    # Not under pytest's own folder: another session would close that to the server's user.
    with TemporaryDirectory(prefix="cti-postgres-") as state:
        server = Postgres(Path(state))
        yield server
        server.stop()


@pytest.fixture
async def empty_dsn(postgres: Postgres) -> AsyncIterator[str]:
    async with postgres.new_database() as dsn:
        yield dsn


@pytest.fixture
async def dsn(empty_dsn: str) -> str:
    await migrate(empty_dsn)
    return empty_dsn


@pytest.fixture
async def pool(dsn: str) -> AsyncIterator[Pool]:
    pool = Pool(dsn)
    yield pool
    await pool.close()


@pytest.fixture
async def away_pool(tmp_path: Path) -> AsyncIterator[Pool]:
    """No server there."""
    pool = Pool(f"postgresql://postgres@/postgres?host={tmp_path}")
    yield pool
    await pool.close()


@pytest.fixture
async def hung_pool() -> AsyncIterator[Pool]:
    """Somebody takes the connection there, and never says a word."""
    released = asyncio.Event()

    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        pool = Pool(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout_s=60)
        yield pool
        await pool.close()
        released.set()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    spool = Spool(tmp_path / "spool.sqlite3")
    yield spool
    spool.close()


@pytest.fixture
def memory(spool: Spool, pool: Pool) -> Memory:
    return Memory(spool, pool)


@pytest.fixture
def imported(dsn: str, tmp_path: Path) -> Import:
    return Import(dsn, tmp_path / "contributors.csv")
