"""A caller leaves a message: it comes from his PBX to the router, and is work to do. Nothing is lost, nothing twice."""

import asyncio
import signal
import wave
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import numpy as np
import pytest
import pytest_asyncio

from cti_router.recordings import HEADER_BYTES, length_of
from deploy.lab import database
from deploy.lab.phone import Phone, What
from deploy.lab.processes import end_child, kill_child
from deploy.lab.service import OPEN_HOUR, ServiceFailed
from tests.acceptance.test_endings import ending, until_state
from tests.acceptance.words import Centre
from tests.wavs import put, wav

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

SPEAKS_S = 4.0
CLOSED_AT = "2026-11-23T20:00"
OFFERED_BY_NIGHT = 33261910002
VOICEMAIL = {"then": "voicemail", "longest": "30s"}


@pytest_asyncio.fixture(loop_scope="session")
async def unit(centre: Centre) -> AsyncIterator[Process]:
    """What runs beside the PBX at Caen. What is left there afterwards is nobody's."""
    unit = await centre.service.start_unit("caen")
    yield unit
    await end_child(unit)
    for file in spooled(centre):
        file.unlink()


def spooled(centre: Centre) -> list[Path]:
    """What is in the spool of the PBX at Caen."""
    return list((centre.service.lab.pbxs["caen"].home / "spool" / "cti").glob("*.wav"))


async def leaves_a_message(centre: Centre, cli: str = "0199001234") -> tuple[Phone, dict[str, Any]]:
    caller = await centre.ring_in(cli)
    return caller, await speaks(centre, caller)


async def speaks(centre: Centre, caller: Phone) -> dict[str, Any]:
    """Says something after the tone, which comes when all has been said to him, and hangs up; his call."""
    await until_state(centre, caller, "take_message", within_s=45)
    await asyncio.sleep(SPEAKS_S)
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert call["outcome"] == "voicemail"
    return call


async def message_of(centre: Centre, call: str, within_s: float = 30.0) -> dict[str, Any]:
    """The message of a call, when the router has it and its call is known."""
    found: list[dict[str, Any]] = []

    async def there() -> bool:
        found[:] = [message for message in await centre.service.messages() if message["id"] == call]
        return bool(found) and bool(found[0]["cli"])

    await centre.service.until(there, f"the message of {call} is at the router", within_s=within_s)
    return found[0]


async def until_brought(centre: Centre, within_s: float = 30.0) -> None:
    """Until nothing is left on the PBX."""

    async def empty() -> bool:
        return spooled(centre) == []

    await centre.service.until(empty, "the PBX's spool is empty", within_s=within_s)


async def heard_in(centre: Centre, call: str, to: Path) -> tuple[float, float]:
    """How long the message is that `cti-router messages save` writes, and its loudest frequency."""
    socket = str(centre.service.control_socket)
    await centre.service.command("messages", "save", call, str(to), "--socket", socket)
    with wave.open(str(to), "rb") as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(samples))
    return len(samples) / rate, float(np.argmax(spectrum) * rate / len(samples))


async def rows_of(centre: Centre, call: str) -> int:
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        return int(await connection.fetchval("SELECT count(*) FROM voice_message WHERE call = $1", call))
    finally:
        await connection.close()


async def done_before(centre: Centre, call: str, days: int) -> None:
    """As if so much time had passed since it was done."""
    now = datetime.fromisoformat((await centre.service.status())["clock"])
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        update = "UPDATE voice_message SET done_at = $2 WHERE call = $1 AND done_at IS NOT NULL"
        assert await connection.execute(update, call, now - timedelta(days=days)) == "UPDATE 1"
    finally:
        await connection.close()


def sound_of(centre: Centre, call: str) -> Path:
    """Where the router keeps it."""
    return centre.service.directory / "state" / "messages" / f"{call}.wav"


