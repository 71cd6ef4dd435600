"""The lab itself: what it promises to the tests and benches that stand on it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from deploy.lab.asterisk import PbxFailed
from deploy.lab.callers import place_calls, static_phones
from deploy.lab.lab import Lab
from deploy.lab.phone import Phone, What
from deploy.lab.rack import PhoneFailed

pytestmark = pytest.mark.acceptance

_CAEN_DIALPLAN = """
[cti-inbound]
exten => tunnel,1,Dial(PJSIP/103@rouen,20)
exten => here,1,Dial(PJSIP/101,20)
exten => keys,1,Answer()
 same => n,Read(KEYS,,3,,1,5)
 same => n,Dial(PJSIP/${KEYS},20)
exten => french,1,Progress()
 same => n,Playback(digits/1&digits/1&digits/1,noanswer)
 same => n,Hangup(17)
"""

_ROUEN_DIALPLAN = """
[from-caen]
exten => _1XX,1,Dial(PJSIP/${EXTEN},20)

[cti-inbound]
exten => _+X!,1,Wait(5)
"""

_TRUNK = """
[{peer}]
type = endpoint
transport = udp
context = from-{peer}
disallow = all
allow = alaw
aors = {peer}
[{peer}]
type = aor
contact = sip:{address}:5060
qualify_frequency = 5
[{peer}]
type = identify
endpoint = {peer}
match = {address}
"""

_ORPHAN = """
import asyncio, sys
from pathlib import Path
from deploy.lab.lab import Lab

