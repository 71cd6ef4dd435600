"""Files of contributors, their import, and what is in the database after it."""

from collections.abc import Callable
from pathlib import Path

import asyncpg
from stdnum import luhn

from cti_router.postgres.contributors_csv import BadLine, ContributorLine, ContributorsFile
from cti_router.postgres.importer import ImportSummary, import_contributors

PROFILES = {"employer", "self_employed"}
ADVISORS = {"sophie"}
HEADER = "siret;name;profile;phones;in_charge\n"


def siret(serial: int) -> str:
    digits = f"{serial:013}"
    return digits + luhn.calc_check_digit(digits)


def record(serial: int, name: str = "Roy", profile: str = "employer", phones: str = "", in_charge: str = "") -> str:
    return f"{siret(serial)};{name};{profile};{phones};{in_charge}\n"


def account(serial: int) -> str:
    return f"{serial:016}{97 - serial % 97:02}"


def numbered(serial: int) -> str:
    """A contributor with a number of his own."""
    return record(serial, phones=f"026191{serial:04}")


class Import:
    """Imports a file written for the test, and keeps the bad lines."""

    def __init__(self, dsn: str, path: Path) -> None:
        self.dsn = dsn
        self.path = path
        self.bad: list[BadLine] = []
        self.progress: list[tuple[int, int]] = []

    async def __call__(
        self, content: str | bytes, after_batch: Callable[[int], object] = lambda done_bytes: None
    ) -> ImportSummary:
        self.path.write_bytes(content if isinstance(content, bytes) else content.encode())
        self.bad.clear()
        self.progress.clear()

        def progress(done: int, total: int) -> None:
            self.progress.append((done, total))
            after_batch(done)

        return await import_contributors(self.dsn, self.path, PROFILES, ADVISORS, progress, self.bad.append)


async def rows(dsn: str, sql: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        return [tuple(row) for row in await connection.fetch(sql)]
    finally:
        await connection.close()


async def stored(dsn: str) -> dict[object, tuple[object, ...]]:
    """Everything but the ids, by SIRET."""
    found = await rows(
        dsn,
        "SELECT siret, name, profile, advisor_in_charge,"
        " ARRAY(SELECT (e164, raw)::text FROM phone_number WHERE contributor_id = id ORDER BY e164) FROM contributor",
    )
    return {row[0]: row[1:] for row in found}


def parsed(path: Path, content: str | bytes) -> list[ContributorLine | BadLine]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with ContributorsFile(path, PROFILES, ADVISORS) as file:
        return list(file)
