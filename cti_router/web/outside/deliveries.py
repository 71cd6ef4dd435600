"""What other programs are to be told, kept in the database until they were."""

from collections.abc import Sequence
from dataclasses import dataclass

from cti_router.core.identity import Instant
from cti_router.database.pool import Pool
from cti_router.database.queries import query

MOST_WAITING = 10_000
"""So many wait for one address at most: a program that is away for good fills no disk."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`key`: the same however often it is sent. `tries`: those before this one."""

    id: int
    key: str
    event: str
    body: str
    tries: int
    noted_at: Instant


@dataclass(frozen=True, slots=True)
class Undelivered:
    """What was not taken yet, as a list shows it."""

    id: int
    url: str
    event: str
    key: str
    tries: int
    last_error: str
    given_up: bool
    noted_at: Instant
    next_at: Instant


class Deliveries:
    """All of them raise `DatabaseAway`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def note(self, url: str, key: str, event: str, body: str, router_event: str, now: Instant) -> bool:
        """False when it is there already, or when too many wait for that address."""
        async with self._pool.connection() as connection:
            given = (url, key, event, body, router_event, now, MOST_WAITING)
            return await connection.fetchrow(query("note_webhook"), *given) is not None

    async def due(self, url: str, now: Instant) -> Sequence[Delivery]:
        """The oldest first; not all at once when there are many."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("read_due_webhooks"), url, now)
        return [Delivery(**row) for row in rows]

    async def delivered(self, id_: int, now: Instant) -> None:
        async with self._pool.connection() as connection:
            await connection.execute(query("webhook_delivered"), id_, now)

    async def failed(self, id_: int, now: Instant, next_at: Instant | None, why: str) -> None:
        """`next_at`: when to try again; None: never, unless somebody asks."""
        async with self._pool.connection() as connection:
            await connection.execute(query("webhook_failed"), id_, now, next_at, why)

    async def last_router_event(self) -> str:
        """The id of the newest of the router's events that made one; "" when none did."""
        async with self._pool.connection() as connection:
            return await connection.fetchval(query("last_webhook_router_event")) or ""

    async def undelivered(self, only_given_up: bool) -> Sequence[Undelivered]:
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("read_webhooks"), only_given_up)
        return [Undelivered(**row) for row in rows]

    async def retry(self, id_: int | None, now: Instant) -> int:
        """Try one again at once, or (None) all that were given up. Returns how many."""
        async with self._pool.connection() as connection:
            return len(await connection.fetch(query("retry_webhooks"), id_, now))

    async def delete_before(self, at: Instant) -> None:
        """What is over, and older than that."""
        async with self._pool.connection() as connection:
            await connection.execute(query("delete_old_webhooks"), at)
