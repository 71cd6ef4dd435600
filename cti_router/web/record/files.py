"""Owner of what is shown of contributors: read for who may see it, and written down before he does."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from cti_router.config import Loaded
from cti_router.core.identity import CallId, Instant
from cti_router.database.pool import DatabaseAway, Pool
from cti_router.database.queries import query
from cti_router.web.outside.crm import crm_address
from cti_router.web.person import Person
from cti_router.web.record.page import record_page
from cti_router.web.record.record import Record, record_of
from cti_router.web.record.sought import sought

CONTACTS = 12
FOUND_AT_MOST = 20
EXPECTED_AT_MOST = 500
"""So many calls' records are looked up beforehand; the oldest go."""

_log = structlog.get_logger()


class How(StrEnum):
    """In which way somebody came to see a file."""

    POP = "pop"
    PAGE = "page"
    SEARCH = "search"
    MESSAGE = "message"


class Files:
    """All of it raises `DatabaseAway`, but for what a pop carries: that comes without its record then."""

    def __init__(self, pool: Pool, loaded: Loaded, now: Callable[[], Instant]) -> None:
        self._pool = pool
        self._now = now
        self._configuration = loaded.configuration
        self._crm = loaded.deployment.web.crm_url if loaded.deployment.web is not None else None
        self._zone = ZoneInfo(loaded.configuration.calendar.timezone)
        self._expected: OrderedDict[CallId, asyncio.Future[Record | None]] = OrderedDict()

    # one file

    async def read(self, contributor: int, now: Instant) -> Record | None:
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(query("read_record"), contributor, self.today(now), CONTACTS)
        return None if row is None else record_of(dict(row))

    async def seen(self, contributors: Sequence[int], viewer: Person, call: CallId | None, how: How) -> None:
        """Written down: he sees these files now."""
        async with self._pool.connection() as connection:
            await connection.execute(query("note_views"), list(contributors), viewer.login, call or None, how)

    def today(self, now: Instant) -> date:
        return datetime.fromtimestamp(now, self._zone).date()

    def page(self, record: Record, viewer: Person, now: Instant, call: CallId | None = None, cli: str = "") -> str:
        """As HTML, for the page; `cli`: the number of who calls, E.164 with its +."""
        crm = self.crm_address(record, call, cli)
        return record_page(record, self._configuration, viewer, self._zone, now, crm)

    def crm_address(self, record: Record, call: CallId | None, cli: str) -> str | None:
        """Another program's page about him; None where none is configured."""
        if self._crm is None:
            return None
        return crm_address(self._crm, siret=record.siret, e164=cli, call=call)

    # several

    async def short(self, contributors: Sequence[int]) -> list[dict[str, Any]]:
        """What tells one from the other."""
        async with self._pool.connection() as connection:
            return [dict(row) for row in await connection.fetch(query("read_short_records"), list(contributors))]

    async def search(self, text: str) -> list[dict[str, Any]]:
        """Raises ValueError, in French, for what nobody can be found by."""
        by = sought(text)
        async with self._pool.connection() as connection:
            rows = await connection.fetch(
                query("search_records"), by.e164, by.siret, by.account, by.words, FOUND_AT_MOST
            )
        return [dict(row) for row in rows]

    # what a pop carries

    async def expect(self, call: CallId, contributors: Sequence[int]) -> None:
        if len(contributors) != 1 or call in self._expected:
            return
        coming = self._expected[call] = asyncio.get_running_loop().create_future()
        if len(self._expected) > EXPECTED_AT_MOST:
            self._expected.popitem(last=False)
        found = None
        try:
            found = await self.read(contributors[0], self._now())
        except DatabaseAway as away:
            _log.warning("record_away", why=str(away))
        finally:
            coming.set_result(found)

    async def carried(self, pop: Mapping[str, Any], viewer: Person) -> Mapping[str, Any]:
        contributors, call, now = list(pop["contributors"]), str(pop["call"]), float(pop["offered_at"])
        if not contributors:
            return {}
        try:
            if len(contributors) > 1:
                candidates = await self.short(contributors)
                await self.seen(contributors, viewer, call, How.POP)
                return {"candidates": candidates}
            found = await coming if (coming := self._expected.get(call)) is not None else None
            if found is None and (found := await self.read(contributors[0], now)) is None:
                return {}
            await self.seen(contributors, viewer, call, How.POP)
        except DatabaseAway as away:
            _log.warning("record_away", why=str(away))
            return {}
        return {"record_html": self.page(found, viewer, now, call, str(pop["cli"])), "name": found.name}

    def forget(self, call: CallId) -> None:
        self._expected.pop(call, None)