@pytest.mark.usefixtures("unit")
async def test_a_message_comes_to_the_router_as_work_and_is_gone_from_the_pbx(centre: Centre, tmp_path: Path) -> None:
    charged = next(each for each in centre.service.contributors if each.advisor_in_charge and len(each.phones) > 1)
    async with ending(centre, VOICEMAIL):
        caller, call = await leaves_a_message(centre, charged.phones[0])
        message = await message_of(centre, call["id"])
        await until_brought(centre)
    told = {
        key: message[key] for key in ("owner_site", "owner_advisor", "contributor_name", "profile", "cli", "due_at")
    }
    assert told == {
        "owner_site": "rouen", "owner_advisor": charged.advisor_in_charge, "contributor_name": charged.name,
        "profile": charged.profile, "cli": charged.phones[0], "due_at": "2026-11-24T17:00:00+01:00",
    }  # fmt: skip
    assert (message["site"], message["done_at"], message["contributor"]) == ("caen", None, call["contributor"])
    left_at, ended_at = (datetime.fromisoformat(at) for at in (message["taken_at"], call["ended_at"]))
    assert abs((left_at - ended_at).total_seconds()) < 3
    length_s, frequency = await heard_in(centre, call["id"], tmp_path / "message.wav")
    assert SPEAKS_S - 1.5 < length_s < SPEAKS_S + 4
    assert length_s == pytest.approx(message["length_s"])
    assert abs(frequency - caller.tone_hz) < 5
    assert sound_of(centre, call["id"]).stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("unit")
async def test_nothing_is_brought_while_he_speaks(centre: Centre) -> None:
    async with ending(centre, VOICEMAIL):
        caller = await centre.ring_in("0199001234")
        await until_state(centre, caller, "take_message")
        sizes = set()

        async def begun() -> bool:
            return spooled(centre) != []

        await centre.service.until(begun, "the tone is over, and the PBX records")
        for _ in range(50):
            await asyncio.sleep(0.2)
            (file,) = spooled(centre)
            header, size = file.read_bytes()[:HEADER_BYTES], file.stat().st_size
            sizes.add(size)
            assert length_of(header, size) is None  # not before Asterisk closes it, whatever it has written so far
        assert len(sizes) > 2
        await caller.hang_up()
        call = await centre.ended_call_of(caller)
        assert (await message_of(centre, call["id"]))["length_s"] > 8
        await until_brought(centre)


@pytest.mark.usefixtures("unit")
async def test_it_is_done_by_command_and_deleted_when_it_has_been_kept_long_enough(centre: Centre) -> None:
    socket = ("--socket", str(centre.service.control_socket))
    async with ending(centre, VOICEMAIL):
        _, call = await leaves_a_message(centre)
        await message_of(centre, call["id"])
        await until_brought(centre)
    assert call["id"] in await centre.service.command("messages", *socket)
    await centre.service.command("messages", "done", call["id"], "--author", "anne", "--note", "rappelée", *socket)
    assert call["id"] not in await centre.service.command("messages", *socket)
    with pytest.raises(ServiceFailed, match="was done already by anne"):
        await centre.service.command("messages", "done", call["id"], "--author", "rose", *socket)
    for days, is_there in ((29, True), (31, False)):
        await done_before(centre, call["id"], days)
        await centre.service.kill_router()
        await centre.service.start_router()  # it purges when it starts, and daily

        async def as_wanted(call_id: str = call["id"], wanted: bool = is_there) -> bool:
            there = (await rows_of(centre, call_id), sound_of(centre, call_id).exists())
            return there == (int(wanted), wanted)

        await asyncio.sleep(1.0)
        await centre.service.until(as_wanted, f"after {days} days its row and sound are there: {is_there}")
    deleted = [line for line in centre.router_log() if '"message_deleted"' in line]
    assert len([line for line in deleted if call["id"] in line]) == 1
    assert not any("0199001234" in line for line in deleted)


async def test_a_router_that_dies_while_it_takes_one_has_it_once(centre: Centre) -> None:
    async with ending(centre, VOICEMAIL):
        _, call = await leaves_a_message(centre)
        router = centre.service.router
        assert router is not None
        router.send_signal(signal.SIGSTOP)  # it hangs: the unit's message is on its way, and nobody answers
        unit = await centre.service.start_unit("caen")
        try:
            await asyncio.sleep(5)
            assert len(spooled(centre)) == 1
            router.send_signal(signal.SIGCONT)
            await centre.service.kill_router()
            await asyncio.sleep(1)
            await centre.service.start_router()
            await message_of(centre, call["id"])
            await until_brought(centre)
        finally:
            await end_child(unit)
    assert await rows_of(centre, call["id"]) == 1


