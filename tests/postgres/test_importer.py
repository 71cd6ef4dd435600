"""What an import does to the database: good lines in, all or nothing."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import PIPE, run

import asyncpg
import pytest

from cti_router.core.identity import Contributor
from cti_router.database.pool import DatabaseAway, Pool
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.importer import BATCH, ImportRefused, ImportSummary, import_contributors
from tests.postgres.conftest import Postgres
from tests.postgres.imports import ADVISORS, HEADER, PROFILES, Import, account, numbered, record, rows, siret, stored

# ── what becomes of good lines ───────────────────────────────────────────────────────────────────────────────────────


async def test_contributors_are_inserted_with_their_numbers(imported: Import, dsn: str) -> None:
    forms = "0261910001 | +33 1 99 00 00 02 | 00262692123456 | 0690123456"
    summary = await imported(HEADER + record(1, "Jeanne  Roy", "self_employed", forms, "sophie") + record(2))
    assert summary == ImportSummary(read=2, inserted=2, updated=0, unchanged=0, skipped=0)
    assert imported.bad == []
    numbers = ['(33199000002,"+33 1 99 00 00 02")', "(33261910001,0261910001)"]
    numbers += ["(262692123456,00262692123456)", "(590690123456,0690123456)"]
    assert await stored(dsn) == {
        siret(1): ("Jeanne Roy", "self_employed", "sophie", numbers),
        siret(2): ("Roy", "employer", None, []),
    }


async def test_the_same_file_again_touches_nothing(imported: Import, dsn: str) -> None:
    content = HEADER + record(1, phones="0261910001|0199000002", in_charge="sophie") + record(2)
    await imported(content)
    versions = "SELECT xmin::text FROM contributor UNION ALL SELECT xmin::text FROM phone_number"
    before = await rows(dsn, versions)
    assert await imported(content) == ImportSummary(read=2, inserted=0, updated=0, unchanged=2, skipped=0)
    assert await rows(dsn, versions) == before


WITH_ACCOUNTS = "siret;name;profile;phones;in_charge;accounts\n"
ACCOUNTS_STORED = "SELECT siret, number FROM account JOIN contributor ON contributor.id = contributor_id ORDER BY 1, 2"


def with_accounts(serial: int, accounts: str) -> str:
    return record(serial).removesuffix("\n") + f";{accounts}\n"


async def test_accounts_are_replaced_where_the_file_tells_them_and_stay_where_it_does_not(
    imported: Import, dsn: str
) -> None:
    spaced = f" {account(11)[:9]} {account(11)[9:]} |{account(10)}"
    await imported(WITH_ACCOUNTS + with_accounts(1, spaced) + with_accounts(2, account(11)))
    both = [(siret(1), account(10)), (siret(1), account(11)), (siret(2), account(11))]
    assert await rows(dsn, ACCOUNTS_STORED) == both
    assert await imported(WITH_ACCOUNTS + with_accounts(1, spaced)) == ImportSummary(1, 0, 0, 1, 0)
    assert await imported(HEADER + record(1, "Other")) == ImportSummary(1, 0, 1, 0, 0)
    assert await rows(dsn, ACCOUNTS_STORED) == both
    assert await imported(WITH_ACCOUNTS + with_accounts(1, "")) == ImportSummary(1, 0, 1, 0, 0)
    assert await rows(dsn, ACCOUNTS_STORED) == [(siret(2), account(11))]


@pytest.mark.parametrize(
    ("accounts", "why"),
    [("12", "not an account number"), ("0" * 17 + "1", "the last two digits do not check it"), ("a" * 18, "not an")],
)
async def test_a_wrong_account_costs_its_line(imported: Import, dsn: str, accounts: str, why: str) -> None:
    content = WITH_ACCOUNTS + with_accounts(1, f"{account(10)}|{accounts}")
    assert await imported(content) == ImportSummary(1, 0, 0, 0, 1)
    (bad,) = imported.bad
    assert (bad.column, bad.value) == ("accounts", accounts)
    assert why in bad.why
    assert await rows(dsn, ACCOUNTS_STORED) == []


async def test_accounts_without_check_digits_are_taken_where_there_are_none(imported: Import, dsn: str) -> None:
    imported.path.write_text(WITH_ACCOUNTS + with_accounts(1, "0" * 17 + "1"))
    summary = await import_contributors(
        dsn, imported.path, PROFILES, ADVISORS, lambda *_: None, imported.bad.append, accounts_checked=False
    )
    assert summary == ImportSummary(1, 1, 0, 0, 0)
    assert await rows(dsn, ACCOUNTS_STORED) == [(siret(1), "0" * 17 + "1")]


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Roy SARL"},
        {"profile": "self_employed"},
        {"in_charge": "sophie"},
        {"phones": "0261910001|0261910002"},
        {"phones": ""},
        {"phones": "0261910003"},
        {"phones": "02 61 91 00 01"},
    ],
)
async def test_a_change_replaces_all_of_that_contributor_and_nobody_else(
    imported: Import, dsn: str, change: dict[str, str]
) -> None:
    others = numbered(2) + record(3, in_charge="sophie")
    await imported(HEADER + record(1, phones="0261910001") + others)
    before = {row[0]: row[1:] for row in await rows(dsn, "SELECT siret, id, updated_at FROM contributor")}
    changed = HEADER + record(1, **{"phones": "0261910001", **change})
    assert await imported(changed) == ImportSummary(read=1, inserted=0, updated=1, unchanged=0, skipped=0)
    after = {row[0]: row[1:] for row in await rows(dsn, "SELECT siret, id, updated_at FROM contributor")}
    assert [number for number in before if before[number] != after[number]] == [siret(1)]
    assert after[siret(1)][0] == before[siret(1)][0]
    assert after.keys() == before.keys()
    kept = await stored(dsn)
    await rows(dsn, "DELETE FROM contributor")
    await imported(changed + others)
    assert await stored(dsn) == kept


async def test_what_is_known_besides_of_numbers_and_accounts_that_stay_is_kept(imported: Import, dsn: str) -> None:
    def with_phones(name: str, phones: str, accounts: str) -> str:
        return record(1, name, phones=phones).removesuffix("\n") + f";{accounts}\n"

    await imported(WITH_ACCOUNTS + with_phones("Roy", "0261910001|0199000002", f"{account(10)}|{account(11)}"))
    await rows(dsn, "UPDATE phone_number SET label = 'Comptable' RETURNING e164")
    await rows(dsn, "UPDATE account SET balance_cents = -421840 RETURNING number")
    renamed = WITH_ACCOUNTS + with_phones("Leroy", "+33261910001|0199000003", f"{account(11)}|{account(12)}")
    assert (await imported(renamed)).updated == 1
    assert await rows(dsn, "SELECT e164, raw, label FROM phone_number ORDER BY e164") == [
        (33199000003, "0199000003", ""), (33261910001, "+33261910001", "Comptable")
    ]  # fmt: skip
    assert await rows(dsn, "SELECT number, balance_cents FROM account ORDER BY number") == [
        (account(11), -421840), (account(12), 0)
    ]  # fmt: skip


async def test_several_contributors_share_a_number_and_one_gives_it_up(imported: Import, dsn: str, pool: Pool) -> None:
    directory = PostgresDirectory(pool, patience_s=5)
    await imported(HEADER + record(1, "Anne", phones="0261910001") + record(2, "Jean", phones="+33261910001"))
    assert [found.name for found in await directory.find(33261910001)] == ["Anne", "Jean"]
    await imported(HEADER + record(1, "Anne", phones="0261910009"))
    assert [found.name for found in await directory.find(33261910001)] == ["Jean"]


async def test_many_batches(imported: Import, dsn: str) -> None:
    count = 3 * BATCH + 7
    content = HEADER + "".join(record(serial, phones=f"026191{serial % 10_000:04}") for serial in range(count))
    assert await imported(content) == ImportSummary(count, count, 0, 0, 0)
    assert await rows(dsn, "SELECT count(*) FROM phone_number") == [(count,)]
    assert imported.progress == sorted(imported.progress)
    assert {total for _, total in imported.progress} == {len(content)}
    assert len({done for done, _ in imported.progress}) >= 3
    assert imported.progress[-1] == (len(content), len(content))


# ── all or nothing ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def before(imported: Import, dsn: str) -> dict[object, tuple[object, ...]]:
    """What the database has when an import begins."""
    await imported(HEADER + "".join(numbered(serial) for serial in range(100)))
    return await stored(dsn)


LONG = HEADER + "".join(record(serial, "Other") for serial in range(3 * BATCH))


async def test_who_stops_it_while_it_reads_leaves_all_as_it_was(
    imported: Import, dsn: str, before: dict[object, tuple[object, ...]]
) -> None:
    async def stopped_half_way() -> None:
        task = asyncio.current_task()
        assert task is not None
        await imported(LONG, lambda done: done > len(LONG) / 2 and task.cancel())

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(stopped_half_way(), 60)
    assert imported.progress[-1][0] < len(LONG)
    assert await stored(dsn) == before
    assert (await imported(LONG)).updated == 100


async def changing(dsn: str) -> None:
    """Returns when an import waits, its changes begun, for a row that somebody holds."""
    async with asyncio.timeout(60):
        while not await rows(dsn, "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("end", ["cancelled", "connection lost", "row let go"])
async def test_callers_are_recognised_throughout_and_the_end_is_all_or_nothing(
    imported: Import, dsn: str, pool: Pool, before: dict[object, tuple[object, ...]], end: str
) -> None:
    directory = PostgresDirectory(pool, patience_s=5)
    holder = await asyncpg.connect(dsn)
    async with asyncio.TaskGroup() as group, holder.transaction():
        await holder.execute("SELECT FROM contributor WHERE siret = $1 FOR UPDATE", siret(50))
        importing = group.create_task(outcome(imported(LONG)))
        await changing(dsn)
        (found,) = await directory.find(33261910050)
        assert found == Contributor(found.id, "Roy", "employer", siret=siret(50))
        if end == "cancelled":
            importing.cancel()
        if end == "connection lost":
            await holder.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
        if end != "row let go":
            await asyncio.wait([importing])
    await holder.close()
    if end == "row let go":
        assert importing.result() == ImportSummary(3 * BATCH, 3 * BATCH - 100, 100, 0, 0)
        assert await directory.find(33261910050) == ()
        return
    assert importing.cancelled() if end == "cancelled" else isinstance(importing.result(), DatabaseAway)
    assert await stored(dsn) == before
    assert (await imported(LONG)).updated == 100


async def outcome(importing: "asyncio.Future[ImportSummary] | object") -> object:
    try:
        return await importing  # type: ignore[misc]
    except DatabaseAway as error:
        return error


async def test_ctrl_c(imported: Import, dsn: str, before: dict[object, tuple[object, ...]]) -> None:
    imported.path.write_text(LONG)
    program = f"""
