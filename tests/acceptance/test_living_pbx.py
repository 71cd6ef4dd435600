"""A PBX that was there before us: its own dialplan, phones, queue and manager user work as they did."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.lab.asterisk import LabPbx
from deploy.lab.phone import Phone, What
from deploy.lab.service import OPEN_HOUR
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

RECEPTION, QUEUE, ECHO = "190", "600", "601"
# What its admin wrote, long before us. 102 is one of our advisors' phones, too.
OWN = {
    "extensions.conf": f"""
[house]
exten => _1XX,1,Dial(PJSIP/${{EXTEN}},20)
exten => {QUEUE},1,Answer()
 same => n,Queue(reception,,,,20)
 same => n,Hangup(16)
exten => {ECHO},1,Goto(house-echo,s,1)
[house-echo]
exten => s,1,Answer()
 same => n,Echo()
""",
    "pjsip.conf": f"""
[{RECEPTION}](phone)
context = house
aors = {RECEPTION}
auth = {RECEPTION}
[{RECEPTION}](registered)
[{RECEPTION}](secret)
username = {RECEPTION}
password = lab-caen-{RECEPTION}
""",
    "queues.conf": """
[reception]
strategy = ringall
timeout = 15
member => PJSIP/102
""",
    "manager.conf": """
[supervision]
secret = house
permit = 127.0.0.1/255.255.255.255
read = system
write = system
""",
}


async def test_its_own_calls_work_before_and_after(centre: Centre) -> None:
    pbx = centre.service.lab.pbxs["caen"]
    async with _lived_in(pbx) as reception:
        rendered = sorted((pbx.home / "etc").glob("cti_*.conf"))
        texts = {file: file.read_text() for file in rendered}
        for file in rendered:
            file.unlink()
        await pbx.cli("core reload")
        before = await _contexts(pbx)
        assert not any(context.startswith("cti-") for context in before)
        await _own_life(centre, pbx, reception)
        for file, text in texts.items():
            file.write_text(text)
        await pbx.cli("core reload")
        after = await _contexts(pbx)
        assert after > before
        assert all(context.startswith("cti-") for context in after - before)
        await _own_life(centre, pbx, reception)
        await centre.available("benoit_marechal", "damien_hebert")
        caller = await centre.ring_in(centre.number_of("employer"))  # and now it takes ours as well
        await centre.answers("damien_hebert", within_s=20)
        assert await centre.talk_together(caller, "damien_hebert")
        await centre.hang_up_all()


async def test_the_admin_s_way_out_and_back(centre: Centre) -> None:
    pbx = centre.service.lab.pbxs["caen"]
    rouen = [who.id for who in centre.service.configuration.advisors.values() if who.site == "rouen"]
    known = {call["id"] for call in await centre.service.calls()}
    await centre.available("anne_lefevre")
    await pbx.cli("database put cti bypass 1")
    try:
        for advisor in rouen:  # nobody there is available to the router: the queue knows no presence
            await centre.service.phones[advisor].answer_after(0.2)
        caller = await centre.ring_in(centre.number_of("employer"))
        answered = await _one_answers(centre, rouen)
        assert await centre.talk_together(caller, answered)
        assert {call["id"] for call in await centre.service.calls()} == known  # the router, alive, was not asked
        await caller.hang_up()
    finally:
        await pbx.cli("database del cti bypass")
        await centre.hang_up_all()
    await centre.clear(OPEN_HOUR)
    await centre.available("damien_hebert")
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    assert (await centre.call_of(caller))["advisor"] == "damien_hebert"


async def _own_life(centre: Centre, pbx: LabPbx, reception: Phone) -> None:
    """Phone to phone by its own dialplan, its own queue, an own context behind another, its own manager user."""
    benoit = centre.service.phones["benoit_marechal"]
    await benoit.answer_after(0.2)
    for extension in ("102", QUEUE):
        benoit.forget()
        await reception.call(f"sip:{extension}@{pbx.sip}")
        await benoit.wait_for(What.ANSWERED, 15)
        assert await reception.hears(benoit.tone_hz)
        assert await benoit.hears(reception.tone_hz)
        await reception.hang_up()
        await benoit.wait_for(What.ENDED)
    reception.forget()
    await reception.call(f"sip:{ECHO}@{pbx.sip}")
    await reception.wait_for(What.ANSWERED)
    assert await reception.hears(reception.tone_hz)
    await reception.hang_up()
    await reception.wait_for(What.ENDED)
    assert await _manager_lets_in(pbx)


async def _manager_lets_in(pbx: LabPbx) -> bool:
    reader, writer = await asyncio.open_connection(pbx.address, 5038)
    try:
        writer.write(b"Action: Login\r\nUsername: supervision\r\nSecret: house\r\n\r\n")
        async with asyncio.timeout(5):
            await reader.readline()  # the greeting
            return await reader.readline() == b"Response: Success\r\n"
    finally:
        writer.transport.abort()


async def _contexts(pbx: LabPbx) -> set[str]:
    return set(re.findall(r"^\[ Context '([^']+)' created by 'pbx_config'", await pbx.cli("dialplan show"), re.M))


@asynccontextmanager
async def _lived_in(pbx: LabPbx) -> AsyncIterator[Phone]:
    """Inside the block the PBX has its own things, before what is ours; the phone of its reception."""
    for name, text in OWN.items():
        with (pbx.home / "etc" / name).open("a") as file:
            file.write(text)
    try:
        await pbx.cli("core reload")
        reception = await Phone.start(RECEPTION, pbx.sip, pbx.password(RECEPTION))
        try:
            yield reception
        finally:
            await reception.stop()
    finally:
        await pbx.reload()


async def _one_answers(centre: Centre, advisors: list[str]) -> str:
    async with asyncio.timeout(20):
        while True:
            for advisor in advisors:
                if any(event.what is What.ANSWERED for event in centre.service.phones[advisor].events):
                    return advisor
            await asyncio.sleep(0.05)
