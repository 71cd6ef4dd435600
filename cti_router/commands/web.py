"""The pages' process."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import structlog
import typer
import uvloop
from watchfiles import awatch

from cti_router.commands.common import Directory, LogLevel, fail, leaves, load_or_fail, log_lines
from cti_router.config import ConfigurationErrors, Loaded, load
from cti_router.config.deployment import SecretError, WebDoor
from cti_router.control import as_many_files_as_allowed, serve_on_tcp
from cti_router.database.pool import Pool
from cti_router.web.app import application
from cti_router.web.context import context
from cti_router.web.link.control import Control
from cti_router.web.outside.webhooks import Webhooks
from cti_router.web.signing.gate import Gate

CONNECTIONS = 8
_SETTLE_MS = 300

_log = structlog.get_logger()


def web(
    directory: Directory,
    log_level: Annotated[LogLevel, typer.Option(help="What is logged, and what is more serious.")] = LogLevel.INFO,
    until_stdin_ends: Annotated[
        bool, typer.Option("--until-stdin-ends", help="End with whoever holds the other end of standard input.")
    ] = False,
) -> None:
    """Serve the pages of advisors and supervisors. `run` starts this too, when “network” has “web”."""
    log_lines(log_level, process="web")
    loaded = load_or_fail(directory)
    if loaded.deployment.web is None:
        fail("network.yaml does not say where the pages are served: add “web” to “network”")
    as_many_files_as_allowed()
    whys: list[str] = []
    try:
        uvloop.run(_until_told(directory, loaded, loaded.deployment.web, until_stdin_ends))
    except* (OSError, SecretError) as group:
        whys += [f"cannot serve the pages: {error}" for error in leaves(group)]
    if whys:
        fail(*whys)


async def _until_told(directory: Path, loaded: Loaded, door: WebDoor, until_stdin_ends: bool) -> None:
    """Serve until a signal, or until standard input ends."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(_serve_and_reload(directory, loaded, door))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, serving.cancel)
        if until_stdin_ends:
            loop.add_reader(sys.stdin.fileno(), _at_its_end, sys.stdin.fileno(), serving.cancel)


def _at_its_end(file: int, done: Callable[[], object]) -> None:
    if not os.read(file, 4096):
        asyncio.get_running_loop().remove_reader(file)
        done()


async def _serve_and_reload(directory: Path, loaded: Loaded, door: WebDoor) -> None:
    """A new configuration is served by a new application: each browser's stream opens again, and misses nothing."""
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(_serve(loaded, door))
        _log.info("pages_served", origin=door.origin, configuration=loaded.configuration.version)
        async for _ in awatch(directory, debounce=2 * _SETTLE_MS, step=_SETTLE_MS, recursive=False):
            newer = await asyncio.to_thread(_newer, directory, loaded)
            if newer is not None:
                loaded = newer
                serving.cancel()
                await asyncio.wait([serving])
                serving = tasks.create_task(_serve(loaded, door))
                _log.info("pages_reloaded", configuration=loaded.configuration.version)


def _newer(directory: Path, loaded: Loaded) -> Loaded | None:
    """Another configuration, if there is a good one; the router refuses the same ones."""
    try:
        newer = load(directory, os.environ)
    except ConfigurationErrors as errors:
        _log.error("pages_reload_refused", why=str(errors))
        return None
    if newer.deployment != loaded.deployment:
        _log.error("pages_reload_refused", why="the network has changed: that takes a restart")
        return None
    return newer if newer.configuration.version != loaded.configuration.version else None


async def _serve(loaded: Loaded, door: WebDoor) -> None:
    pool = Pool(loaded.deployment.dsn.reveal(), size=CONNECTIONS)
    control = Control(loaded.deployment.control_socket)
    try:
        gate = Gate(pool, time.time, door.origin)
        webhooks = Webhooks(door.webhooks, pool, control, time.time)
        here = context(loaded, pool, control, gate.identify, time.time, webhooks.told)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(here.tabs.run())
            tasks.create_task(webhooks.run())
            tasks.create_task(serve_on_tcp(application(here), door.listen.host, door.listen.port))
    finally:
        await control.close()
        await pool.close()
