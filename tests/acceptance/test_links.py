"""A PBX dies, or its manager link does: its advisors are not offered meanwhile, and nobody who talks is cut."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from cti_router.core.treating.treatment import WAIT_S
from deploy.lab.phone import What
from tests.acceptance.ami_proxy import AmiProxy
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

NOTICED_WITHIN_S = 10.0
BACKUPS_AFTER_S = 5.0
"""The plan's second step, from the caller's arrival: Rouen's backup is Caen."""

REGISTERED_RINGS_WITHIN_S = 2.0
"""From a phone's registration to its first answer; it lets ring for 0.3 s."""


async def test_a_pbx_is_killed_the_others_serve_and_it_comes_back(centre: Centre) -> None:
    pbx = centre.service.lab.pbxs["rouen"]
    await centre.available("damien_hebert")
    first = await centre.ring_in("0199001231")
    await centre.answers("damien_hebert")
    await centre.available("francoise_noel")
    await centre.until_ready_at("rouen", {"francoise_noel"})
    try:
        await pbx.kill()
        killed_at = time.monotonic()
        await centre.until_ready_at("rouen", set(), within_s=NOTICED_WITHIN_S)
        assert time.monotonic() - killed_at <= NOTICED_WITHIN_S
        later = await centre.ring_in("0199001232", site="dieppe")
        await centre.until_waiting(first, within_s=15)
        assert not [event for event in first.events if event.what is What.ENDED]
        await asyncio.sleep(BACKUPS_AFTER_S)
        # Both may go to Caen by now: who came first, and was served already, comes first.
        await centre.available("anne_lefevre")
        await centre.answers("anne_lefevre")
        assert await centre.talk_together(first, "anne_lefevre")
        centre.service.phones["anne_lefevre"].forget()
        await first.hang_up()
        await centre.answers("anne_lefevre")
        assert await centre.talk_together(later, "anne_lefevre")
        await later.hang_up()
        call = await centre.ended_call_of(first)
        assert (call["outcome"], call["advisor"], call["path"]) == ("answered", "anne_lefevre", ["caen"])
        offers = [(offer["advisor"], offer["result"]) for offer in call["tickets"][0]["offers"]]
        assert offers == [("damien_hebert", "cut"), ("anne_lefevre", "answered")]
        await centre.service.present("anne_lefevre", "absent")
    finally:
        await centre.service.phones["damien_hebert"].hang_up()  # no PBX told it that its talk is over
        await centre.start_pbx_again("rouen")  # which knows from its database who was registered
    await centre.until_ready_at("rouen", {"damien_hebert", "francoise_noel"}, within_s=20)
    for advisor in ("damien_hebert", "francoise_noel"):
        centre.service.phones[advisor].forget()
    again = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert", within_s=20)
    assert await centre.talk_together(again, "damien_hebert")
    assert (await centre.call_of(again))["path"][-1] == "rouen"


async def test_phones_that_a_restarted_pbx_has_forgotten_are_offered_once_they_register_again(centre: Centre) -> None:
    pbx = centre.service.lab.pbxs["rouen"]
    await centre.available("damien_hebert", "francoise_noel")
    await centre.until_ready_at("rouen", {"damien_hebert", "francoise_noel"})
    try:
        await pbx.kill()
        pbx.forget()
        await centre.start_pbx_again("rouen")
        await centre.until_state("damien_hebert", phone="unreachable", presence="available", ready=False)
        caller = await centre.ring_in(centre.number_of("employer"), site="rouen")  # trunks take longer to come back
        await centre.until_waiting(caller)
        assert await centre.ready_at("rouen") == set()
        await centre.service.phones["damien_hebert"].register()
        registered_at = time.monotonic()
        answered_at = await centre.answers("damien_hebert")
        assert answered_at - registered_at < REGISTERED_RINGS_WITHIN_S
        assert await centre.talk_together(caller, "damien_hebert")
        assert await centre.ready_at("rouen") == set()  # her phone has not registered yet
        assert "francoise_noel" not in centre.rang()
    finally:
        for phone in centre.phones_at("rouen"):
            if phone is not centre.service.phones["damien_hebert"]:
                await phone.register()
    await centre.until_ready_at("rouen", {"francoise_noel"})
    other = await centre.ring_in("0199001261", site="rouen")
    await centre.answers("francoise_noel")
    assert await centre.talk_together(other, "francoise_noel")