async def test_a_unit_that_dies_again_and_again_brings_it_once(centre: Centre) -> None:
    async with ending(centre, VOICEMAIL):
        _, call = await leaves_a_message(centre)
        for pause_s in (0.5, 1.0, 1.5, 2.0):
            unit = await centre.service.start_unit("caen")
            await asyncio.sleep(pause_s)
            await kill_child(unit)
        unit = await centre.service.start_unit("caen")
        try:
            await message_of(centre, call["id"])
            await until_brought(centre)
        finally:
            await end_child(unit)
    assert await rows_of(centre, call["id"]) == 1


@pytest.mark.usefixtures("unit")
async def test_while_the_database_is_away_it_is_safe_at_the_router(centre: Centre) -> None:
    async with ending(centre, VOICEMAIL):
        await asyncio.to_thread(database.stop, centre.service.directory)
        try:
            _, call = await leaves_a_message(centre)
            await until_brought(centre)
            assert sound_of(centre, call["id"]).exists()
            listed = [message for message in await centre.service.messages() if message["id"] == call["id"]]
            assert [message["owner_site"] for message in listed] == ["rouen"]
            await centre.service.kill_router()  # what it has taken must outlive it
            await centre.service.start_router()
        finally:
            await asyncio.to_thread(database.start, centre.service.directory, keep=True)
        message = await message_of(centre, call["id"])
    assert message["cli"] == "0199001234"
    assert await rows_of(centre, call["id"]) == 1


async def test_a_unit_with_another_key_and_a_file_that_is_none_are_refused(centre: Centre) -> None:
    spool = centre.service.lab.pbxs["caen"].home / "spool"
    async with ending(centre, VOICEMAIL):
        _, call = await leaves_a_message(centre)
        unit = await centre.service.start_unit("caen", key="another")
        try:
            await asyncio.sleep(5)
        finally:
            await end_child(unit)
        assert [file.stem for file in spooled(centre)] == [call["id"]]
        assert call["id"] not in {message["id"] for message in await centre.service.messages()}
        put(spool, f"{call['id']}x", wav(seconds=3.0)[:-1])  # whole it is not, nor will it be
        strange = put(spool, "rouen-1.1", wav(seconds=3.0))
        unit = await centre.service.start_unit("caen")
        try:
            await message_of(centre, call["id"])
        finally:
            await end_child(unit)
        assert {file.stem for file in spooled(centre)} == {f"{call['id']}x", "rouen-1.1"}
        for file in (*spooled(centre), strange):
            file.unlink(missing_ok=True)
    async with httpx.AsyncClient() as stranger:
        door = f"http://{centre.service.lab.router}:9465/messages"
        for path, code in ((f"{door}/caen/{call['id']}.wav", 401), (f"{door}/paris/paris-1.wav", 403)):
            assert (await stranger.put(path, content=b"x")).status_code == code


@pytest.mark.usefixtures("unit")
async def test_outside_hours_a_caller_leaves_a_message_for_those_who_come_next(centre: Centre) -> None:
    await centre.clear(CLOSED_AT)
    known = centre.number_of("employer")
    caller = await centre.service.lab.caller(known)
    centre.callers.append(caller)
    await caller.call(f"sip:+{OFFERED_BY_NIGHT}@{centre.service.lab.pbxs['caen'].sip}")
    await caller.wait_for(What.ANSWERED, 15)
    call = await speaks(centre, caller)
    message = await message_of(centre, call["id"])
    await until_brought(centre)
    assert "hors des tranches horaires" in call["because"].lower()
    assert (message["profile"], message["motive"], message["due_at"]) == (
        "employer", "collections", "2026-11-24T17:00:00+01:00",
    )  # fmt: skip
    assert message["owner_site"] == (await opens_next(centre))
    await centre.clear(OPEN_HOUR)


async def opens_next(centre: Centre) -> str:
    """The site on duty on Tuesday morning."""
    week = centre.service.configuration.calendar.week
    return next(slot.duty for slot in week if slot.weekday == 1)
