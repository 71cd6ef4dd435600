"""What an advisor does with the call he has, on his behalf: through the running router's control socket."""

from typing import Annotated

import typer

from cti_router.commands.common import DEFAULT_SOCKET, Author, Socket, router_at, sent
from cti_router.control import EXPERT

Skill = Annotated[str, typer.Option(help="The skill that is wanted, as the configuration names it.")]
Level = Annotated[int, typer.Option(min=1, max=5, help="At least this level in it; 5 is an expert.")]


def transfer(
    advisor: str, skill: Skill, author: Author, level: Level = EXPERT, socket: Socket = DEFAULT_SOCKET
) -> None:
    """Let an advisor's caller go on to somebody with a skill: he keeps his age, and waits if nobody is free."""
    _ask(socket, "transfer", advisor, author, skill=skill, level=level)


def consult(advisor: str, skill: Skill, author: Author, level: Level = EXPERT, socket: Socket = DEFAULT_SOCKET) -> None:
    """Find an expert for an advisor; their caller hears music while they talk."""
    _ask(socket, "consult", advisor, author, skill=skill, level=level)


def connect(advisor: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """Give the caller to the expert who is being consulted."""
    _ask(socket, "connect", advisor, author)


def cancel(advisor: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """End a consultation, or the search for an expert: the advisor is back with his caller."""
    _ask(socket, "cancel", advisor, author)


def hold(advisor: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """Music for an advisor's caller; after some minutes he comes back by himself."""
    _ask(socket, "hold", advisor, author)


def retrieve(advisor: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """The advisor is back with the caller on hold."""
    _ask(socket, "retrieve", advisor, author)


def hangup(advisor: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """As if the advisor put his handset down."""
    _ask(socket, "hangup", advisor, author)


def call_out(advisor: str, number: str, author: Author, socket: Socket = DEFAULT_SOCKET) -> None:
    """Let an advisor's phone ring, and then this number; the number shown there is the service's."""
    body = {"advisor": advisor, "number": number, "author": author}
    with router_at(socket) as router:
        typer.echo(sent(router, "POST", "/call-out", json=body).json()["call"])


def _ask(socket: Socket, what: str, advisor: str, author: str, **more: object) -> None:
    with router_at(socket) as router:
        sent(router, "POST", f"/call/{what}", json={"advisor": advisor, "author": author, **more})
    typer.echo(f"{advisor}: {what}")
