"""The configuration: checked, explained, previewed, rendered for the PBXs."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from cti_router.asterisk.render import render_site
from cti_router.asterisk.render_diff import render_diff
from cti_router.calendar_file import calendar_file
from cti_router.commands.common import Directory, asked, day_option, fail, load_or_fail, moment_option
from cti_router.config import Loaded, json_schema
from cti_router.config.deployment import SecretError
from cti_router.core.calls.settling import served_since_at
from cti_router.core.certainty import Verified
from cti_router.core.duty.calendar_in_french import preview
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.duty.due_dates import every_bonus
from cti_router.core.explaining.audit import audit
from cti_router.core.explaining.explain import explain
from cti_router.core.explaining.explain_in_french import explanation_in_french
from cti_router.core.identity import Contributor, Instant
from cti_router.core.plans.priority import starvation_bound_s
from cti_router.database.pool import Pool
from cti_router.interfaces import DirectoryAway
from cti_router.live import Clock
from cti_router.numbering import parse_cli, parse_dnis
from cti_router.ordering import calendar_orders
from cti_router.postgres.directory import PostgresDirectory
from cti_router.sim.step_cost import step_costs
from cti_router.voice.clips import clips_of
from cti_router.voice.soundcheck import sound_remarks


def check(
    directory: Directory,
    costs: Annotated[bool, typer.Option(help="Simulate what each step's wait costs (some seconds).")] = True,
) -> None:
    """Check a configuration: every error at once with its place, and what is correct but looks wrong."""
    loaded = load_or_fail(directory)
    configuration = loaded.configuration
    for remark in audit(configuration):
        typer.echo(f"warning: {remark.about}: {remark.text}")
    for about_sounds in sound_remarks(configuration, clips_of(configuration, loaded.texts), directory):
        typer.echo(f"warning: {about_sounds.about}: {about_sounds.text}")
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


def explain_(
    directory: Directory,
    at: Annotated[datetime, moment_option(help="Local time of the call.")],
    dnis: Annotated[str, typer.Option(help="The number dialled.")],
    cli: Annotated[str, typer.Option(help="The calling number; none for a masked one.")] = "",
    verified: Annotated[Verified, typer.Option(help="What the carrier says of the calling number.")] = Verified.UNKNOWN,
    motive: Annotated[str | None, typer.Option(help="Why he calls; the number's own when not told.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Who would serve a call, and why: duty, contributor, plan step by step, advisors in order."""
    loaded = load_or_fail(directory)
    configuration, caller = loaded.configuration, parse_cli(cli)
    number = parse_dnis(dnis)
    if number is None:
        fail(f"--dnis {dnis!r} is no telephone number")
    if motive is not None and motive not in configuration.motives:
        known = ", ".join(configuration.motives) or "it has none"
        fail(f"--motive {motive!r} is none of the configuration's: {known}")
    instant = at.replace(tzinfo=ZoneInfo(configuration.calendar.timezone)).timestamp()
    contributors = asyncio.run(_contributors(loaded, caller.e164, instant)) if caller.e164 is not None else ()
    explanation = explain(
        configuration,
        instant,
        number,
        contributors,
        masked=caller.masked,
        verified=verified,
        motive=motive,
        orders=_orders(loaded),
    )
    if as_json:
        typer.echo(json.dumps(asdict(explanation), ensure_ascii=False, indent=2))
    else:
        typer.echo(explanation_in_french(configuration, explanation))


def calendar(
    directory: Directory,
    first: Annotated[date | None, day_option("--from", help="First day; today when not told.")] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 7,
    ics: Annotated[Path | None, typer.Option(help="Write them to this iCalendar file.", dir_okay=False)] = None,
) -> None:
    """Preview the duty calendar: who answers for all on the next days, and when nobody does."""
    loaded = load_or_fail(directory)
    day = first or date.today()  # noqa: DTZ011 — the day of whoever looks
    orders = _orders(loaded)
    typer.echo(preview(loaded.configuration, day, days, orders))
    if ics is not None:
        try:
            ics.write_bytes(calendar_file(loaded.configuration, loaded.name, day, days, Clock().now(), orders))
        except OSError as error:
            fail(f"cannot write the file: {error}")


def schema() -> None:
    """Print the JSON Schema of the YAML files, for editors."""
    typer.echo(json.dumps(json_schema(), ensure_ascii=False, indent=2))


def render(
    directory: Directory,
    out: Annotated[Path, typer.Option(help="Where to write: one folder a site.")],
    today: Annotated[date | None, day_option(help="First day of the dated fallback calendar.")] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, write nothing; exit 3 if any.")] = False,
) -> None:
    """Write the files of each site's PBX, or show what would change."""
    loaded = load_or_fail(directory)
    first = today or date.today()  # noqa: DTZ011 — the day of whoever renders
    try:
        pbxs = {
            site: render_site(loaded.configuration, loaded.deployment, site, first)
            for site in loaded.configuration.sites
        }
    except SecretError as error:
        fail(str(error))
    if diff:
        _show_diff(out, pbxs)
        return
    try:
        for site, files in pbxs.items():
            _write(out / site, files)
    except OSError as error:
        fail(f"cannot write the files: {error}")


def _orders(loaded: Loaded) -> CalendarOrders:
    """What is ordered over the calendar; without a running router nothing, which is told."""
    found = asked(loaded.deployment.control_socket, "/orders")
    if found is None:
        typer.echo("no router answers at its control socket, so these are the files alone, without orders", err=True)
        return NO_ORDERS
    return calendar_orders(found)


async def _contributors(loaded: Loaded, e164: int, at: Instant) -> tuple[Contributor, ...]:
    """Who has this number; nobody when the database cannot be asked, which is told."""
    try:
        pool = Pool(loaded.deployment.dsn.reveal())
        try:
            return await PostgresDirectory(pool, patience_s=5.0).find(e164, served_since_at(loaded.configuration, at))
        finally:
            await pool.close()
    except (SecretError, DirectoryAway) as error:
        typer.echo(f"the directory cannot be asked, so the caller is unknown: {error}", err=True)
        return ()


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
        fail(f"cannot read the files: {error}")
    for text in changes:
        typer.echo(text)
    if changes:
        raise typer.Exit(3)
