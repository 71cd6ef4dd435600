"""The composition root: builds everything from a configuration directory, owns the signals and the one TaskGroup."""

import asyncio
import os
import signal
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import structlog

from cti_router.asterisk.fastagi import FastAgi
from cti_router.asterisk.pbx import AsteriskPbxs
from cti_router.config import Loaded, load
from cti_router.config.deployment import Deployment, MessagesDoor
from cti_router.control import (
    Tls,
    as_many_files_as_allowed,
    control_application,
    serve_on_socket,
    serve_on_tcp,
    status_application,
)
from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import Input, Restore
from cti_router.core.orders.orders import KEPT_S
from cti_router.core.prepared import prepared
from cti_router.core.switchboard import Switchboard
from cti_router.database.pool import Pool
from cti_router.feed.feed import Feed
from cti_router.garbage import collect_seldom
from cti_router.interfaces import Observer
from cti_router.journal.journal import Journal, NoJournal, journal
from cti_router.live import Clock, Live
from cti_router.messages.door import SiteDoor, messages_application
from cti_router.messages.folder import Folder
from cti_router.messages.messages import Messages
from cti_router.metrics import Metrics
from cti_router.pages_process import PagesProcess
from cti_router.postgres.callbacks import CallbackBook
from cti_router.postgres.directory import PostgresDirectory
from cti_router.postgres.memory import Memory
from cti_router.postgres.messages import MessageBook
from cti_router.postgres.spool import Spool
from cti_router.router import RunningRouter

_PATIENCE_SHARE = 0.8
"""Of the look-up budget: what is left is for the answer from memory."""

_log = structlog.get_logger()


class _Observers:
    """Several, one after the other."""

    def __init__(self, *observers: Observer) -> None:
        self._observers = observers

    def observe(self, input_: Input, outcome: StepOutcome, took_s: float) -> None:
        for observer in self._observers:
            observer.observe(input_, outcome, took_s)


async def run(directory: Path, clock_at: datetime | None, *, with_pages: bool = True) -> None:
    """Route calls until SIGTERM or SIGINT. `clock_at`: where local time stands at the first start, None for now.
    `with_pages`: keep their process too, where the configuration has them.

    Raises `ConfigurationErrors`, and OSError when an address is taken.
    """
    as_many_files_as_allowed()
    loaded = load(directory, os.environ)
    deployment = loaded.deployment
    await _alone(deployment)
    deployment.state_directory.mkdir(parents=True, exist_ok=True)
    spool = Spool(deployment.state_directory / "spool.sqlite")
    pool = Pool(deployment.dsn.reveal())
    try:
        clock = Clock(_clock_offset(spool, clock_at, loaded.configuration.calendar.timezone))
        switchboard = Switchboard(loaded.configuration, prepared(loaded.configuration))
        folder = deployment.state_directory / "journal"
        with journal(folder, deployment.journal_keep_s, switchboard, clock.now()) as kept:
            await _until_signalled(_route(directory, loaded, switchboard, kept, spool, pool, clock, with_pages))
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


async def _route(
    directory: Path,
    loaded: Loaded,
    switchboard: Switchboard,
    kept: Journal | NoJournal,
    spool: Spool,
    pool: Pool,
    clock: Clock,
    with_pages: bool,
) -> None:
    deployment = loaded.deployment
    memory = Memory(spool, pool)
    metrics = Metrics()
    metrics.watch(
        "cti_journal_writing", "1 while the journal is written, 0 while the disk is full.", lambda: kept.writing
    )
    metrics.watch("cti_journal_lost_inputs", "Inputs since the start that are not in the journal.", lambda: kept.lost)
    with ExitStack() as doors:
        async with asyncio.TaskGroup() as tasks:
            facts: list[Live] = []
            pbxs = AsteriskPbxs(loaded.configuration, deployment.pbxs, lambda fact: facts[0].tell(fact))
            patience_s = _PATIENCE_SHARE * loaded.configuration.rules.lookup_budget_s
            directory_of_callers = PostgresDirectory(pool, patience_s=patience_s)
            feed = Feed(switchboard, clock.now, uuid4().hex)
            live = Live(
                switchboard, clock, tasks, directory=directory_of_callers, memory=memory, pbxs=pbxs,
                book=CallbackBook(pool), journal=kept, observer=_Observers(metrics, feed),
            )  # fmt: skip
            facts.append(live)
            orders = await memory.orders(clock.now() - KEPT_S)
            live.tell(Restore(await memory.presences(), await memory.open_calls(), orders))
            messages = Messages(
                await asyncio.to_thread(Folder, deployment.state_directory / "messages"), memory, MessageBook(pool),
                lambda: (switchboard.configuration, switchboard.ordered), clock.now,
            )  # fmt: skip
            pages = PagesProcess(directory, deployment.web) if deployment.web and with_pages else None
            router = RunningRouter(directory, loaded, live, memory, pbxs, metrics, messages, feed, pages)
            agi = FastAgi(_may_ask_from(deployment), live.ask, live.undelivered, pbxs.up)
            collect_seldom()
            doors.enter_context(agi.serve(deployment.listen.host, deployment.listen.port))
            tasks.create_task(live.run())
            tasks.create_task(feed.run())
            tasks.create_task(memory.run())
            tasks.create_task(live.calling_back.read(live.now))
            tasks.create_task(pbxs.run())
            tasks.create_task(router.reload_when_files_change())
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: tasks.create_task(router.reload()))
            tasks.create_task(serve_on_socket(control_application(router), deployment.control_socket))
            status = deployment.status
            tasks.create_task(serve_on_tcp(status_application(router), status.host, status.port))
            tasks.create_task(messages.run())
            if deployment.messages is not None:
                tasks.create_task(_take_messages(messages, deployment, deployment.messages))
            if pages is not None:
                tasks.create_task(pages.run())
            _log.info("started", configuration=loaded.configuration.version, clock=round(clock.now(), 3))


async def _take_messages(messages: Messages, deployment: Deployment, door: MessagesDoor) -> None:
    sites = {
        site: SiteDoor(pbx.ask_from, pbx.site_key) for site, pbx in deployment.pbxs.items() if pbx.site_key is not None
    }
    tls = Tls(door.certificate, door.private_key) if door.certificate and door.private_key else None
    await serve_on_tcp(messages_application(messages, sites), door.listen.host, door.listen.port, tls)


async def _alone(deployment: Deployment) -> None:
    """Raises OSError when another of the listed routers takes asks: two would offer the same advisors."""
    for router in deployment.routers:
        if (router.host, router.fastagi_port) == (deployment.listen.host, deployment.listen.port):
            continue
        try:
            async with asyncio.timeout(1.0):
                _, writer = await asyncio.open_connection(router.host, router.fastagi_port)
        except (OSError, TimeoutError):
            continue
        writer.close()
        raise OSError(f"another router answers at {router.host}:{router.fastagi_port}; only one may run at a time")


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
