"""Children that never outlive us: not after Ctrl-C, not after our own SIGKILL."""

import asyncio
import os
import signal
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

Stream = int | IO[bytes]


async def start_child(
    argv: Sequence[str | Path],
    *,
    stdin: Stream = DEVNULL,
    stdout: Stream = DEVNULL,
    stderr: Stream | None = DEVNULL,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Process:
    """Start a program in a process group of its own; the kernel kills it when this thread's process dies.

    `env` adds to our own environment.
    """
    return await asyncio.create_subprocess_exec(
        "setpriv", "--pdeathsig", "KILL", "--", *argv,
        stdin=stdin, stdout=stdout, stderr=stderr, cwd=cwd, start_new_session=True,
        env={**os.environ, **(env or {})},
    )  # fmt: skip


async def end_child(process: Process, *, grace_s: float = 3.0) -> None:
    """Ask its group to end (SIGTERM); after `grace_s` seconds kill it. Returns when it is gone."""
    signal_group(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(grace_s):
            await process.wait()
    except TimeoutError:
        await kill_child(process)


async def kill_child(process: Process) -> None:
    """SIGKILL its group. Returns when it is gone."""
    signal_group(process, signal.SIGKILL)
    await process.wait()


def signal_group(process: Process, which: signal.Signals) -> None:
    """Signal the child's whole group; nothing happens when it is gone."""
    if process.returncode is None:
        try:
            os.killpg(process.pid, which)
        except ProcessLookupError:
            return
