"""Somebody is called back: noted in the database, an advisor's phone first, then his own on the public network."""

import asyncio
import getpass
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
import yaml

from deploy.lab import database
from deploy.lab.phone import Phone, What
from deploy.lab.service import ServiceFailed
from tests.acceptance.words import ELSEWHERE, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

CLI = "0231000000"
"""Somebody's number on the public network, as he shows it: +33231000000."""

DAMIEN = "damien_hebert"


@asynccontextmanager
async def calling_back(centre: Centre, ring: str = "4s") -> AsyncIterator[Phone]:
    """Inside the block every plan ends after two seconds with a callback; the telephone that will ring."""
    elsewhere = await centre.public_network()
    await elsewhere.let_ring()
    elsewhere.forget()
    service = centre.service
    plans, settings = (service.configuration_directory / name for name in ("plans.yaml", "service.yaml"))
    before = {file: file.read_text() for file in (plans, settings)}
    document = yaml.safe_load(before[settings])
    document["callback"] |= {"retry_after": ["3s"], "ring": "5s"}
    await centre.reads_again(settings, yaml.safe_dump(document))
    document = yaml.safe_load(before[plans])
    for plan in document["plans"].values():
        plan["steps"] = [{"after": "0s", "sites": "all"}]
        plan["end"] = {"after": "2s", "play": ["beep"], "then": "callback", "otherwise": ["vm-goodbye"]}
        plan["ring"] = ring
    await centre.reads_again(plans, yaml.safe_dump(document))
    try:
        yield elsewhere
    finally:
        for callback in await listed(centre):
            await service.present(DAMIEN, "absent")
            await service.present("francoise_noel", "absent")
            await centre.hang_up_all()
            await elsewhere.hang_up()
            await cancelled(centre, callback["id"])
        await centre.hang_up_all()
        await elsewhere.hang_up()
        for file, text in before.items():
            await centre.reads_again(file, text)


async def command(centre: Centre, *words: str) -> str:
    return await centre.service.command("callback", *words, "--socket", str(centre.service.control_socket))


async def listed(centre: Centre) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(await command(centre, "list", "--json"))
    return found


async def asked(centre: Centre) -> str:
    """A callback for the number, by the command."""
    return (await command(centre, "ask", "--number", CLI, "--profile", "employer")).strip()


async def cancelled(centre: Centre, callback: str) -> None:
    async def done() -> bool:
        try:
            await command(centre, "cancel", callback)
        except ServiceFailed as refused:
            return "is open" in str(refused)  # it is over by itself
        return True

    await centre.service.until(done, f"{callback} is cancelled", within_s=30, every_s=0.5)


async def row_of(centre: Centre, callback: str) -> dict[str, Any]:
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        row = await connection.fetchrow("SELECT * FROM callback WHERE id = $1", callback)
    finally:
        await connection.close()
    assert row is not None
    return dict(row)


async def until_row(centre: Centre, callback: str, **wanted: object) -> None:
    async def holds() -> bool:
        row = await row_of(centre, callback)
        return all(row[key] == value for key, value in wanted.items())

    await centre.service.until(holds, f"{callback} is {wanted}", within_s=15)


def rings_of(phone: Phone) -> int:
    return sum(event.what is What.RINGING for event in phone.events)


