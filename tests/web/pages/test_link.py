"""The link to the server: lost and back, taken by another tab, ended; and a new version of the page."""

import pytest
from playwright.async_api import Browser, expect

from cti_router.database.pool import Pool
from tests.web.pages.sample import NOW
from tests.web.pages.stage import ME, Stage, pop, shown, talk

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_lost_and_caught_up_without_a_reload(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage, expected=["503"]) as page:
        await page.fill("#query", "resté là")
        stage.cut()
        await expect(page.locator("#link-lost")).to_contain_text("Connexion perdue, données figées à 09:05:0")
        frozen = await page.locator("#sites .who", has_text="F. Noël").inner_text()
        stage.advisor("francoise_noel", presence="available", reason="", activity="talking", activity_since_at=NOW)
        await page.wait_for_timeout(1200)
        assert await page.locator("#sites .who", has_text="F. Noël").inner_text() == frozen
        stage.silent = False
        await expect(page.locator("#link-lost")).to_be_hidden(timeout=10_000)
        await expect(page.locator("#sites .who", has_text="F. Noël")).to_contain_text("en appel")
        await expect(page.locator("#query")).to_have_value("resté là")
    assert stage.last_ids[0] is None
    assert stage.last_ids[-1] == "b-0"


async def test_another_tab_has_taken_over(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("superseded", {})
        await expect(page.locator("#superseded")).to_be_visible()
        streams = len(stage.last_ids)
        await page.wait_for_timeout(800)
        assert len(stage.last_ids) == streams
        stage.advisor(ME, presence="not_ready", reason="break")
        await page.get_by_role("button", name="Continuer ici").click()
        await expect(page.locator("#my-state")).to_contain_text("Absent")
        await expect(page.locator("#superseded")).to_be_hidden()


async def test_a_session_that_is_over_takes_nothing_away(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage, expected=["401"]) as page:
        stage.tell("pop", pop())
        stage.talk(ME, talk())
        await page.fill("#note", "Une note")
        stage.person = None
        await page.keyboard.press("F6")
        await expect(page.locator("#session-over")).to_be_visible()
        await expect(page.locator("#note")).to_have_value("Une note")
        await page.get_by_role("link", name="Se reconnecter").click()
        await page.wait_for_url("**/connexion")


async def test_a_new_version_waits_for_a_quiet_moment(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await page.evaluate("window.old = true")
        stage.advisor(ME, activity="talking", activity_since_at=NOW)
        stage.tell("pop", pop())
        stage.talk(ME, talk())
        await page.fill("#note", "Une note")
        stage.tell("version", {"version": "another"})
        await expect(page.locator(".toast")).to_contain_text("Une nouvelle version")
        stage.talk(ME, None)
        stage.advisor(ME, activity="idle")
        await page.wait_for_timeout(500)
        assert await page.evaluate("window.old")
        await page.get_by_label("Répondu au premier niveau").check()
        async with page.expect_event("load"):
            await page.click("#save")
        assert await page.evaluate("window.old") is None


async def test_the_router_away_is_told_as_well(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("link", {"frozen_at": NOW - 5.0})
        await expect(page.locator("#link-lost")).to_contain_text("données figées à 09:04:55")
        stage.tell("link", {"frozen_at": None})
        await expect(page.locator("#link-lost")).to_be_hidden()


async def test_a_record_may_come_after_its_pop(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.tell("pop", {key: value for key, value in pop().items() if key != "record_html"})
        await expect(page.locator("#no-file")).to_contain_text("La fiche n’est pas encore là.")
        stage.tell("record", {"call": pop()["call"], "record_html": pop()["record_html"]})
        await expect(page.locator("#fiche")).to_contain_text("Menuiserie du Bessin")
