"""An advisor's page in a real browser, before the real service: a call pops, is held, and noted."""

import shutil
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from deploy.lab.accounts import login_of
from deploy.lab.phone import What
from deploy.lab.service import OPEN_HOUR, Service
from tests.acceptance.words import Centre
from tests.web.browser import chromium, window

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

ADVISOR = "damien_hebert"
"""At Rouen, which is on duty."""

ON_SCREEN_WITHIN_S = 0.3
"""From the ring of the phone."""

NOTE = "Demande un délai de six mois ; d’accord sur le principe."


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office(quick_example: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    """A service that serves pages; a wrap-up is long enough to be seen."""
    directory = tmp_path_factory.mktemp("office")
    example = Path(shutil.copytree(quick_example, directory / "example"))
    rules = example / "service.yaml"
    rules.write_text(rules.read_text().replace("wrap_up: 1s", "wrap_up: 15s"))
    async with Service(directory / "service", example=example, pages=True) as service:
        yield Centre(service)


@pytest_asyncio.fixture(loop_scope="session")
async def centre(office: Centre) -> AsyncIterator[Centre]:
    await office.clear(OPEN_HOUR)
    await office.service.pages_served()
    yield office
    await office.hang_up_all()


@asynccontextmanager
async def signed_in(centre: Centre, browser: Browser, advisor: str) -> AsyncIterator[Page]:
    """He has signed in, and his phone is the one on his desk."""
    login = login_of(advisor)
    async with window(browser, f"{centre.service.pages_url}/") as page:
        await page.wait_for_url("**/connexion")
        await page.fill("#login", login)
        await page.fill("#password", centre.service.accounts[login])
        await page.click("button[type=submit]")
        await page.wait_for_url("**/poste")
        await page.click("button[type=submit]")
        await expect(page.locator("#sites .who.own")).to_be_visible()
        yield page


async def test_a_call_pops_is_held_and_noted(centre: Centre, browser: Browser) -> None:
    phone = centre.service.phones[ADVISOR]
    await phone.answer_after(0.5)
    async with signed_in(centre, browser, ADVISOR) as page:
        await expect(page.locator("#my-state")).to_contain_text("Absent")
        await page.click("#be-available")
        await expect(page.locator("#my-state")).to_contain_text("Disponible")

        # A call pops: who it is, and his record.
        await page.evaluate(_WHEN_SHOWN)
        caller = await centre.ring_in(centre.number_of("employer"))
        rang = await phone.wait_for(What.RINGING, 10)
        await expect(page.locator("#call-level")).to_contain_text("Numéro reconnu")
        await expect(page.locator("#fiche h1")).to_be_visible()
        shown_at = await page.evaluate("window.shownAt / 1000") - (time.time() - time.monotonic())
        assert shown_at - rang.at < ON_SCREEN_WITHIN_S
        await expect(page.locator("#call-title")).to_have_text("Appel en cours")
        await expect(page.locator("#my-state")).to_contain_text("En appel")
        assert await centre.talk_together(caller, ADVISOR)

        # Hold, and back.
        await page.click("#hold")
        await expect(page.locator("#call-title")).to_have_text("Appelant en attente")
        assert await centre.hears_music(caller)
        await page.click("#retrieve")
        await expect(page.locator("#call-title")).to_have_text("Appel en cours")
        assert await centre.talk_together(caller, ADVISOR)

        # The note, its outcome.
        await page.fill("#note", NOTE)
        await page.check("input[name=outcome][value=first_level]")
        await page.click("#save")
        await expect(page.locator("#contact-state")).to_contain_text("Enregistrée à")


_WHEN_SHOWN = """() => {
  const observer = new MutationObserver(() => {
    if (!document.querySelector("#fiche h1") || window.shownAt) return;
    requestAnimationFrame(() => { window.shownAt = Date.now(); });
  });
  observer.observe(document.querySelector("#fiche"), { childList: true });
}"""
