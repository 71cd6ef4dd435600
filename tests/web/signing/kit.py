"""The pages' application with its real gate: a browser, and a router that notes what it is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from cti_router.config import Loaded, load
from cti_router.config.deployment import WebDoor
from cti_router.database.pool import Pool
from cti_router.web.app import application
from cti_router.web.context import context
from cti_router.web.link.control import Control
from cti_router.web.link.mirror import Mirror
from cti_router.web.person import Role
from cti_router.web.signing.accounts import Account, Accounts
from cti_router.web.signing.gate import Gate
from cti_router.web.signing.passwords import hashed
from tests.web.kit import EXAMPLE
from tests.web.talking_router import TalkingRouter, advisor, talking_router

ORIGIN = "http://pages"
PASSWORD = "dormez-bien-les-petits"
PASSWORD_HASH = hashed(PASSWORD)
DAMIEN = Account("damien.hebert", "Damien Hébert", Role.ADVISOR, "damien_hebert", PASSWORD_HASH)
HELENE = Account("helene.aubry", "Hélène Aubry", Role.SUPERVISOR, None, PASSWORD_HASH)
ANNE = Account("anne.audit", "Anne Audit", Role.AUDITOR, None, PASSWORD_HASH)
MONDAY = 1_795_420_800.0


def router_of_the_example() -> TalkingRouter:
    """Everybody of the example is logged out."""
    router, advisors = TalkingRouter(), load(EXAMPLE, {}).configuration.advisors
    router.state["advisors"] = {
        id_: advisor(id_, name=who.name, site=who.site, phone=who.phone, presence="logged_out")
        for id_, who in advisors.items()
    }
    return router


@dataclass
class World:
    """`now` is the time there; `browser` is somebody's."""

    browser: httpx.AsyncClient
    router: TalkingRouter
    mirror: Mirror
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
    loaded, socket = example(door), tmp_path / "control.sock"
    assert loaded.deployment.web is not None
    origin, control = loaded.deployment.web.origin, Control(socket)

    def now() -> float:
        return there.now

    here = context(loaded, pool, control, Gate(pool, now, origin).identify, now)
    app = application(here)
    async with (
        talking_router(socket, router_of_the_example()) as router,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=origin) as browser,
        asyncio.TaskGroup() as tasks,
    ):
        there = World(browser, router, here.tabs.mirror, app)
        following = tasks.create_task(here.tabs.run())
        while here.tabs.mirror.state is None:  # noqa: ASYNC110 — the mirror tells its tabs, and there is none
            await asyncio.sleep(0.01)
        yield there
        following.cancel()
    await control.close()


async def add(pool: Pool, *accounts: Account) -> None:
    for account in accounts:
        await Accounts(pool).add(account)
