"""Nobody is kept out: axe finds nothing, in light and dark, at 200 %; `?` lists the keys; nothing moves who minds."""

from typing import Any, Literal

import pytest
from playwright.async_api import Browser, expect

from cti_router.database.pool import Pool
from tests.web.browser import barriers
from tests.web.pages.sample import NOW
from tests.web.pages.stage import ME, Stage, pop, shown, talk
from tests.web.pages.test_work import WORK

pytestmark = pytest.mark.asyncio(loop_scope="session")

SIZES: dict[str, dict[str, Any]] = {
    "1680": {}, "1280": {"width": 1280, "height": 720}, "200 %": {"width": 1280, "height": 720, "zoom": 2},
}  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
async def test_axe_finds_nothing(browser: Browser, away_pool: Pool, theme: Literal["light", "dark"], size: str) -> None:
    stage = Stage(away_pool)
    stage.answers["/api/v1/work"] = WORK
    async with shown(browser, stage, theme=theme, expected=["503"], reduced_motion="reduce", **SIZES[size]) as page:
        await page.click("#others summary")
        assert await barriers(page) == []
        stage.advisor(ME, presence="not_ready", reason="rona", presence_since_at=NOW)
        await page.keyboard.press("F3")
        await expect(page.locator("#away-dialog")).to_be_visible()
        assert await barriers(page) == []
        await page.keyboard.press("Escape")
        stage.advisor(ME, activity="talking", activity_since_at=NOW, presence="available", reason="")
        stage.tell("pop", pop())
        await expect(page.locator("#call.ringing")).to_be_visible()
        assert await barriers(page) == []
        stage.talk(ME, talk(held=True, consultation="talking", expert="anne_lefevre"))
        await page.fill("#note", "Une note")
        stage.cut()
        await expect(page.locator("#link-lost")).to_be_visible()
        assert await barriers(page) == []
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert await page.evaluate(wide) == 0  # read without moving sideways


async def test_the_keys_are_listed_and_the_focus_comes_back(browser: Browser, away_pool: Pool) -> None:
    async with shown(browser, Stage(away_pool)) as page:
        await page.focus("#be-away")
        await page.keyboard.press("?")
        await expect(page.locator("#keys-dialog")).to_contain_text("Enregistrer la note")
        await page.keyboard.press("Escape")
        await expect(page.locator("#be-away")).to_be_focused()


async def test_nothing_moves_for_who_wants_it_so(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage, reduced_motion="reduce") as page:
        stage.tell("pop", pop())
        await expect(page.locator("#call.ringing")).to_be_visible()
        assert await page.evaluate("document.getAnimations().length") == 0


async def test_in_english(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    assert stage.person is not None
    stage.person = type(stage.person)(**{**_fields(stage.person), "language": "en"})
    async with shown(browser, stage) as page:
        await expect(page.locator("#my-state")).to_contain_text("Available")
        await expect(page.locator("html")).to_have_attribute("lang", "en")


async def test_a_notification_tells_nothing_of_who_calls(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    async with shown(browser, stage, permissions=["notifications"]) as page:
        await page.evaluate(
            """() => {
              window.told = [];
              window.Notification = class {
                static permission = "granted";
                constructor(...what) { window.told.push(what); }
              };
              Object.defineProperty(document, "hidden", { get: () => true });
            }"""
        )
        stage.tell("pop", pop())
        await expect(page.locator("#call.ringing")).to_be_visible()
        ((title, options),) = await page.evaluate("window.told")
    assert title == "Un appel arrive"
    assert set(options) == {"icon", "tag"}


def _fields(person: Any) -> dict[str, Any]:
    return {name: getattr(person, name) for name in person.__slots__}
