import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cti_router.core.history import CallRecord
from cti_router.core.inputs import Presence
from cti_router.postgres import spool as of_spool
from cti_router.postgres.records import record_from_stored
from cti_router.postgres.spool import GATHER_S, Spool
from tests.postgres.samples import MONDAY, ended_call, open_call, presence


async def test_everything_outlives_the_process(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    first = Spool(path)
    await _kept(first, open_call("a"))
    await _kept(first, ended_call("b"))
    await first.store_presence(presence())
    first.meta_set("clock_offset_s", "-3600")
    first.close()
    second = Spool(path)
    assert await second.open_calls() == (open_call("a"),)
    assert [record_from_stored(spooled.row) for spooled in await second.ended_calls(10)] == [ended_call("b")]
    assert [spooled.row for spooled in await second.awaiting_presences()] == [presence()]
    assert second.meta_get("clock_offset_s") == "-3600"
    assert second.length == 2
    assert second.set_aside is None
    second.close()


async def test_the_ended_row_replaces_the_open_one_for_good(spool: Spool) -> None:
    await _kept(spool, open_call("a"))
    await _kept(spool, open_call("a", profile="employer"))
    assert await spool.open_calls() == (open_call("a", profile="employer"),)
    await _kept(spool, ended_call("a"))
    await _kept(spool, open_call("a"))
    assert await spool.open_calls() == ()
    assert [record_from_stored(spooled.row) for spooled in await spool.ended_calls(10)] == [ended_call("a")]


async def test_a_row_written_anew_is_not_forgotten_with_the_old_one(spool: Spool) -> None:
    await _kept(spool, ended_call("a"))
    await spool.store_presence(presence())
    (call,) = await spool.ended_calls(10)
    (sent,) = await spool.awaiting_presences()
    await _kept(spool, ended_call("a", talked_s=90.0))
    await spool.store_presence(presence(chosen=Presence.NOT_READY))
    await spool.forget([call.seq], [sent.seq])
    assert [spooled.row["talked_s"] for spooled in await spool.ended_calls(10)] == [90.0]
    assert [spooled.row.presence for spooled in await spool.awaiting_presences()] == [Presence.NOT_READY]
    assert spool.length == 2


async def test_a_presence_that_arrived_is_kept_as_the_last_known(spool: Spool) -> None:
    await spool.store_presence(presence(wrap_up_until_at=MONDAY + 30))
    (sent,) = await spool.awaiting_presences()
    await spool.forget([], [sent.seq])
    assert await spool.awaiting_presences() == ()
    assert await spool.presences() == (presence(wrap_up_until_at=MONDAY + 30),)
    assert spool.length == 0


async def test_ended_calls_come_oldest_first_and_recent_ones_newest_first(spool: Spool) -> None:
    for rank in (2, 0, 1):
        await _kept(spool, ended_call(str(rank), MONDAY + rank))
    assert [spooled.row["id"] for spooled in await spool.ended_calls(2)] == ["2", "0"]
    assert [record.id for record in await spool.recent_calls(2)] == ["2", "1"]


async def test_writes_that_wait_share_one_commit(spool: Spool) -> None:
    statements: list[str] = []
    held, release = threading.Event(), threading.Event()

    def hold(database: sqlite3.Connection) -> None:
        database.set_trace_callback(statements.append)
        held.set()
        release.wait()

    async with asyncio.TaskGroup() as group:
        group.create_task(spool._do(hold))
        await asyncio.to_thread(held.wait)
        for rank in range(50):
            group.create_task(_kept(spool, open_call(str(rank))))
        await asyncio.sleep(0)
        release.set()
    assert statements.count("COMMIT") == 1
    assert len(await spool.open_calls()) == 50


async def test_calls_that_ended_wait_for_each_other_and_not_for_long(spool: Spool) -> None:
    statements: list[str] = []
    await spool._do(lambda database: database.set_trace_callback(statements.append))
    statements.clear()
    for rank in range(20):
        last = spool.keep_call(ended_call(str(rank)))
        await asyncio.sleep(0.001)
    async with asyncio.timeout(10 * GATHER_S):
        await asyncio.wrap_future(last)
    assert statements.count("COMMIT") < 20


async def test_who_waits_for_a_write_does_not_wait_for_calls(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_spool, "GATHER_S", 60.0)
    kept = spool.keep_call(ended_call("a"))
    async with asyncio.timeout(5.0):
        await spool.store_presence(presence())
    assert kept.done()


def test_what_waits_is_written_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_spool, "GATHER_S", 60.0)
    first = Spool(tmp_path / "spool.sqlite3")
    first.keep_call(ended_call("a"))
    first.close()
    second = Spool(tmp_path / "spool.sqlite3")
    assert asyncio.run(second.recent_calls(10)) == (ended_call("a"),)
    second.close()


async def test_a_write_that_fails_does_not_take_the_others_with_it(spool: Spool) -> None:
    release = threading.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(spool._do(lambda _: release.wait()))
        bad = group.create_task(refused(spool, "\udc80"))
        good = [group.create_task(_kept(spool, open_call(id))) for id in ("a", "b")]
        await asyncio.sleep(0)
        release.set()
    assert bad.result()
    assert all(task.done() for task in good)
    assert {record.id for record in await spool.open_calls()} == {"a", "b"}


async def refused(spool: Spool, id: str) -> bool:
    with pytest.raises(UnicodeEncodeError):
        await _kept(spool, open_call(id))
    return True


async def test_who_stops_waiting_does_not_stop_the_write(spool: Spool) -> None:
    release = threading.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(spool._do(lambda _: release.wait()))
        writing = group.create_task(_kept(spool, ended_call("a")))
        await asyncio.sleep(0)
        writing.cancel()
        await asyncio.sleep(0)
        release.set()
    assert writing.cancelled()
    assert [spooled.row["id"] for spooled in await spool.ended_calls(10)] == ["a"]


def damaged_header(path: Path) -> None:
    path.write_bytes(b"not a database at all" * 500)


def damaged_page(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096 : 2 * 4096] = b"\xff" * 4096
    path.write_bytes(content)


@pytest.mark.parametrize("damage", [damaged_header, damaged_page])
async def test_a_corrupt_file_is_set_aside(tmp_path: Path, damage: Callable[[Path], None]) -> None:
    path = tmp_path / "spool.sqlite3"
    for name in ("spool.sqlite3.corrupt", "spool.sqlite3.corrupt-2"):
        spool = Spool(path)
        await _kept(spool, open_call("a"))
        spool.close()
        damage(path)
        spool = Spool(path)
        assert spool.set_aside == tmp_path / name
        assert spool.set_aside.exists()
        assert await spool.open_calls() == ()
        spool.close()


def test_a_file_that_cannot_be_opened_is_not_taken_for_a_corrupt_one(tmp_path: Path) -> None:
    (tmp_path / "spool.sqlite3").mkdir()
    with pytest.raises(sqlite3.OperationalError):
        Spool(tmp_path / "spool.sqlite3")
    assert [file.name for file in tmp_path.iterdir()] == ["spool.sqlite3"]


def test_the_file_is_for_its_owner_alone(spool: Spool, tmp_path: Path) -> None:
    spool.meta_set("key", "value")
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


async def _kept(spool: Spool, record: CallRecord) -> None:
    await asyncio.wrap_future(spool.keep_call(record))
