"""What commands share: the configuration's directory, the running router, and how they fail."""

import getpass
import os
import socket as sockets
import sys
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import structlog
import typer

from cti_router.config import ConfigurationErrors, Loaded, load

Directory = Annotated[Path, typer.Argument(help="The directory with the YAML files.", exists=True, file_okay=False)]


def moment_option(*names: str, help: str) -> Any:
    """An option that takes a local time."""
    return typer.Option(*names, parser=_moment, metavar="2026-11-23T09:00", help=help)


def day_option(*names: str, help: str) -> Any:
    """An option that takes a date."""
    return typer.Option(*names, parser=_day, metavar="2026-11-23", help=help)


Socket = Annotated[
    Path, typer.Option("--socket", envvar="CTI_CONTROL_SOCKET", help="The running router's control socket.")
]


def me() -> str:
    """The user who types the command; "" where the machine does not know him."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


Author = Annotated[
    str, typer.Option("--author", envvar="CTI_AUTHOR", default_factory=me, help="Who asks for it; the user.")
]
DEFAULT_SOCKET = Path("/run/cti-router/control.sock")


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def log_lines(level: LogLevel, **always: str) -> None:
    """From now on each log line is a JSON object on stderr, with what is `always` in it."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(**always)


def leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    """The errors themselves."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def load_or_fail(directory: Path) -> Loaded:
    try:
        return load(directory, os.environ)
    except ConfigurationErrors as errors:
        fail(str(errors))


def fail(*whys: str) -> NoReturn:
    for why in whys:
        typer.echo(why, err=True)
    raise typer.Exit(1)


def router_at(socket: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://router", timeout=5.0)


def sent(router: httpx.Client, method: str, path: str, **rest: Any) -> httpx.Response:
    try:
        response = router.request(method, path, **rest)
    except httpx.HTTPError as error:
        fail(f"no router answers at its control socket ({error}); is it running, and is --socket right?")
    if response.is_server_error:
        fail(f"the router could not do it (HTTP {response.status_code}); its log says why")
    if not response.is_success:
        fail(response.json()["why"])
    return response


def asked(socket: Path, path: str) -> Any:
    """What a running router tells there; None when none answers."""
    if not _answers(socket):
        return None
    try:
        with router_at(socket) as router:
            response = router.get(path)
        return response.json() if response.is_success else None
    except (httpx.HTTPError, ValueError):
        return None


def _answers(path: Path) -> bool:
    """httpcore would leave a socket that it could not connect to the garbage collector."""
    with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no time: write it as 2026-11-23T09:00") from None
    if found.tzinfo is not None:
        raise typer.BadParameter(f"“{text}” has a time zone: write the local time alone, as 2026-11-23T09:00")
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"“{text}” is no day: write it as 2026-11-23") from None
