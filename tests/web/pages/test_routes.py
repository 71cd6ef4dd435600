"""Who gets the advisor's page, and how what it loads is kept."""

from dataclasses import replace

from cti_router.database.pool import Pool
from cti_router.web.person import Role
from cti_router.web.static import DIGEST, STATIC, address
from tests.web.kit import ADVISOR, pages


async def test_an_advisor_gets_it_and_all_it_loads(away_pool: Pool) -> None:
    async with pages(away_pool) as client:
        page = await client.get("/")
        assert page.status_code == 200
        assert "<style" not in page.text
        assert page.text.count("<script") == page.text.count('<script type="module" src=') == 1
        for name in STATIC:
            file = await client.get(address(name))
            assert file.status_code == 200
            assert "immutable" in file.headers["cache-control"]


async def test_nobody_is_sent_to_sign_in(away_pool: Pool) -> None:
    async with pages(away_pool, None) as client:
        page = await client.get("/", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["location"]) == (303, "/connexion")


async def test_who_takes_no_calls_is_told_so(away_pool: Pool) -> None:
    async with pages(away_pool, replace(ADVISOR, role=Role.AUDITOR, advisor=None)) as client:
        page = await client.get("/")
    assert page.status_code == 403
    assert "Se déconnecter" in page.text


async def test_files_of_another_version_are_gone(away_pool: Pool) -> None:
    async with pages(away_pool) as client:
        for path in (f"/static/{'0' * len(DIGEST)}/console.js", f"/static/{DIGEST}/nothing.js"):
            assert (await client.get(path)).status_code == 404
