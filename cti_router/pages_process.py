"""`cti-router web` beside the router: started with it, started again when it dies or is silent, ended with it."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import structlog

from cti_router.config.deployment import HostPort, WebDoor

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
STEADY_AFTER_S = 60.0
"""Whoever lived this long is started again soon."""

GRACE_S = 3.0

_log = structlog.get_logger()


class PagesState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    SILENT = "silent"
    ENDED = "ended"


class PagesProcess:
    """The pages' process as its keeper sees it. Whatever becomes of it, calls go on.

    It is asked every `check_s` whether it lives; after `most_silences` without an answer it is killed. Its log lines
    go where the router's go. It holds the other end of a pipe of ours, and ends by itself when we are no more.
    """

    def __init__(
        self, directory: Path, door: WebDoor, *, command: Sequence[str] = (sys.executable, "-m", "cti_router"),
        check_s: float = 5.0, most_silences: int = 6,
    ) -> None:  # fmt: skip
        self.state = PagesState.STARTING
        self.restarts = 0
        self.pid: int | None = None
        self._door = door
        self._argv = [*command, "web", str(directory), "--until-stdin-ends"]
        self._check_s = check_s
        self._most_silences = most_silences

    def told(self) -> dict[str, Any]:
        """For the router's status."""
        return {"state": self.state, "origin": self._door.origin, "restarts": self.restarts, "pid": self.pid}

    async def run(self) -> None:
        """For ever; when cancelled, the process ends."""
        pause_s = FIRST_PAUSE_S
        while True:
            self.state, began_at = PagesState.STARTING, time.monotonic()
            try:
                why = await self._one()
            except Exception as error:  # noqa: BLE001 — the boundary of this task: the pages' troubles are not the router's
                why = str(error) or type(error).__name__
            self.state, self.pid = PagesState.ENDED, None
            self.restarts += 1
            if time.monotonic() - began_at > STEADY_AFTER_S:
                pause_s = FIRST_PAUSE_S
            _log.error("pages_ended", why=why, again_in_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    async def _one(self) -> str:
        """One life of it; why it ended."""
        process = await asyncio.create_subprocess_exec(*self._argv, stdin=PIPE)
        self.pid = process.pid
        try:
            return await self._watch(process)
        finally:
            await _end(process)

    async def _watch(self, process: Process) -> str:
        silences = 0
        while True:
            try:
                # Until it is ready it is asked more often: somebody waits for it.
                pause_s = self._check_s if self.state is PagesState.READY else min(0.5, self._check_s)
                return f"it ended with {await asyncio.wait_for(process.wait(), pause_s)}"
            except TimeoutError:
                pass
            if await _answers(self._door.listen):
                silences, self.state = 0, PagesState.READY
            elif self.state is not PagesState.STARTING:
                silences, self.state = silences + 1, PagesState.SILENT
                if silences >= self._most_silences:
                    return "it lives, and does not answer"


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_S)
    except TimeoutError:
        process.kill()
        await process.wait()


async def _answers(where: HostPort) -> bool:
    try:
        async with asyncio.timeout(2.0):
            reader, writer = await asyncio.open_connection(where.host, where.port)
            try:
                writer.write(f"GET /healthz HTTP/1.0\r\nhost: {where.host}\r\n\r\n".encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
