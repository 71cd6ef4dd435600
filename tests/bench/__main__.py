"""`make bench`: how quick the router is, and what it costs: its core alone, then on real parts beside app_queue."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from cti_router.compiled import SWITCH
from deploy.lab.callers import static_phones
from deploy.lab.service import Service
from tests.bench import centre, consoles, core, feed, figures, report, scenario, stages
from tests.bench.capture import Packet, capturing, packets
from tests.bench.report import Figure
from tests.bench.starts import second_start

CONTRIBUTORS = 3000
DAY_S, RUSH_S, ALONE_S, QUEUE_S = 60.0, 45.0, 140.0, 190.0
CALLS_PER_S = 10.0
RUSH_ADVISORS, RUSH_CALLERS = 14, 24  # as many advisors as take ten calls a second, and callers who wait for them
ALONE_CALLERS = 6  # one advisor: as after talks of minutes, who becomes free is the only one, and somebody waits

_console = Console()
_began = time.monotonic()


@dataclass(frozen=True, slots=True)
class Runs:
    """The same service four times. Day: everybody is at work, ten calls a second ring in. Rush: as many, and too few
    advisors, so that each call waits. Alone: one advisor, so that who becomes free is the only one, and callers wait.
    Queue: the same through app_queue, at each PBX a queue with a phone and callers of its own: six of them, since its
    wait is anything up to a second, and its median takes many of them. (With many free at once its callers help each
    other to look more often.)"""

    day: scenario.Run
    rush: scenario.Run
    alone: scenario.Run
    queue: scenario.Run


async def bench(directory: Path) -> list[Figure]:
    example = centre.write_configuration(directory / "configuration")
    async with Service(
        directory / "service", example=example, phones="static", contributors=CONTRIBUTORS, progress=_say
    ) as service:
        lab = service.lab
        everybody = centre.advisors()
        few, one = everybody[:RUSH_ADVISORS], everybody[:1]
        await centre.add_queues(service)
        network = f"{lab.router.rsplit('.', 1)[0]}.0/24"
        file = directory / "bench.pcapng"
        async with (
            static_phones(
                lab.static_phones, ring_s=scenario.RING_S, talk_s=scenario.TALK_S, talk_spread_s=scenario.TALK_SPREAD_S
            ),
            capturing(file, network),
        ):
            ring_in = partial(scenario.run, service, number=f"+{service.number}", sites=centre.SITES, tell=_say)
            await centre.at_work(service, everybody)
            _say(f"the router: {len(everybody)} advisors at {len(centre.SITES)} sites, {CALLS_PER_S:g} calls/s")
            day = await ring_in(for_s=DAY_S, per_s=CALLS_PER_S)
            await centre.at_work(service, few)
            _say(f"the router: {len(few)} advisors, {RUSH_CALLERS} callers, so that some always wait")
            rush = await ring_in(for_s=RUSH_S, at_once=RUSH_CALLERS)
            await centre.at_work(service, one)
            _say(f"the router: one advisor, {ALONE_CALLERS} callers: who becomes free is the only one")
            alone = await ring_in(for_s=ALONE_S, at_once=ALONE_CALLERS)
            _say(f"app_queue: at each PBX one phone and {ALONE_CALLERS} callers of its own")
            at_once = ALONE_CALLERS * len(centre.SITES)
            queue = await ring_in(number=centre.QUEUE_NUMBER, for_s=QUEUE_S, at_once=at_once)
        _say("reading what was on the wire")
        seen = await packets(file)
        return measured(
            seen, Runs(day, rush, alone, queue), phones=lab.static_phones.split(":")[0], callers=lab.callers
        )


def measured(seen: list[Packet], runs: Runs, *, phones: str, callers: str) -> list[Figure]:
    day, rush, alone, queue = runs.day, runs.rush, runs.alone, runs.queue
    rung = figures.rings(seen, phones=phones, callers=callers)
    asked = figures.asks(seen)
    asks = [(ask.at, ask.answered_at - ask.at) for ask in asked if ask.answered_at is not None]
    unanswered = [(ask.at, 0.0) for ask in asked if ask.answered_at is None]
    redirects = figures.redirects(seen)
    nudges = list(figures.nudge_to_invite(redirects, asked, rung))
    sent = [(at, 0.0) for at, _ in redirects]
    freed = list(figures.free_to_ring(rung))
    ring_ms, rush_ring_ms, queue_ms = (
        1000 * figures.percentile(scenario.within([run], freed), 0.5) for run in (alone, rush, queue)
    )
    served = {run: len(scenario.within([run], [(r.freed_at, 0.0) for r in rung if r.freed_at])) for run in (day, rush)}
    assert all(served.values()), "no call was served"
    daemon_ms, asterisk_ms = (1000 * used_s / served[day] for used_s in (day.daemon_cpu_s, day.asterisk_cpu_s))
    rush_ms = 1000 * rush.daemon_cpu_s / served[rush]
    ours = [day, rush, alone]
    return [
        *_latencies("ask", scenario.within(ours, asks), "from an ask's last header to the router's answer"),
        Figure(
            "asks_unanswered",
            len(scenario.within(ours, unanswered)),
            "",
            "asks that a nudge overtook, or the router left out",
        ),
        *_latencies(
            "nudge_to_invite", scenario.within(ours, nudges), "from the router's Redirect to the INVITE at the phone"
        ),
        Figure(
            "nudges_in_vain",
            len(scenario.within(ours, sent)) - len(scenario.within(ours, nudges)),
            "",
            "that no INVITE followed",
        ),
        Figure("free_to_ring_median_ms", ring_ms, "ms", "from an advisor's BYE to his next INVITE, callers waiting"),
        Figure("free_to_ring_samples", len(scenario.within([alone], freed)), "", "how many were measured"),
        *_stages(alone, stages.ways(seen, phones=phones, callers=callers)),
        Figure("rush_free_to_ring_median_ms", rush_ring_ms, "ms", "the same at ten calls a second"),
        Figure("app_queue_free_to_ring_median_ms", queue_ms, "ms", "the same with app_queue, same phones and callers"),
        Figure("app_queue_free_to_ring_samples", len(scenario.within([queue], freed)), "", "how many were measured"),
        Figure("app_queue_to_router_ratio", queue_ms / ring_ms, "×", "how many times sooner the router rings"),
        Figure("daemon_cpu_per_call_ms", daemon_ms, "ms", "the router's processor time for one call"),
        Figure("asterisk_cpu_per_call_ms", asterisk_ms, "ms", "the PBXs' processor time for one call"),
        Figure("daemon_to_asterisk_cpu_ratio", daemon_ms / asterisk_ms, "×", "the router's share beside Asterisk's"),
        Figure("rush_daemon_cpu_per_call_ms", rush_ms, "ms", "the router's for one call that had to wait"),
        Figure("calls_per_s", served[day] / (day.ended_at - day.began_at), "/s", "talks ended, everybody at work"),
        Figure("rush_calls_per_s", served[rush] / (rush.ended_at - rush.began_at), "/s", "talks ended in the rush"),
        *_counts("", ours, "by the router's advisors"),
        *_counts("app_queue_", [queue], "through app_queue"),
        Figure("sites", len(centre.SITES), "", "with one PBX each, and a trunk between any two"),
        Figure("phones", len(centre.advisors()), "", "over all sites"),
        Figure("cores", os.cpu_count() or 1, "", "of this machine, shared by the PBXs, SIPp and all else"),
    ]


def _counts(prefix: str, runs: list[scenario.Run], how: str) -> list[Figure]:
    done = sum(run.counts.released for run in runs)
    placed = sum(run.counts.placed for run in runs)
    return [
        Figure(f"{prefix}calls_done", done, "", f"callers served {how}"),
        Figure(f"{prefix}calls_failed", placed - done, "", "callers who were not"),
    ]


def _stages(run: scenario.Run, ways: Iterable[stages.Way]) -> list[Figure]:
    measured = [way.took_s for way in ways if run.began_at <= way.at < run.ended_at]
    medians = (figures.percentile(took_s, 0.5) for took_s in zip(*measured, strict=True))
    return [
        Figure(f"free_to_ring_{stage}_ms", 1000 * median_s, "ms", meaning)
        for (stage, meaning), median_s in zip(stages.STAGES.items(), medians, strict=False)
    ]


def _latencies(name: str, samples_s: list[float], meaning: str) -> list[Figure]:
    return [
        Figure(f"{name}_p50_ms", 1000 * figures.percentile(samples_s, 0.5), "ms", meaning),
        Figure(f"{name}_p99_ms", 1000 * figures.percentile(samples_s, 0.99), "ms", "99 in 100 took no longer"),
        Figure(f"{name}_samples", len(samples_s), "", "how many were measured"),
    ]


def _say(what: str) -> None:
    _console.print(f"[dim]{time.monotonic() - _began:5.1f} s[/]  {what}", highlight=False)


def main() -> None:
    _say("the core alone")
    found = [*core.bench(_console), *feed.measure()]
    report.write(found)
    _console.print(report.table(found))
    os.environ.pop(SWITCH, None)  # the routers that follow run on the sources, as a wheel installs them
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as directory:
        found = asyncio.run(bench(Path(directory)))
        _say("the demo, twice")
        found.append(asyncio.run(second_start(Path(directory))))
    report.write(found)
    _console.print(report.table(found))
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as directory:
        found = asyncio.run(consoles.bench(Path(directory), say=_say))
    report.write(found)
    _console.print(report.table(found))
    _say(f"written to {report.RESULT}")


if __name__ == "__main__":
    main()
