"""Every voice port of a PBX is taken: refused unanswered, for the carrier to try the next; else a polite busy."""

import pytest

from deploy.lab.callers import CallCounts, place_calls
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


async def test_a_full_pbx_refuses_for_the_next_one_then_is_politely_busy(centre: Centre) -> None:
    async with centre.reconfigured("sites.yaml", ("voice_ports: 30", "voice_ports: 1")):
        waiting = await centre.ring_in(centre.number_of("employer"))
        await centre.until_waiting(waiting)
        assert await _ports(centre, "caen") == ["waiting"]

        refused = await _place(centre, "0199001234", "caen")
        assert (refused.refused, refused.failed) == (1, 0)
        call = await centre.newest_call()
        assert call["outcome"] == "refused"
        assert "ports vocaux de Caen tous pris : à présenter à Rouen" in call["because"]
        assert (await centre.history_of(call["id"]))["outcome"] == "refused"

        at_rouen = await centre.ring_in("0199001235", "rouen")
        await centre.until_waiting(at_rouen)
        busy = await _place(centre, "0199001236", "caen")
        assert (busy.refused, busy.failed) == (1, 0)
        assert "occupé partout" in (await centre.newest_call())["because"]

        await waiting.hang_up()
        await centre.ended_call_of(waiting)
        assert await _ports(centre, "caen") == ["free"]
        again = await centre.ring_in("0199001237")
        await centre.until_waiting(again)
        await centre.hang_up_all()


async def test_who_talks_holds_no_port(centre: Centre) -> None:
    async with centre.reconfigured("sites.yaml", ("voice_ports: 30", "voice_ports: 1")):
        await centre.available("damien_hebert")
        talking = await centre.ring_in(centre.number_of("employer"))
        await centre.answers("damien_hebert")
        assert await centre.talk_together(talking, "damien_hebert")
        assert await _ports(centre, "caen") == ["free"]
        waiting = await centre.ring_in("0199001234")
        await centre.until_waiting(waiting)
        assert await _ports(centre, "caen") == ["waiting"]
        await centre.hang_up_all()


async def _place(centre: Centre, cli: str, site: str) -> CallCounts:
    lab = centre.service.lab
    return await place_calls(
        number=f"+{centre.service.number}", pbx=lab.pbxs[site].sip, source=lab.callers, clis=[cli], patience_s=10,
        stay_s=3,
    )  # fmt: skip


async def _ports(centre: Centre, site: str) -> list[str]:
    ports = (await centre.service.status())["voice_ports"][site]["ports"]
    return [port["state"] for port in ports]
