"""Voice messages: their rows on the way to PostgreSQL, and there."""

from dataclasses import replace

import asyncpg
import pytest
from structlog.testing import capture_logs

from cti_router.core.history import Outcome
from cti_router.core.voice_message import VoiceMessage
from cti_router.database.pool import Pool
from cti_router.interfaces import MessageBookAway
from cti_router.postgres.memory import Memory
from cti_router.postgres.messages import MessageBook
from cti_router.postgres.spool import Spool
from tests.postgres.conftest import Postgres
from tests.postgres.samples import MONDAY, ended_call
from tests.postgres.test_memory import drained, draining

CALL = "lyon-1"
LEFT = VoiceMessage(
    CALL, "lyon", MONDAY + 70, 12.5, "ab" * 32, owner_site="brest", due_at=MONDAY + 100_000
)  # fmt: skip
ITS_CALL = ended_call(
    CALL, outcome=Outcome.VOICEMAIL, message=f"cti/{CALL}", contributor=1, motive="collections", advisor=None
)
KNOWN = replace(
    LEFT, owner_advisor="sophie", cli=ITS_CALL.cli, contributor=1, contributor_name="Boulangerie Hébert",
    profile="employer", motive="collections",
)  # fmt: skip


@pytest.fixture
def book(pool: Pool) -> MessageBook:
    return MessageBook(pool)


