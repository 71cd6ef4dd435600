"""One scenario: callers ring in for a while, advisors answer, and what it cost."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields

import psutil

from deploy.lab.callers import CallCounts, place_calls
from deploy.lab.service import Service

RING_S, TALK_S = 0.3, 1.0
TALK_SPREAD_S = 0.5
"""Talks last from 0.5 to 1.5 s. Were they all of one length, app_queue's look at the queue once a second would fall in
step with them, and the time until it rings a free phone would be an accident of the start."""
WARM_UP_S = 5.0
TAIL_S = 4.0  # callers stay after the measured time, so that who became free in it still rings
_TELL_EVERY_S = 15.0


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario, carried out. The measured time in seconds since the epoch; processor seconds used in it."""

    began_at: float
    ended_at: float
    counts: CallCounts
    daemon_cpu_s: float
    asterisk_cpu_s: float


async def run(
    service: Service, *, sites: Collection[str], number: str, for_s: float, tell: Callable[[str], None],
    per_s: float = 1.0, at_once: int | None = None,
) -> Run:  # fmt: skip
    """Callers at each of `sites` who call `number`; what was used during `for_s` of it, once warm.

    Over all sites `per_s` ring in, or with `at_once` that many are on the line all the time.
    """
    clis = [phone for contributor in service.contributors for phone in contributor.phones]
    assert service.router is not None
    daemon, pbxs = psutil.Process(service.router.pid), service.lab.pbxs.values()

    def used() -> tuple[float, float]:
        family = [process.cpu_times() for process in (daemon, *daemon.children(recursive=True))]
        return sum(times.user + times.system for times in family), sum(pbx.cpu_seconds() for pbx in pbxs)

    async with asyncio.TaskGroup() as tasks:
        calling = [
            tasks.create_task(
                place_calls(
                    number=number, pbx=service.lab.pbxs[site].sip, source=service.lab.callers,
                    clis=clis[rank :: len(sites)], calls=1_000_000, rate_per_s=per_s / len(sites),
                    at_once=None if at_once is None else at_once // len(sites), for_s=WARM_UP_S + for_s + TAIL_S,
                )
            )
            for rank, site in enumerate(sites)
        ]  # fmt: skip
        await asyncio.sleep(WARM_UP_S)
        began_at, before = time.time(), used()
        while (left_s := began_at + for_s - time.time()) > 0:
            tell(f"  {for_s - left_s:2.0f} of {for_s:g} s")
            await asyncio.sleep(min(_TELL_EVERY_S, left_s))
        ended_at, after = time.time(), used()
    counts = _sum([calls.result() for calls in calling])
    return Run(began_at, ended_at, counts, after[0] - before[0], after[1] - before[1])


def within(runs: Collection[Run], samples: Iterable[tuple[float, float]]) -> list[float]:
    """The values of the samples, (when, value), that were taken in these runs' measured time."""
    return [value for at, value in samples if any(run.began_at <= at < run.ended_at for run in runs)]


def _sum(counts: list[CallCounts]) -> CallCounts:
    names = [field.name for field in fields(CallCounts)]
    return CallCounts(**{name: sum(getattr(one, name) for one in counts) for name in names})
