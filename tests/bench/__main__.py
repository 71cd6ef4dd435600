"""`make bench`: how quick the router is, and what it costs: its core alone, then on real parts beside app_queue."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console

from deploy.lab.callers import static_phones
from deploy.lab.service import Service
from tests.bench import centre, core, figures, report, scenario
from tests.bench.capture import Packet, capturing, packets
from tests.bench.report import Figure

ROUTER_S, APP_QUEUE_S = 75.0, 45.0
CONTRIBUTORS = 3000

_console = Console()
_began = time.monotonic()


async def bench(directory: Path) -> list[Figure]:
    example = centre.write_configuration(directory / "configuration")
    async with Service(
        directory / "service", example=example, phones="static", contributors=CONTRIBUTORS, progress=_say
    ) as service:
        await centre.add_queue(service)
        lab = service.lab
        network = f"{lab.router.rsplit('.', 1)[0]}.0/24"
        file = directory / "bench.pcapng"
        async with (
            static_phones(lab.static_phones, ring_s=scenario.RING_S, talk_s=scenario.TALK_S),
            capturing(file, network),
        ):
            await centre.all_available(service)
            _say(f"the router: {scenario.CALLERS} callers, {centre.ADVISORS} advisors, {ROUTER_S:g} s")
            ours = await scenario.run(service, site="caen", number=f"+{service.number}", for_s=ROUTER_S)
            _say(f"app_queue: the same callers and phones, {APP_QUEUE_S:g} s")
            theirs = await scenario.run(service, site="rouen", number=centre.QUEUE_NUMBER, for_s=APP_QUEUE_S)
        _say("reading what was on the wire")
        seen = await packets(file)
        return measured(seen, ours, theirs, phones=lab.static_phones.split(":")[0], callers=lab.callers)


def measured(
    seen: list[Packet], ours: scenario.Run, theirs: scenario.Run, *, phones: str, callers: str
) -> list[Figure]:
    rung = figures.rings(seen, phones=phones, callers=callers)
    asked = figures.asks(seen)
    asks_s = _within(ours, ((ask.at, ask.answered_at - ask.at) for ask in asked if ask.answered_at is not None))
    unanswered = len(_within(ours, ((ask.at, 0.0) for ask in asked if ask.answered_at is None)))
    redirects = figures.redirects(seen)
    nudges_s = _within(ours, figures.nudge_to_invite(redirects, asked, rung))
    in_vain = len(_within(ours, ((at, 0.0) for at, _ in redirects))) - len(nudges_s)
    freed_s, queue_s = _within(ours, figures.free_to_ring(rung)), _within(theirs, figures.free_to_ring(rung))
    served = len(_within(ours, ((ring.freed_at, 0.0) for ring in rung if ring.freed_at is not None)))
    assert served, "no call was served"
    ring_ms, queue_ms = 1000 * figures.percentile(freed_s, 0.5), 1000 * figures.percentile(queue_s, 0.5)
    daemon_ms, asterisk_ms = 1000 * ours.daemon_cpu_s / served, 1000 * ours.asterisk_cpu_s / served
    return [
        *_latencies("ask", asks_s, "from an ask's last header to the router's answer"),
        Figure("asks_unanswered", unanswered, "", "asks that a nudge overtook, or that the router left out"),
        *_latencies("nudge_to_invite", nudges_s, "from the router's Redirect to the INVITE at the advisor's phone"),
        Figure("nudges_in_vain", in_vain, "", "Redirects that no INVITE followed"),
        Figure("free_to_ring_median_ms", ring_ms, "ms", "from an advisor's BYE to his next INVITE, callers waiting"),
        Figure("free_to_ring_samples", len(freed_s), "", "how many were measured"),
        Figure("app_queue_free_to_ring_median_ms", queue_ms, "ms", "the same with app_queue, same phones and callers"),
        Figure("app_queue_free_to_ring_samples", len(queue_s), "", "how many were measured"),
        Figure("app_queue_to_router_ratio", queue_ms / ring_ms, "×", "how many times sooner the router rings"),
        Figure("daemon_cpu_per_call_ms", daemon_ms, "ms", "the router's processor time for one call"),
        Figure("asterisk_cpu_per_call_ms", asterisk_ms, "ms", "both PBXs' processor time for one call"),
        Figure("daemon_to_asterisk_cpu_ratio", daemon_ms / asterisk_ms, "×", "the router's share beside Asterisk's"),
        Figure("calls_per_s", served / (ours.ended_at - ours.began_at), "/s", "talks ended, while measured"),
        Figure("calls_done", ours.counts.released, "", "callers served by the router's advisors"),
        Figure("calls_failed", ours.counts.placed - ours.counts.released, "", "callers who were not"),
        Figure("app_queue_calls_done", theirs.counts.released, "", "callers served through app_queue"),
        Figure("app_queue_calls_failed", theirs.counts.placed - theirs.counts.released, "", "callers who were not"),
        Figure("cores", os.cpu_count() or 1, "", "of this machine, shared by the PBXs, SIPp and all else"),
    ]


def _latencies(name: str, samples_s: list[float], meaning: str) -> list[Figure]:
    return [
        Figure(f"{name}_p50_ms", 1000 * figures.percentile(samples_s, 0.5), "ms", meaning),
        Figure(f"{name}_p99_ms", 1000 * figures.percentile(samples_s, 0.99), "ms", "99 in 100 took no longer"),
        Figure(f"{name}_samples", len(samples_s), "", "how many were measured"),
    ]


def _within(run: scenario.Run, samples: Iterable[tuple[float, float]]) -> list[float]:
    return [seconds for at, seconds in samples if run.began_at <= at < run.ended_at]


def _say(what: str) -> None:
    _console.print(f"[dim]{time.monotonic() - _began:5.1f} s[/]  {what}", highlight=False)


def main() -> None:
    _say("the core alone")
    found = core.bench(_console)
    report.write(found)
    _console.print(report.table(found))
    with tempfile.TemporaryDirectory(prefix="cti-bench-") as directory:
        found = asyncio.run(bench(Path(directory)))
    report.write(found)
    _console.print(report.table(found))
    _say(f"written to {report.RESULT}")


if __name__ == "__main__":
    main()
