"""How soon the demo is ready where it was before: everything it takes is in its caches, and its database is there."""

import asyncio
import time
from pathlib import Path

from deploy.lab.processes import kill_child
from tests.bench.report import Figure
from tests.lab.demos import ready, start

FIRST_WITHIN_S = 300.0


async def second_start(directory: Path) -> Figure:
    """Started once, ended, and started again."""
    for _ in range(2):
        began_at = time.monotonic()
        demo = await start(directory, directory / "output", DEMO_FOR="1")
        try:
            await ready(demo, directory, directory / "output", FIRST_WITHIN_S)
            took_s = time.monotonic() - began_at
            await asyncio.wait_for(demo.wait(), 30)
        finally:
            await kill_child(demo)
    return Figure("demo_second_start_s", took_s, "s", "from `make demo` to READY, the second time")
