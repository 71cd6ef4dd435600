"""PostgreSQL stops in the middle of the day: calls and presences go on, and nothing is lost or told twice."""

import asyncio
import time

import asyncpg
import pytest

from deploy.lab import database
from tests.acceptance.words import ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

AWAY_S = 60.0


async def test_the_database_stops_for_a_while(centre: Centre) -> None:
    seen, unseen = centre.number_of("employer"), centre.number_of("association")
    await centre.available("damien_hebert")
    talking = await centre.ring_in(seen)
    await centre.answers("damien_hebert")
    ids = [(await centre.call_of(talking))["id"]]

    await asyncio.to_thread(database.stop, centre.service.directory)
    stopped_at = time.monotonic()
    try:
        assert await centre.talk_together(talking, "damien_hebert")
        await centre.available(*ROUEN)  # acknowledged
        again = await centre.ring_in(seen)
        await centre.answers("francoise_noel")
        stranger = await centre.ring_in(unseen)
        await centre.answers("elodie_francois")
        known, unknown = await centre.call_of(again), await centre.call_of(stranger)
        assert (known["recognition"], known["profile"]) == ("recognised", "employer")
        assert (unknown["recognition"], unknown["profile"]) == ("unknown", "unknown")
        assert "annuaire indisponible : traité comme inconnu" in unknown["because"]
        ids += [known["id"], unknown["id"]]
        for caller in (talking, stranger, again):
            await caller.hang_up()
        for caller in (stranger, again):
            assert (await centre.ended_call_of(caller))["outcome"] == "answered"
        await centre.until_state("damien_hebert", activity="idle")
        await centre.service.present("damien_hebert", "absent")
        await centre.service.kill_router()  # what it has promised must outlive it
        await centre.service.start_router()
        await centre.until_state("damien_hebert", presence="not_ready")
        await centre.until_state("elodie_francois", presence="available")
        await asyncio.sleep(max(0.0, stopped_at + AWAY_S - time.monotonic()))
    finally:
        dsn = await asyncio.to_thread(database.start, centre.service.directory, keep=True)
    assert dsn == centre.service.dsn

    for call in ids:
        assert (await centre.history_of(call))["outcome"] == "answered"
    ended = await centre.call_from(unseen)
    assert (ended["recognition"], ended["profile"]) == ("recognised", "association")
    ids.append(ended["id"])
    await centre.history_of(ids[-1])
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        rows = await connection.fetch("SELECT id, count(*) FROM history WHERE id = ANY($1) GROUP BY id", ids)
        assert {row["id"]: row["count"] for row in rows} == dict.fromkeys(ids, 1)
        rows = await connection.fetch("SELECT advisor, presence FROM presence")
        presence = {row["advisor"]: row["presence"] for row in rows}
    finally:
        await connection.close()
    assert (presence["damien_hebert"], presence["elodie_francois"]) == ("not_ready", "available")
