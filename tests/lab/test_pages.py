"""The pages beside a real router, on real PBXs: whatever becomes of them, calls go on."""

import os
import re
import signal
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from deploy.lab.accounts import login_of
from deploy.lab.phone import Phone, What
from deploy.lab.service import Service, known_numbers

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

DAMIEN = "damien_hebert"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Service]:
    async with Service(tmp_path_factory.mktemp("service"), pages=True) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def browser(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=service.pages_url) as browser:
        yield browser


async def signs_in(service: Service, browser: httpx.AsyncClient) -> None:
    login = login_of(DAMIEN)
    typed = {"login": login, "password": service.accounts[login], "language": "fr"}
    signed_in = await browser.post("/connexion", data=typed)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/poste")


async def csrf(browser: httpx.AsyncClient) -> str:
    (found,) = re.findall(r'name="csrf" value="([^"]+)"', (await browser.get("/poste")).text)
    return str(found)


async def talks_to(service: Service) -> Phone:
    """A caller who talks to Damien."""
    await service.phones[DAMIEN].answer_after(0.3)
    await service.present(DAMIEN, "available")
    caller = await service.lab.caller(known_numbers(service.contributors)["employer"])
    await caller.call(service.uri("rouen"))
    await service.phones[DAMIEN].wait_for(What.ANSWERED, within_s=60)
    return caller


async def told_of(service: Service) -> dict[str, Any]:
    return dict((await service.status())["pages"])


async def test_an_advisor_signs_in_and_is_signed_out_in_the_middle_of_a_call(
    service: Service, browser: httpx.AsyncClient
) -> None:
    await signs_in(service, browser)
    word = {"x-csrf": await csrf(browser)}
    chosen = await browser.post("/poste", data={"phone": service.configuration.advisors[DAMIEN].phone}, headers=word)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/")
    assert (await service.status())["advisors"][DAMIEN]["presence"] == "not_ready"
    caller = await talks_to(service)
    assert (await browser.get("/api/v1/openapi.json")).status_code == 200
    directory = str(service.configuration_directory)
    assert "1 ended" in await service.command("sessions", "revoke", directory, login_of(DAMIEN))
    refused = await browser.post("/api/v1/me/call/hold", headers=word)
    assert refused.status_code == 401
    assert refused.json()["why"] == "Votre session est terminée : reconnectez-vous, ce que vous avez écrit est gardé."
    assert (await service.status())["advisors"][DAMIEN]["activity"] == "talking"
    await caller.stop()


async def test_pages_that_die_in_the_middle_of_a_call_touch_nothing(
    service: Service, browser: httpx.AsyncClient
) -> None:
    caller = await talks_to(service)
    await signs_in(service, browser)
    before = await told_of(service)
    os.kill(before["pid"], signal.SIGKILL)

    async def noticed() -> bool:
        return bool((await told_of(service))["restarts"] == before["restarts"] + 1)

    await service.until(noticed, "their end is noticed")
    status = await service.status()
    assert status["advisors"][DAMIEN]["activity"] == "talking"
    assert await service.lives()
    await service.pages_served()
    after = await told_of(service)
    assert after["pid"] != before["pid"]
    assert (await browser.get("/api/v1/openapi.json")).status_code == 200, "the session is in the database"
    await caller.stop()


async def test_pages_end_with_the_router_and_come_back_with_it(service: Service, browser: httpx.AsyncClient) -> None:
    await signs_in(service, browser)
    pid = (await told_of(service))["pid"]
    await service.kill_router()
    await service.until(lambda: _gone(pid), "the pages are gone")
    await service.start_router()
    await service.pages_served()
    assert (await browser.get("/api/v1/openapi.json")).status_code == 200


async def _gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False
