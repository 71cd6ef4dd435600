"""The table of ended calls."""

import json
from collections.abc import Sequence

import asyncpg

from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId
from cti_router.postgres.pool import Connection
from cti_router.postgres.queries import query
from cti_router.postgres.records import record_from_stored, record_to_stored, to_datetime


async def write_history(connection: Connection, records: Sequence[CallRecord]) -> None:
    """Writes each row whole, over the one that is there already. Makes the month's partition where it is missing."""
    arrivals = [to_datetime(record.arrived_at) for record in records]
    for first in {(arrived_at.year, arrived_at.month): arrived_at for arrived_at in arrivals}.values():
        await connection.execute(query("ensure_history_partition"), first)
    await connection.executemany(query("write_history"), [_to_row(record) for record in records])


async def read_recent_history(connection: Connection, limit: int) -> tuple[CallRecord, ...]:
    """The newest ended first."""
    return tuple(_from_row(row) for row in await connection.fetch(query("recent_history"), limit))


async def read_call(connection: Connection, call: CallId) -> CallRecord | None:
    """One ended call; None when there is none of that id."""
    row = await connection.fetchrow(query("one_call"), call)
    return None if row is None else _from_row(row)


def _to_row(record: CallRecord) -> tuple[object, ...]:
    """In the order of the parameters of `write_history`."""
    if record.ended_at is None or record.outcome is None:
        raise ValueError(f"call {record.id} has not ended")
    stored = record_to_stored(record)
    stored |= {
        "arrived_at": to_datetime(record.arrived_at),
        "ended_at": to_datetime(record.ended_at),
        "tickets": json.dumps(stored["tickets"]),
        "decisions": json.dumps(stored["decisions"]),
    }
    return tuple(stored[column] for column in _COLUMNS)


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
    "verified", "decisions", "motive", "message",
)  # fmt: skip
