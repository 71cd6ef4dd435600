"""What a record leads to outside, and what other programs are told of a note."""

from dataclasses import replace as changed

import pytest

from cti_router.config import Loaded, load
from cti_router.database.pool import Pool
from cti_router.web.happenings import Happening
from cti_router.web.record.files import Files
from deploy.lab.contributors import FictionalContributor
from tests.web.kit import ADVISOR, EXAMPLE, pages
from tests.web.record.conftest import contributors
from tests.web.record.test_contacts import ANSWERED
from tests.web.record.test_files import NOW, id_of
from tests.web.talking_router import POP

__all__ = ["contributors"]


@pytest.fixture
def loaded() -> Loaded:
    """With a CRM."""
    found = load(EXAMPLE, {})
    assert found.deployment.web is not None
    web = changed(found.deployment.web, crm_url="https://crm.example.fr/f?s={siret}&t={e164}&c={call}")
    return changed(found, deployment=changed(found.deployment, web=web))


async def test_the_record_has_a_link_to_the_other_program(
    dsn: str, pool: Pool, contributors: list[FictionalContributor], loaded: Loaded
) -> None:
    one = contributors[0]
    id_ = await id_of(dsn, one)
    async with pages(pool, now=NOW, loaded=loaded) as client:
        page = (await client.get(f"/fiche/{id_}", params={"call": "c/1"})).text
        data = (await client.get(f"/api/v1/contributors/{id_}")).json()
    link = f'href="https://crm.example.fr/f?s={one.siret}&amp;t=&amp;c=c%2F1" target="_blank" rel="noopener noreferrer"'
    assert link in page
    assert data["crm_url"] == f"https://crm.example.fr/f?s={one.siret}&t=&c="


async def test_a_pop_knows_the_number_too(
    dsn: str, pool: Pool, contributors: list[FictionalContributor], loaded: Loaded
) -> None:
    id_ = await id_of(dsn, contributors[0])
    carried = await Files(pool, loaded, lambda: NOW).carried({**POP, "contributors": [id_], "offered_at": NOW}, ADVISOR)
    assert "&amp;t=%2B33261910001&amp;c=c1" in carried["record_html"]


async def test_without_a_crm_there_is_no_link(dsn: str, pool: Pool, contributors: list[FictionalContributor]) -> None:
    id_ = await id_of(dsn, contributors[0])
    async with pages(pool, now=NOW) as client:
        assert "_blank" not in (await client.get(f"/fiche/{id_}")).text
        assert (await client.get(f"/api/v1/contributors/{id_}")).json()["crm_url"] is None


async def test_a_note_that_is_saved_is_told_without_its_words(pool: Pool) -> None:
    told: list[Happening] = []
    async with pages(pool, now=NOW, happened=told.append) as client:
        for note in ("Rien à voir.", "Corrigé."):
            await client.put("/api/v1/calls/c1/contact", json={**ANSWERED, "note": note})
        await client.put("/api/v1/calls/c1/contact", json={**ANSWERED, "outcome": "done"})  # refused
    assert [each.key for each in told] == ["contact_saved:c1:damien_hebert:1", "contact_saved:c1:damien_hebert:2"]
    assert told[0].data == {"call": "c1", "advisor": "damien_hebert", "contributor": 1, "outcome": "first_level"}
