"""Who is signed in to the pages, and the tokens that programs show to the API."""

import asyncio
import re
import time
from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.commands.on_database import AsJson, on_database, show
from cti_router.config import Loaded
from cti_router.config.fields import duration
from cti_router.database.pool import Pool, RowRefused
from cti_router.web.app import application
from cti_router.web.context import context
from cti_router.web.link.control import Control
from cti_router.web.signing.api import scopes_of
from cti_router.web.signing.gate import Gate
from cti_router.web.signing.sessions import Sessions
from cti_router.web.signing.tokens import Tokens

sessions = typer.Typer(no_args_is_help=True, help="Sessions: who is signed in.")
token = typer.Typer(no_args_is_help=True, help="Tokens: what programs show to the API.")

_TOKEN_NAME = r"[a-z0-9][a-z0-9._-]{0,63}"  # noqa: S105 — what its name may be


@sessions.command("list")
def list_sessions(directory: Directory, as_json: AsJson = False) -> None:
    """Show who is signed in."""
    loaded = load_or_fail(directory)
    found = on_database(loaded, lambda pool: Sessions(pool).opened(time.time()))
    rows = [
        {
            **asdict(each), "id": each.id[:12], "created_at": _local(each.created_at, loaded),
            "expires_at": _local(each.expires_at, loaded),
        }
        for each in found
    ]  # fmt: skip
    show(rows, as_json)


@sessions.command("revoke")
def revoke_sessions(
    directory: Directory,
    which: Annotated[str, typer.Argument(metavar="LOGIN|ID", help="A login, or an id as `sessions list` shows it.")],
) -> None:
    """End an account's sessions, or one session: the next thing asked for in it is refused."""

    async def revoke(pool: Pool) -> int:
        ended = await Sessions(pool).revoke_of(which, time.time())
        if not ended and re.fullmatch("[0-9a-f]{12,64}", which):
            ended = await Sessions(pool).revoke_beginning(which, time.time())
        return ended

    ended = on_database(load_or_fail(directory), revoke)
    if not ended:
        fail(f"no session of {which!r} is open")
    typer.echo(f"{which}: {ended} ended")


@token.command("add")
def add_token(
    directory: Directory,
    name: Annotated[str, typer.Argument(help="What it is for: small letters, digits, . _ -")],
    login: Annotated[str, typer.Option(help="The account under which the program acts, with its role.")],
    scope: Annotated[list[str], typer.Option(help="What it may do; give it several times.")],
    lasts: Annotated[str, typer.Option(help="How long, such as 90d.")] = "365d",
) -> None:
    """Make a token for a program, and print it: it is kept nowhere, and cannot be shown again."""
    loaded = load_or_fail(directory)
    if loaded.deployment.web is None:
        fail("there is no API: add “web” to “network”")
    if not re.fullmatch(_TOKEN_NAME, name):
        fail(f"{name!r} is no name of a token: small letters, digits, and . _ - inside, 64 at most")
    try:
        lasts_s = duration(lasts)
    except ValueError as error:
        fail(f"--lasts: {error}")
    known = asyncio.run(_scopes(loaded))
    if unknown := sorted(set(scope) - set(known)):
        fail(f"no such scope: {', '.join(unknown)}; there are {', '.join(known)}")
    try:
        made = on_database(loaded, lambda pool: Tokens(pool).add(name, login, scope, time.time(), lasts_s))
    except RowRefused:
        fail(f"nobody has the login {login}, or a token is called {name} already")
    typer.echo(made)


@token.command("list")
def list_tokens(directory: Directory, as_json: AsJson = False) -> None:
    """Show the tokens, without what opens anything."""
    loaded = load_or_fail(directory)
    found = on_database(loaded, lambda pool: Tokens(pool).all())
    show([{**asdict(each), "expires_at": _local(each.expires_at, loaded)} for each in found], as_json)


@token.command("revoke")
def revoke_token(directory: Directory, name: Annotated[str, typer.Argument(help="As `token list` shows it.")]) -> None:
    """End a token at once."""
    if not on_database(load_or_fail(directory), lambda pool: Tokens(pool).revoke(name, time.time())):
        fail(f"no token {name!r} is in use")
    typer.echo(f"{name}: revoked")


async def _scopes(loaded: Loaded) -> list[str]:
    """Those that the API's routes ask for."""
    pool, control = Pool(""), Control(loaded.deployment.control_socket)
    try:
        return scopes_of(application(context(loaded, pool, control, Gate(pool, time.time, "").identify, time.time)))
    finally:
        await control.close()


def _local(at: float, loaded: Loaded) -> str:
    zone = ZoneInfo(loaded.configuration.calendar.timezone)
    return datetime.fromtimestamp(at, zone).isoformat(sep=" ", timespec="minutes")[:16]
