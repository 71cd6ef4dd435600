"""Five hundred open consoles: what they cost the router's asks, how soon each shows what happened, what each takes.

`python -m tests.bench.consoles` runs this part alone.
"""

import asyncio
import json
import os
import sqlite3
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from bisect import bisect_left
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path

import psutil
from rich.console import Console

from cti_router.compiled import SWITCH
from cti_router.database.pool import Pool
from cti_router.web.signing.gate import cookie_name
from cti_router.web.signing.sessions import Sessions
from deploy.lab.accounts import login_of
from deploy.lab.callers import static_phones
from deploy.lab.processes import end_child, start_child
from deploy.lab.service import Service
from tests.bench import centre, figures, report, scenario
from tests.bench.capture import Packet, capturing, packets
from tests.bench.report import Figure
from tests.bench.screens import Order, Seen, Span

ADVISORS_A_SITE = 84  # over six sites five hundred and four: each has his console open
AT_WORK = 36
CALLS_PER_S = 10.0
CONTRIBUTORS = 3000
ALONE_S, WATCHED_S = 60.0, 60.0
_RINGS_WITHIN_S = 2.0
_SHIFT_S = 3600.0


async def bench(directory: Path, *, say: Callable[[str], None]) -> list[Figure]:
    """Ten calls a second, first with nobody who watches, then with everybody."""
    everybody = centre.advisors(ADVISORS_A_SITE)
    example = centre.write_configuration(directory / "configuration", ADVISORS_A_SITE)
    async with Service(
        directory / "service", example=example, phones="static", contributors=CONTRIBUTORS, pages=True, progress=say
    ) as service:
        lab = service.lab
        await centre.log_as_in_production(service)
        network = f"{lab.router.rsplit('.', 1)[0]}.0/24"
        file = directory / "bench.pcapng"
        pages = psutil.Process((await service.status())["pages"]["pid"])
        async with (
            static_phones(
                lab.static_phones, ring_s=scenario.RING_S, talk_s=scenario.TALK_S, talk_spread_s=scenario.TALK_SPREAD_S
            ),
            capturing(file, network),
        ):
            await centre.at_work(service, everybody[:AT_WORK])
            ring_in = partial(
                scenario.run, service, number=f"+{service.number}", sites=centre.SITES, tell=say, per_s=CALLS_PER_S
            )
            say(f"the router: {AT_WORK} advisors at work, {CALLS_PER_S:g} calls/s, nobody watches")
            alone = await ring_in(for_s=ALONE_S)
            cookies = await _signed_in(service, everybody)
            before = pages.memory_info().rss
            async with _consoles(service, cookies) as consoles:
                say(f"the same, with {len(cookies)} consoles open")
                idle_s = _used_s(pages)
                watched = await ring_in(for_s=WATCHED_S)
                used_s = _used_s(pages) - idle_s
                each = (pages.memory_info().rss - before) / len(cookies)
                seen = await _seen(consoles, Span(watched.began_at, watched.ended_at))
        say("reading what was on the wire")
        found = await packets(file)
        rung = figures.rings(found, phones=lab.static_phones.split(":")[0], callers=lab.callers)
    lasted_s = scenario.WARM_UP_S + WATCHED_S + scenario.TAIL_S
    failed = sum(run.counts.placed - run.counts.released for run in (alone, watched))
    return [
        Figure("consoles", len(cookies), "", "open at once, one for each advisor"),
        *_asks("consoles", found, watched, "an ask, with all of them open"),
        *_asks("consoles_none", found, alone, "the same with none open"),
        *_seen_figures(seen, list(pop_leads(seen.pops, rung))),
        Figure("consoles_anew", seen.states - len(cookies), "", "how often one had to be shown everything again"),
        Figure("consoles_closed", seen.closed, "", "how many streams ended"),
        Figure("consoles_memory_each_kb", each / 1024, "kB", "of the pages' process, for one console"),
        Figure("consoles_pages_cpu_share", used_s / lasted_s, "", "of one processor, used by the pages' process"),
        Figure("consoles_calls_per_s", watched.counts.released / lasted_s, "/s", "callers served meanwhile"),
        Figure("consoles_calls_failed", failed, "", "callers who were not, with and without"),
    ]


