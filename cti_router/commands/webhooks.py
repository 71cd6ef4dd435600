"""What other programs were not told yet."""

import time
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.commands.on_database import AsJson, on_database, show
from cti_router.config import Loaded
from cti_router.web.outside.deliveries import Deliveries

webhooks = typer.Typer(no_args_is_help=True, help="Webhooks: what other programs were not told yet.")


@webhooks.command("list")
def list_webhooks(
    directory: Directory,
    dead: Annotated[bool, typer.Option("--dead", help="Only what is not tried any more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is to be told still, and what was given up after a day."""
    loaded = load_or_fail(directory)
    found = on_database(loaded, lambda pool: Deliveries(pool).undelivered(dead))
    rows = [
        {**asdict(each), "noted_at": _local(each.noted_at, loaded), "next_at": _local(each.next_at, loaded)}
        for each in found
    ]
    show(rows, as_json)


@webhooks.command()
def retry(
    directory: Directory,
    id_: Annotated[int | None, typer.Argument(metavar="[ID]", help="As `webhooks list` shows it.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that were given up.")] = False,
) -> None:
    """Try one again at once, or all that were given up, for another day."""
    if (id_ is None) != everything:
        fail("tell one id, or --all")
    tried = on_database(load_or_fail(directory), lambda pool: Deliveries(pool).retry(id_, time.time()))
    if id_ is not None and not tried:
        fail(f"nothing undelivered has the id {id_}: see `cti-router webhooks list`")
    typer.echo(f"{tried} to be tried again")


def _local(at: float, loaded: Loaded) -> str:
    zone = ZoneInfo(loaded.configuration.calendar.timezone)
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="seconds")[:19]
