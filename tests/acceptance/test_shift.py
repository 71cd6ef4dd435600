"""An advisor's whole shift on the page, in a real browser: once with the mouse, once by keyboard alone. And two
advisors, at two sites, who see what the other does.
"""

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

ADVISOR, EXPERT, ELSEWHERE = "damien_hebert", "loic_tesson", "anne_lefevre"
"""Two at Rouen, which is on duty; one at Caen."""

ON_SCREEN_WITHIN_S = 0.3
"""From the ring of the phone."""

NOTE = "Demande un délai de six mois ; d’accord sur le principe."
MOST_TABS = 120


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


class Hands:
    """How somebody uses the page: with a mouse, or with keys alone."""

    def __init__(self, page: Page, *, keys_only: bool) -> None:
        self.page = page
        self.keys_only = keys_only

    async def press(self, selector: str, key: str = "") -> None:
        """A button. `key` is its own."""
        if not self.keys_only:
            await self.page.click(selector)
        elif key:
            await self.page.keyboard.press(key)
        else:
            await self._reach(f"element.matches('{selector}')")
            await self.page.keyboard.press("Enter")

    async def choose(self, name: str, value: str) -> None:
        """One of several."""
        choice = f"input[name={name}][value={value}]"
        if not self.keys_only:
            await self.page.check(choice)
            return
        await self._reach(f"element.name === '{name}'")
        if await self.page.locator(f"input[name={name}]:checked").count() == 0:
            await self.page.keyboard.press("Space")
        while not await self.page.is_checked(choice):
            await self.page.keyboard.press("ArrowDown")

    async def write(self, selector: str, text: str, key: str = "") -> None:
        """Into a field. `key` leads there."""
        if not self.keys_only:
            await self.page.click(selector)
        elif key:
            await self.page.keyboard.press(key)
        else:
            await self._reach(f"element.matches('{selector}')")
        await self.page.keyboard.type(text)

    async def _reach(self, is_there: str) -> None:
        found = f"(() => {{ const element = document.activeElement; return {is_there}; }})()"
        for _ in range(MOST_TABS):
            if await self.page.evaluate(found):
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"no tab leads to {is_there}")


@asynccontextmanager
async def signed_in(
    centre: Centre, browser: Browser, advisor: str, *, keys_only: bool = False, expected: tuple[str, ...] = ()
) -> AsyncIterator[Hands]:
    """He has signed in, and his phone is the one on his desk."""
    login = login_of(advisor)
    async with window(browser, f"{centre.service.pages_url}/", expected=expected) as page:
        await page.wait_for_url("**/connexion")
        hands = Hands(page, keys_only=keys_only)
        await hands.write("#login", login)
        await hands.write("#password", centre.service.accounts[login])
        await hands.press("button[type=submit]", "Enter")
        await page.wait_for_url("**/poste")
        await hands.press("button[type=submit]")
        await expect(page.locator("#sites .who.own")).to_be_visible()
        yield hands


