"""Who is to be called back, through the running router's control socket."""

import json
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.table import Table

from cti_router.commands.common import DEFAULT_SOCKET, Author, Socket, router_at, sent
from cti_router.config.fields import duration

callback = typer.Typer(no_args_is_help=True, help="Ask that somebody be called back, show who is to be, or cancel it.")


@callback.command()
def ask(
    author: Author,
    call: Annotated[str, typer.Option(help="A caller, by his call's id: let go when he waits; a talk goes on.")] = "",
    number: Annotated[str, typer.Option(help="A number, such as +33261910101 or 0261910101.")] = "",
    to: Annotated[str, typer.Option(help="For which of the service's numbers; the first one when not told.")] = "",
    profile: Annotated[str, typer.Option(help="His profile; looked up when not told.")] = "",
    later: Annotated[
        str,
        typer.Option("--in", metavar="2h", help="Not before so long from now: 90min, 2h, 3d."),
    ] = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Have a caller, or a number, called back. It is in the database when this returns."""
    body: dict[str, Any] = {"call": call, "number": number, "to": to, "profile": profile, "author": author}
    with router_at(socket) as router:
        if later:
            body["not_before_at"] = _now(router) + _duration(later)
        found = sent(router, "POST", "/callbacks", json=body).json()
    typer.echo(found["callback"])


@callback.command("list")
def list_(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show who is to be called back, in the order of their places."""
    with router_at(socket) as router:
        found = sent(router, "GET", "/callbacks").json()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    Console().print(callbacks_table(found))


@callback.command()
def cancel(
    id_: Annotated[str, typer.Argument(metavar="CALLBACK", help="The callback's id, as `callback list` shows it.")],
    author: Author,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Have somebody not called back."""
    with router_at(socket) as router:
        sent(router, "DELETE", f"/callbacks/{quote(id_)}", params={"author": author})
    typer.echo(f"{id_}: cancelled")


def callbacks_table(found: list[dict[str, Any]]) -> Table:
    """The open callbacks as people look at them."""
    table = Table()
    for name in ("id", "number", "state", "tried"):
        table.add_column(name, no_wrap=True)
    for name in ("not before", "profile", "asked", "by", "called from"):
        table.add_column(name)
    for each in found:
        table.add_row(
            each["id"], each["number"], each["state"], f"{each['attempts']}/{each['attempts_allowed']}",
            _to_the_minute(each["not_before_at"]), each["profile"] or "", _to_the_minute(each["asked_at"]),
            each["author"] or "the caller", each["called_from"] or "",
        )  # fmt: skip
    return table


def _now(router: httpx.Client) -> float:
    """By the router's clock, which in a demo stands elsewhere."""
    return datetime.fromisoformat(sent(router, "GET", "/status").json()["clock"]).timestamp()


def _duration(text: str) -> float:
    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--in") from None


def _to_the_minute(iso: str) -> str:
    return iso[:16].replace("T", " ")