def _asks(name: str, found: Iterable[Packet], run: scenario.Run, meaning: str) -> list[Figure]:
    asked = figures.asks(found)
    took_s = [(ask.at, ask.answered_at - ask.at) for ask in asked if ask.answered_at is not None]
    measured_s = scenario.within([run], took_s)
    return [
        Figure(f"{name}_ask_p50_ms", 1000 * figures.percentile(measured_s, 0.5), "ms", meaning),
        Figure(f"{name}_ask_p99_ms", 1000 * figures.percentile(measured_s, 0.99), "ms", "99 in 100 took no longer"),
        Figure(f"{name}_ask_samples", len(measured_s), "", "how many were measured"),
    ]


def _seen_figures(seen: Seen, leads_s: list[float]) -> list[Figure]:
    late = sum(lead_s <= 0 for lead_s in leads_s)
    lead_ms = 1000 * figures.percentile(leads_s, 0.5)
    return [
        Figure("consoles_event_to_screen_p50_ms", 1000 * seen.all_p50_s, "ms", "from an event's instant to a console"),
        Figure("consoles_event_to_screen_p95_ms", 1000 * seen.all_p95_s, "ms", "19 in 20 took no longer"),
        Figure("consoles_event_to_screen_samples", seen.samples, "", "how many were measured"),
        Figure("consoles_pop_to_screen_p95_ms", 1000 * seen.pop_p95_s, "ms", "of these, the call that comes to him"),
        Figure("consoles_pop_lead_p50_ms", lead_ms, "ms", "from the pop on his screen to the INVITE at his phone"),
        Figure("consoles_pops_late", late, "", f"of {len(leads_s)} pops, that came after the INVITE"),
    ]


def pop_leads(pops: Iterable[tuple[str, float, float]], rung: Iterable[figures.Rang]) -> Iterator[float]:
    """Seconds from a pop on the screen to the INVITE at the phone, for those which a phone followed."""
    by_phone: dict[str, list[float]] = defaultdict(list)
    for ring in rung:
        by_phone[ring.phone].append(ring.at)
    for advisor, offered_at, read_at in pops:
        rings_at = by_phone[advisor.removeprefix("advisor_")]
        place = bisect_left(rings_at, offered_at)
        if place < len(rings_at) and rings_at[place] < offered_at + _RINGS_WITHIN_S:
            yield rings_at[place] - read_at


async def _signed_in(service: Service, advisors: Collection[str]) -> list[str]:
    """A session of each; what its browser sends."""
    name, now, pool = cookie_name(service.pages_url), time.time(), Pool(service.dsn, size=1)
    try:
        sessions = Sessions(pool)
        opened = [await sessions.open(login_of(who), now, _SHIFT_S, "fr", "bench") for who in advisors]
    finally:
        await pool.close()
    return [f"{name}={value}" for value in opened]


@asynccontextmanager
async def _consoles(service: Service, cookies: list[str]) -> AsyncIterator[Process]:
    """They are open in the block."""
    host, port = service.pages_url.removeprefix("http://").split(":")
    process = await start_child([sys.executable, "-m", "tests.bench.screens"], stdin=PIPE, stdout=PIPE, stderr=None)
    try:
        await _tell(process, asdict(Order(host, int(port), cookies, _offset_s(service))))
        assert process.stdout is not None
        assert (await process.stdout.readline()).strip() == b"open", "the consoles do not open"
        yield process
    finally:
        await end_child(process)


async def _seen(consoles: Process, span: Span) -> Seen:
    await _tell(consoles, asdict(span))
    assert consoles.stdout is not None
    return Seen(**json.loads(await consoles.stdout.read()))


async def _tell(process: Process, what: object) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(what).encode() + b"\n")
    await process.stdin.drain()


def _offset_s(service: Service) -> float:
    """What the router's clock is ahead of this machine's: it keeps that for its next start."""
    database = sqlite3.connect(f"file:{service.directory / 'state' / 'spool.sqlite'}?mode=ro", uri=True)
    try:
        ((kept,),) = database.execute("SELECT value FROM meta WHERE key LIKE 'clock %'").fetchall()
    finally:
        database.close()
    return float(kept)


def _used_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    os.environ.pop(SWITCH, None)
    console, began = Console(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as directory:
        found = asyncio.run(
            bench(Path(directory), say=lambda what: console.print(f"{time.monotonic() - began:5.1f} s  {what}"))
        )
    report.write(found)
    console.print(report.table(found))


if __name__ == "__main__":
    main()
