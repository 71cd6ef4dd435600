"""Contributors by the million, from a CSV file into the database: all the good lines, or nothing."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import asyncpg

from cti_router.database.pool import DatabaseAway
from cti_router.database.queries import query
from cti_router.postgres.contributors_csv import BadLine, ContributorLine, ContributorsFile, ImportRefused

__all__ = ["BadLine", "ImportRefused", "ImportSummary", "import_contributors"]

BATCH = 5_000  # records between two looks at the event loop: tens of milliseconds

Progress: TypeAlias = Callable[[int, int], None]
Report: TypeAlias = Callable[[BadLine], None]


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """How many records the file has, and what became of each: `read` is the sum of the others."""

    read: int
    inserted: int
    updated: int
    unchanged: int
    skipped: int


async def import_contributors(
    dsn: str,
    path: Path,
    profiles: Collection[str],
    advisors: Collection[str],
    progress: Progress,
    report: Report,
    *,
    accounts_checked: bool = True,
) -> ImportSummary:
    """Inserts or updates the contributors of the file, by SIRET; those not in the file stay.

    `progress` is told how many of the file's bytes are read, then the changes are made; `report` gets each bad line,
    repeated SIRETs after all others. Both are called in the event loop. One transaction: cancelled or failing, it
    leaves the database as it was. Raises `ImportRefused` for the file or for a database that is not migrated,
    `DatabaseAway` when the database refuses or fails, OSError when file or server cannot be reached.
    """
    with ContributorsFile(path, profiles, advisors, accounts_checked=accounts_checked) as file:
        try:
            connection = await asyncpg.connect(dsn, timeout=10)
            try:
                async with connection.transaction():
                    await connection.execute(query("allow_memory"))
                    await connection.execute(query("create_staging"))
                    read, skipped = await _stage(connection, file, progress, report)
                    skipped += await _drop_repeated(connection, report)
                    inserted, updated, unchanged = await _merge(connection)
            finally:
                await connection.close(timeout=10)
        except asyncpg.UndefinedTableError as error:
            raise ImportRefused(f"{_message(error)}: run `cti-router migrate` first") from error
        except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            raise DatabaseAway(_message(error)) from error
    return ImportSummary(read, inserted, updated, unchanged, skipped)


async def _stage(
    connection: "asyncpg.Connection[asyncpg.Record]", file: ContributorsFile, progress: Progress, report: Report
) -> tuple[int, int]:
    """Copies the good lines to the staging table; returns how many records were read, and how many were bad."""
    read = skipped = 0
    records = iter(file)
    while batch := list(islice(records, BATCH)):
        good = [record for record in batch if isinstance(record, ContributorLine)]
        await connection.copy_records_to_table("staged_contributor", records=good, columns=ContributorLine._fields)
        for record in batch:
            if isinstance(record, BadLine):
                report(record)
        read += len(batch)
        skipped += len(batch) - len(good)
        progress(file.position, file.size)
        await asyncio.sleep(0)  # COPY alone may never let go of the event loop, and Ctrl-C would wait for the end
    progress(file.size, file.size)
    return read, skipped


async def _drop_repeated(connection: "asyncpg.Connection[asyncpg.Record]", report: Report) -> int:
    """In the staging table, where memory has no say: a file may hold millions of SIRETs."""
    repeated = 0
    async for row in connection.cursor(query("drop_repeated"), prefetch=BATCH):
        report(BadLine(row["line"], "siret", row["siret"], f"this SIRET is on line {row['first_line']} already"))
        repeated += 1
    return repeated


async def _merge(connection: "asyncpg.Connection[asyncpg.Record]") -> tuple[int, int, int]:
    """Returns how many contributors were inserted, updated, unchanged."""
    await connection.execute(query("analyze_staging"))
    await connection.execute(query("lock_contributors"))
    unchanged = await _count(connection, "drop_unchanged")
    await _count(connection, "delete_staged_numbers")
    await _count(connection, "delete_staged_accounts")
    updated = await _count(connection, "update_contributors")
    inserted = await _count(connection, "insert_contributors")
    await _count(connection, "insert_staged_numbers")
    await _count(connection, "insert_staged_accounts")
    return inserted, updated, unchanged


async def _count(connection: "asyncpg.Connection[asyncpg.Record]", name: str) -> int:
    """The rows that the statement touched: the last word of its status ("UPDATE 12")."""
    status: str = await connection.execute(query(name))
    return int(status.rsplit(" ", 1)[1])


def _message(error: Exception) -> str:
    """Without the details, which may quote a row."""
    return str(error.args[0]) if error.args else type(error).__name__