import asyncio, os, signal
from pathlib import Path
from cti_router.postgres.importer import import_contributors
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
def progress(done, total):
    print(done)
    os.kill(os.getpid(), signal.SIGINT)
asyncio.run(import_contributors({dsn!r}, Path({str(imported.path)!r}), {PROFILES}, {ADVISORS}, progress, print))
"""
    ended = await asyncio.to_thread(run, [sys.executable, "-c", program], stdout=PIPE, stderr=PIPE, env=os.environ)
    assert ended.returncode == -signal.SIGINT
    assert ended.stdout.count(b"\n") == 1
    assert ended.stderr.endswith(b"KeyboardInterrupt\n")
    assert await stored(dsn) == before


async def test_two_imports_at_once_take_turns(imported: Import, dsn: str, tmp_path: Path) -> None:
    def of(name: str) -> str:
        return HEADER + "".join(record(serial, name, phones="0261910001") for serial in range(500))

    imports: Sequence[Import] = [Import(dsn, tmp_path / name) for name in ("a", "b", "c")]
    summaries = await asyncio.gather(*(one(of(one.path.name)) for one in imports))
    assert sorted((summary.inserted, summary.updated) for summary in summaries) == [(0, 500), (0, 500), (500, 0)]
    assert len({row[0] for row in (await stored(dsn)).values()}) == 1


async def test_an_error_of_who_is_told_stops_it(imported: Import, dsn: str) -> None:
    def full(done: int) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        await imported(LONG, full)
    assert await stored(dsn) == {}


# ── what it needs ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_database_that_is_not_migrated(empty_dsn: str, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match=r"contributor.*cti-router migrate"):
        await Import(empty_dsn, tmp_path / "file")(HEADER + record(1))


async def test_no_database(imported: Import, postgres: Postgres) -> None:
    async with postgres.away():
        with pytest.raises(OSError, match=r"."):
            await imported(HEADER + record(1))


async def test_a_database_that_refuses(dsn: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="no_such"):
        await Import(dsn.replace("/test_", "/no_such_"), tmp_path / "file")(HEADER + record(1))


async def test_no_file(imported: Import, dsn: str, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await import_contributors(dsn, tmp_path / "none", PROFILES, ADVISORS, print, print)