@pytest.mark.parametrize("keys_only", [False, True], ids=["mouse", "keys"])
async def test_a_whole_shift(centre: Centre, browser: Browser, keys_only: bool) -> None:
    phone, expert = centre.service.phones[ADVISOR], centre.service.phones[EXPERT]
    await phone.answer_after(0.5)
    async with signed_in(centre, browser, ADVISOR, keys_only=keys_only, expected=("Failed to fetch", "ERR_")) as hands:
        page = hands.page
        await page.evaluate("window.sameDocument = true")
        await expect(page.locator("#my-state")).to_contain_text("Absent")
        await hands.press("#be-available", "F2")
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
        await hands.press("#hold", "F6")
        await expect(page.locator("#call-title")).to_have_text("Appelant en attente")
        assert await centre.hears_music(caller)
        await hands.press("#retrieve", "F6")
        await expect(page.locator("#call-title")).to_have_text("Appel en cours")
        assert await centre.talk_together(caller, ADVISOR)

        # The note, its outcome.
        await hands.write("#note", NOTE, "n")
        await hands.choose("outcome", "second_level")
        await hands.press("#save", "Control+Enter")
        await expect(page.locator("#contact-state")).to_contain_text("Enregistrée à")

        # To the second level, whom one asks first; the caller is connected.
        await centre.available(EXPERT)
        await hands.press("#second-level", "F7")
        await hands.choose("skill", "collections")
        await hands.press("#level-dialog button[value=consult]")
        await centre.answers(EXPERT)
        await expect(page.locator("#consulting")).to_contain_text("Vous parlez à Loïc Tesson")
        await hands.press("#connect", "F7")
        await phone.wait_for(What.ENDED, 10)
        assert await centre.talk_together(caller, EXPERT)

        # Wrap-up, longer, then done.
        await expect(page.locator("#my-state")).to_contain_text("Fin d’appel")
        await hands.press("#wrap-over", "F4")
        await expect(page.locator("#my-state")).to_contain_text("Disponible")
        await caller.hang_up()
        await expert.wait_for(What.ENDED, 10)

        # An absence with a length.
        await hands.press("#be-away", "F3")
        await hands.choose("reason", "break")
        await hands.choose("length", "15")
        await hands.press("#away-dialog button[type=submit]", "Enter")
        await expect(page.locator("#my-state")).to_contain_text("→ 09:")
        await hands.press("#be-available", "F2")
        await expect(page.locator("#my-state")).to_contain_text("Disponible")

        # A call that is missed.
        await centre.service.present(EXPERT, "absent")
        await phone.let_ring()
        missed = await centre.dial_in(centre.number_of("employer"))
        await expect(page.locator("#call-title")).to_have_text("Votre poste sonne", timeout=10_000)
        await expect(page.locator("#missed")).to_contain_text("Appel manqué à", timeout=15_000)
        await missed.hang_up()
        await hands.press("#be-available", "F2")
        await expect(page.locator("#missed")).to_be_hidden()

        # The link is cut, and back: without a reload.
        await page.context.set_offline(True)
        await expect(page.locator("#link-lost")).to_contain_text("Connexion perdue, données figées à 09:")
        await centre.service.present(EXPERT, "available")
        await page.context.set_offline(False)
        await expect(page.locator("#link-lost")).to_be_hidden(timeout=15_000)
        await expect(page.locator("#sites .who", has_text="L. Tesson")).to_contain_text("disponible")
        assert await page.evaluate("window.sameDocument")

        await hands.press("#sign-out button")
        await page.wait_for_url("**/connexion")
    await centre.until_state(ADVISOR, presence="logged_out")


async def test_two_advisors_at_two_sites_see_each_other(centre: Centre, browser: Browser) -> None:
    async with signed_in(centre, browser, ADVISOR) as here, signed_in(centre, browser, ELSEWHERE) as there:
        await there.page.keyboard.press("F2")
        await here.page.click("#others summary")
        anne = here.page.locator("#others .who", has_text="A. Lefèvre")
        await expect(anne).to_contain_text("disponible")
        await there.page.keyboard.press("F3")
        await there.choose("reason", "meeting")
        await there.page.keyboard.press("Enter")
        await expect(anne).to_contain_text("absent réunion")
        await here.page.keyboard.press("F2")
        damien = there.page.locator("#sites .who", has_text="D. Hébert")
        await expect(damien).to_contain_text("disponible")
        await expect(there.page.locator("#sites .site h2").last).to_contain_text("mon site")


_WHEN_SHOWN = """() => {
  const observer = new MutationObserver(() => {
    if (!document.querySelector("#fiche h1") || window.shownAt) return;
    requestAnimationFrame(() => { window.shownAt = Date.now(); });
  });
  observer.observe(document.querySelector("#fiche"), { childList: true });
}"""
