import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from structlog.testing import capture_logs

from cti_router.core.history import CallRecord, Outcome
from cti_router.core.inputs import Presence
from cti_router.database.pool import Pool
from cti_router.postgres.history import write_history
from cti_router.postgres.memory import Memory
from cti_router.postgres.migrate import migrate
from cti_router.postgres.presence import write_presences
from cti_router.postgres.records import record_to_stored
from cti_router.postgres.spool import Spool
from tests.postgres.conftest import Postgres
from tests.postgres.samples import MONDAY, ended_call, open_call, presence


@asynccontextmanager
async def draining(memory: Memory) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(memory.run())
        yield
        task.cancel()


async def drained(memory: Memory) -> None:
    await memory.open_calls()  # what was handed over before is on disk now
    async with asyncio.timeout(20):
        while memory.spool_length:  # noqa: ASYNC110 - the router has no reason to tell
            await asyncio.sleep(0.01)


async def ids_in(dsn: str) -> list[str]:
    connection = await asyncpg.connect(dsn)
    try:
        return [row["id"] for row in await connection.fetch("SELECT id FROM history ORDER BY id")]
    finally:
        await connection.close()


async def test_an_ended_call_moves_to_the_database(memory: Memory, spool: Spool, dsn: str) -> None:
    async with draining(memory):
        memory.remember(open_call("a"))
        assert await memory.open_calls() == (open_call("a"),)
        memory.remember(ended_call("a"))
        await drained(memory)
    assert await ids_in(dsn) == ["a"]
    assert await memory.open_calls() == ()
    assert await spool.recent_calls(10) == ()
    assert await memory.recent_calls(10) == [ended_call("a")]


async def test_a_call_ended_anew_replaces_its_row(memory: Memory) -> None:
    corrected = ended_call(
        "a",
        ended_at=MONDAY + 500,
        cli="0199000001",
        dnis="3958",
        entry_site="nantes",
        talked_s=99.0,
        waited_s=1.0,
        outcome=Outcome.ABANDONED,
        because=("Corrigé.",),
        path=(),
        tickets=(),
        contributor=None,
        profile=None,
        recognition=None,
        duty_site=None,
        advisor=None,
        advisor_site=None,
    )
    async with draining(memory):
        for record in (ended_call("a"), corrected):
            memory.remember(record)
            await drained(memory)
    assert await memory.recent_calls(10) == [corrected]


async def test_history_is_written_exactly_once_around_an_absence(postgres: Postgres, memory: Memory, dsn: str) -> None:
    async with draining(memory):
        memory.remember(ended_call("before"))
        await drained(memory)
        async with postgres.away():
            for rank in range(250):
                memory.remember(open_call(f"{rank:03}", MONDAY + rank))
                memory.remember(ended_call(f"{rank:03}", MONDAY + rank))
            memory.remember(ended_call("000", MONDAY, talked_s=99.0))
            await asyncio.sleep(0.6)  # let it fail at least twice
            assert memory.spool_length == 250
        await drained(memory)
        memory.remember(ended_call("later", MONDAY + 999))
        await drained(memory)
    assert await ids_in(dsn) == [*(f"{rank:03}" for rank in range(250)), "before", "later"]
    assert {record.id: record.talked_s for record in await memory.recent_calls(999)}["000"] == 99.0


class Crash(BaseException):
    """The process is gone."""


class DiesAfterTheCommit(Spool):
    async def forget(self, calls: Sequence[int], presences: Sequence[int], *others: Sequence[int]) -> None:
        raise Crash


async def test_a_crash_between_commit_and_delete_does_not_double(tmp_path: Path, pool: Pool, dsn: str) -> None:
    dying = DiesAfterTheCommit(tmp_path / "crash.sqlite3")
    memory = Memory(dying, pool)
    memory.remember(ended_call("a"))
    memory.remember(ended_call("b"))
    await memory.store_presence(presence())
    with pytest.raises(Crash):
        await memory.run()
    dying.close()
    assert await ids_in(dsn) == ["a", "b"]

    spool = Spool(tmp_path / "crash.sqlite3")
    reborn = Memory(spool, pool)
    assert reborn.spool_length == 3
    assert [record.id for record in await reborn.recent_calls(10)] == ["a", "b"]
    async with draining(reborn):
        await drained(reborn)
    assert await ids_in(dsn) == ["a", "b"]
    assert await reborn.recent_calls(10) == [ended_call("a"), ended_call("b")]
    spool.close()


async def test_a_row_the_database_refuses_does_not_hold_up_the_others(memory: Memory, dsn: str) -> None:
    bad = ended_call("bad", cli="\0")
    for record in (ended_call("a"), bad, ended_call("b")):
        memory.remember(record)
    async with draining(memory):
        await drained(memory)
    assert await ids_in(dsn) == ["a", "b"]
    assert bad in await memory.recent_calls(10)


async def test_a_database_not_migrated_yet_is_waited_for(spool: Spool, empty_dsn: str) -> None:
    pool = Pool(empty_dsn)
    memory = Memory(spool, pool)
    async with draining(memory):
        memory.remember(ended_call("a"))
        await asyncio.sleep(0.2)
        assert memory.spool_length == 1
        await migrate(empty_dsn)
        await drained(memory)
    assert await ids_in(empty_dsn) == ["a"]
    await pool.close()


async def test_a_call_that_ended_without_an_outcome_is_refused(memory: Memory) -> None:
    with pytest.raises(ValueError, match="ended without an outcome"):
        memory.remember(ended_call("a", outcome=None))


