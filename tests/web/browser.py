"""A real browser for the pages: one for all tests, a fresh window for each, and axe to look for what keeps people out.

pytestmark = pytest.mark.asyncio(loop_scope="session")

async def test_something(browser: Browser) -> None:
    async with served(app) as url, window(browser, url) as page:
        ...
"""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Literal

import uvicorn
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright
from starlette.types import ASGIApp

from deploy.lab.axe import AXE

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """The machine's own, started and ended here."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    assert program, f"none of {', '.join(_NAMES)} is installed: run deploy/lab/setup.sh"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def served(app: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """An application on a port of this machine, a free one if none is told; its address."""
    with socket.create_server(("127.0.0.1", port)) as listening:
        config = uvicorn.Config(
            app, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1, ws="none"
        )
        server = _Server(config)
        failure: BaseException | None = None
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(server.serve(sockets=[listening]))
            try:
                yield f"http://127.0.0.1:{listening.getsockname()[1]}"
            except BaseException as error:  # noqa: BLE001 — a test's own failure, told below as it is, not in a group
                failure = error
            server.should_exit = server.force_exit = True
    if failure is not None:
        raise failure


@asynccontextmanager
async def window(
    browser: Browser, url: str, *, theme: Literal["light", "dark"] = "light", width: int = 1680, height: int = 1050,
    zoom: int = 1, expected: Collection[str] = (), cookies: Any = (), **more: Any,
) -> AsyncIterator[Page]:  # fmt: skip
    """A page of its own, on `url`. At the end it must not have complained: neither of a script nor of the content
    security policy. `expected`: parts of complaints that the test provokes. `zoom` 2 is 200 %.
    """
    context = await browser.new_context(
        color_scheme=theme, viewport={"width": width // zoom, "height": height // zoom}, device_scale_factor=zoom,
        locale="fr-FR", timezone_id="Europe/Paris", **more,
    )  # fmt: skip
    complaints: list[str] = []

    def told(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    try:
        if cookies:
            await context.add_cookies(cookies)
        page = await context.new_page()
        page.on("console", told)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        yield page
        unexpected = [text for text in complaints if not any(part in text for part in expected)]
        assert not unexpected, unexpected
    finally:
        await context.close()


async def barriers(page: Page) -> list[str]:
    """What axe finds that keeps people out: WCAG A and AA, and its best practices; where, and what to do."""
    session = await page.context.new_cdp_session(page)
    # Past the page's own policy, which lets no script of ours in.
    script = AXE.read_text(encoding="utf-8")
    await session.send("Runtime.evaluate", {"expression": script + "\n;0"})
    answer = await session.send(
        "Runtime.evaluate",
        {"expression": "axe.run(document).then(r => r.violations)", "awaitPromise": True, "returnByValue": True},
    )
    assert "exceptionDetails" not in answer, answer
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: {node['html'][:200]}: {node['failureSummary']}"
        for found in answer["result"]["value"]
        for node in found["nodes"]
    ]


class _Server(uvicorn.Server):
    """Signals are pytest's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
