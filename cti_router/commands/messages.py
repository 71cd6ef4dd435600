"""Voice messages as work to do, through the running router's control socket."""

import json
import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from cti_router.commands.common import DEFAULT_SOCKET, Author, Socket, fail, router_at, sent

messages = typer.Typer(help="Voice messages: what is to be done, by whom, until when.")


@messages.callback(invoke_without_command=True)
def list_(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Those too that are done.")] = False,
    site: Annotated[str, typer.Option(help="Only those that are this site's to do.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=9_999, help="How many at most.")] = 200,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show the voice messages to do, the first due first."""
    if context.invoked_subcommand is not None:
        return
    asked = {"limit": limit, "site": site, "all": int(everything)}
    with router_at(socket) as router:
        found = sent(router, "GET", "/messages", params=asked).json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    Console().print(messages_table(found))


@messages.command()
def done(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The message's id, as `messages` shows it.")],
    author: Author,
    note: Annotated[str, typer.Option(help="What was done.")] = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Say that a message is done: by whom, and what was done."""
    with router_at(socket) as router:
        sent(router, "POST", f"/messages/{quote(id_, safe='')}/done", json={"author": author, "note": note})
    typer.echo(f"{id_}: done")


@messages.command()
def save(
    id_: Annotated[str, typer.Argument(metavar="ID", help="The message's id, as `messages` shows it.")],
    file: Annotated[Path, typer.Argument(metavar="FILE.wav", help="Where to write it; must not be there yet.")],
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Write the sound of a message to a file, to listen to it."""
    with router_at(socket) as router:
        sound = sent(router, "GET", f"/messages/{quote(id_, safe='')}/sound").content
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # it is somebody's voice
    except OSError as error:
        fail(f"cannot write {file}: {error.strerror}")
    with os.fdopen(handle, "wb") as opened:
        opened.write(sound)
    typer.echo(f"{file}: {len(sound)} bytes")


def messages_table(found: list[dict[str, Any]]) -> Table:
    """The messages as people look at them."""
    table = Table()
    for name in ("id", "due", "left", "long"):
        table.add_column(name, no_wrap=True)
    for name in ("site", "advisor", "contributor", "number", "profile", "motive", "state"):
        table.add_column(name)
    for each in found:
        late = " (late)" if each["late"] else ""
        state = f"done by {each['done_by']}: {each['note']}".removesuffix(": ") if each["done_at"] else f"to do{late}"
        table.add_row(
            each["id"], _to_the_minute(each["due_at"]), _to_the_minute(each["taken_at"]), f"{each['length_s']:.0f} s",
            each["owner_site"], each["owner_advisor"] or "", each["contributor_name"], each["cli"],
            each["profile"] or "", each["motive"] or "", state,
        )  # fmt: skip
    return table


def _to_the_minute(iso: str) -> str:
    return iso[:16].replace("T", " ")