async def test_a_caller_is_called_back_when_an_advisor_is_free(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        caller = await centre.ring_in(CLI)
        await caller.wait_for(What.ENDED, 20)
        call = await centre.ended_call_of(caller)
        assert call["outcome"] == "callback"
        (callback,) = await listed(centre)
        assert (callback["number"], callback["asked_in"], callback["state"]) == (f"+{ELSEWHERE}", call["id"], "seeking")
        assert callback["arrived_at"][:19] == call["arrived_at"][:19], "it keeps the caller's place"
        assert not elsewhere.events

        await elsewhere.answer_after(0.3)
        await centre.available(DAMIEN)
        damien = centre.service.phones[DAMIEN]
        rang = await damien.wait_for(What.RINGING)
        assert str(ELSEWHERE) in rang.peer
        ringing = await elsewhere.wait_for(What.RINGING)
        assert ringing.at > rang.at + 0.25, "the advisor first, who answers after 0.3 s, then the contributor"
        assert str(centre.service.number) in ringing.peer, "he is shown one of our own numbers"
        await elsewhere.wait_for(What.ANSWERED)
        assert await elsewhere.hears(damien.tone_hz)
        assert await damien.hears(elsewhere.tone_hz)
        assert (await centre.state_of(DAMIEN))["activity"] == "talking"
        await elsewhere.hang_up()
        await until_row(centre, callback["id"], outcome="answered", attempts=0)
        row = await centre.history_of(callback["id"])
        assert (row["outcome"], row["advisor"], row["path"]) == ("answered", DAMIEN, ["caen", "rouen"])
        assert row["talked_s"] > 0.2
        await centre.until_state(DAMIEN, activity="idle", presence="available")


async def test_the_advisor_may_hang_up_first(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN)
        id_ = await asked(centre)
        await elsewhere.wait_for(What.ANSWERED, 15)
        await asyncio.sleep(0.5)
        await centre.service.phones[DAMIEN].hang_up()
        await until_row(centre, id_, outcome="answered")
        await elsewhere.wait_for(What.ENDED)


async def test_nobody_answers_and_he_is_called_again(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await centre.available(DAMIEN)
        await elsewhere.be_busy()
        id_ = await asked(centre)
        await elsewhere.wait_for(What.RINGING, 15)
        await until_row(centre, id_, attempts=1, attempt="")
        await elsewhere.answer_after(0.1)
        await elsewhere.wait_for(What.ANSWERED, 15)
        await elsewhere.hang_up()
        await until_row(centre, id_, outcome="answered", attempts=1)
        assert (await centre.state_of(DAMIEN))["presence"] == "available"


async def test_an_advisor_who_lets_it_ring_is_set_absent_and_another_one_rings(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN, answer_after_s=None)
        id_ = await asked(centre)
        await centre.rings(DAMIEN)
        await centre.available("francoise_noel")
        await centre.until_state(DAMIEN, presence="not_ready", reason="rona")
        await elsewhere.wait_for(What.ANSWERED, 15)
        assert rings_of(elsewhere) == 1
        await elsewhere.hang_up()
        await until_row(centre, id_, outcome="answered", attempts=0)


async def test_without_a_database_nothing_is_noted(centre: Centre) -> None:
    async with calling_back(centre):
        await asyncio.to_thread(database.stop, centre.service.directory)
        try:
            caller = await centre.ring_in(CLI)
            await caller.wait_for(What.ENDED, 20)
            call = await centre.ended_call_of(caller)
            assert call["outcome"] == "unserved"
            assert "rappel non noté : base de données indisponible" in call["because"]
            with pytest.raises(ServiceFailed, match="the database is away: nothing is noted"):
                await asked(centre)
            assert await listed(centre) == []
        finally:
            await asyncio.to_thread(database.start, centre.service.directory, keep=True)
        assert await asked(centre)


async def test_a_router_killed_after_an_attempt_was_written_rings_nobody_twice(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        id_ = await asked(centre)
        await centre.service.kill_router()
        connection = await asyncpg.connect(centre.service.dsn)  # what it would have written before its end
        await connection.execute(
            "UPDATE callback SET attempt = id || '-1-1', revision = revision + 1 WHERE id = $1", id_
        )
        await connection.close()
        await elsewhere.answer_after(0.1)
        await centre.service.start_router()
        await until_row(centre, id_, attempts=1, attempt="")
        assert not elsewhere.events, "he may have been rung: not again at once"
        await centre.available(DAMIEN)
        await elsewhere.wait_for(What.ANSWERED, 15)
        await elsewhere.hang_up()
        await until_row(centre, id_, outcome="answered")
        assert rings_of(elsewhere) == 1
        assert rings_of(centre.service.phones[DAMIEN]) == 1


async def test_a_router_killed_while_the_advisor_s_phone_rings_goes_on_with_it(centre: Centre) -> None:
    async with calling_back(centre, ring="20s") as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN, answer_after_s=None)
        id_ = await asked(centre)
        await centre.rings(DAMIEN)
        await centre.service.kill_router()
        await centre.service.start_router()
        damien = centre.service.phones[DAMIEN]
        await centre.until_state(DAMIEN, activity="offered")
        await damien.answer_after(0.1)
        await elsewhere.wait_for(What.ANSWERED, 15)
        assert await elsewhere.hears(damien.tone_hz)
        await elsewhere.hang_up()
        await until_row(centre, id_, outcome="answered")
        assert (rings_of(elsewhere), rings_of(damien)) == (1, 1)


async def test_a_router_killed_in_the_talk_hears_of_its_end(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN)
        id_ = await asked(centre)
        await elsewhere.wait_for(What.ANSWERED, 15)
        await centre.service.kill_router()
        await centre.service.start_router()
        damien = centre.service.phones[DAMIEN]
        await centre.until_state(DAMIEN, activity="talking")
        assert await elsewhere.hears(damien.tone_hz)
        await elsewhere.hang_up()
        await until_row(centre, id_, outcome="answered", attempts=0)
        assert rings_of(elsewhere) == 1


async def test_an_advisor_whom_no_router_answers_is_let_go_and_never_queued(centre: Centre) -> None:
    async with calling_back(centre, ring="20s") as elsewhere:
        await centre.available(DAMIEN, answer_after_s=None)
        await asked(centre)
        await centre.rings(DAMIEN)
        await centre.service.kill_router()
        damien = centre.service.phones[DAMIEN]
        await damien.answer_after(0.1)
        await damien.wait_for(What.ANSWERED)
        began = time.monotonic()
        await damien.wait_for(What.ENDED, 20)
        assert time.monotonic() - began < 12
        assert not elsewhere.events
        assert centre.rang() == {DAMIEN}, "no queue rang"
        await damien.let_ring()
        await centre.service.start_router()


async def test_a_callback_is_cancelled(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        id_ = await asked(centre)
        with pytest.raises(ServiceFailed, match="is to be called back already"):
            await asked(centre)
        assert [callback["author"] for callback in await listed(centre)] == [getpass.getuser()]
        await cancelled(centre, id_)
        await centre.available(DAMIEN)
        await until_row(centre, id_, outcome="cancelled")
        await asyncio.sleep(1)
        assert not centre.rang()
        assert not elsewhere.events
