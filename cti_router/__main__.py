"""The command line."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import quote
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import structlog
import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from cti_router import app as composition
from cti_router.asterisk.render import render_site
from cti_router.asterisk.render_diff import render_diff
from cti_router.config import ConfigurationErrors, Loaded, json_schema, load
from cti_router.config.deployment import SecretError
from cti_router.core.audit import audit
from cti_router.core.certainty import Verified
from cti_router.core.due_dates import every_bonus
from cti_router.core.explain import explain
from cti_router.core.explain_in_french import explanation_in_french
from cti_router.core.identity import Contributor
from cti_router.core.priority import starvation_bound_s
from cti_router.interfaces import DirectoryAway
from cti_router.journal.replay import replay as replay_journal
from cti_router.journal.replay import timezone_of
from cti_router.journal.report import Report, as_plain, as_text
from cti_router.journal.segments import Unreadable
from cti_router.numbering import parse_cli, parse_dnis
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.importer import ImportRefused, import_contributors
from cti_router.postgres.migrate import MigrationRefused, migrate
from cti_router.postgres.pool import DatabaseAway, Pool
from cti_router.sim.step_cost import step_costs
from cti_router.status import as_text as status_as_text
from cti_router.trace import as_text as trace_as_text

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)

Directory = Annotated[Path, typer.Argument(help="The directory with the YAML files.", exists=True, file_okay=False)]
Socket = Annotated[
    Path, typer.Option("--socket", envvar="CTI_CONTROL_SOCKET", help="The running router's control socket.")
]
_MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
DEFAULT_SOCKET = Path("/run/cti-router/control.sock")


@app.command()
def run(
    directory: Directory,
    clock: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="Start local time elsewhere (a demo)."),
    ] = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
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
    )
    whys: list[str] = []
    try:
        asyncio.run(composition.run(directory, clock))
    except* (ConfigurationErrors, SecretError) as group:
        whys += [str(error) for error in _leaves(group)]
    except* OSError as group:
        whys += [f"cannot start: {error}" for error in _leaves(group)]
    if whys:
        _fail(*whys)


@app.command()
def check(
    directory: Directory,
    costs: Annotated[bool, typer.Option(help="Simulate what each step's wait costs (some seconds).")] = True,
) -> None:
    """Check a configuration: every error at once with its place, and what is correct but looks wrong."""
    configuration = _load(directory).configuration
    for remark in audit(configuration):
        typer.echo(f"warning: {remark.about}: {remark.text}")
    if bound_s := starvation_bound_s(every_bonus(configuration)):
        typer.echo(
            f"note: profiles: by their bonuses callers overtake those who came less than {bound_s:g} s before them"
        )
    if costs:
        with Console(stderr=True).status("simulating the steps' waits…"):
            found = step_costs(configuration)
        for cost in found:
            typer.echo(f"note: plans: {cost}")
    parts = (
        f"{len(configuration.sites)} sites",
        f"{len(configuration.advisors)} advisors",
        f"{len(configuration.calendar.week)} slots a week",
    )
    typer.echo(f"{directory}: correct ({', '.join(parts)}; version {configuration.version})")


@app.command(name="explain")
def explain_(
    directory: Directory,
    at: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], help="Local time of the call.")
    ],
    dnis: Annotated[str, typer.Option(help="The number dialled.")],
    cli: Annotated[str, typer.Option(help="The calling number; none for a masked one.")] = "",
    verified: Annotated[Verified, typer.Option(help="What the carrier says of the calling number.")] = Verified.UNKNOWN,
    motive: Annotated[str | None, typer.Option(help="Why he calls; the number's own when not told.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who would serve a call, and why: duty, contributor, plan step by step, advisors in order."""
    loaded = _load(directory)
    configuration, caller = loaded.configuration, parse_cli(cli)
    number = parse_dnis(dnis)
    if number is None:
        _fail(f"--dnis {dnis!r} is no telephone number")
    if motive is not None and motive not in configuration.motives:
        known = ", ".join(configuration.motives) or "it has none"
        _fail(f"--motive {motive!r} is none of the configuration's: {known}")
    instant = at.replace(tzinfo=ZoneInfo(configuration.calendar.timezone)).timestamp()
    contributors = asyncio.run(_contributors(loaded, caller.e164)) if caller.e164 is not None else ()
    explanation = explain(
        configuration, instant, number, contributors, masked=caller.masked, verified=verified, motive=motive
    )
    if as_json:
        typer.echo(json.dumps(asdict(explanation), ensure_ascii=False, indent=2))
    else:
        typer.echo(explanation_in_french(configuration, explanation))