async def main():
    async with Lab({"caen": ("101",)}, directory=Path(sys.argv[1])) as lab:
        caen = await lab.start_pbx("caen")
        await lab.phone("caen", "101")
        print("up", flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
async def lab(tmp_path: Path) -> AsyncIterator[Lab]:
    async with Lab({"caen": ("101",), "rouen": ("103",)}) as lab:
        for site, peer, dialplan in (("caen", "rouen", _CAEN_DIALPLAN), ("rouen", "caen", _ROUEN_DIALPLAN)):
            rendered = tmp_path / site
            rendered.mkdir()
            (rendered / "cti_extensions.conf").write_text(dialplan)
            (rendered / "cti_pjsip.conf").write_text(_TRUNK.format(peer=peer, address=lab.address(peer)))
            await lab.start_pbx(site, rendered=rendered)
        yield lab


async def _talking(caller: Phone, phone: Phone, uri: str) -> None:
    await phone.answer_after(0)
    await caller.call(uri)
    await phone.wait_for(What.ANSWERED)
    await caller.wait_for(What.ANSWERED)


async def test_caller_and_advisor_hear_each_other_through_the_trunk(lab: Lab) -> None:
    phone = await lab.phone("rouen", "103")
    idle = await lab.phone("caen", "101")
    caller = await lab.caller("0199001234")

    await _talking(caller, phone, f"sip:tunnel@{lab.pbxs['caen'].sip}")

    assert await caller.hears(phone.tone_hz)
    assert await phone.hears(caller.tone_hz)
    assert "0199001234" in phone.events[0].peer
    assert await idle.heard() is None
    assert idle.events == []
    await caller.hang_up()
    await phone.wait_for(What.ENDED)
    assert await phone.hears(None)


async def test_a_phone_behaves_as_told_even_while_it_rings(lab: Lab) -> None:
    phone = await lab.phone("caen", "101")
    caller = await lab.caller("0199001234")
    here = f"sip:here@{lab.pbxs['caen'].sip}"

    await phone.be_busy()
    await caller.call(here)
    assert "486" in (await caller.wait_for(What.ENDED)).detail

    await phone.let_ring()
    await caller.call(here)
    await phone.wait_for(What.RINGING)
    with pytest.raises(TimeoutError):
        await phone.wait_for(What.ANSWERED, within_s=0.5)
    await phone.answer_after(0)
    await caller.wait_for(What.ANSWERED)
    await phone.hang_up()
    await caller.wait_for(What.ENDED)


async def test_keys_reach_the_dialplan(lab: Lab) -> None:
    phone = await lab.phone("caen", "101")
    caller = await lab.caller("0199001234")
    await caller.call(f"sip:keys@{lab.pbxs['caen'].sip}")
    await caller.wait_for(What.ANSWERED)
    await asyncio.sleep(0.3)
    await caller.send_dtmf("101")
    assert "0199001234" in (await phone.wait_for(What.RINGING)).peer


async def test_french_prompts_are_heard_before_the_answer(lab: Lab) -> None:
    caller = await lab.caller("anonymous")
    await caller.call(f"sip:french@{lab.pbxs['caen'].sip}")
    assert await _hears_a_voice(caller)
    assert "486" in (await caller.wait_for(What.ENDED)).detail
    assert all(event.what is not What.ANSWERED for event in caller.events)


async def _hears_a_voice(phone: Phone) -> bool:
    for _ in range(40):
        if await phone.heard() is not None:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_a_killed_phone_is_noticed_and_a_shared_one_cannot_be_killed(lab: Lab) -> None:
    phone = await lab.phone("caen", "101", alone=True)
    assert "Not in use" in await _state(lab)
    await phone.kill()
    assert await _noticed(lab)
    with pytest.raises(PhoneFailed):
        await phone.heard()
    with pytest.raises(PhoneFailed):
        await (await lab.caller("0199001234")).kill()


async def _state(lab: Lab) -> str:
    return await lab.pbxs["caen"].cli("pjsip show endpoint 101")


async def _noticed(lab: Lab) -> bool:
    for _ in range(30):
        if "Unavailable" in await _state(lab):
            return True
        await asyncio.sleep(0.5)
    return False


def _mounts() -> str:
    return Path("/proc/self/mountinfo").read_text()


async def test_a_pbx_can_be_frozen_killed_stopped_and_started_again(lab: Lab) -> None:
    rouen = lab.pbxs["rouen"]
    rouen.suspend()
    statuses = set[str]()
    for _ in range(500):  # the kernel stops one thread after the other
        statuses.add(psutil.Process(rouen.pid).status())
        if psutil.STATUS_STOPPED in statuses:
            break
        await asyncio.sleep(0.01)
    assert psutil.STATUS_STOPPED in statuses
    rouen.resume()
    assert "PBX Core settings" in await rouen.cli("core show settings")
    await rouen.kill()
    with pytest.raises(PbxFailed):
        await rouen.cli("core show uptime")
    await rouen.start()
    assert rouen.cpu_seconds() > 0
    await rouen.stop()
    assert not rouen.running
    await rouen.start()
    phone = await lab.phone("rouen", "103")
    await _talking(await lab.caller("0199001234"), phone, f"sip:tunnel@{lab.pbxs['caen'].sip}")


async def test_sipp_counts_what_became_of_its_calls(tmp_path: Path) -> None:
    (tmp_path / "cti_extensions.conf").write_text(_CAEN_DIALPLAN)
    async with Lab({"caen": ("101",)}, static_phones=True) as lab:
        caen = await lab.start_pbx("caen", rendered=tmp_path)

        async with static_phones(lab.static_phones, ring_s=0.2, talk_s=0.5) as phones:
            clis = ["0199001234", "0199005678"]
            served = await place_calls(
                number="here", pbx=caen.sip, source=lab.callers, clis=clis, calls=3, rate_per_s=10
            )
        assert (served.placed, served.released, served.failed) == (3, 3, 0)
        assert (phones.answered, phones.hung_up, phones.failed) == (3, 3, 0)

        async with static_phones(lab.static_phones, ring_s=10, talk_s=0.5) as phones:
            impatient = await place_calls(
                number="here", pbx=caen.sip, source=lab.callers, clis=clis, patience_s=0.5, rate_per_s=10
            )
        assert (impatient.placed, impatient.abandoned, impatient.failed) == (2, 2, 0)
        assert (phones.cancelled, phones.failed) == (2, 0)


async def test_nothing_is_left_when_the_lab_is_closed() -> None:
    mounts, others = _mounts(), set(psutil.Process().children(recursive=True))
    async with Lab({"caen": ("101",)}) as lab:
        await lab.start_pbx("caen")
        await lab.phone("caen", "101")
        directory = lab.directory
        processes = set(psutil.Process().children(recursive=True)) - others
        assert len(processes) >= 3
    assert not any(process.is_running() for process in processes)
    assert _mounts() == mounts
    assert directory.name not in os.listdir(directory.parent)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_nothing_survives_the_owner_of_the_lab(tmp_path: Path, how: signal.Signals) -> None:
    mounts = _mounts()
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _ORPHAN, tmp_path, stdout=PIPE, stderr=PIPE, cwd=Path(__file__).parents[2]
    )
    assert owner.stdout is not None
    async with asyncio.timeout(30):
        while (line := await owner.stdout.readline()) != b"up\n":
            assert line, "the owner ended early"
    processes = psutil.Process(owner.pid).children(recursive=True)
    assert {"asterisk", "unshare"} <= {process.name() for process in processes}
    owner.send_signal(how)
    await owner.communicate()
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=5)
    assert alive == []
    assert _mounts() == mounts


async def test_the_public_network_takes_calls_to_its_subscribers_and_to_the_sites_numbers(lab: Lab) -> None:
    await lab.start_carrier({"_+3326191120X": "rouen"}, [33199001234])
    subscriber = await lab.phone("carrier", "33199001234")
    await subscriber.answer_after(0.1)
    caen = lab.pbxs["caen"]
    await caen.cli("channel originate PJSIP/+33199001234@public application Wait 5")
    await subscriber.wait_for(What.ANSWERED)
    await caen.cli("channel originate PJSIP/+33261911201@public application Wait 5")
    channels = ""
    async with asyncio.timeout(5):
        while "33261911201" not in channels:
            channels = await lab.pbxs["rouen"].cli("core show channels verbose")
            await asyncio.sleep(0.05)
    await subscriber.hang_up()
