import asyncio
import os
import signal

import asyncpg
import pytest

from cti_router.core.history import Outcome
from cti_router.core.identity import Contributor
from cti_router.database.pool import Pool
from cti_router.interfaces import DirectoryAway
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.history import write_history
from cti_router.postgres.records import record_to_stored
from deploy.lab.contributors import FictionalContributor, fill
from tests.postgres.conftest import Postgres
from tests.postgres.samples import MONDAY, ended_call

ALONE, SHARED, UNKNOWN = 33261910001, 33199000002, 33639980003
CONTRIBUTORS = [
    FictionalContributor("Jeanne Roy", "00000001800015", "self_employed", ("0261910001", "0199000002"), "sophie"),
    FictionalContributor("Roy SARL", "00000002600018", "employer", ("0199000002",), None),
]

JEANNE = Contributor(1, "Jeanne Roy", "self_employed", in_charge="sophie", siret="00000001800015")


@pytest.fixture
async def directory(dsn: str, pool: Pool) -> PostgresDirectory:
    await fill(dsn, CONTRIBUTORS)
    return PostgresDirectory(pool, patience_s=5)


def names(found: tuple[Contributor, ...]) -> list[str]:
    return [contributor.name for contributor in found]


async def test_a_number_of_one_contributor(directory: PostgresDirectory) -> None:
    assert await directory.find(ALONE) == (JEANNE,)


async def test_what_a_caller_keyed_names_one_contributor(directory: PostgresDirectory) -> None:
    jeanne, roy = CONTRIBUTORS
    assert await directory.find_by_siret(jeanne.siret) == (JEANNE,)
    assert await directory.find_by_account(jeanne.account) == (JEANNE,)
    assert names(await directory.find_by_account(roy.account)) == ["Roy SARL"]
    assert await directory.find_by_siret("00000003400025") == ()
    assert await directory.find_by_account(jeanne.siret) == ()


async def test_an_account_that_two_contributors_have_is_of_both(directory: PostgresDirectory, pool: Pool) -> None:
    async with pool.connection() as connection:
        await connection.execute("INSERT INTO account VALUES ($1, 2)", CONTRIBUTORS[0].account)
    assert names(await directory.find_by_account(CONTRIBUTORS[0].account)) == ["Jeanne Roy", "Roy SARL"]


async def test_what_was_keyed_is_neither_remembered_nor_told(postgres: Postgres, directory: PostgresDirectory) -> None:
    keyed = CONTRIBUTORS[0].siret
    await directory.find_by_siret(keyed)
    async with postgres.away():
        with pytest.raises(DirectoryAway) as away:
            await directory.find_by_siret(keyed)
    assert keyed not in str(away.value)
    assert away.value.__cause__ is None


async def test_who_served_him_last_is_told_unless_that_is_too_long_ago(
    directory: PostgresDirectory, pool: Pool
) -> None:
    served = [
        ended_call("a", MONDAY, contributor=1, advisor="marc"),
        ended_call("b", MONDAY + 60, contributor=1, advisor="nadia"),
        ended_call("c", MONDAY + 120, contributor=1, advisor="marc", outcome=Outcome.ENDED_UNSEEN),
        ended_call("d", MONDAY + 180, contributor=1, advisor=None, outcome=Outcome.ABANDONED),
        ended_call("e", MONDAY + 240, contributor=2, advisor="marc"),
    ]
    async with pool.connection() as connection:
        await write_history(connection, [record_to_stored(call) for call in served])

    async def last(since_at: float | None) -> str | None:
        (found,) = await directory.find(ALONE, since_at)
        assert found.in_charge == "sophie"
        return found.last_advisor

    assert [await last(since_at) for since_at in (MONDAY, MONDAY + 60, MONDAY + 61, None)] == [
        "nadia", "nadia", None, None,
    ]  # fmt: skip
    assert [found.last_advisor for found in await directory.find(SHARED, MONDAY)] == ["nadia", "marc"]


async def test_a_shared_number_gives_all_in_a_stable_order(directory: PostgresDirectory) -> None:
    assert names(await directory.find(SHARED)) == ["Jeanne Roy", "Roy SARL"]


async def test_an_unknown_number(directory: PostgresDirectory) -> None:
    assert await directory.find(UNKNOWN) == ()


