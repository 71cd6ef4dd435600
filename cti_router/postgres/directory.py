"""Contributors from PostgreSQL: by telephone number, from memory while it is away, and by what callers key in."""

import asyncio
from collections import OrderedDict

from cti_router.core.identity import Contributor, Instant
from cti_router.database.pool import DatabaseAway, Pool, RowRefused
from cti_router.database.queries import query
from cti_router.interfaces import Directory, DirectoryAway
from cti_router.postgres.records import to_datetime


class PostgresDirectory(Directory):
    """Asks the database first, for at most `patience_s`; the last `remembered` callers found stay known without it."""

    def __init__(self, pool: Pool, *, patience_s: float = 0.25, remembered: int = 10_000) -> None:
        self._pool = pool
        self._patience_s = patience_s
        self._remembered = remembered
        self._seen: OrderedDict[int, tuple[Contributor, ...]] = OrderedDict()

    async def find(self, e164: int, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        try:
            async with asyncio.timeout(self._patience_s):
                found = await self._ask(since_at, e164=e164)
        except (DatabaseAway, RowRefused, TimeoutError) as error:
            if e164 in self._seen:
                return self._seen[e164]
            raise DirectoryAway(str(error) or f"no answer within {self._patience_s} s") from error
        self._remember(e164, found)
        return found

    async def find_by_siret(self, siret: str, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        return await self._find_keyed(since_at, siret=siret)

    async def find_by_account(self, account: str, since_at: Instant | None = None) -> tuple[Contributor, ...]:
        return await self._find_keyed(since_at, account=account)

    async def _find_keyed(
        self, since_at: Instant | None, *, siret: str | None = None, account: str | None = None
    ) -> tuple[Contributor, ...]:
        """Nothing of it is remembered, and no error quotes it."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._ask(since_at, siret=siret, account=account)
        except (DatabaseAway, RowRefused, TimeoutError) as error:
            raise DirectoryAway(f"no answer to a keyed look-up: {type(error).__name__}") from None

    async def _ask(
        self, since_at: Instant | None, *, e164: int | None = None, siret: str | None = None, account: str | None = None
    ) -> tuple[Contributor, ...]:
        since = None if since_at is None else to_datetime(since_at)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("find_contributors"), e164, siret, account, since)
        return tuple(
            Contributor(
                row["id"], row["name"], row["profile"], row["advisor_in_charge"], row["last_advisor"], row["siret"]
            )
            for row in rows
        )

    def _remember(self, e164: int, found: tuple[Contributor, ...]) -> None:
        self._seen.pop(e164, None)
        if found:
            self._seen[e164] = found
        if len(self._seen) > self._remembered:
            self._seen.popitem(last=False)
