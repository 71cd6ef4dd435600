"""Signing in and out in a real browser, which sends the headers that browsers send."""

import socket
from dataclasses import replace
from pathlib import Path

from playwright.async_api import expect

from cti_router.config import load
from cti_router.database.pool import Pool
from tests.web.browser import barriers, chromium, served, window
from tests.web.kit import EXAMPLE
from tests.web.signing.kit import DAMIEN, PASSWORD, add, world


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


async def test_a_shift_begins_and_ends(pool: Pool, tmp_path: Path) -> None:
    await add(pool, DAMIEN)
    port = _free_port()
    door = load(EXAMPLE, {}).deployment.web
    assert door is not None
    async with (
        world(pool, tmp_path, replace(door, origin=f"http://127.0.0.1:{port}")) as there,
        served(there.app, port) as url,
        chromium() as browser,
        window(browser, f"{url}/", expected=["401"]) as page,
    ):
        await page.wait_for_url("**/connexion")
        assert await barriers(page) == []
        await page.get_by_label("Identifiant").fill(DAMIEN.login)
        await page.get_by_label("Mot de passe").fill("pas-le-bon-mot")
        await page.get_by_role("button", name="Se connecter").click()
        await expect(page.get_by_role("alert")).to_have_text("Identifiant ou mot de passe incorrect.")
        assert await barriers(page) == []
        await page.get_by_label("Mot de passe").fill(PASSWORD)
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/poste")
        assert await barriers(page) == []
        await page.get_by_role("button", name="Commencer").click()
        await page.wait_for_url(f"{url}/")
        await page.get_by_role("button", name="Se déconnecter").click()
        await page.wait_for_url("**/connexion")
    assert [body["presence"] for _, body in there.router.asked] == ["absent", "logged_out"]
