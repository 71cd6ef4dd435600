"""What commands share that work on the database alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from cti_router.commands.common import fail
from cti_router.config import Loaded
from cti_router.config.deployment import SecretError
from cti_router.database.pool import DatabaseAway, Pool

AsJson = Annotated[bool, typer.Option("--json")]
T = TypeVar("T")


def on_database(loaded: Loaded, work: Callable[[Pool], Awaitable[T]]) -> T:
    async def done() -> T:
        pool = Pool(loaded.deployment.dsn.reveal(), size=1)
        try:
            return await work(pool)
        finally:
            await pool.close()

    try:
        return asyncio.run(done())
    except (DatabaseAway, SecretError) as error:
        fail(f"the database does not take it: {error}; is it there, and has it had `cti-router migrate`?")


def show(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not rows:
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*(_word(value) for value in row.values()))
    Console().print(table)


def _word(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return {True: "yes", False: "", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)