async def test_an_advisor_hangs_up_while_the_link_to_his_pbx_is_down(centre: Centre) -> None:
    async with _manager_through_a_proxy(centre, "rouen") as proxy:
        await centre.available("damien_hebert")
        caller = await centre.ring_in("0199001271")
        await centre.answers("damien_hebert")
        await centre.available("anne_lefevre")  # a backup who could be rung, were the caller taken for one who was cut
        assert await centre.talk_together(caller, "damien_hebert")
        proxy.freeze()
        await centre.until_linked("rouen", linked=False, within_s=NOTICED_WITHIN_S + 1)
        await centre.service.phones["damien_hebert"].hang_up()
        await caller.wait_for(What.ENDED, 3)
        call = await centre.ended_call_of(caller)
        assert (call["outcome"], call["advisor"]) == ("answered", "damien_hebert")
        assert "anne_lefevre" not in centre.rang()


async def test_the_manager_link_is_cut_and_made_anew(centre: Centre) -> None:
    async with _manager_through_a_proxy(centre, "rouen") as proxy:
        await centre.available("damien_hebert")
        talking = await centre.ring_in("0199001241")
        await centre.answers("damien_hebert")
        waiting = await centre.ring_in("0199001242")
        await centre.until_waiting(waiting)
        links = proxy.accepted
        proxy.cut()
        await centre.until_linked("rouen", linked=False)
        await centre.until_linked("rouen")
        assert proxy.accepted > links
        assert await centre.talk_together(talking, "damien_hebert")
        await centre.until_state("damien_hebert", activity="talking", phone="in_use")
        centre.service.phones["damien_hebert"].forget()
        await talking.hang_up()  # told over the new link, and served
        await centre.answers("damien_hebert")
        assert await centre.talk_together(waiting, "damien_hebert")
        await waiting.hang_up()
        for caller in (talking, waiting):
            call = await centre.ended_call_of(caller)
            assert (call["outcome"], call["advisor"]) == ("answered", "damien_hebert")


async def test_a_half_open_manager_link_is_noticed(centre: Centre) -> None:
    async with _manager_through_a_proxy(centre, "rouen") as proxy:
        await centre.available("damien_hebert")
        talking = await centre.ring_in("0199001251")
        await centre.answers("damien_hebert")
        waiting = await centre.ring_in("0199001252", site="rouen")
        came_at = time.monotonic()
        await centre.until_waiting(waiting)
        proxy.freeze()
        frozen_at = time.monotonic()
        await centre.until_linked("rouen", linked=False, within_s=NOTICED_WITHIN_S + 1)
        assert time.monotonic() - frozen_at <= NOTICED_WITHIN_S + 1
        await centre.available("francoise_noel")  # her phone is out of sight: she is not offered
        assert await centre.ready_at("rouen") == set()
        await asyncio.sleep(max(0.0, came_at + BACKUPS_AFTER_S - time.monotonic()))
        await centre.available("anne_lefevre")
        # His own PBX is out of reach, but it asks: by itself when the wait it was told is over, then every 2 s.
        await centre.answers("anne_lefevre", within_s=WAIT_S)
        assert await centre.talk_together(waiting, "anne_lefevre")
        assert await centre.talk_together(talking, "damien_hebert")
        assert not any(event.what is What.RINGING for event in centre.service.phones["francoise_noel"].events)
        proxy.thaw()
        await centre.until_linked("rouen", within_s=40)
        await centre.until_ready_at("rouen", {"francoise_noel"})
        assert await centre.talk_together(talking, "damien_hebert")
        new = await centre.ring_in("0199001253")
        await centre.answers("francoise_noel")
        assert await centre.talk_together(new, "francoise_noel")
        await centre.hang_up_all()
        served = {talking: "damien_hebert", waiting: "anne_lefevre", new: "francoise_noel"}
        for caller, advisor in served.items():
            call = await centre.ended_call_of(caller)
            assert (call["outcome"], call["advisor"]) == ("answered", advisor)


@asynccontextmanager
async def _manager_through_a_proxy(centre: Centre, site: str) -> AsyncIterator[AmiProxy]:
    async with AmiProxy(centre.service.lab.address(site)) as proxy:

        def through_the_proxy(network: dict[str, Any]) -> None:
            network["pbxs"][site]["ami_port"] = proxy.port

        async with centre.other_network(through_the_proxy):
            yield proxy
