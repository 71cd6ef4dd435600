"""One scenario: more callers than advisors, for a while, and what it cost."""

import asyncio
import time
from dataclasses import dataclass

import psutil

from deploy.lab.callers import CallCounts, place_calls
from deploy.lab.service import Service

CALLERS = 20
RING_S, TALK_S = 0.3, 1.0
WARM_UP_S = 5.0
TAIL_S = 4.0  # callers stay after the measured time, so that who became free in it still rings


@dataclass(frozen=True, slots=True)
class Run:
    """One scenario, carried out. The measured time in seconds since the epoch; processor seconds used in it."""

    began_at: float
    ended_at: float
    counts: CallCounts
    daemon_cpu_s: float
    asterisk_cpu_s: float


async def run(service: Service, *, site: str, number: str, for_s: float) -> Run:
    """Callers at `site` who call `number` without a pause; what was used during `for_s` of it, once warm."""
    clis = [phone for contributor in service.contributors for phone in contributor.phones]
    assert service.router is not None
    daemon, pbxs = psutil.Process(service.router.pid), service.lab.pbxs.values()

    def used() -> tuple[float, float]:
        times = daemon.cpu_times()
        return times.user + times.system, sum(pbx.cpu_seconds() for pbx in pbxs)

    async with asyncio.TaskGroup() as tasks:
        calling = tasks.create_task(
            place_calls(
                number=number, pbx=service.lab.pbxs[site].sip, source=service.lab.callers, clis=clis, calls=1_000_000,
                at_once=CALLERS, for_s=WARM_UP_S + for_s + TAIL_S,
            )
        )  # fmt: skip
        await asyncio.sleep(WARM_UP_S)
        began_at, before = time.time(), used()
        await asyncio.sleep(for_s)
        ended_at, after = time.time(), used()
    return Run(began_at, ended_at, calling.result(), after[0] - before[0], after[1] - before[1])
