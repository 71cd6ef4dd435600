"""Pictures of each state of the advisor's page, in both themes, for docs/images: `python -m tests.web.pictures`.

The page is the real one; what happens on it is staged.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeAlias

from playwright.async_api import Page, expect

from cti_router.database.pool import Pool
from tests.web.browser import chromium
from tests.web.pages.sample import NOW, OTHER_NAME, record
from tests.web.pages.stage import ME, Stage, pop, shown, talk
from tests.web.pages.test_work import WORK

FOLDER = Path("docs/images")
SIZE = {"width": 1280, "height": 800}

Scene: TypeAlias = Callable[[Stage, Page], Awaitable[None]]


async def idle(stage: Stage, page: Page) -> None:
    await page.click("#others summary")


async def ringing(stage: Stage, page: Page) -> None:
    stage.advisor(ME, activity="offered", activity_since_at=NOW)
    stage.tell("pop", pop())
    stage.talk(ME, talk("offered"))
    await expect(page.locator("#fiche")).to_contain_text("732 829 320 00074")


async def talking(stage: Stage, page: Page) -> None:
    stage.advisor(ME, activity="talking", activity_since_at=NOW)
    stage.tell("pop", pop())
    stage.talk(ME, talk())
    await page.fill("#note", "Demande d’étaler la régularisation 2025 sur six mois. Accord de principe, ")
    await page.get_by_label("Répondu au premier niveau").check()


async def several(stage: Stage, page: Page) -> None:
    files = [
        {"id": 17, "name": "Menuiserie du Bessin", "siret": "73282932000074", "profile": "employer", "town": "Bayeux"},
        {"id": 18, "name": "Garage Lebrun", "siret": "55208131766522", "profile": "self_employed", "town": "Isigny"},
    ]
    stage.advisor(ME, activity="talking", activity_since_at=NOW)
    stage.tell("pop", pop(recognition="several", contributors=[17, 18], candidates=files, record_html=None, name=None))
    stage.talk(ME, talk())
    await expect(page.locator("#candidates-list li")).to_have_count(2)


async def consulting(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    stage.advisor("loic_tesson", presence="available", activity="talking", activity_since_at=NOW)
    stage.talk(ME, talk(held=True, consultation="talking", expert="loic_tesson"))
    await expect(page.locator("#connect")).to_be_visible()


async def second_level(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    await page.keyboard.press("F7")


async def later(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    await page.keyboard.press("F8")


async def wrap_up(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    await page.get_by_label("À suivre, avec rappel").check()
    stage.talk(ME, None)
    stage.advisor(ME, activity="wrap_up", activity_since_at=NOW, wrap_up_until_at=NOW + 20.0)
    await expect(page.locator("#wrap-more")).to_be_visible()


async def unsaved(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    stage.talk(ME, None)
    await page.locator("#desk").focus()
    stage.tell("pop", pop(call="caen-2.8", offer="caen-2.8-1", name="Garage Lebrun", contributors=[18],
                          record_html=record(OTHER_NAME)))  # fmt: skip
    stage.talk(ME, talk(call="caen-2.8", offer="caen-2.8-1"))
    await expect(page.locator("#unsaved")).to_be_visible()


async def absence(stage: Stage, page: Page) -> None:
    await page.keyboard.press("F3")


async def missed(stage: Stage, page: Page) -> None:
    stage.advisor(ME, presence="not_ready", reason="rona", presence_since_at=NOW)
    await expect(page.locator("#missed")).to_be_visible()


async def lost(stage: Stage, page: Page) -> None:
    await talking(stage, page)
    stage.cut()
    await expect(page.locator("#link-lost")).to_be_visible()


async def keys(stage: Stage, page: Page) -> None:
    await page.keyboard.press("?")


SCENES: tuple[Scene, ...] = (
    idle, ringing, talking, several, consulting, second_level, later, wrap_up, unsaved, absence, missed, lost, keys,
)  # fmt: skip


async def take(folder: Path, **size: Any) -> None:
    """One picture a scene and a theme, as `talking-dark.png`."""
    nowhere = Pool("postgresql://nobody@127.0.0.1:1/nothing")
    async with chromium() as browser:
        for theme in ("light", "dark"):
            for scene in SCENES:
                stage = Stage(nowhere)
                stage.answers["/api/v1/work"] = WORK
                how = {**SIZE, **size, "theme": theme, "expected": ["503"], "reduced_motion": "reduce"}
                async with shown(browser, stage, **how) as page:
                    await scene(stage, page)
                    await page.screenshot(path=folder / f"{scene.__name__}-{theme}.png".replace("_", "-"))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(FOLDER))
