"""Owner of what advisors write down of calls, and of the work that is left to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.identity import CallId, Instant
from cti_router.database.pool import Pool
from cti_router.database.queries import query

WORK_AT_MOST = 500
FAILED_LATELY_S = 30 * 86400.0
"""A callback that failed longer ago is no work any more."""


class Result(StrEnum):
    """What became of a question."""

    FIRST_LEVEL = "first_level"
    SECOND_LEVEL = "second_level"
    FOLLOW_UP = "follow_up"


class Work(StrEnum):
    FOLLOW_UP = "follow_up"
    MESSAGE = "message"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True)
class Contact:
    """`contributor`: None leaves the one that is written down. `due_at`: of a follow-up, and of nothing else."""

    call: CallId
    advisor: AdvisorId
    contributor: int | None
    motive: str | None
    result: Result
    note: str
    due_at: Instant | None
    owner_site: SiteId


class Contacts:
    """All of it raises `DatabaseAway`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def write(self, contact: Contact, revision: int | None, now: Instant) -> int | None:
        """Its new revision; None when another than `revision` is there, which stays. `revision` None: no matter."""
        async with self._pool.connection() as connection:
            written: int | None = await connection.fetchval(
                query("write_contact"), contact.call, contact.advisor, contact.contributor, contact.motive,
                contact.result, contact.note, _moment(contact.due_at), contact.owner_site, _moment(now), revision,
            )  # fmt: skip
        return written

    async def read(self, call: CallId, advisor: AdvisorId) -> Mapping[str, Any] | None:
        """What is written down there now."""
        async with self._pool.connection() as connection:
            row = await connection.fetchrow(query("read_contact"), call, advisor)
        return None if row is None else dict(row)

    async def work(self, site: SiteId | None, now: Instant) -> list[dict[str, Any]]:
        """What is to be done, of one site or of all, the first due first."""
        since = _moment(now - FAILED_LATELY_S)
        async with self._pool.connection() as connection:
            return [dict(row) for row in await connection.fetch(query("read_work"), site, since, WORK_AT_MOST)]

    async def followed_up(self, id_: str, by: str, note: str, now: Instant) -> bool:
        """False when there is no such follow-up to do."""
        call, _, advisor = id_.rpartition(" ")
        async with self._pool.connection() as connection:
            done = await connection.fetchval(query("do_follow_up"), call, advisor, _moment(now), by, note)
        return done is not None

    async def called_back(self, id_: CallId, by: str, note: str, now: Instant) -> bool:
        """What was to be done about a callback that failed is done. False when there is none."""
        async with self._pool.connection() as connection:
            return await connection.fetchval(query("do_callback"), id_, _moment(now), by, note) is not None

    async def whose_message(self, message: CallId) -> int | None:
        """The contributor who left a voice message, where he is known."""
        async with self._pool.connection() as connection:
            found: int | None = await connection.fetchval(query("message_owner"), message)
        return found

    async def first_level_share(self, since: Instant, until: Instant) -> dict[SiteId, tuple[int, int]]:
        """By site: the questions answered at first level, and all that were written down."""
        async with self._pool.connection() as connection:
            rows = await connection.fetch(query("first_level_share"), _moment(since), _moment(until))
        return {row["site"]: (row["first_level"], row["questions"]) for row in rows}


def _moment(at: Instant | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)