@pytest.fixture
async def contributor(dsn: str) -> None:
    """Number 1: a bakery whose file Sophie is in charge of."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(
            "INSERT INTO contributor (siret, name, profile, advisor_in_charge) VALUES ($1, $2, 'employer', 'sophie')",
            "73282932000074", "Boulangerie Hébert",
        )  # fmt: skip
    finally:
        await connection.close()


async def everything(book: MessageBook) -> tuple[VoiceMessage, ...]:
    return await book.read(done_too=True, site=None, limit=100)


@pytest.mark.usefixtures("contributor")
@pytest.mark.parametrize("first", ["message", "call", "both"])
async def test_message_and_call_meet_whichever_comes_first(memory: Memory, book: MessageBook, first: str) -> None:
    async with draining(memory):
        for what in {"message": ("m", "c"), "call": ("c", "m"), "both": ("cm",)}[first]:
            if "c" in what:
                memory.remember(ITS_CALL)
            if "m" in what:
                await memory.store_message(LEFT)
            await drained(memory)
    assert await everything(book) == (KNOWN,)
    assert await book.one(CALL) == KNOWN
    assert await memory.spooled_messages() == ()


async def test_a_message_of_an_unknown_caller_has_no_advisor(memory: Memory, book: MessageBook) -> None:
    async with draining(memory):
        memory.remember(replace(ITS_CALL, contributor=None))
        await memory.store_message(LEFT)
        await drained(memory)
    (found,) = await everything(book)
    assert (found.contributor, found.contributor_name, found.owner_advisor) == (None, "", None)


async def test_another_call_of_that_id_on_another_day_is_not_meant(memory: Memory, book: MessageBook) -> None:
    async with draining(memory):
        memory.remember(ended_call(CALL, MONDAY - 10 * 86_400, message=f"cti/{CALL}"))
        await memory.store_message(LEFT)
        await drained(memory)
    assert await everything(book) == (LEFT,)


async def test_a_message_that_comes_twice_is_the_same_and_stays_done(memory: Memory, book: MessageBook) -> None:
    async with draining(memory):
        await memory.store_message(LEFT)
        await memory.store_message(replace(LEFT, taken_at=MONDAY + 90))
        await drained(memory)
        assert await book.done(CALL, MONDAY + 200, "anne", "rappelé")
        await memory.store_message(LEFT)
        await drained(memory)
    (found,) = await everything(book)
    assert (found.taken_at, found.done_at, found.done_by, found.note) == (MONDAY + 70, MONDAY + 200, "anne", "rappelé")


async def test_the_message_waits_on_disk_while_the_database_is_away(
    postgres: Postgres, memory: Memory, book: MessageBook
) -> None:
    async with draining(memory):
        async with postgres.away():
            await memory.store_message(LEFT)
            assert memory.spool_length == 1
            assert await memory.spooled_messages() == (LEFT,)
            with pytest.raises(MessageBookAway):
                await book.to_do()
        await drained(memory)
    assert await everything(book) == (LEFT,)


async def test_a_row_the_database_never_takes_is_kept_and_told(memory: Memory, book: MessageBook) -> None:
    bad = replace(LEFT, call="lyon-bad", owner_site="\0")
    with capture_logs() as logs:
        async with draining(memory):
            await memory.store_message(bad)
            await memory.store_message(LEFT)
            await drained(memory)
    assert await everything(book) == (LEFT,)
    assert await memory.spooled_messages() == (bad,)
    assert [log["call"] for log in logs if "refused by the database" in log["event"]] == ["lyon-bad"]


async def test_the_spool_keeps_it_through_a_restart_and_forgets_what_is_deleted(spool: Spool) -> None:
    await spool.store_message(LEFT)
    (sent,) = await spool.awaiting_messages()
    assert (sent.row, spool.length) == (LEFT, 1)
    await spool.drop_messages([CALL, "nothing"])
    assert await spool.messages() == ()
    await spool.store_message(LEFT)
    await spool.forget((), (), (), (sent.seq,))  # written anew since: not the row that was sent
    assert await spool.messages() == (LEFT,)


async def _fill(memory: Memory, book: MessageBook) -> None:
    """Three of Brest, of which one is done, and one of Lyon; due in reverse order."""
    async with draining(memory):
        for rank, site in enumerate(("brest", "lyon", "brest", "brest")):
            left = replace(LEFT, call=f"lyon-{rank}", owner_site=site, due_at=MONDAY + 100_000 - rank)
            await memory.store_message(left)
        await drained(memory)
    assert await book.done("lyon-3", MONDAY + 500, "anne", "")


async def test_they_are_read_the_first_due_first_then_those_done(memory: Memory, book: MessageBook) -> None:
    await _fill(memory, book)

    async def calls(*, done_too: bool = False, site: str | None = None, limit: int = 9) -> list[str]:
        return [message.call for message in await book.read(done_too=done_too, site=site, limit=limit)]

    assert await calls() == ["lyon-2", "lyon-1", "lyon-0"]
    assert await calls(done_too=True) == ["lyon-2", "lyon-1", "lyon-0", "lyon-3"]
    assert await calls(site="brest") == ["lyon-2", "lyon-0"]
    assert await calls(limit=1) == ["lyon-2"]
    assert await calls(site="brest' OR true --") == []
    assert await book.to_do() == 3


async def test_it_is_done_once(memory: Memory, book: MessageBook) -> None:
    await _fill(memory, book)
    assert await book.done("lyon-0", MONDAY + 600, "rose", "réglé")
    assert not await book.done("lyon-0", MONDAY + 700, "remi", "moi aussi")
    assert not await book.done("nothing", MONDAY, "rose", "")
    found = await book.one("lyon-0")
    assert found is not None
    assert (found.done_by, found.note) == ("rose", "réglé")


async def test_the_old_ones_are_those_done_long_ago_and_all_left_longer_ago(memory: Memory, book: MessageBook) -> None:
    await _fill(memory, book)
    assert await book.old(MONDAY + 500, MONDAY) == ()
    assert await book.old(MONDAY + 501, MONDAY) == (("lyon-3", True),)
    assert dict(await book.old(MONDAY, MONDAY + 71)) == {f"lyon-{rank}": rank == 3 for rank in range(4)}
    await book.delete(["lyon-3", "lyon-0", "nothing"])
    assert [message.call for message in await everything(book)] == ["lyon-2", "lyon-1"]


async def test_who_takes_nothing_down_as_done_by_nobody(memory: Memory, book: MessageBook) -> None:
    await _fill(memory, book)
    with pytest.raises(MessageBookAway, match="violates check constraint"):
        await book.done("lyon-0", MONDAY, "", "")


async def test_a_database_that_hangs_is_waited_for_so_long(hung_pool: Pool) -> None:
    with pytest.raises(MessageBookAway, match=r"no answer within 0\.2 s"):
        await MessageBook(hung_pool, patience_s=0.2).to_do()
