"""Routing calls, live or once more from the journal."""

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import structlog
import typer
import uvloop

from cti_router import app as composition
from cti_router.commands.common import Directory, fail, moment_option
from cti_router.config import ConfigurationErrors
from cti_router.config.deployment import SecretError
from cti_router.journal.replay import replay as replay_journal
from cti_router.journal.replay import timezone_of
from cti_router.journal.report import Report, as_plain, as_text
from cti_router.journal.segments import Unreadable


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def run(
    directory: Directory,
    clock: Annotated[datetime | None, moment_option(help="Start local time elsewhere (a demo).")] = None,
    log_level: Annotated[LogLevel, typer.Option(help="What is logged, and what is more serious.")] = LogLevel.INFO,
) -> None:
    """Route calls until told to stop."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(log_level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    whys: list[str] = []
    try:
        uvloop.run(composition.run(directory, clock))
    except* (ConfigurationErrors, SecretError) as group:
        whys += [str(error) for error in _leaves(group)]
    except* OSError as group:
        whys += [f"cannot start: {error}" for error in _leaves(group)]
    if whys:
        fail(*whys)


def replay(
    place: Annotated[
        Path, typer.Argument(help="A segment of the journal, the folder, or the state directory.", exists=True)
    ],
    call: Annotated[str | None, typer.Option(help="Tell this call's inputs, and compare no others.")] = None,
    begin: Annotated[datetime | None, moment_option("--from", help="Local time.")] = None,
    end: Annotated[datetime | None, moment_option("--until", help="Local time.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Give the journal to the core again: exit 0 when it decides as it did, 3 when not, and where."""
    report = Report()
    try:
        zone = ZoneInfo(timezone_of(place))
        from_at, until_at = (None if at is None else at.replace(tzinfo=zone).timestamp() for at in (begin, end))
        report.read(replay_journal(place, report.remarks.append, from_at, until_at), call)
    except (Unreadable, OSError) as error:
        fail(f"cannot replay: {error}")
    typer.echo(json.dumps(as_plain(report), ensure_ascii=False) if as_json else as_text(report))
    if report.differences:
        raise typer.Exit(3)


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error
