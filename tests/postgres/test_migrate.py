import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from cti_router.core.certainty import Verified
from cti_router.core.history import Direction
from cti_router.database.pool import Pool
from cti_router.database.queries import query
from cti_router.postgres.history import read_call, write_history
from cti_router.postgres.migrate import MigrationRefused, migrate, read_migrations
from cti_router.postgres.records import record_to_stored, to_datetime
from cti_router.resources import resource_folder
from tests.postgres.samples import MONDAY, ended_call

NAMES = sorted(file.stem for file in Path(str(resource_folder("sql"))).glob("*.sql"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the migrations that may be spoilt."""
    for file in Path(str(resource_folder("sql"))).glob("*.sql"):
        shutil.copy(file, tmp_path)
    return tmp_path


async def tables(dsn: str) -> set[str]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    finally:
        await connection.close()
    return {row["relname"] for row in rows}


async def test_applies_each_migration_once(empty_dsn: str) -> None:
    assert await migrate(empty_dsn) == NAMES
    assert {"contributor", "phone_number", "history", "presence"} <= await tables(empty_dsn)
    assert await migrate(empty_dsn) == []


async def test_routers_started_together_take_turns(empty_dsn: str) -> None:
    applied = await asyncio.gather(*(migrate(empty_dsn) for _ in range(4)))
    assert sorted(applied) == [[], [], [], NAMES]


async def test_applies_only_what_is_missing(dsn: str, folder: Path) -> None:
    (folder / "9000_more.sql").write_text("-- migrate:up\nCREATE TABLE more (id int);\n")
    assert await migrate(dsn, folder) == ["9000_more"]
    assert "more" in await tables(dsn)


async def test_refuses_a_file_changed_after_it_was_applied(dsn: str, folder: Path) -> None:
    with (folder / "0002_history.sql").open("a") as file:
        file.write("-- a word more\n")
    (folder / "9000_more.sql").write_text("-- migrate:up\nCREATE TABLE more (id int);\n")
    with pytest.raises(MigrationRefused, match="0002_history was changed"):
        await migrate(dsn, folder)
    assert "more" not in await tables(dsn)


async def test_refuses_a_database_newer_than_the_code(dsn: str, folder: Path) -> None:
    (folder / "9000_more.sql").write_text("-- migrate:up\nCREATE TABLE more (id int);\n")
    await migrate(dsn, folder)
    with pytest.raises(MigrationRefused, match=r"9000_more.*newer"):
        await migrate(dsn)


@pytest.mark.parametrize(
    "blunder",
    [
        "SELECT 1 / 0;",
        "DROP TABLE schema_migration;",  # the SQL passes, but cannot be recorded
    ],
)
async def test_a_migration_that_fails_leaves_nothing_and_can_be_corrected(dsn: str, folder: Path, blunder: str) -> None:
    bad = folder / "9000_more.sql"
    bad.write_text(f"-- migrate:up\nCREATE TABLE more (id int);\n{blunder}\n")
    with pytest.raises(asyncpg.PostgresError):
        await migrate(dsn, folder)
    assert "more" not in await tables(dsn)
    bad.write_text("-- migrate:up\nCREATE TABLE more (id int);\n-- migrate:down\nDROP TABLE more;\n")
    assert await migrate(dsn, folder) == ["9000_more"]
    assert "more" in await tables(dsn)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("0001_again.sql", "-- migrate:up\n", "0001 is taken"),
        ("four_more.sql", "-- migrate:up\n", "wanted NNNN_name"),
        ("9000_more.sql", "CREATE TABLE more (id int);", "migrate:up"),
    ],
)
def test_refuses_a_file_that_is_no_migration(folder: Path, name: str, text: str, why: str) -> None:
    (folder / name).write_text(text)
    with pytest.raises(MigrationRefused, match=why):
        read_migrations(folder)


async def test_a_month_made_before_its_later_columns_has_them_too(empty_dsn: str, folder: Path) -> None:
    later = NAMES[NAMES.index("0004_sip_call_id") :]
    texts = {name: (folder / f"{name}.sql").read_text() for name in later}
    for name in later:
        (folder / f"{name}.sql").unlink()
    await migrate(empty_dsn, folder)
    pool, record = Pool(empty_dsn), ended_call(sip="a1@192.0.2.7", verified=Verified.YES, motive="tax", message="cti/a")
    record = replace(record, direction=Direction.OUT, author="anne")
    try:
        async with pool.connection() as connection:
            await connection.execute(query("ensure_history_partition"), to_datetime(MONDAY))
            for name, text in texts.items():
                (folder / f"{name}.sql").write_text(text)
            assert await migrate(empty_dsn, folder) == later
            await write_history(connection, [record_to_stored(record)])
            assert await read_call(connection, record.id) == record
    finally:
        await pool.close()


async def test_the_down_parts_undo_the_up_parts(dsn: str, folder: Path) -> None:
    connection = await asyncpg.connect(dsn)
    for name in reversed(NAMES):
        await connection.execute((folder / f"{name}.sql").read_text().split("-- migrate:down")[1])
    await connection.close()
    assert await tables(dsn) == {"schema_migration", "schema_migration_pkey"}
