"""Nobody could answer: the caller leaves a message, or is sent on to another number."""

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from deploy.lab.phone import Phone, What
from tests.acceptance.words import ELSEWHERE, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

WAIT_S = 2


@asynccontextmanager
async def ending(centre: Centre, end: dict[str, Any]) -> AsyncIterator[None]:
    """Inside the block every plan comes to this end after two seconds, and one call a site may go out."""
    service = centre.service
    plans, sites = (service.configuration_directory / name for name in ("plans.yaml", "sites.yaml"))
    before = {file: file.read_text() for file in (plans, sites)}

    async def taken(file: Path, text: str) -> None:
        version = (await service.status())["configuration"]
        file.write_text(text)

        async def other() -> bool:
            return bool((await service.status())["configuration"] != version)

        await service.until(other, "the new configuration is taken")

    document = yaml.safe_load(before[sites])
    for site in document["sites"].values():
        site["public_calls"] = 1
    await taken(sites, yaml.safe_dump(document))
    document = yaml.safe_load(before[plans])
    for plan in document["plans"].values():
        plan["steps"] = [{"after": "0s", "sites": "all"}]
        plan["end"] = {"after": f"{WAIT_S}s", "play": ["beep"], **end}
    await taken(plans, yaml.safe_dump(document))
    try:
        yield
    finally:
        await centre.hang_up_all()
        await taken(plans, before[plans])
        await taken(sites, before[sites])


async def until_state(centre: Centre, caller: Phone, state: str, within_s: float = 10.0) -> None:
    """Until his channel carries out this verb."""
    pbx = centre.service.lab.pbxs["caen"]

    async def holds() -> bool:
        call = (await centre.call_of(caller))["id"]
        channels = [line.split("!")[0] for line in (await pbx.cli("core show channels concise")).splitlines()]
        shown = [await pbx.cli(f"core show channel {channel}") for channel in channels]
        return any(f"CTI_CALL={call}" in text and f"CTI_STATE={state}" in text for text in shown)

    await centre.service.until(holds, f"{caller.name} is in {state}", within_s=within_s)


def message_of(centre: Centre, call: dict[str, Any]) -> tuple[float, float]:
    """How long his message is, in seconds, and its loudest frequency in Hz."""
    spool = centre.service.lab.pbxs["caen"].home / "spool"
    with wave.open(str(spool / f"{call['message']}.wav"), "rb") as file:
        rate, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    spectrum = np.abs(np.fft.rfft(samples))
    return len(samples) / rate, float(np.argmax(spectrum) * rate / len(samples))


def _hang_up(caller: Phone) -> Any:
    return caller.hang_up()


def _key_hash(caller: Phone) -> Any:
    return caller.send_dtmf("#")


@pytest.mark.parametrize("finish", [_hang_up, _key_hash])
async def test_a_caller_leaves_a_message(centre: Centre, finish: Callable[[Phone], Any]) -> None:
    async with ending(centre, {"then": "voicemail", "longest": "30s"}):
        caller = await centre.ring_in("0199001234")
        await until_state(centre, caller, "take_message")
        await asyncio.sleep(4)
        await finish(caller)
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["message"]) == ("voicemail", f"cti/{call['id']}")
        length_s, frequency = message_of(centre, call)
        assert 2.5 < length_s < 8
        assert abs(frequency - caller.tone_hz) < 5
        assert (await centre.history_of(call["id"]))["message"] == call["message"]


async def test_a_message_ends_at_its_longest(centre: Centre) -> None:
    async with ending(centre, {"then": "voicemail", "longest": "5s"}):
        caller = await centre.ring_in("0199001234")
        call = await centre.ended_call_of(caller)
        assert call["outcome"] == "voicemail"
        length_s, _ = message_of(centre, call)
        assert 4.5 < length_s < 5.5


async def test_who_hangs_up_at_once_has_left_no_message(centre: Centre) -> None:
    async with ending(centre, {"then": "voicemail"}):
        caller = await centre.ring_in("0199001234")
        await until_state(centre, caller, "take_message")
        await caller.hang_up()
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["message"]) == ("unserved", "")


async def test_a_message_is_told_to_a_router_that_was_killed_in_it(centre: Centre) -> None:
    async with ending(centre, {"then": "voicemail", "longest": "30s"}):
        caller = await centre.ring_in("0199001234")
        await until_state(centre, caller, "take_message")
        await asyncio.sleep(3)
        await centre.service.kill_router()
        await centre.service.start_router()
        await caller.hang_up()
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["message"]) == ("voicemail", f"cti/{call['id']}")


async def test_a_caller_is_sent_on_to_another_number(centre: Centre) -> None:
    elsewhere = await centre.public_network()
    async with ending(centre, {"then": "other_number", "number": f"+{ELSEWHERE}", "otherwise": ["vm-goodbye"]}):
        await elsewhere.answer_after(0.3)
        caller = await centre.ring_in("0199001234")
        ringing = await elsewhere.wait_for(What.RINGING, WAIT_S + 10)
        assert str(centre.service.number) in ringing.peer  # one of our own numbers, not the caller's
        await elsewhere.wait_for(What.ANSWERED)
        assert await caller.hears(elsewhere.tone_hz)
        assert await elsewhere.hears(caller.tone_hz)
        await elsewhere.hang_up()
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["advisor"]) == ("forwarded", None)
        assert call["talked_s"] > 0.2
        # Nobody answers there: he hears so, and is let go.
        await elsewhere.be_busy()
        caller = await centre.ring_in("0199001235")
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["talked_s"]) == ("unserved", 0.0)
