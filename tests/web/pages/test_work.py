"""The work to do besides calls."""

import pytest
from playwright.async_api import Browser, expect

from cti_router.database.pool import Pool
from tests.web.pages.sample import NOW, record
from tests.web.pages.stage import ME, Stage, shown

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORK = [
    {"kind": "follow_up", "id": "7", "site": "rouen", "owner": ME, "due_at": NOW - 3600.0, "contributor": 17,
     "name": "Menuiserie du Bessin", "number": "+33261914027", "note": "Envoyer l’échéancier"},
    {"kind": "message", "id": "m-1", "site": "rouen", "owner": None, "due_at": NOW + 3600.0, "contributor": None,
     "name": None, "number": "+33261914031", "note": None},
]  # fmt: skip


async def test_it_is_listed_and_done(browser: Browser, away_pool: Pool) -> None:
    stage = Stage(away_pool)
    stage.answers["/api/v1/work"] = WORK
    stage.records[17] = record()
    async with shown(browser, stage) as page:
        await expect(page.locator("#work-count")).to_have_text("2, dont 1 en retard")
        first = page.locator("#work-list li").first
        await expect(first).to_contain_text("en retard, échéance 08:05")
        await expect(first).to_contain_text("Envoyer l’échéancier")
        await expect(page.locator("#work-list audio")).to_have_count(1)
        await first.get_by_role("button", name="Ouvrir").click()
        await expect(page.locator("#fiche")).to_contain_text("Menuiserie du Bessin")
        await first.get_by_role("button", name="Appeler").click()
        await expect(page.locator(".toast")).to_contain_text("décrochez")
        await first.get_by_role("button", name="C’est fait…").click()
        await page.fill("#done-note", "Envoyé")
        stage.answers["/api/v1/work"] = WORK[1:]
        await page.locator("#done-dialog button.primary").click()
        await expect(page.locator("#work-count")).to_have_text("1")
    assert ("POST", "/me/call-out", {"number": "+33261914027", "contributor": 17}) in stage.asked
    assert ("POST", "/work/follow_up/7/done", {"note": "Envoyé"}) in stage.asked
