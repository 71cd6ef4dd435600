"""`make demo`: the whole service on this machine, with callers, until Ctrl-C or for DEMO_FOR seconds."""

import asyncio
import fcntl
import json
import math
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from cti_router.commands.running import calls_table
from deploy.lab.callers import place_calls
from deploy.lab.phone import What
from deploy.lab.service import Service, ServiceFailed, known_numbers

VAR = Path("var")
_LINES_A_CALL = 4
_console = Console()
_began = time.monotonic()


async def demo(directory: Path, facts: Path) -> None:
    async with Service(directory, contributors=1000, progress=_say) as service:
        for advisor in service.configuration.advisors:
            await service.present(advisor, "available")
        facts.write_text(json.dumps(_facts(service), indent=2, ensure_ascii=False) + "\n")
        _console.print(
            f"[bold]READY[/] after {time.monotonic() - _began:.0f} s. Ring in yourself, from {service.lab.callers}:"
        )
        pbx = service.lab.pbxs[next(iter(service.lab.pbxs))]
        _console.print(
            f"  sipp -sn uac -i {service.lab.callers} -s +{service.number} -m 1 {pbx.sip}\n"
            f"  pages, metrics   {service.status_url}/metrics\n"
            f"  everything else  {facts}"
        )
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_show(service))
                tasks.create_task(_people_call(service))
                for advisor in service.configuration.advisors:
                    tasks.create_task(_advisor_works(service, advisor))
        finally:
            facts.unlink(missing_ok=True)


async def _people_call(service: Service) -> None:
    """Known and unknown callers, at a human pace, some more patient than others."""
    chance = random.Random(7)
    known = [phone for contributor in service.contributors for phone in contributor.phones]
    async with asyncio.TaskGroup() as tasks:
        for patience_s, pace_s in ((25, 14), (60, 18), (180, 22)):
            tasks.create_task(_keep_calling(service, known, chance, patience_s, pace_s))


async def _keep_calling(
    service: Service, known: list[str], chance: random.Random, patience_s: float, pace_s: float
) -> None:
    sites = list(service.lab.pbxs.values())
    async with asyncio.TaskGroup() as calls:
        while True:
            cli = chance.choice(known) if chance.random() < 0.8 else f"026191{chance.randrange(10**4):04}"
            calls.create_task(
                place_calls(
                    number=f"+{service.number}", pbx=chance.choice(sites).sip, source=service.lab.callers, clis=[cli],
                    stay_s=patience_s, speaks=True,
                )
            )  # fmt: skip
            await asyncio.sleep(pace_s * chance.uniform(0.5, 1.5))


async def _advisor_works(service: Service, advisor: str) -> None:
    """Answers after a moment and talks a while; now and then lets it ring, and says later that he is back."""
    chance = random.Random(advisor)
    phone = service.phones[advisor]
    while True:
        asleep = chance.random() < 0.1
        await (phone.let_ring() if asleep else phone.answer_after(chance.uniform(1, 4)))
        await phone.wait_for(What.RINGING, within_s=math.inf)
        with suppress(TimeoutError):
            await phone.wait_for(What.ANSWERED, within_s=30)
            await asyncio.sleep(chance.uniform(8, 25))
            await phone.hang_up()
        if asleep:
            await asyncio.sleep(chance.uniform(5, 15))
            await service.present(advisor, "available")


async def _show(service: Service) -> None:
    """A live table where people look; a line per ended call where a file or a pipe does."""
    if not _console.is_terminal:
        seen: set[str] = set()
        while True:
            for call in await service.calls():
                if call["outcome"] is not None and call["id"] not in seen:
                    seen.add(call["id"])
                    _console.print(
                        f"{call['arrived_at'][11:19]} {call['profile']} {call['outcome']} {call['advisor'] or '-'} "
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
            live.update(Group(head, calls_table((await service.calls())[-shown:])))
            await asyncio.sleep(1)


def _facts(service: Service) -> dict[str, Any]:
    return {
        "web": service.status_url,
        "number": f"+{service.number}",
        "caller_host": service.lab.callers,
        "known_numbers": known_numbers(service.contributors),
        "sites": {site: {"sip": pbx.sip, "ami": f"{pbx.address}:5038"} for site, pbx in service.lab.pbxs.items()},
        "dsn": service.dsn,
        "config": str(service.configuration_directory),
        "pids": {
            "demo": os.getpid(),
            "router": service.router.pid if service.router else None,
            **{f"pbx {site}": pbx.pid for site, pbx in service.lab.pbxs.items()},
        },
    }


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
