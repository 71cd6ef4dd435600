"""A contributor's file: found, shown, and each view of it written down."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from cti_router.config import load
from cti_router.database.pool import Pool
from cti_router.web.person import Role
from cti_router.web.record.files import Files
from deploy.lab.contributors import FictionalContributor
from tests.web.kit import ADVISOR, EXAMPLE, pages

NOW = 1_795_424_400.0  # 2026-11-23, 10:00 in France
POP: Mapping[str, Any] = {"call": "c1", "cli": "+33261914027", "contributors": [1], "offered_at": NOW}


async def views(dsn: str) -> list[tuple[str, int, str | None, str]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch("SELECT login, contributor, call, how FROM file_view ORDER BY id")
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def id_of(dsn: str, contributor: FictionalContributor) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT id FROM contributor WHERE siret = $1", contributor.siret))
    finally:
        await connection.close()


async def test_the_file_as_a_part_of_the_page(dsn: str, pool: Pool, contributors: list[FictionalContributor]) -> None:
    owing = [await id_of(dsn, each) for each in contributors[:20]]
    async with pages(pool, now=NOW) as client:
        for contributor, id_ in zip(contributors[:20], owing, strict=True):
            response = await client.get(f"/fiche/{id_}", params={"call": "c1"})
            assert response.status_code == 200
            text = response.text
            assert f'<h1 id="fiche-name">{contributor.name}' in text.replace("&#39;", "'")
            assert contributor.siret[:3] in text
            assert not re.search(r"<script|style=| on\w+=", text)
    assert await views(dsn) == [("damien.hebert", id_, "c1", "page") for id_ in owing]


async def test_the_file_as_data(dsn: str, pool: Pool, contributors: list[FictionalContributor]) -> None:
    id_ = await id_of(dsn, contributors[0])
    async with pages(pool, now=NOW) as client:
        found = (await client.get(f"/api/v1/contributors/{id_}")).json()
        none = await client.get("/api/v1/contributors/999999")
    assert (found["siret"], found["phones"][0]["label"]) == (contributors[0].siret, "Standard")
    assert {each["kind"] for each in found["declarations"]} == {"DSN"}
    assert (none.status_code, none.json()["why"]) == (404, "Ce dossier n’existe pas ou n’existe plus.")
    assert len(await views(dsn)) == 1


async def test_another_file_is_one_search_away(dsn: str, pool: Pool, contributors: list[FictionalContributor]) -> None:
    one = contributors[8]
    phone = one.phones[0]
    by = [one.siret, one.siret[:9], one.account, phone, f"+33 {phone[1:]}", one.name.upper(), one.name[:4]]
    async with pages(pool, now=NOW) as client:
        for text in by:
            found = (await client.post("/api/v1/contributors/search", json={"q": text})).json()
            assert one.siret in [each["siret"] for each in found], text
            assert len(found) <= 20
        short = await client.post("/api/v1/contributors/search", json={"q": "ab"})
    assert (short.status_code, short.json()) == (422, {"why": "Donnez au moins trois lettres du nom."})
    assert {how for _, _, _, how in await views(dsn)} == {"search"}


async def test_a_pop_carries_the_file_and_its_view_is_written_down(
    dsn: str, pool: Pool, contributors: list[FictionalContributor]
) -> None:
    files, id_ = Files(pool, load(EXAMPLE, {}), lambda: NOW), await id_of(dsn, contributors[0])
    await files.expect("c1", [id_])
    carried = await files.carried({**POP, "contributors": [id_]}, ADVISOR)
    assert contributors[0].siret[:3] in carried["record_html"]
    several = await files.carried({**POP, "call": "c2", "contributors": [id_, id_ + 1]}, ADVISOR)
    assert [each["id"] for each in several["candidates"]] != []
    assert await files.carried({**POP, "call": "c3", "contributors": []}, ADVISOR) == {}
    files.forget("c1")
    assert await views(dsn) == [
        ("damien.hebert", id_, "c1", "pop"), ("damien.hebert", id_, "c2", "pop"),
        ("damien.hebert", id_ + 1, "c2", "pop"),
    ]  # fmt: skip


async def test_without_a_database_a_pop_comes_alone(away_pool: Pool) -> None:
    files = Files(away_pool, load(EXAMPLE, {}), lambda: NOW)
    await files.expect("c1", [1])
    assert await files.carried(POP, ADVISOR) == {}


async def test_nothing_is_shown_that_cannot_be_written_down(
    dsn: str, pool: Pool, contributors: list[FictionalContributor]
) -> None:
    id_ = await id_of(dsn, contributors[0])
    connection = await asyncpg.connect(dsn)
    await connection.execute("ALTER TABLE file_view RENAME TO file_view_away")
    await connection.close()
    async with pages(pool, now=NOW) as client:
        response = await client.get(f"/fiche/{id_}")
    assert response.status_code == 503
    assert contributors[0].name not in response.text


@pytest.mark.parametrize("change", ["UPDATE file_view SET login = 'x'", "DELETE FROM file_view", "TRUNCATE file_view"])
async def test_what_was_written_down_stays(dsn: str, change: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("INSERT INTO file_view (login, contributor, how) VALUES ('a', 1, 'page')")
        with pytest.raises(asyncpg.RaiseError, match="only ever added to"):
            await connection.execute(change)
    finally:
        await connection.close()


async def test_an_auditor_sees_no_file(pool: Pool) -> None:
    async with pages(pool, replace(ADVISOR, role=Role.AUDITOR), now=NOW) as client:
        assert (await client.get("/fiche/1")).status_code == 403


@pytest.mark.parametrize("text", ["coeur", "CŒUR", "ecluse", "L'Éclu", "du-coe"])
async def test_a_name_is_found_without_case_accents_or_ligatures(dsn: str, pool: Pool, text: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO contributor (name, siret, profile) VALUES"
        " ('Café du Cœur d’Auge', repeat('1', 14), 'employer'), ('GARAGE DE L’ÉCLUSE', repeat('2', 14), 'employer')"
    )
    await connection.close()
    async with pages(pool, now=NOW) as client:
        found = (await client.post("/api/v1/contributors/search", json={"q": text})).json()
    assert [each["siret"][0] for each in found] == ["2" if "clu" in text.lower() else "1"]
