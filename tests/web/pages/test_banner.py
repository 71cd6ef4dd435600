"""The banner: everybody's state, who serves, my own state one key away."""

import pytest
from playwright.async_api import Browser, expect

from cti_router.database.pool import Pool
from tests.web.pages.sample import NOW
from tests.web.pages.stage import ME, Stage, shown

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_each_has_an_icon_a_word_and_a_time(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        assert await page.locator("#sites .site h2").all_inner_texts() == ["Rouen de permanence, mon site"]
        francoise = page.locator("#sites .who", has_text="F. Noël")
        await expect(francoise).to_have_text("F. Noëlabsent réunion05:33")
        await expect(francoise.locator("use")).to_have_attribute("href", "#i-away")
        stage.advisor(
            "francoise_noel", presence="available", reason="", activity="talking", activity_since_at=NOW - 65.0
        )
        await expect(francoise).to_have_text("F. Noëlen appel01:05")
        await expect(francoise).to_have_text("F. Noëlen appel01:07", timeout=4000)
        stage.advisor("francoise_noel", presence="not_ready", activity="idle", reason="meeting", until_at=NOW + 1500.0)
        await expect(francoise).to_have_text("F. Noëlréunion → 09:30")
        stage.advisor("francoise_noel", reason="rona", until_at=None, named=False, forced_by="order-1")
        await expect(francoise).to_contain_text("appel manqué")
        await expect(francoise).to_contain_text("imposé, hors permanence")


async def test_my_site_and_the_one_on_duty_come_first(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.state["duty"]["site"] = "caen"
    async with shown(browser, stage) as page:
        assert await page.locator("#sites .site h2").all_inner_texts() == ["Caen de permanence", "Rouen mon site"]
        assert not await page.locator("#others .site").first.is_visible()
        await page.click("#others summary")
        assert await page.locator("#others .site").count() == len(stage.state["sites"]) - 2
        await expect(page.locator("#others .site", has_text="Dieppe").locator("h2")).to_contain_text("hors permanence")
        stage.duty(site="rouen", until_at=NOW + 3600.0, next_site=None, next_at=None, waiting=0, oldest_at=None)
        said = ["Rouen jusqu’à 10:05", "puis fermé", "personne n’attend"]
        await expect(page.locator("#duty p")).to_have_text(said, use_inner_text=True)


async def test_my_state_is_one_key_away(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        await expect(page.locator("#my-state")).to_contain_text("Disponible")
        await page.keyboard.press("F3")
        await expect(page.locator("#away-dialog")).to_be_visible()
        await page.keyboard.press("Space")  # the first reason, where the focus is
        await page.get_by_label("15 min").check()
        await page.keyboard.press("Enter")
        await expect(page.locator("#away-dialog")).to_be_hidden()
        sent = ("POST", "/me/presence", {"presence": "not_ready", "reason": "break", "for_s": 900})
        assert sent in stage.asked
        stage.advisor(ME, presence="not_ready", reason="break", until_at=NOW + 900.0)
        await expect(page.locator("#my-state")).to_have_text("Absentpause → 09:20")
        async with page.expect_request("**/me/presence") as again:
            await page.keyboard.press("F2")
        assert (await again.value).post_data_json == {"presence": "available", "reason": "", "for_s": None}


async def test_a_missed_call_says_why_one_is_away(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.advisor(ME, presence="not_ready", reason="rona", presence_since_at=NOW)
        await expect(page.locator("#missed")).to_contain_text("Appel manqué à 09:05")
        await expect(page.locator("#polite")).to_contain_text("Appel manqué à 09:05")
        await page.keyboard.press("F2")
        stage.advisor(ME, presence="available", reason="")
        await expect(page.locator("#missed")).to_be_hidden()


async def test_wrap_up_counts_down_and_can_be_longer(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage) as page:
        stage.advisor(ME, activity="wrap_up", activity_since_at=NOW, wrap_up_until_at=NOW + 20.0)
        await expect(page.locator("#my-state")).to_contain_text("Fin d’appelencore 00:1")
        await expect(page.locator("#next-label")).to_have_text("Ensuite")
        await page.click("#wrap-more")
        await expect(page.locator("#wrap-more")).to_be_focused()
        await page.keyboard.press("F4")
        stage.advisor(ME, activity="idle", wrap_up_until_at=None, activity_since_at=NOW)
        await expect(page.locator("#wrap-more")).to_be_hidden()
        await expect(page.locator("#be-available")).to_be_focused()  # not lost with what had it
    assert ("POST", "/me/wrap-up", {"extend_s": 60}) in stage.asked
    assert ("DELETE", "/me/wrap-up", None) in stage.asked


async def test_what_is_refused_is_said(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.refuse["/me/presence"] = (409, "Un superviseur impose votre état.")
    async with shown(browser, stage, expected=["409"]) as page:
        await page.keyboard.press("F2")
        await expect(page.locator(".toast")).to_have_text("Un superviseur impose votre état.")
        await page.keyboard.press("F3")
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("#away-dialog .problem")).to_have_text("Un superviseur impose votre état.")
        await page.keyboard.press("Escape")
        await expect(page.locator("#away-dialog")).to_be_hidden()
