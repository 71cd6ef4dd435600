from cti_router.database.pool import Pool
from tests.web.kit import pages


async def test_it_answers(away_pool: Pool) -> None:
    async with pages(away_pool) as client:
        assert (await client.get("/healthz")).text == "ok\n"


async def test_what_is_not_there_is_told_in_french(away_pool: Pool) -> None:
    async with pages(away_pool) as client:
        response = await client.get("/nulle-part")
    assert response.status_code == 404
    assert response.json() == {"why": "Cette page n’existe pas."}
