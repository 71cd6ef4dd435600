"""Orders outlive the router: on local disk at once, in PostgreSQL as soon as it can be, and back."""

from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from cti_router.core.order import Close, Force, Notice, Order, Ordered, OrderState, Pull, Swap
from cti_router.core.presence import Presence
from cti_router.database.pool import Pool
from cti_router.postgres.memory import Memory
from cti_router.postgres.orders import order_from_stored, order_to_stored, write_orders
from cti_router.postgres.spool import Spool
from tests.postgres.samples import MONDAY
from tests.postgres.test_memory import drained, draining

KINDS: tuple[Ordered, ...] = (
    Close("incendie à l’étage", "caen", ("cti/feu", "cti/au-revoir")),
    Swap("caen", "dieppe"),
    Notice("échéance reportée"),
    Force("sophie", Presence.NOT_READY, "formation"),
    Pull("caen-1.0", "sophie", "rappel promis"),
)


def order(id: str = "close-1", made_at: float = MONDAY, **changes: object) -> Order:
    given = Order(id, Close("feu"), "helene", made_at, made_at, made_at + 3600, OrderState.IN_FORCE)
    return replace(given, **changes)  # type: ignore[arg-type]


def undone(given: Order, at: float) -> Order:
    return replace(given, state=OrderState.UNDONE, over_at=at, undone_by="irene")


@pytest.mark.parametrize("what", KINDS)
def test_an_order_is_kept_exactly(what: Ordered) -> None:
    for given in (order(what=what), undone(order(what=what), MONDAY + 60.25)):
        assert order_from_stored(order_to_stored(given)) == given


async def test_every_kind_moves_to_the_database_and_back(memory: Memory, spool: Spool, pool: Pool) -> None:
    orders = tuple(order(f"{rank}-1", MONDAY + rank, what=what) for rank, what in enumerate(KINDS))
    for given in orders:
        await memory.store_order(given)
    assert memory.spool_length == len(orders)
    async with draining(memory):
        await drained(memory)
    assert await spool.orders() == orders  # the last known of each, while it is not over
    assert await memory.orders(MONDAY) == orders


async def test_another_router_finds_them_in_the_database(memory: Memory, tmp_path: Path, pool: Pool) -> None:
    standing, over = order("close-1"), undone(order("close-2", MONDAY + 1), MONDAY + 60)
    async with draining(memory):
        for given in (standing, order("close-2", MONDAY + 1), over):
            await memory.store_order(given)
        await drained(memory)
    elsewhere = Spool(tmp_path / "elsewhere.sqlite3")
    assert await Memory(elsewhere, pool).orders(MONDAY) == (standing, over)
    assert await Memory(elsewhere, pool).orders(MONDAY + 60) == (standing,)
    elsewhere.close()


async def test_without_a_database_they_come_from_the_disk(tmp_path: Path, away_pool: Pool) -> None:
    first = Spool(tmp_path / "spool.sqlite3")
    memory = Memory(first, away_pool)
    for given in (order("a"), order("b", MONDAY + 1), undone(order("a"), MONDAY + 60)):
        await memory.store_order(given)
    first.close()
    second = Spool(tmp_path / "spool.sqlite3")
    assert second.length == 2
    assert await Memory(second, away_pool).orders(MONDAY) == (
        undone(order("a"), MONDAY + 60),
        order("b", MONDAY + 1),
    )
    assert await Memory(second, away_pool).orders(MONDAY + 60) == (order("b", MONDAY + 1),)
    second.close()


async def test_what_another_router_undid_does_not_stand_up_again(memory: Memory, pool: Pool) -> None:
    """This one has it on disk as it was; the other one undid it, long ago."""
    async with draining(memory):
        await memory.store_order(order())
        await drained(memory)
    async with pool.connection() as connection:
        await write_orders(connection, [undone(order(), MONDAY + 60)])
    assert await memory.orders(MONDAY) == (undone(order(), MONDAY + 60),)
    assert await memory.orders(MONDAY + 86_400) == ()


async def test_what_is_over_leaves_the_disk_once_the_database_has_it(memory: Memory, spool: Spool) -> None:
    await memory.store_order(order("a"))
    await memory.store_order(order("b", MONDAY + 1))
    async with draining(memory):
        await drained(memory)
        await memory.store_order(undone(order("a"), MONDAY + 60))
        await drained(memory)
    assert await spool.orders() == (order("b", MONDAY + 1),)
    assert await memory.orders(MONDAY) == (undone(order("a"), MONDAY + 60), order("b", MONDAY + 1))


async def test_an_order_the_database_refuses_does_not_hold_up_the_others(memory: Memory, dsn: str) -> None:
    for given in (order("a"), order("bad", what=Close("\0")), order("b")):
        await memory.store_order(given)
    async with draining(memory):
        await drained(memory)
    connection = await asyncpg.connect(dsn)
    assert [row["id"] for row in await connection.fetch("SELECT id FROM given_order ORDER BY id")] == ["a", "b"]
    await connection.close()
