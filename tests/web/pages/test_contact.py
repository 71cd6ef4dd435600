"""What is written about a call is never lost, and never closes by itself."""

import pytest
from playwright.async_api import Browser, Page, expect

from cti_router.database.pool import Pool
from tests.web.pages.sample import NOW
from tests.web.pages.stage import ME, Stage, pop, shown, talk

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOTE = "Veut étaler la régularisation sur six mois."
CONTACT = f"/calls/{pop()['call']}/contact"


async def _call(stage: Stage, page: Page) -> None:
    stage.tell("pop", pop())
    stage.talk(ME, talk())
    await expect(page.locator("#contact")).to_be_visible()


async def test_it_is_saved_with_its_motive_and_outcome(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await _call(stage, page)
        await page.keyboard.press("n")
        await page.keyboard.type(NOTE)
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#contact-problem")).to_have_text("Choisissez la suite donnée, puis enregistrez.")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(page.locator("#due")).to_have_value("2026-11-25T10:00")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator("#contact-state")).to_contain_text("Enregistrée à 09:05")
        assert await page.evaluate("localStorage.length") == 0
    (sent,) = [body for method, path, body in stage.asked if (method, path) == ("PUT", CONTACT)]
    assert sent == {
        "note": NOTE, "motive": "collections", "outcome": "follow_up", "due_at": NOW + 86400 + 55 * 60,
        "contributor": 17,
    }  # fmt: skip


async def test_it_survives_a_reload_and_a_sign_out(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await _call(stage, page)
        await page.fill("#note", NOTE)
        stage.state["calls"] = {}
        await page.reload()
        await expect(page.locator("#note")).to_have_value(NOTE)
        await expect(page.locator("#contact-about")).to_have_text("Menuiserie du Bessin, 09:01")
        await page.click("#drop")
        await page.get_by_role("button", name="La garder").click()
        await expect(page.locator("#note")).to_have_value(NOTE)
        await page.goto(page.url + "connexion")
        await page.go_back()
        await expect(page.locator("#note")).to_have_value(NOTE)
        await page.get_by_label("Répondu au premier niveau").check()
        await page.click("#save")
        await expect(page.locator("#contact")).to_be_hidden()
        await page.reload()
        await expect(page.locator("#sites .who.own")).to_be_visible()
        await expect(page.locator("#contact")).to_be_hidden()
    assert any(path == CONTACT and body["note"] == NOTE for _, path, body in stage.asked)


async def test_the_next_call_does_not_change_it_under_ones_hands(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await _call(stage, page)
        await page.locator("#note").press_sequentially("Veut étaler")
        stage.talk(ME, None)
        stage.tell("pop", pop(call="caen-2.8", offer="caen-2.8-1", name="Garage Lebrun", contributors=[18]))
        stage.talk(ME, talk(call="caen-2.8", offer="caen-2.8-1"))
        await expect(page.locator("#unsaved button")).to_have_text("cet appel")
        await page.keyboard.type(" sur six mois")
        await expect(page.locator("#note")).to_have_value("Veut étaler sur six mois")
        await page.click("#unsaved button")
        await expect(page.locator("#note")).to_have_value("")
        await expect(page.locator("#contact-about")).to_have_text("Garage Lebrun")
        await expect(page.locator("#unsaved button")).to_have_text("Menuiserie du Bessin, 09:01")
        await page.click("#unsaved button")
        await expect(page.locator("#note")).to_have_value("Veut étaler sur six mois")
        await page.get_by_label("Répondu au premier niveau").check()
        await page.click("#save")
        await expect(page.locator("#contact-about")).to_have_text("Garage Lebrun")
        await expect(page.locator("#unsaved")).to_be_hidden()


async def test_what_is_refused_stays_to_be_mended(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.refuse[CONTACT] = (413, "Note trop longue : 100 000 signes au plus.")
    async with shown(browser, stage, expected=["413"]) as page:
        await _call(stage, page)
        await page.fill("#note", "x" * 100_000)
        await page.get_by_label("Répondu au premier niveau").check()
        await page.click("#save")
        await expect(page.locator("#contact-problem")).to_have_text("Note trop longue : 100 000 signes au plus.")
        assert len(await page.input_value("#note")) == 100_000


async def test_it_is_thrown_away_only_when_asked_twice(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await _call(stage, page)
        await page.fill("#note", NOTE)
        stage.talk(ME, None)
        await page.click("#drop")
        await page.get_by_role("button", name="La jeter").click()
        await expect(page.locator("#note")).to_have_value("")
        assert await page.evaluate("localStorage.length") == 0
