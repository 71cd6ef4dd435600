"""Routing calls, live or once more from the journal."""

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
import uvloop

from cti_router import app as composition
from cti_router.commands.common import Directory, LogLevel, fail, leaves, log_lines, moment_option
from cti_router.config import ConfigurationErrors
from cti_router.config.deployment import SecretError
from cti_router.journal.replay import replay as replay_journal
from cti_router.journal.replay import timezone_of
from cti_router.journal.report import Report, as_plain, as_text
from cti_router.journal.segments import Unreadable


def run(
    directory: Directory,
    clock: Annotated[datetime | None, moment_option(help="Start local time elsewhere (a demo).")] = None,
    log_level: Annotated[LogLevel, typer.Option(help="What is logged, and what is more serious.")] = LogLevel.INFO,
    without_pages: Annotated[
        bool, typer.Option("--without-pages", help="Start no `cti-router web`: a unit of its own does.")
    ] = False,
) -> None:
    """Route calls until told to stop."""
    log_lines(log_level)
    whys: list[str] = []
    try:
        uvloop.run(composition.run(directory, clock, with_pages=not without_pages))
    except* (ConfigurationErrors, SecretError) as group:
        whys += [str(error) for error in leaves(group)]
    except* OSError as group:
        whys += [f"cannot start: {error}" for error in leaves(group)]
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
