"""The composition root: builds everything from a configuration directory, owns the signals and the one TaskGroup."""

import asyncio
import gc
import os
import signal
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from cti_router.asterisk.fastagi import FastAgi
from cti_router.asterisk.pbx import AsteriskPbxs
from cti_router.config import Loaded, load
from cti_router.config.deployment import Deployment
from cti_router.control import control_application, serve_on_socket, serve_on_tcp, status_application
from cti_router.core.advisor import Activity
from cti_router.core.calendar import Duty
from cti_router.core.model import Accepted, EndWrapUp, Refused, Restore, SetPresence
from cti_router.core.switchboard import Switchboard
from cti_router.core.ticket import TicketState
from cti_router.live import Clock, Live
from cti_router.metrics import Metrics
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.memory import Memory
from cti_router.postgres.pool import Pool
from cti_router.postgres.records import record_to_json
from cti_router.postgres.spool import Spool

_log = structlog.get_logger()


async def run(directory: Path, clock_at: datetime | None) -> None:
    """Route calls until SIGTERM or SIGINT. `clock_at`: where local time stands at the first start, None for now.

    Raises `ConfigurationErrors`, and OSError when an address is taken.
    """
    loaded = load(directory, os.environ)
    deployment = loaded.deployment
    deployment.state_directory.mkdir(parents=True, exist_ok=True)
    spool = Spool(deployment.state_directory / "spool.sqlite")
    pool = Pool(deployment.dsn.reveal())
    try:
        clock = Clock(_clock_offset(spool, clock_at, loaded.configuration.calendar.timezone))
        await _until_signalled(_route(loaded, spool, pool, clock))
    finally:
        await pool.close()
        spool.close()


async def _until_signalled(work: Any) -> None:
    """Run until done or told to stop by a signal."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)


async def _route(loaded: Loaded, spool: Spool, pool: Pool, clock: Clock) -> None:
    deployment = loaded.deployment
    switchboard = Switchboard(loaded.configuration)
    memory = Memory(spool, pool)
    metrics = Metrics()
    async with asyncio.TaskGroup() as tasks:
        facts: list[Live] = []
        pbxs = AsteriskPbxs(loaded.configuration, deployment.pbxs, lambda fact: facts[0].tell(fact))
        live = Live(
            switchboard, clock, tasks,
            directory=PostgresDirectory(pool), memory=memory, pbxs=pbxs, observer=metrics,
        )  # fmt: skip
        facts.append(live)
        live.tell(Restore(await memory.presences(), await memory.open_calls()))
        router = RunningRouter(live, memory, pbxs, metrics, loaded)
        router.watch(spool)
        agi = FastAgi(_may_ask_from(deployment), live.ask, live.undelivered)
        gc.collect()
        gc.freeze()
        await agi.serve(deployment.listen.host, deployment.listen.port)
        tasks.create_task(live.run())
        tasks.create_task(memory.run())
        tasks.create_task(pbxs.run())
        tasks.create_task(serve_on_socket(control_application(router), deployment.control_socket))
        status = deployment.status
        tasks.create_task(serve_on_tcp(status_application(router), status.host, status.port))
        _log.info("started", configuration=loaded.configuration.version, clock=round(clock.now(), 3))


class RunningRouter:
    """What the doors open on: requests, calls, status, metrics."""

    def __init__(self, live: Live, memory: Memory, pbxs: AsteriskPbxs, metrics: Metrics, loaded: Loaded) -> None:
        self._live = live
        self._memory = memory
        self._pbxs = pbxs
        self._metrics = metrics
        self._configuration = loaded.configuration
        self._zone = ZoneInfo(loaded.configuration.calendar.timezone)

    def watch(self, spool: Spool) -> None:
        self._metrics.configured(self._configuration.version)
        self._metrics.watch(
            "cti_waiting_calls", "Callers waiting now, offers not answered yet included.", self._waiting
        )
        self._metrics.watch("cti_spool_length", "Rows on local disk that await PostgreSQL.", lambda: spool.length)
        self._metrics.watch("cti_ready_advisors", "Advisors to whom an offer could be made now.", self._ready_advisors)
        self._metrics.watch_sites(
            "cti_pbx_link_up",
            "1 while the AMI link to the site's PBX is up.",
            {site: partial(self._pbxs.up, site) for site in self._configuration.sites},
        )

    async def request(self, request: SetPresence | EndWrapUp) -> Accepted | Refused:
        return await self._live.request(request)

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        ended = {record.id: record for record in await self._memory.recent_calls(limit)}
        everything = ended | {record.id: record for record in self._live.records()}
        newest = sorted(everything.values(), key=lambda record: record.arrived_at)[-limit:]
        return [record_to_json(record, self._zone) for record in newest]

    def status(self) -> dict[str, Any]:
        now = self._live.now()
        duty = self._live.switchboard.duty(now)
        return {
            "clock": datetime.fromtimestamp(now, self._zone).isoformat(timespec="seconds"),
            "configuration": self._configuration.version,
            "offers_open": self._live.switchboard.is_open,
            "duty": {"site": duty.site, "backups": list(duty.backups)} if isinstance(duty, Duty) else None,
            "waiting": self._waiting(),
            "links": {site: self._pbxs.up(site) for site in self._configuration.sites},
            "advisors": {
                advisor: {
                    "site": state.who.site,
                    "phone": state.phone,
                    "presence": state.presence,
                    "reason": state.reason,
                    "activity": state.activity,
                    "ready": state.ready(now),
                }
                for advisor, state in self._live.switchboard.roster.states.items()
            },
        }

    def not_ready_because(self) -> str:
        if not self._live.switchboard.is_open:
            return "the PBXs have not told yet what is there"
        down = [site for site in self._configuration.sites if not self._pbxs.up(site)]
        return f"no link to the PBX of {', '.join(down)}" if len(down) == len(self._configuration.sites) else ""

    def exposition(self) -> bytes:
        return self._metrics.exposition()

    def _waiting(self) -> int:
        waiting = (TicketState.ARRIVED, TicketState.WAITING, TicketState.OFFERED)
        return sum(call.ticket.state in waiting for call in self._live.switchboard.calls.values())

    def _ready_advisors(self) -> int:
        now = self._live.now()
        states = self._live.switchboard.roster.states.values()
        return sum(state.activity is Activity.IDLE and state.ready(now) for state in states)


def _may_ask_from(deployment: Deployment) -> dict[str, set[str]]:
    allowed: dict[str, set[str]] = {}
    for site, address in deployment.pbxs.items():
        for host in address.ask_from:
            allowed.setdefault(host, set()).add(site)
    return allowed


def _clock_offset(spool: Spool, clock_at: datetime | None, timezone: str) -> float:
    """Seconds from true time to the wanted local time. A restart with the same wish goes on where the clock was."""
    if clock_at is None:
        return 0.0
    wish = clock_at.isoformat()
    if (kept := spool.meta_get(f"clock {wish}")) is not None:
        return float(kept)
    offset_s = clock_at.replace(tzinfo=ZoneInfo(timezone)).timestamp() - Clock().now()
    spool.meta_set(f"clock {wish}", str(offset_s))
    return offset_s
