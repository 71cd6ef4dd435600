"""The table of what each advisor last chose to be."""

from collections.abc import Sequence

from cti_router.core.inputs import Presence, StoredPresence
from cti_router.database.pool import Connection
from cti_router.database.queries import query
from cti_router.postgres.records import to_datetime, to_instant


async def write_presences(connection: Connection, presences: Sequence[StoredPresence]) -> None:
    """Each replaces what the database had of that advisor."""
    rows = [
        (
            stored.advisor,
            stored.presence.value,
            stored.reason,
            to_datetime(stored.since_at),
            None if stored.wrap_up_until_at is None else to_datetime(stored.wrap_up_until_at),
            None if stored.until_at is None else to_datetime(stored.until_at),
            stored.phone,
        )
        for stored in presences
    ]
    await connection.executemany(query("write_presence"), rows)


async def read_presences(connection: Connection) -> tuple[StoredPresence, ...]:
    return tuple(
        StoredPresence(
            advisor=row["advisor"],
            presence=Presence(row["presence"]),
            reason=row["reason"],
            since_at=to_instant(row["since_at"]),
            wrap_up_until_at=row["wrap_up_until_at"] and to_instant(row["wrap_up_until_at"]),
            until_at=row["until_at"] and to_instant(row["until_at"]),
            phone=row["phone"],
        )
        for row in await connection.fetch(query("read_presences"))
    )
