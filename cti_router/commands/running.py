"""The running router, through its control socket."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from cti_router.commands.common import DEFAULT_SOCKET, Socket, fail, router_at, sent
from cti_router.commands.orders import From, force
from cti_router.config.fields import duration
from cti_router.journal.replay import timezone_of
from cti_router.journal.segments import Unreadable
from cti_router.journal.why_not import ENGLISH, FRENCH, answers, as_plain, record_in_english
from cti_router.status import as_text as status_as_text
from cti_router.trace import as_text as trace_as_text
from cti_router.why import ENGLISH as LEDGER_IN_ENGLISH
from cti_router.why import ledger_of

DEFAULT_STATE = Path("/var/lib/cti-router")


def presence(
    advisor: str,
    presence: Annotated[str, typer.Argument(help="available, absent, logged_out or wrap_up_over")],
    reason: Annotated[str, typer.Option(help="Why absent.")] = "",
    lasts: Annotated[str, typer.Option("--for", help="How long absent, as 15min; then available again.")] = "",
    phone: Annotated[str, typer.Option(help="The phone of the day: its extension at the advisor's site.")] = "",
    forced: Annotated[bool, typer.Option("--force", help="By order, whatever he chooses, until a time.")] = False,
    until: Annotated[str, typer.Option(help="With --force: when it ends, as 12:30 or 90min.")] = "",
    begin: From = "",
    author: Annotated[str, typer.Option(help="With --force: who orders it; the user.")] = "",
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Say what an advisor is, on his behalf; or order what he is until a time."""
    body = {"advisor": advisor, "presence": presence, "reason": reason}
    if forced:
        if lasts or phone:
            fail("--for and --phone are what an advisor chooses: leave them out with --force, which has --until")
        force(socket, {**body, "from": begin, "until": until, "author": author})
        return
    if until or begin or author:
        fail("--until, --from and --author go with --force")
    with router_at(socket) as router:
        sent(router, "POST", "/presence", json={**body, "for_s": _seconds(lasts), "phone": phone})
    typer.echo(f"{advisor}: {presence}")


def _seconds(lasts: str) -> float | None:
    try:
        return duration(lasts) if lasts else None
    except ValueError as error:
        fail(f"--for: {error}")


def reload(socket: Socket = DEFAULT_SOCKET) -> None:
    """Let the running router read its configuration again: taken whole, or refused with the reason."""
    with router_at(socket) as router:
        sent(router, "POST", "/reload")
    typer.echo("reloaded")


def status(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show what goes on: who is on duty, links, advisors, and each waiting caller with his expected wait."""
    with router_at(socket) as router:
        found = sent(router, "GET", "/status").json()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else status_as_text(found))


def calls(
    as_json: Annotated[bool, typer.Option("--json", help="One object a line.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=99_999, help="How many, the newest.")] = 100,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show the calls in progress and the last ones."""
    with router_at(socket) as router:
        lines = sent(router, "GET", "/calls", params={"limit": limit}).text
    if as_json:
        typer.echo(lines, nl=False)
        return
    Console().print(calls_table([json.loads(line) for line in lines.splitlines()]))


def why(
    call: Annotated[str, typer.Argument(help="The call's id, as `calls --json` shows it.")],
    advisor: Annotated[
        str | None, typer.Option(help="Why not this one? What kept him from the call, worked out of the journal.")
    ] = None,
    journal: Annotated[
        Path, typer.Option(envvar="CTI_STATE", help="The journal's folder, or the state directory it is in.")
    ] = DEFAULT_STATE,
    english: Annotated[
        bool, typer.Option("--english", help="In English, worked out of the journal: what is kept is in French.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Tell why a call went as it went: each decision, what it was taken from, and by which rule (in French)."""
    if advisor is not None or english:
        found = _from_journal(call, advisor, journal, english)
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else found["text"])
        raise typer.Exit(0 if found["answers" if advisor else "decisions"] else 1)
    with router_at(socket) as router:
        found = sent(router, "GET", f"/why/{quote(call)}").json()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else found["text"])


def _from_journal(call: str, advisor: str | None, place: Path, english: bool) -> dict[str, Any]:
    """What `why` tells of one advisor, or in English."""

    def remark(text: str) -> None:
        typer.echo(text, err=True)

    try:
        zone = ZoneInfo(timezone_of(place))
        if advisor is None:
            return ledger_of(record_in_english(place, call, remark), zone, LEDGER_IN_ENGLISH)
        language = ENGLISH if english else FRENCH
        return as_plain(call, advisor, answers(place, call, advisor, remark), zone, language)
    except (Unreadable, OSError) as error:
        fail(f"cannot read the journal: {error}; is --journal right?")


def trace(
    call: Annotated[str, typer.Argument(help="The call's id, as `calls --json` shows it.")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
    socket: Socket = DEFAULT_SOCKET,
) -> None:
    """Show by what a call can be followed (AGI, AMI, SIP), and the commands to look further."""
    with router_at(socket) as router:
        found = sent(router, "GET", f"/trace/{quote(call)}").json()
    typer.echo(json.dumps(found, ensure_ascii=False, indent=2) if as_json else trace_as_text(found))


def calls_table(found: list[dict[str, Any]]) -> Table:
    """The calls as people look at them."""
    table = Table("arrived", "", "profile", "duty", "advisor", "path", "wait", "talk", "outcome", "why")
    for call in found:
        table.add_row(
            str(call["arrived_at"])[11:19], "out" if call["direction"] == "out" else "", call["profile"] or "",
            call["duty_site"] or "", call["advisor"] or "", " → ".join(call["path"]), f"{call['waited_s']:.1f} s",
            f"{call['talked_s']:.1f} s", call["outcome"] or "…", call["because"],
        )  # fmt: skip
    return table
