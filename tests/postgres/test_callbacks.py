from dataclasses import replace

import asyncpg
import pytest

from cti_router.core.callback import StoredCallback
from cti_router.core.history import Outcome
from cti_router.database.pool import Pool
from cti_router.interfaces import CallbackBookAway
from cti_router.postgres.callbacks import CallbackBook
from tests.postgres.conftest import Postgres
from tests.postgres.samples import MONDAY

ASKED = StoredCallback(
    "caen-cb1", 33261910101, "caen", "33261910001", "1/1795420800000/0/employer/-/0/callback/-/-/-/-", MONDAY,
    MONDAY, 1, asked_in="caen-1.1", author="",
)  # fmt: skip


@pytest.fixture
def book(pool: Pool) -> CallbackBook:
    return CallbackBook(pool)


async def test_what_is_stored_is_read_again(book: CallbackBook) -> None:
    closed = replace(
        ASKED, id="caen-cb2", revision=4, attempts=2, attempt="", author="paul", outcome=Outcome.ANSWERED,
        ended_at=MONDAY + 60.5, called_from=33639980001,
    )  # fmt: skip
    await book.store(ASKED)
    await book.store(closed)
    assert await book.read(MONDAY - 1) == (ASKED, closed)


async def test_the_higher_revision_counts_whatever_comes_last(book: CallbackBook) -> None:
    later = replace(ASKED, revision=3, attempts=1, attempt="caen-cb1-1-2", not_before_at=MONDAY + 300)
    await book.store(later)
    await book.store(replace(ASKED, revision=2, attempt="caen-cb1-1-1"))
    await book.store(later)
    assert await book.read(MONDAY) == (later,)


async def test_open_ones_are_read_whatever_their_age_and_others_of_a_day(book: CallbackBook) -> None:
    old = replace(ASKED, id="old", asked_at=MONDAY - 200_000)
    await book.store(old)
    await book.store(replace(ASKED, id="over", asked_at=MONDAY - 200_000, outcome=Outcome.EXPIRED, ended_at=MONDAY))
    await book.store(replace(ASKED, id="today", asked_at=MONDAY, outcome=Outcome.CANCELLED, ended_at=MONDAY))
    assert [row.id for row in await book.read(MONDAY - 86_400)] == ["old", "today"]


async def test_it_is_committed_when_it_is_said_to_be(book: CallbackBook, dsn: str) -> None:
    await book.store(ASKED)
    other = await asyncpg.connect(dsn)
    try:
        assert await other.fetchval("SELECT e164 FROM callback WHERE id = $1", ASKED.id) == ASKED.e164
    finally:
        await other.close()


async def test_a_database_that_is_away_takes_and_tells_nothing(away_pool: Pool) -> None:
    book = CallbackBook(away_pool)
    with pytest.raises(CallbackBookAway):
        await book.store(ASKED)
    with pytest.raises(CallbackBookAway):
        await book.read(MONDAY)


async def test_a_database_that_hangs_is_waited_for_so_long(hung_pool: Pool) -> None:
    book = CallbackBook(hung_pool, patience_s=0.2)
    with pytest.raises(CallbackBookAway, match=r"no answer within 0\.2 s"):
        await book.store(ASKED)


async def test_a_row_that_the_database_never_takes_is_not_noted(book: CallbackBook) -> None:
    with pytest.raises(CallbackBookAway):
        await book.store(replace(ASKED, author="\x00"))


async def test_a_database_that_comes_back_takes_it(book: CallbackBook, postgres: Postgres) -> None:
    async with postgres.away():
        with pytest.raises(CallbackBookAway):
            await book.store(ASKED)
    await book.store(ASKED)
    assert await book.read(MONDAY) == (ASKED,)
