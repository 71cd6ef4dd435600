"""The demo as a process of its own, in a directory of its own."""

import asyncio
import json
import sys
from asyncio.subprocess import STDOUT, Process
from pathlib import Path
from typing import Any

from deploy.lab.processes import start_child

CHECKOUT = Path(__file__).parents[2]


async def start(directory: Path, output: Path, **environment: str) -> Process:
    with output.open("wb") as log:
        return await start_child(
            [sys.executable, "-m", "deploy.lab.demo"], stdout=log, stderr=STDOUT, cwd=directory,
            env={"PYTHONPATH": str(CHECKOUT), **environment},
        )  # fmt: skip


def left(directory: Path, output: Path) -> tuple[list[str], list[Path]]:
    """The demo's last word, and PostgreSQL's if it runs."""
    return output.read_text().splitlines()[-1:], list(directory.glob("var/demo/**/postmaster.pid"))


async def ready(demo: Process, directory: Path, output: Path, within_s: float = 120.0) -> dict[str, Any]:
    async with asyncio.timeout(within_s):
        while (facts := _facts(directory)) is None:
            assert demo.returncode is None, left(directory, output)
            await asyncio.sleep(0.1)
    return facts


def _facts(directory: Path) -> dict[str, Any] | None:
    file = directory / "var" / "demo.json"
    return json.loads(file.read_text()) if file.exists() else None
