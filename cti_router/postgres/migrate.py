"""Brings the database to the shape this version needs: `sql/NNNN_name.sql`, in dbmate's format, each applied once."""

import re
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources.abc import Traversable

import asyncpg

from cti_router.database.queries import query
from cti_router.resources import resource_folder

_FILE_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_UP = re.compile(r"^-- migrate:up\s*$(.*?)(?=^-- migrate:down\s*$|\Z)", re.MULTILINE | re.DOTALL)


class MigrationRefused(Exception):
    """The database and the migration files contradict each other; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file. `version` is its four digits."""

    version: str
    name: str
    up: str
    checksum: str


async def migrate(dsn: str, folder: Traversable | None = None) -> list[str]:
    """Applies what is missing, in order, and returns the names applied (`0001_contributors`).

    Each file is a transaction of its own. Routers started together take turns. Raises `MigrationRefused`; OSError or
    `asyncpg.PostgresError` when the database cannot be reached or does not take the SQL.
    """
    migrations = read_migrations(folder or resource_folder("sql"))
    connection = await asyncpg.connect(dsn, timeout=10)
    try:
        await connection.execute(query("lock_migrations"))  # held until the connection closes
        await connection.execute(query("create_migration_table"))
        applied = {row["version"]: row for row in await connection.fetch(query("applied_migrations"))}
        _check(migrations, {version: (row["name"], row["checksum"]) for version, row in applied.items()})
        missing = [migration for migration in migrations if migration.version not in applied]
        for migration in missing:
            async with connection.transaction():
                await connection.execute(migration.up)
                await connection.execute(
                    query("record_migration"), migration.version, migration.name, migration.checksum
                )
        return [migration.name for migration in missing]
    finally:
        await connection.close(timeout=10)


def read_migrations(folder: Traversable) -> list[Migration]:
    """The numbered files of `folder`, in order. Raises `MigrationRefused` for a file that cannot be one."""
    migrations: dict[str, Migration] = {}
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        named = _FILE_NAME.fullmatch(file.name)
        text = file.read_text(encoding="utf-8")
        up = _UP.search(text)
        if named is None or up is None:
            raise MigrationRefused(f"{file.name}: wanted NNNN_name.sql with a line `-- migrate:up`")
        version = named[1]
        if version in migrations:
            raise MigrationRefused(f"{file.name}: the number {version} is taken by {migrations[version].name}")
        checksum = sha256(text.encode()).hexdigest()
        migrations[version] = Migration(version, file.name.removesuffix(".sql"), up[1].strip(), checksum)
    return list(migrations.values())


def _check(migrations: list[Migration], applied: dict[str, tuple[str, str]]) -> None:
    known = {migration.version: migration for migration in migrations}
    for version, (name, checksum) in applied.items():
        if version not in known:
            raise MigrationRefused(
                f"the database has migration {name}, which this version of cti_router does not know: "
                "it is newer; install the version that made it"
            )
        if known[version].checksum != checksum:
            raise MigrationRefused(
                f"{known[version].name} was changed after it was applied (as {name}): "
                "put the file back, and write the change as a new migration"
            )