async def test_filling_again_changes_nobody(dsn: str, directory: PostgresDirectory) -> None:
    before = await directory.find(SHARED)
    await fill(dsn, CONTRIBUTORS)
    assert await directory.find(SHARED) == before


async def test_recently_seen_callers_are_known_while_the_database_is_away(
    postgres: Postgres, directory: PostgresDirectory
) -> None:
    before = await directory.find(ALONE)
    await directory.find(UNKNOWN)
    async with postgres.away():
        assert await directory.find(ALONE) == before
        with pytest.raises(DirectoryAway):
            await directory.find(SHARED)
        with pytest.raises(DirectoryAway):
            await directory.find(UNKNOWN)
    assert names(await directory.find(SHARED)) == ["Jeanne Roy", "Roy SARL"]


async def test_a_database_that_comes_after_the_router(
    postgres: Postgres, directory: PostgresDirectory, dsn: str
) -> None:
    pool = Pool(dsn)
    early = PostgresDirectory(pool, patience_s=5)
    async with postgres.away():
        with pytest.raises(DirectoryAway):
            await early.find(ALONE)
    assert names(await early.find(ALONE)) == ["Jeanne Roy"]
    await pool.close()


async def test_only_the_latest_callers_are_remembered(
    postgres: Postgres, directory: PostgresDirectory, pool: Pool
) -> None:
    forgetful = PostgresDirectory(pool, patience_s=5, remembered=1)
    await forgetful.find(ALONE)
    await forgetful.find(SHARED)
    async with postgres.away():
        assert names(await forgetful.find(SHARED)) == ["Jeanne Roy", "Roy SARL"]
        with pytest.raises(DirectoryAway):
            await forgetful.find(ALONE)


async def test_a_contributor_who_lost_his_number_is_forgotten(
    postgres: Postgres, directory: PostgresDirectory, pool: Pool
) -> None:
    await directory.find(ALONE)
    async with pool.connection() as connection:
        await connection.execute("DELETE FROM phone_number WHERE e164 = $1", ALONE)
    assert await directory.find(ALONE) == ()
    async with postgres.away():
        with pytest.raises(DirectoryAway):
            await directory.find(ALONE)


async def test_a_query_that_hangs_is_given_up(dsn: str, directory: PostgresDirectory, pool: Pool) -> None:
    impatient = PostgresDirectory(pool, patience_s=0.2)
    before = await directory.find(ALONE)
    await impatient.find(ALONE)
    locker = await asyncpg.connect(dsn)
    async with locker.transaction():
        await locker.execute("LOCK TABLE contributor")
        assert await impatient.find(ALONE) == before
        with pytest.raises(DirectoryAway, match=r"0\.2 s"):
            await impatient.find(SHARED)
    assert names(await directory.find(SHARED)) == ["Jeanne Roy", "Roy SARL"]
    await locker.close()


async def test_a_server_that_freezes_is_given_up(directory: PostgresDirectory, dsn: str) -> None:
    pool = Pool(dsn, size=1, connect_timeout_s=60, command_timeout_s=60)
    async with pool.connection() as connection:
        server_process = connection.get_server_pid()
    os.kill(server_process, signal.SIGSTOP)
    try:
        async with asyncio.timeout(20):
            with pytest.raises(DirectoryAway):
                await PostgresDirectory(pool).find(ALONE)
    finally:
        os.kill(server_process, signal.SIGCONT)
        await pool.close()


async def test_a_server_that_says_nothing_is_given_up(hung_pool: Pool) -> None:
    async with asyncio.timeout(10):  # the pool alone would wait for a minute
        with pytest.raises(DirectoryAway):
            await PostgresDirectory(hung_pool).find(ALONE)


async def test_more_callers_than_connections(directory: PostgresDirectory) -> None:
    found = await asyncio.gather(*(directory.find(SHARED) for _ in range(50)))
    assert set(found) == {await directory.find(SHARED)}


async def test_a_missing_table_is_told(empty_dsn: str) -> None:
    pool = Pool(empty_dsn)
    with pytest.raises(DirectoryAway, match="phone_number"):
        await PostgresDirectory(pool, patience_s=5).find(ALONE)
    await pool.close()