async def _contributors(loaded: Loaded, e164: int) -> tuple[Contributor, ...]:
    """Who has this number; nobody when the database cannot be asked, which is told."""
    try:
        pool = Pool(loaded.deployment.dsn.reveal())
        try:
            return await PostgresDirectory(pool, patience_s=5.0).find(e164)
        finally:
            await pool.close()
    except (SecretError, DirectoryAway) as error:
        typer.echo(f"the directory cannot be asked, so the caller is unknown: {error}", err=True)
        return ()


@app.command()
def schema() -> None:
    """Print the JSON Schema of the YAML files, for editors."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


@app.command(name="import")
def import_(
    directory: Directory,
    file: Annotated[Path, typer.Argument(help="CSV; see docs/import.md.", exists=True, dir_okay=False)],
) -> None:
    """Import contributors: all good lines in one transaction, bad ones reported and skipped."""
    loaded = _load(directory)
    with Progress(console=Console(stderr=True)) as progress:
        reading = progress.add_task("reading", total=None)

        def advance(done: int, total: int) -> None:
            progress.update(reading, completed=done, total=total)
            if done >= total:
                progress.update(reading, description="writing to the database", total=None)

        try:
            summary = asyncio.run(
                import_contributors(
                    loaded.deployment.dsn.reveal(),
                    file,
                    loaded.configuration.profiles,
                    loaded.configuration.advisors,
                    advance,
                    lambda bad: typer.echo(f"{file}: {bad}", err=True),
                )
            )
        except (ImportRefused, DatabaseAway, SecretError, OSError) as error:
            _fail(f"nothing was imported: {error}")
    typer.echo(
        f"{summary.read} lines read: {summary.inserted} new, {summary.updated} changed, "
        f"{summary.unchanged} as they were, {summary.skipped} skipped"
    )


@app.command()
def render(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="Where to write: one folder a site.")],
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day of the dated fallback calendar.")
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, write nothing; exit 3 if any.")] = False,
) -> None:
    """Write the files of each site's PBX, or show what would change."""
    loaded = _load(directory)
    first = today.date() if today else date.today()  # noqa: DTZ011 — the day of whoever renders
    try:
        pbxs = {
            site: render_site(loaded.configuration, loaded.deployment, site, first)
            for site in loaded.configuration.sites
        }
    except SecretError as error:
        _fail(str(error))
    if diff:
        _show_diff(out, pbxs)
        return
    try:
        for site, files in pbxs.items():
            _write(out / site, files)
    except OSError as error:
        _fail(f"cannot write the files: {error}")


@app.command(name="migrate")
def migrate_(directory: Directory) -> None:
    """Bring the database to the shape this version needs."""
    dsn = _load(directory).deployment.dsn
    try:
        applied = asyncio.run(migrate(dsn.reveal()))
    except (MigrationRefused, SecretError, OSError, asyncpg.PostgresError) as error:
        _fail(str(error))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "nothing to apply")


@app.command()
def presence(
    advisor: str,
    presence: Annotated[str, typer.Argument(help="available, absent, logged_out or wrap_up_over")],
    reason: Annotated[str, typer.Option(help="Why absent.")] = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Say what an advisor is, on his behalf."""
    body = {"advisor": advisor, "presence": presence, "reason": reason}
    with _router(socket) as router:
        _sent(router, "POST", "/presence", json=body)
    typer.echo(f"{advisor}: {presence}")


@app.command()
def reload(socket: Socket = DEFAULT_SOCKET) -> None:
    """Let the running router read its configuration again: taken whole, or refused with the reason."""
    with _router(socket) as router:
        _sent(router, "POST", "/reload")
    typer.echo("reloaded")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show what goes on: who is on duty, links, advisors, and each waiting caller with his expected wait."""
    with _router(socket) as router:
        found = _sent(router, "GET", "/status").json()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else status_as_text(found))


