"""The router dies, hangs, comes back: no caller is lost, no talk is cut."""

import asyncio
import re
import signal
import time

import pytest

from deploy.lab.phone import Phone, What
from deploy.lab.service import OPEN_HOUR
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

FALLBACK_WITHIN_S = 10.0


async def test_killed_and_started_again_the_talk_goes_on_and_who_waits_is_served(centre: Centre) -> None:
    await centre.available("damien_hebert")
    talking = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    waiting = await centre.ring_in("0199001234")
    await centre.until_waiting(waiting)
    older = (await centre.call_of(waiting))["arrived_at"]
    await centre.service.kill_router()
    assert await centre.talk_together(talking, "damien_hebert")
    await asyncio.sleep(3)
    await centre.service.start_router()
    assert await centre.talk_together(talking, "damien_hebert")
    await centre.until_waiting(waiting)  # at once; or at his next ask, when his PBX was not listed in time
    assert (await centre.call_of(waiting))["arrived_at"] == older
    centre.service.phones["damien_hebert"].forget()
    await talking.hang_up()
    await centre.answers("damien_hebert")
    assert await centre.talk_together(waiting, "damien_hebert")
    await waiting.hang_up()
    ended = await centre.ended_call_of(talking)
    assert (ended["outcome"], ended["advisor"]) == ("answered", "damien_hebert")
    assert ended["talked_s"] > 3
    assert (await centre.ended_call_of(waiting))["outcome"] == "answered"


async def test_gone_for_good_the_duty_site_s_own_phones_ring(centre: Centre) -> None:
    await centre.service.kill_router()
    first_missed_at = time.monotonic()
    caller = await centre.ring_in("0199001234")
    assert await _any_rings(centre) - first_missed_at < FALLBACK_WITHIN_S
    assert await _served(centre, caller)


async def test_stopped_in_its_tracks_the_duty_site_s_own_phones_ring(centre: Centre) -> None:
    router = centre.service.router
    assert router is not None
    router.send_signal(signal.SIGSTOP)
    try:
        first_missed_at = time.monotonic()
        caller = await centre.ring_in("0199001234")
        assert await _any_rings(centre) - first_missed_at < FALLBACK_WITHIN_S
        assert await _served(centre, caller)
    finally:
        router.send_signal(signal.SIGCONT)
    # It has slept through a talk: it must find its way, and cut nobody.
    await asyncio.sleep(3)
    assert [event for event in caller.events if event.what is What.ENDED] == []
    await caller.hang_up()


async def test_a_caller_in_the_fallback_is_taken_back_with_his_age_by_a_router_that_returns(centre: Centre) -> None:
    await centre.service.kill_router()
    caller = await centre.ring_in("0199001234")
    await _any_rings(centre)  # Rouen's phones ring, and nobody there answers
    await centre.service.start_router()
    await centre.available("anne_lefevre")  # at Caen: his plan opens Caen after 5 s, and he has waited longer
    await centre.answers("anne_lefevre", within_s=40)
    assert await centre.talk_together(caller, "anne_lefevre")
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", "anne_lefevre")
    assert call["waited_s"] > 20


async def test_calls_that_end_while_no_router_listens_are_closed_as_such(centre: Centre) -> None:
    await centre.available("damien_hebert")
    talking = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    waiting = await centre.ring_in("0199001236")
    await centre.until_waiting(waiting)
    calls = [(await centre.call_of(caller))["id"] for caller in (talking, waiting)]
    await centre.service.kill_router()
    await waiting.hang_up()
    await talking.hang_up()
    await centre.service.phones["damien_hebert"].wait_for(What.ENDED)
    await centre.service.start_router()

    async def closed() -> bool:
        return all([(await centre.history_of(call))["outcome"] for call in calls])

    await centre.service.until(closed, "their rows are closed")
    for call in calls:
        row = await centre.history_of(call)
        assert row["outcome"] == "ended_unseen"
        assert row["arrived_at"] < row["ended_at"]
        assert row["because"][-1] == "terminé pendant que le routeur n’écoutait pas"
    centre.service.phones["damien_hebert"].forget()
    await centre.ring_in("0199001237")
    await centre.answers("damien_hebert")


async def test_a_pbx_with_the_files_of_another_release_serves_its_callers_by_itself(centre: Centre) -> None:
    pbx = centre.service.lab.pbxs["caen"]
    dialplan = pbx.home / "etc" / "cti_extensions.conf"
    of_another, changed = re.subn(r"(AGI\(agi://.*),[^,]*\)$", r"\1)", dialplan.read_text(), flags=re.MULTILINE)
    assert changed == 5  # ask, end, aside, callback, callback_over
    said = len(centre.router_log())
    try:
        dialplan.write_text(of_another)
        await pbx.cli("dialplan reload")
        first_missed_at = time.monotonic()
        caller = await centre.ring_in("0199001238")
        assert await _any_rings(centre) - first_missed_at < FALLBACK_WITHIN_S
        assert await _served(centre, caller)
        assert any("render this PBX's files" in line for line in centre.router_log()[said:])
        await caller.hang_up()
    finally:
        await centre.hang_up_all()
        await pbx.reload()
    await centre.clear(OPEN_HOUR)
    await centre.available("damien_hebert")
    await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")


async def _any_rings(centre: Centre, within_s: float = 20.0) -> float:
    """When the first phone of Rouen rang."""
    async with asyncio.timeout(within_s):
        while True:
            for phone in centre.phones_at("rouen"):
                for event in phone.events:
                    if event.what is What.RINGING:
                        return event.at
            await asyncio.sleep(0.05)


async def _served(centre: Centre, caller: Phone) -> bool:
    """Whoever rings answers, and they talk."""
    for phone in centre.phones_at("rouen"):
        await phone.answer_after(0)
    async with asyncio.timeout(20):
        while True:
            for phone in centre.phones_at("rouen"):
                if any(event.what is What.ANSWERED for event in phone.events):
                    return await caller.hears(phone.tone_hz) and await phone.hears(caller.tone_hz)
            await asyncio.sleep(0.05)
