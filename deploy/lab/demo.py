"""`make demo`: the whole service on this machine, with callers, until Ctrl-C or for DEMO_FOR seconds."""

import asyncio
import fcntl
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from cti_router.commands.running import calls_table
from deploy.lab.accounts import login_of
from deploy.lab.demo_example import write_demo_example
from deploy.lab.demo_people import call_too_early, go_on, open_national_centre, open_the_day
from deploy.lab.demo_units import bring_messages
from deploy.lab.service import Service, ServiceFailed, known_numbers

VAR = Path("var")
_JUST_BEFORE_OPENING = "2026-11-23T08:29:57"
"""A Monday, by the router's clock when it starts. Rouen is on duty from 8:30 in the example."""

_LINES_A_CALL = 4
_LOOKED_AT = 200
"""So many of the last calls are read each second: a year's lie behind them."""

_console = Console()
_began = time.monotonic()


async def demo(directory: Path, facts: Path) -> None:
    service = Service(
        directory, example=write_demo_example(directory / "example"), contributors=1000, clock=_JUST_BEFORE_OPENING,
        router=False, pages=True, progress=_say,
    )  # fmt: skip
    async with service:
        try:
            async with asyncio.TaskGroup() as tasks:
                _say("router; the first callers are too early")
                tasks.create_task(call_too_early(service))
                await service.start_router()
                centre = tasks.create_task(open_national_centre(service))
                await open_the_day(service)
                await centre
                await service.pages_served()
                _write(facts, _facts(service))
                _say_ready(service, facts)
                tasks.create_task(_show(service))
                tasks.create_task(bring_messages(service))
                tasks.create_task(go_on(service, centre.result()))
        finally:
            facts.unlink(missing_ok=True)
            with suppress(httpx.HTTPError):
                _console.print(_tally(await service.calls()), highlight=False, soft_wrap=True)
                _console.print(f"{len(await service.messages())} voice messages at the router", highlight=False)


def _say_ready(service: Service, facts: Path) -> None:
    entry = service.lab.pbxs[next(iter(service.configuration.sites))]
    took_s = time.monotonic() - _began
    _console.print(f"[bold]READY[/] after {took_s:.0f} s. Ring in yourself, from {service.lab.callers}:")
    _console.print(
        f"  sipp -sn uac -i {service.lab.callers} -s +{service.number} -d 60000 -m 1 {entry.sip}\n"
        f"  pages            {service.pages_url}/   login {', '.join(_some_logins(service))}; "
        f"password {next(iter(service.accounts.values()))}\n"
        f"  metrics          {service.status_url}/metrics\n"
        f"  commands         .venv/bin/cti-router status --socket {os.path.relpath(service.control_socket)}\n"
        f"  everything else  {facts}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _some_logins(service: Service) -> list[str]:
    """An advisor's of each of two sites, and those who take no calls; the facts have them all."""
    advisors = service.configuration.advisors.values()
    sites = list(dict.fromkeys(who.site for who in advisors))
    first = [login_of(next(who.id for who in advisors if who.site == site)) for site in sites[:2]]
    theirs = {login_of(who.id) for who in advisors}
    return [*first, *(login for login in service.accounts if login not in theirs)]


async def _show(service: Service) -> None:
    """A live table where people look; a line per ended call where a file or a pipe does."""
    if not _console.is_terminal:
        seen: set[str] = set()
        while True:
            for call in await service.calls(_LOOKED_AT):
                if call["outcome"] is not None and call["id"] not in seen:
                    seen.add(call["id"])
                    _console.print(
                        f"{call['arrived_at'][11:19]} {call['profile'] or '-'} {call['outcome']} "
                        f"{call['advisor'] or '-'} "
                        f"{'>'.join(call['path']) or '-'} {call['waited_s']:.1f} s : {call['because']}",
                        highlight=False, soft_wrap=True,
                    )  # fmt: skip
            await asyncio.sleep(1)
    with Live(console=_console, refresh_per_second=2, screen=False) as live:
        while True:
            status = await service.status()
            duty = status["duty"]["site"] if status["duty"] else "nobody"
            head = Text(f"{status['clock'][11:19]}  on duty: {duty}  waiting: {status['waiting']}  (Ctrl-C to stop)")
            shown = max(3, (_console.height - 6) // _LINES_A_CALL)
            live.update(Group(head, calls_table((await service.calls(_LOOKED_AT))[-shown:])))
            await asyncio.sleep(1)


def _tally(calls: list[dict[str, Any]]) -> str:
    """How many calls there were, and what became of them."""
    outcomes = Counter(call["outcome"] or "in progress" for call in calls)
    return f"{len(calls)} calls: " + ", ".join(f"{count} {outcome}" for outcome, count in outcomes.most_common())


def _facts(service: Service) -> dict[str, Any]:
    return {
        "web": service.status_url,
        "pages": service.pages_url,
        "accounts": service.accounts,
        "number": f"+{service.number}",
        "caller_host": service.lab.callers,
        "known_numbers": known_numbers(service.contributors),
        "sites": {
            site: {"sip": service.lab.pbxs[site].sip, "ami": f"{service.lab.pbxs[site].address}:5038"}
            for site in service.configuration.sites
        },
        "dsn": service.dsn,
        "config": str(service.configuration_directory),
        "control_socket": str(service.control_socket),
        "pids": {
            "demo": os.getpid(),
            "router": service.router.pid if service.router else None,
            **{f"pbx {site}": pbx.pid for site, pbx in service.lab.pbxs.items()},
        },
    }


def _write(file: Path, facts: dict[str, Any]) -> None:
    """At once: whoever finds it, finds it whole."""
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(facts, indent=2, ensure_ascii=False) + "\n")
    unfinished.rename(file)


def _say(what: str) -> None:
    _console.print(f"[dim]{time.monotonic() - _began:5.1f} s[/]  {what}", highlight=False)


@contextmanager
def _own_directory() -> Iterator[tuple[Path, Path]]:
    """A state directory nobody else uses now, and the file with the demo's facts: a second demo has its own."""
    for number in range(1, 10):
        name = "demo" if number == 1 else f"demo-{number}"
        directory = VAR / name
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "lock").open("w") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield directory, VAR / f"{name}.json"
            return
    raise SystemExit("nine demos run already")


async def _for_a_while(directory: Path, facts: Path) -> None:
    """Until SIGINT, SIGTERM, or DEMO_FOR seconds after it is ready."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(demo(directory, facts))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, task.cancel)
    if seconds := os.environ.get("DEMO_FOR"):
        while not task.done() and not facts.exists():
            await asyncio.sleep(0.1)
        loop.call_later(float(seconds), task.cancel)
    with suppress(asyncio.CancelledError):
        await task


def main() -> None:
    try:
        with _own_directory() as (directory, facts):
            facts.unlink(missing_ok=True)
            asyncio.run(_for_a_while(directory, facts))
    except* ServiceFailed as failed:
        sys.exit("\n".join(str(error) for error in failed.exceptions))
    _console.print("stopped; nothing is left running")


if __name__ == "__main__":
    main()
