"""The database: its shape, and the contributors in it."""

import asyncio
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import Progress

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.config.deployment import SecretError
from cti_router.database.pool import DatabaseAway
from cti_router.postgres.importer import ImportRefused, import_contributors
from cti_router.postgres.migrate import MigrationRefused, migrate


def migrate_(directory: Directory) -> None:
    """Bring the database to the shape this version needs."""
    dsn = load_or_fail(directory).deployment.dsn
    try:
        applied = asyncio.run(migrate(dsn.reveal()))
    except OSError as error:
        fail(f"cannot reach the database: {error}")
    except (MigrationRefused, SecretError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        fail(str(error))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


def import_(
    directory: Directory,
    file: Annotated[Path, typer.Argument(help="CSV; see docs/import.md.", exists=True, dir_okay=False)],
) -> None:
    """Import contributors: all good lines in one transaction, bad ones reported and skipped."""
    loaded = load_or_fail(directory)
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        reading = progress.add_task("reading", total=None)
        writing = progress.add_task("writing", total=None, visible=False)

        def advance(done: int, total: int) -> None:
            progress.update(reading, completed=done, total=total)
            progress.update(writing, visible=done >= total)

        identity = loaded.configuration.identity
        try:
            summary = asyncio.run(
                import_contributors(
                    loaded.deployment.dsn.reveal(),
                    file,
                    loaded.configuration.profiles,
                    loaded.configuration.advisors,
                    advance,
                    lambda bad: typer.echo(f"{file}: {bad}", err=True),
                    accounts_checked=identity is None or identity.account_checked,
                )
            )
        except (ImportRefused, DatabaseAway, SecretError, OSError) as error:
            fail(f"nothing was imported: {error}")
    typer.echo(
        f"{summary.read} lines read: {summary.inserted} new, {summary.updated} changed, "
        f"{summary.unchanged} as they were, {summary.skipped} skipped"
    )
