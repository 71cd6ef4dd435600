"""What an advisor writes down, and the work that is left to do."""

from pathlib import Path
from typing import Any

import asyncpg
import pytest

from cti_router.database.pool import Pool
from cti_router.web.record.contacts import Contacts
from deploy.lab.contributors import FictionalContributor
from tests.web.kit import pages
from tests.web.record.test_files import NOW, id_of
from tests.web.talking_router import talking_router

ANSWERED = {"note": "Répondu.", "motive": "collections", "outcome": "first_level", "contributor": 1}
TO_FOLLOW = {**ANSWERED, "outcome": "follow_up", "due_at": NOW + 86400}


async def test_it_is_written_and_written_again(pool: Pool) -> None:
    async with pages(pool, now=NOW) as client:
        first = await client.put("/api/v1/calls/c1/contact", json=ANSWERED)
        again = await client.put("/api/v1/calls/c1/contact", json={**ANSWERED, "note": "Mieux.", "revision": 1})
        stale = await client.put("/api/v1/calls/c1/contact", json={**ANSWERED, "note": "Vieux.", "revision": 1})
    assert (first.json(), again.json()) == ({"revision": 1}, {"revision": 2})
    assert stale.status_code == 409
    assert "« Mieux. »" in stale.json()["why"]
    there = await Contacts(pool).read("c1", "damien_hebert")
    assert there is not None
    assert (there["note"], there["revision"]) == ("Mieux.", 2)


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({**ANSWERED, "note": "x" * 100_000}, 413, "La note compte 100000 caractères, 20000 au plus"),
        ({**ANSWERED, "motive": "moon"}, 422, "Ce motif n’existe pas"),
        ({**ANSWERED, "outcome": "done"}, 422, "outcome"),
        ({**ANSWERED, "outcome": "follow_up"}, 422, "Dites jusqu’à quand"),
        ({**TO_FOLLOW, "due_at": NOW * 10}, 422, "d’ici un an"),
        ({**ANSWERED, "note": "a\0b"}, 422, "note"),
        ({**ANSWERED, "advisor": "anne_lefevre"}, 422, "advisor"),
        ({**ANSWERED, "contributor": 10**30}, 422, "contributor"),
    ],
)
async def test_what_cannot_be_written_is_said_why(pool: Pool, body: dict[str, Any], status: int, says: str) -> None:
    async with pages(pool, now=NOW) as client:
        response = await client.put("/api/v1/calls/c1/contact", json=body)
    assert response.status_code == status
    assert says in response.json()["why"]


async def test_what_is_to_be_followed_up_is_work_until_it_is_done(
    dsn: str, pool: Pool, contributors: list[FictionalContributor]
) -> None:
    id_ = await id_of(dsn, contributors[0])
    async with pages(pool, now=NOW) as client:
        await client.put("/api/v1/calls/caen-1.2/contact", json={**TO_FOLLOW, "contributor": id_})
        work = (await client.get("/api/v1/work", params={"site": "rouen"})).json()
        (mine,) = [each for each in work if each["id"].startswith("caen-1.2")]
        assert (mine["kind"], mine["name"], mine["owner"]) == ("follow_up", contributors[0].name, "damien_hebert")
        assert mine["due_at"] == NOW + 86400
        assert [each["due_at"] for each in work] == sorted(each["due_at"] for each in work)
        elsewhere = (await client.get("/api/v1/work", params={"site": "caen"})).json()
        assert mine["id"] not in [each["id"] for each in elsewhere]
        done = await client.post(f"/api/v1/work/follow_up/{mine['id']}/done", json={"note": "Rappelé."})
        again = await client.post(f"/api/v1/work/follow_up/{mine['id']}/done", json={})
        left = (await client.get("/api/v1/work")).json()
    assert (done.json(), again.status_code) == ({"done": True}, 404)
    assert mine["id"] not in [each["id"] for each in left]


async def test_messages_and_failed_callbacks_are_work_too(dsn: str, pool: Pool, tmp_path: Path) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO voice_message (call, site, taken_at, length_s, digest, owner_site, due_at, cli, contributor) "
        "VALUES ('caen-9.9', 'caen', to_timestamp($1), 4, 'd', 'rouen', to_timestamp($1), '+33261910009', 7)", NOW,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO callback (id, e164, site, dnis, ticket, asked_at, not_before_at, revision, attempts, attempt, "
        "asked_in, author, outcome, ended_at) VALUES ('cb1', 33261910008, 'caen', '1', 't', to_timestamp($1), "
        "to_timestamp($1), 1, 3, '', '', '', 'unreached', to_timestamp($1))", NOW,
    )  # fmt: skip
    await connection.close()
    socket = tmp_path / "control.sock"
    async with talking_router(socket) as router, pages(pool, socket=socket, now=NOW) as client:
        work = (await client.get("/api/v1/work")).json()
        assert [(each["kind"], each["site"], each["number"]) for each in work] == [
            ("message", "rouen", "+33261910009"), ("callback", "caen", "+33261910008"),
        ]  # fmt: skip
        await client.post("/api/v1/work/message/caen-9.9/done", json={"note": "Rappelé."})
        assert (await client.post("/api/v1/work/callback/cb1/done", json={})).json() == {"done": True}
        left = (await client.get("/api/v1/work")).json()
    assert router.asked == [("/messages/caen-9.9/done", {"author": "damien.hebert", "note": "Rappelé."})]
    assert [each["kind"] for each in left] == ["message"]  # it is the router's to say that it is done


async def test_the_share_of_questions_answered_at_once(pool: Pool) -> None:
    async with pages(pool, now=NOW) as client:
        for call, body in {"c1": ANSWERED, "c2": ANSWERED, "c3": {**ANSWERED, "outcome": "second_level"}}.items():
            await client.put(f"/api/v1/calls/{call}/contact", json=body)
    assert await Contacts(pool).first_level_share(NOW - 1, NOW + 1) == {"rouen": (2, 3)}
