import asyncio

import asyncpg
import pytest

from cti_router.database.pool import DatabaseAway, Pool, RowRefused
from tests.postgres.conftest import Postgres


async def test_no_server(away_pool: Pool) -> None:
    with pytest.raises(DatabaseAway):
        async with away_pool.connection():
            pass


async def test_a_connection_lost_inside_the_block(postgres: Postgres, pool: Pool) -> None:
    with pytest.raises(DatabaseAway):
        async with pool.connection() as connection, postgres.away():
            await connection.execute("SELECT 1")
    async with pool.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1


async def test_a_statement_takes_too_long(dsn: str) -> None:
    pool = Pool(dsn, size=1, command_timeout_s=0.1)
    with pytest.raises(DatabaseAway):
        async with pool.connection() as connection:
            await connection.execute("SELECT pg_sleep(60)")
    async with pool.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await pool.close()


async def test_data_that_no_database_takes(pool: Pool) -> None:
    for text in ("\0", "\udc80"):
        with pytest.raises(RowRefused):
            async with pool.connection() as connection:
                await connection.fetchval("SELECT $1::text", text)


async def test_an_error_of_the_block_is_not_the_databases(pool: Pool) -> None:
    with pytest.raises(ZeroDivisionError):
        async with pool.connection():
            raise ZeroDivisionError


async def test_who_is_cancelled_stays_cancelled_and_the_connection_goes(dsn: str) -> None:
    pool = Pool(dsn, size=1)
    entered = asyncio.Event()

    async def hold() -> None:
        async with pool.connection() as connection:
            entered.set()
            await connection.execute("SELECT pg_sleep(60)")

    async with asyncio.TaskGroup() as group:
        task = group.create_task(hold())
        await entered.wait()
        task.cancel()
    assert task.cancelled()
    async with pool.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
    await pool.close()
    observer = await asyncpg.connect(dsn)
    assert await observer.fetchval("SELECT 1") == 1
    await observer.close()
