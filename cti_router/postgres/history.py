"""The table of ended calls."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId
from cti_router.database.pool import Connection
from cti_router.database.queries import query
from cti_router.postgres.records import Stored, record_from_stored, record_to_stored


async def write_history(connection: Connection, calls: Sequence[Stored]) -> None:
    """Writes each row whole, over the one that is there already. Makes the month's partition where it is missing.

    Raises ValueError for a call that has not ended.
    """
    rows = [_to_row(stored) for stored in calls]
    arrivals = [row[_COLUMNS.index("arrived_at")] for row in rows]
    for first in {(arrived_at.year, arrived_at.month): arrived_at for arrived_at in arrivals}.values():
        await connection.execute(query("ensure_history_partition"), first)
    await connection.executemany(query("write_history"), rows)


async def read_recent_history(connection: Connection, limit: int) -> tuple[CallRecord, ...]:
    """The newest ended first."""
    return tuple(_from_row(row) for row in await connection.fetch(query("recent_history"), limit))


async def read_call(connection: Connection, call: CallId) -> CallRecord | None:
    """One ended call; None when there is none of that id."""
    row = await connection.fetchrow(query("one_call"), call)
    return None if row is None else _from_row(row)


def _to_row(stored: Stored) -> tuple[Any, ...]:
    """In the order of the parameters of `write_history`."""
    if not stored["ended_at"] or not stored["outcome"]:
        raise ValueError(f"call {stored['id']} has not ended")
    if not all(column in stored for column in _COLUMNS):
        stored = record_to_stored(record_from_stored(stored))  # the spool of a former version
    row = {
        **stored,
        "arrived_at": datetime.fromisoformat(stored["arrived_at"]),
        "ended_at": datetime.fromisoformat(stored["ended_at"]),
        "tickets": json.dumps(stored["tickets"]),
        "decisions": json.dumps(stored["decisions"]),
    }
    return tuple(row[column] for column in _COLUMNS)


def _from_row(row: asyncpg.Record) -> CallRecord:
    stored = {
        **row,
        "arrived_at": row["arrived_at"].isoformat(),
        "ended_at": row["ended_at"].isoformat(),
        "tickets": json.loads(row["tickets"]),
        "decisions": json.loads(row["decisions"]),
    }
    return record_from_stored(stored)


_COLUMNS = (
    "id", "arrived_at", "ended_at", "cli", "dnis", "contributor", "profile", "recognition", "entry_site", "duty_site",
    "advisor", "advisor_site", "path", "waited_s", "talked_s", "outcome", "because", "tickets", "sip",
    "verified", "decisions", "motive", "message", "direction", "author",
)  # fmt: skip
