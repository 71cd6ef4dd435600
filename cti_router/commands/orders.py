"""Orders: what people command in the middle of a day, through the running router's control socket."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cti_router.commands.common import DEFAULT_SOCKET, Author, Socket, me, router_at, sent
from cti_router.ordering import orders_as_text

From = Annotated[str, typer.Option("--from", help="When it begins, as --until; now when not told.")]
Until = Annotated[
    str,
    typer.Option("--until", help="When it ends: 12:30, 2026-11-23T12:30, 2026-11-24 (midnight), 90min, 2h, 1d."),
]
Sounds = Annotated[str, typer.Option("--sounds", help="What callers hear: names of sounds, with commas between.")]


def close(
    until: Until,
    message: Annotated[str, typer.Option(help="Why, for the advisors, the history and the calendar.")],
    author: Author,
    begin: From = "",
    site: Annotated[str, typer.Option(help="Close this site only: the next of the slot stands in for it.")] = "",
    sounds: Sounds = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Close the service, or a site, until a time."""
    body = {"message": message, "site": site, "sounds": _list(sounds), "from": begin, "until": until, "author": author}
    _given(socket, "close", body)


def swap(
    give: Annotated[str, typer.Argument(help="The site that gives its places in the slots.")],
    take: Annotated[str, typer.Argument(help="The site that takes them, and gives its own.")],
    until: Until,
    author: Author,
    begin: From = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Let two sites exchange their places in the duty calendar until a time ("Dieppe takes Caen's Tuesday")."""
    _given(socket, "swap", {"give": give, "take": take, "from": begin, "until": until, "author": author})


def notice(
    until: Until,
    message: Annotated[str, typer.Option(help="The information.")],
    author: Author,
    begin: From = "",
    sounds: Sounds = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Give the information of the day."""
    body = {"message": message, "sounds": _list(sounds), "from": begin, "until": until, "author": author}
    _given(socket, "notice", body)


def pull(
    call: Annotated[str, typer.Argument(help="A waiting call's id, as `status` shows it.")],
    to: Annotated[str, typer.Option(help="The advisor who gets it; he must be ready.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the call's decisions.")],
    author: Author,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Give a waiting caller to an advisor who is ready, whatever the caller's plan says."""
    _given(socket, "pull", {"call": call, "to": to, "reason": reason, "author": author})


def orders(
    everything: Annotated[bool, typer.Option("--all", help="Those too that were over in the last 24 hours.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show the orders: what, from when to when, by whom."""
    with router_at(socket) as router:
        found = sent(router, "GET", "/orders").json()
    shown = [order for order in found if everything or order["over_at"] is None]
    typer.echo(json.dumps(shown, ensure_ascii=False, indent=2) if as_json else orders_as_text(shown))


def undo(
    order: Annotated[str, typer.Argument(help="Its id, as `orders` shows it.")],
    author: Author,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Take an order back: it is over at once."""
    with router_at(socket) as router:
        _tell(sent(router, "POST", "/undo", json={"order": order, "author": author}).json())


def force(socket: Path, body: dict[str, Any]) -> None:
    """By order an advisor is this until a time, whatever he chose."""
    _given(socket, "force", {**body, "author": body["author"] or me()})


def _given(socket: Path, kind: str, body: dict[str, Any]) -> None:
    with router_at(socket) as router:
        _tell(sent(router, "POST", f"/orders/{kind}", json=body).json())


def _tell(answer: dict[str, Any]) -> None:
    typer.echo(orders_as_text([answer["order"]]))


def _list(sounds: str) -> list[str]:
    return [sound.strip() for sound in sounds.split(",") if sound.strip()]
