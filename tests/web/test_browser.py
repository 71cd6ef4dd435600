"""The tests' own browser: it must complain of what is wrong."""

import pytest
from playwright.async_api import Browser
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from tests.web.browser import barriers, served, window

pytestmark = pytest.mark.asyncio(loop_scope="session")

_GOOD = '<!doctype html><html lang="fr"><title>Bon</title><main><h1>Bonjour</h1><p>Tout va bien.</p></main>'
_BAD = '<!doctype html><html><title></title><main><img src="data:,"><input><p style="color: #999">Gris clair</p></main>'


def _says(page: str) -> Starlette:
    async def answer(_: Request) -> HTMLResponse:
        return HTMLResponse(page, headers={"content-security-policy": "default-src 'none'; img-src data:"})

    return Starlette(routes=[Route("/{path:path}", answer)])


async def test_a_good_page_has_no_barriers(browser: Browser) -> None:
    async with served(_says(_GOOD)) as url, window(browser, url) as page:
        assert await page.inner_text("h1") == "Bonjour"
        assert await barriers(page) == []


async def test_a_bad_page_has_some(browser: Browser) -> None:
    async with served(_says(_BAD)) as url, window(browser, url, expected=["Content Security Policy"]) as page:
        found = " ".join(await barriers(page))
    for what in ("html-has-lang", "document-title", "image-alt", "label"):
        assert what in found


async def test_what_the_policy_refuses_fails_a_test(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="Content Security Policy"):
        async with served(_says(_BAD)) as url, window(browser, url):
            pass