async def test_a_call_that_cannot_be_written_is_told(memory: Memory) -> None:
    with capture_logs() as logs:
        memory.remember(open_call("\udc80"))
        assert await memory.open_calls() == ()
    assert [(log["event"], log["call"]) for log in logs] == [("call not kept on disk", "\udc80")]


# ── presence ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_presence_with_no_database_at_all(tmp_path: Path, away_pool: Pool) -> None:
    first = Spool(tmp_path / "spool.sqlite3")
    memory = Memory(first, away_pool)
    async with draining(memory):
        await memory.store_presence(presence("sophie", Presence.AVAILABLE))
        await memory.store_presence(presence("marc", Presence.NOT_READY, reason="pause"))
        await memory.store_presence(presence("sophie", Presence.LOGGED_OUT))
    first.close()
    second = Spool(tmp_path / "spool.sqlite3")
    assert await Memory(second, away_pool).presences() == (
        presence("marc", Presence.NOT_READY, reason="pause"),
        presence("sophie", Presence.LOGGED_OUT),
    )
    second.close()


async def test_presence_with_a_database_that_says_nothing(spool: Spool, hung_pool: Pool) -> None:
    memory = Memory(spool, hung_pool)
    await memory.store_presence(presence())
    async with asyncio.timeout(20):  # the pool alone would wait for a minute
        assert await memory.presences() == (presence(),)


async def test_a_presence_that_reached_the_database_is_known_there(memory: Memory, tmp_path: Path, pool: Pool) -> None:
    chosen = presence(wrap_up_until_at=MONDAY + 30, until_at=MONDAY + 600, phone="109")
    async with draining(memory):
        await memory.store_presence(presence(chosen=Presence.LOGGED_OUT))
        await memory.store_presence(chosen)
        await drained(memory)
    elsewhere = Spool(tmp_path / "elsewhere.sqlite3")
    assert await Memory(elsewhere, pool).presences() == (chosen,)
    elsewhere.close()


async def test_the_spool_wins_only_while_the_database_has_not_got_it(memory: Memory, pool: Pool) -> None:
    other = presence("sophie", Presence.NOT_READY, reason="réunion")
    await memory.store_presence(presence("sophie"))
    async with pool.connection() as connection:
        await write_presences(connection, [other, presence("marc")])
    assert set(await memory.presences()) == {presence("sophie"), presence("marc")}
    async with draining(memory):
        await drained(memory)
    async with pool.connection() as connection:
        await write_presences(connection, [other])
    assert set(await memory.presences()) == {other, presence("marc")}


# ── recent calls ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_recent_calls_come_from_both_places_each_once(memory: Memory, pool: Pool) -> None:
    calls = [ended_call(str(rank), MONDAY + rank) for rank in range(6)]
    async with pool.connection() as connection:
        await write_history(connection, [record_to_stored(call) for call in calls[:4]])
    for record in calls[3:]:
        memory.remember(record)
    memory.remember(open_call("talking"))
    assert [record.id for record in await memory.recent_calls(10)] == ["5", "4", "3", "2", "1", "0"]
    assert [record.id for record in await memory.recent_calls(4)] == ["5", "4", "3", "2"]


async def test_one_call_is_found_wherever_it_is(memory: Memory, spool: Spool) -> None:
    kept = ended_call("kept", sip="3c26700b@192.0.2.7")
    memory.remember(kept)
    async with draining(memory):
        await drained(memory)
    assert await spool.call("kept") is None
    memory.remember(open_call("open"))
    assert await memory.call("kept") == kept
    assert await memory.call("open") == open_call("open")
    assert await memory.call("neither") is None


async def test_one_call_without_the_database(spool: Spool, away_pool: Pool) -> None:
    memory = Memory(spool, away_pool)
    memory.remember(ended_call("a"))
    assert await memory.call("a") == ended_call("a")
    assert await memory.call("b") is None


async def test_recent_calls_without_the_database(spool: Spool, away_pool: Pool) -> None:
    memory = Memory(spool, away_pool)
    memory.remember(ended_call("a"))
    assert await memory.recent_calls(10) == [ended_call("a")]


# ── partitions ───────────────────────────────────────────────────────────────────────────────────────────────────


async def partitions(pool: Pool) -> dict[str, str]:
    async with pool.connection() as connection:
        rows = await connection.fetch("SELECT id, tableoid::regclass::text AS partition FROM history")
    return {row["id"]: row["partition"] for row in rows}


async def test_calls_across_new_year(memory: Memory, pool: Pool) -> None:
    midnight = datetime(2027, 1, 1, tzinfo=UTC).timestamp()
    calls = [ended_call("old", midnight - 0.000001), ended_call("new", midnight), ended_call("march", MONDAY)]
    for record in calls:
        memory.remember(record)
    async with draining(memory):
        await drained(memory)
    assert await partitions(pool) == {"old": "history_2026_12", "new": "history_2027_01", "march": "history_2026_03"}
    assert [record.id for record in await memory.recent_calls(2)] == ["new", "old"]


async def test_a_month_is_made_once_by_many_at_a_time(pool: Pool) -> None:
    async def write(record: CallRecord) -> None:
        async with pool.connection() as connection, connection.transaction():
            await write_history(connection, [record_to_stored(record)])

    calls = [replace(ended_call(), id=str(rank)) for rank in range(8)]
    async with asyncio.TaskGroup() as group:
        for record in calls:
            group.create_task(write(record))
    assert await partitions(pool) == {record.id: "history_2026_03" for record in calls}