@app.command()
def calls(
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=99_999, help="How many, the newest.")] = 100,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show the calls in progress and the last ones."""
    with _router(socket) as router:
        lines = _sent(router, "GET", "/calls", params={"limit": limit}).text
    if as_json:
        typer.echo(lines, nl=False)
        return
    Console().print(calls_table([json.loads(line) for line in lines.splitlines()]))


@app.command()
def trace(
    call: Annotated[str, typer.Argument(help="The call's id, as `calls --json` shows it.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show by what a call can be followed (AGI, AMI, SIP), and the commands to look further."""
    with _router(socket) as router:
        found = _sent(router, "GET", f"/trace/{quote(call)}").json()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else trace_as_text(found))


@app.command()
def replay(
    place: Annotated[
        Path, typer.Argument(help="A segment of the journal, the folder, or the state directory.", exists=True)
    ],
    call: Annotated[str | None, typer.Option(help="Tell this call's inputs, and compare no others.")] = None,
    begin: Annotated[datetime | None, typer.Option("--from", formats=_MOMENTS, help="Local time.")] = None,
    end: Annotated[datetime | None, typer.Option("--until", formats=_MOMENTS, help="Local time.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Give the journal to the core again: exit 0 when it decides as it did, 3 when not, and where."""
    report = Report()
    try:
        zone = ZoneInfo(timezone_of(place))
        from_at, until_at = (None if at is None else at.replace(tzinfo=zone).timestamp() for at in (begin, end))
        report.read(replay_journal(place, report.remarks.append, from_at, until_at), call)
    except (Unreadable, OSError) as error:
        _fail(f"cannot replay: {error}")
    typer.echo(json.dumps(as_plain(report), ensure_ascii=False) if as_json else as_text(report))
    if report.differences:
        raise typer.Exit(3)


def calls_table(found: list[dict[str, Any]]) -> Table:
    """The calls as people look at them."""
    table = Table("arrived", "profile", "duty", "advisor", "path", "wait", "talk", "outcome", "why")
    for call in found:
        table.add_row(
            str(call["arrived_at"])[11:19], call["profile"] or "", call["duty_site"] or "", call["advisor"] or "",
            " → ".join(call["path"]), f"{call['waited_s']:.1f} s", f"{call['talked_s']:.1f} s",
            call["outcome"] or "…", call["because"],
        )  # fmt: skip
    return table


def _leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error


def _load(directory: Path) -> Loaded:
    try:
        return load(directory, os.environ)
    except ConfigurationErrors as errors:
        _fail(str(errors))


def _write(folder: Path, files: Mapping[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.touch(mode=0o640)  # one of them holds the manager's secret
        path.write_text(text, encoding="utf-8")
        typer.echo(path)


def _show_diff(out: Path, pbxs: Mapping[str, Mapping[str, str]]) -> None:
    """Exit 3 when something would change."""
    try:
        changes = [text for site, files in pbxs.items() for text in render_diff(out / site, files)]
    except OSError as error:
        _fail(f"cannot read the files: {error}")
    for text in changes:
        typer.echo(text)
    if changes:
        raise typer.Exit(3)


def _router(socket: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://router", timeout=5.0)


def _sent(router: httpx.Client, method: str, path: str, **rest: Any) -> httpx.Response:
    try:
        response = router.request(method, path, **rest)
    except httpx.HTTPError as error:
        _fail(f"no router answers at its control socket ({error}); is it running, and is --socket right?")
    if response.is_server_error:
        _fail(f"the router could not do it (HTTP {response.status_code}); its log says why")
    if not response.is_success:
        _fail(response.json()["why"])
    return response


def _fail(*whys: str) -> NoReturn:
    for why in whys:
        typer.echo(why, err=True)
    raise typer.Exit(1)


def main() -> None:
    app()


if __name__ == "__main__":
    main()
