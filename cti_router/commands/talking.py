"""What an advisor does with the call he has, on his behalf: through the running router's control socket."""

from typing import Annotated

import typer

from cti_router.commands.common import DEFAULT_SOCKET, Socket, router_at, sent
from cti_router.control import EXPERT

Skill = Annotated[str, typer.Option(help="The skill that is wanted, as the configuration names it.")]
Level = Annotated[int, typer.Option(min=1, max=5, help="At least this level in it; 5 is an expert.")]


def transfer(advisor: str, skill: Skill, level: Level = EXPERT, socket: Socket = DEFAULT_SOCKET) -> None:
    """Let an advisor's caller go on to somebody with a skill: he keeps his age, and waits if nobody is free."""
    _ask(socket, "transfer", advisor, skill=skill, level=level)


def consult(advisor: str, skill: Skill, level: Level = EXPERT, socket: Socket = DEFAULT_SOCKET) -> None:
    """Find an expert for an advisor; their caller hears music while they talk."""
    _ask(socket, "consult", advisor, skill=skill, level=level)


def connect(advisor: str, socket: Socket = DEFAULT_SOCKET) -> None:
    """Give the caller to the expert who is being consulted."""
    _ask(socket, "connect", advisor)


def cancel(advisor: str, socket: Socket = DEFAULT_SOCKET) -> None:
    """End a consultation, or the search for an expert: the advisor is back with his caller."""
    _ask(socket, "cancel", advisor)


def hold(advisor: str, socket: Socket = DEFAULT_SOCKET) -> None:
    """Music for an advisor's caller; after some minutes he comes back by himself."""
    _ask(socket, "hold", advisor)


def retrieve(advisor: str, socket: Socket = DEFAULT_SOCKET) -> None:
    """The advisor is back with the caller on hold."""
    _ask(socket, "retrieve", advisor)


def hangup(advisor: str, socket: Socket = DEFAULT_SOCKET) -> None:
    """As if the advisor put his handset down."""
    _ask(socket, "hangup", advisor)


def _ask(socket: Socket, what: str, advisor: str, **more: object) -> None:
    with router_at(socket) as router:
        sent(router, "POST", f"/call/{what}", json={"advisor": advisor, **more})
    typer.echo(f"{advisor}: {what}")
