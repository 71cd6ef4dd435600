"""The pages' own process, as the router keeps it."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest
from structlog.testing import capture_logs

from cti_router.config import load
from cti_router.config.deployment import WebDoor
from cti_router.pages_process import PagesProcess, PagesState

EXAMPLE = Path(__file__).parents[1] / "deploy" / "example"
STARTS_WITHIN_S = 40.0
LISTENS = 'web: {address: 127.0.0.1, port: 9466, origin: "https://accueil.example.fr",'


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example, served at a free port; nothing of it needs the database or a router at once."""
    monkeypatch.setenv("CTI_DSN", f"postgresql://nobody@/nothing?host={tmp_path}")
    copied = Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    text = (copied / "network.yaml").read_text()
    assert LISTENS in text
    (copied / "network.yaml").write_text(text.replace(LISTENS, f"web: {{address: 127.0.0.1, port: {port},"))
    return copied


def door_of(directory: Path) -> WebDoor:
    door = load(directory, {}).deployment.web
    assert door is not None
    return door


@asynccontextmanager
async def kept(directory: Path, **rest: float) -> AsyncIterator[PagesProcess]:
    pages = PagesProcess(directory, door_of(directory), check_s=0.2, **rest)  # type: ignore[arg-type]
    keeping = asyncio.get_running_loop().create_task(pages.run())
    try:
        yield pages
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


async def until(holds: Callable[[], bool], what: str, within_s: float = STARTS_WITHIN_S) -> None:
    try:
        async with asyncio.timeout(within_s):
            while not holds():  # noqa: ASYNC110 — another process has no event for us
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not within {within_s:g} s: {what}")


async def is_ready(pages: PagesProcess) -> int:
    """Its process, once it serves."""
    await until(lambda: pages.state is PagesState.READY, "the pages are served")
    assert pages.pid is not None
    return pages.pid


async def page(pages: PagesProcess, directory: Path) -> int:
    async with httpx.AsyncClient(base_url=door_of(directory).origin) as browser:
        return (await browser.get("/connexion")).status_code


async def test_it_is_served_told_of_and_ended(directory: Path) -> None:
    async with kept(directory) as pages:
        assert pages.told() == {
            "state": "starting", "origin": door_of(directory).origin, "restarts": 0, "pid": None,
        }  # fmt: skip
        pid = await is_ready(pages)
        assert await page(pages, directory) == 200
    assert not psutil.pid_exists(pid)


async def test_it_is_started_again_when_it_is_killed(directory: Path) -> None:
    async with kept(directory) as pages:
        first = await is_ready(pages)
        with capture_logs() as logs:
            os.kill(first, signal.SIGKILL)
            await until(lambda: pages.restarts == 1, "its end is noticed")
        (told,) = [line for line in logs if line["event"] == "pages_ended"]
        assert (told["why"], told["again_in_s"]) == ("it ended with -9", 1.0)
        assert await is_ready(pages) != first
        assert await page(pages, directory) == 200


async def test_one_that_hangs_is_killed_and_started_again(directory: Path) -> None:
    async with kept(directory, most_silences=2) as pages:
        first = await is_ready(pages)
        os.kill(first, signal.SIGSTOP)
        await until(lambda: pages.state is PagesState.SILENT, "it is silent")
        assert await is_ready(pages) != first
        assert not psutil.pid_exists(first)


async def test_one_that_cannot_start_is_tried_ever_more_seldom(directory: Path) -> None:
    door = door_of(directory)
    (directory / "plans.yaml").write_text("plans: 1\n")
    pages = PagesProcess(directory, door, check_s=0.2)
    with capture_logs() as logs:
        keeping = asyncio.get_running_loop().create_task(pages.run())
        await until(lambda: pages.restarts == 2, "it was tried twice")
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
    ends = [(line["why"], line["again_in_s"]) for line in logs if line["event"] == "pages_ended"]
    assert ends == [("it ended with 1", 1.0), ("it ended with 1", 2.0)]


async def test_it_ends_when_its_router_is_killed(directory: Path) -> None:
    program = (
        "import asyncio, pathlib; from tests.test_pages_process import door_of; "
        "from cti_router.pages_process import PagesProcess; "
        f"d = pathlib.Path({str(directory)!r}); asyncio.run(PagesProcess(d, door_of(d), check_s=0.2).run())"
    )
    router = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    children: list[psutil.Process] = []

    def has_child() -> bool:
        children[:] = psutil.Process(router.pid).children()
        return bool(children)

    await until(has_child, "the pages' process is there")
    await asyncio.sleep(2.0)  # it may be anywhere in its start, or serve
    router.kill()
    await router.wait()
    await until(lambda: not children[0].is_running(), "it is gone as well, if it was still starting: once it has")


@dataclass
class Lines:
    """What a process logs."""

    reader: asyncio.StreamReader

    async def until(self, event: str) -> str:
        async with asyncio.timeout(STARTS_WITHIN_S):
            while f'"event": "{event}"' not in (line := (await self.reader.readline()).decode()):
                assert line, f"it ended before {event}"
        return line


async def test_a_good_change_of_the_files_is_served_and_a_bad_one_is_not(directory: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "cti_router", "web", directory, stderr=PIPE, stdin=PIPE
    )
    assert process.stderr is not None
    lines, file, name = Lines(process.stderr), directory / "service.yaml", load(directory, {}).name
    origin = door_of(directory).origin

    async def served() -> str:
        async with httpx.AsyncClient(base_url=origin) as browser:
            return (await browser.get("/connexion")).text

    try:
        assert '"process": "web"' in await lines.until("pages_served")
        await _eventually(served)
        text = file.read_text()
        file.write_text("service: 1\n")
        assert "service.yaml:1:" in await lines.until("pages_reload_refused")
        assert name in await served()
        file.write_text(text.replace(name, "Accueil de nuit", 1))
        await lines.until("pages_reloaded")
        assert "<h1>Accueil de nuit</h1>" in await _eventually(served)
        network = directory / "network.yaml"
        network.write_text(network.read_text().replace("session: 10h", "session: 9h"))
        assert "takes a restart" in await lines.until("pages_reload_refused")
    finally:
        process.terminate()
        assert await process.wait() == 0


async def _eventually(asked: Callable[[], Awaitable[str]]) -> str:
    """Its answer, once there is one."""
    async with asyncio.timeout(10):
        while True:
            with suppress(httpx.TransportError):
                return await asked()
            await asyncio.sleep(0.05)
