"""The pages' application with its real gate: a browser, and a router that notes what it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.config import Loaded, load
from cti_router.config.deployment import WebDoor
from cti_router.control import serve_on_socket
from cti_router.database.pool import Pool
from cti_router.web.app import application
from cti_router.web.context import context
from cti_router.web.link.control import Control
from cti_router.web.person import Role
from cti_router.web.signing.accounts import Account, Accounts
from cti_router.web.signing.gate import Gate
from cti_router.web.signing.passwords import hashed
from tests.web.kit import EXAMPLE

ORIGIN = "http://pages"
PASSWORD = "dormez-bien-les-petits"
PASSWORD_HASH = hashed(PASSWORD)
DAMIEN = Account("damien.hebert", "Damien Hébert", Role.ADVISOR, "damien_hebert", PASSWORD_HASH)
HELENE = Account("helene.aubry", "Hélène Aubry", Role.SUPERVISOR, None, PASSWORD_HASH)
ANNE = Account("anne.audit", "Anne Audit", Role.AUDITOR, None, PASSWORD_HASH)
MONDAY = 1_795_420_800.0


@dataclass
class Router:
    """Takes what it is asked, but for a phone somebody has."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    taken: str = ""
    presence: str = "logged_out"

    def application(self) -> Starlette:
        async def presence(request: Request) -> Response:
            body = await request.json()
            self.asked.append(body)
            if body.get("phone", "-") == self.taken:
                return JSONResponse({"accepted": False, "why": "Marie Leroy a ce poste."}, 409)
            return JSONResponse({"accepted": True})

        async def status(_: Request) -> Response:
            advisors = {id_: self._told(who.phone) for id_, who in load(EXAMPLE, {}).configuration.advisors.items()}
            return JSONResponse({"advisors": advisors})

        return Starlette(routes=[Route("/presence", presence, methods=["POST"]), Route("/status", status)])

    def _told(self, phone: str) -> dict[str, str]:
        return {"presence": self.presence, "phone": phone, "reason": ""}


@dataclass
class World:
    """`now` is the time there; `browser` is somebody's."""

    browser: httpx.AsyncClient
    router: Router
    app: Any
    now: float = MONDAY

    async def sign_in(self, account: Account = DAMIEN, password: str = PASSWORD) -> httpx.Response:
        typed = {"login": account.login, "password": password, "language": "fr"}
        return await self.browser.post("/connexion", data=typed)

    def another_browser(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url=ORIGIN)


def example(door: WebDoor | None = None) -> Loaded:
    """The example, as it is served here; its `door`, or the usual one."""
    loaded = load(EXAMPLE, {})
    assert loaded.deployment.web is not None
    served = door or replace(loaded.deployment.web, origin=ORIGIN)
    return replace(loaded, deployment=replace(loaded.deployment, web=served))


@asynccontextmanager
async def world(pool: Pool, tmp_path: Path, door: WebDoor | None = None) -> AsyncIterator[World]:
    loaded, router = example(door), Router()
    assert loaded.deployment.web is not None
    origin = loaded.deployment.web.origin
    socket = tmp_path / "control.sock"
    control = Control(socket)

    def now() -> float:
        return there.now

    app = application(context(loaded, pool, control, Gate(pool, now, origin).identify, now))
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin)
    there = World(browser, router, app)
    async with browser, serving(router, socket):
        yield there
    await control.close()


@asynccontextmanager
async def serving(router: Router, socket: Path) -> AsyncIterator[None]:
    """Its control socket."""
    server = asyncio.get_running_loop().create_task(serve_on_socket(router.application(), socket))
    async with asyncio.timeout(10):
        while not socket.exists():  # noqa: ASYNC110, ASYNC240 — the file is the only sign
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.cancel()
        with pytest.raises(asyncio.CancelledError):
            await server


async def add(pool: Pool, *accounts: Account) -> None:
    for account in accounts:
        await Accounts(pool).add(account)
