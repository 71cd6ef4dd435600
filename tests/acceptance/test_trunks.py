"""A trunk is down, or full: the call goes by a third site, and people hear each other all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from deploy.lab.asterisk import LabPbx
from tests.acceptance.words import EMPLOYERS_AT_ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

DIRECT = ["caen", "rouen"]


async def test_the_trunk_is_down_the_call_goes_by_a_third_site(centre: Centre) -> None:
    await centre.available("damien_hebert")
    async with _trunk_down(centre, "caen", "rouen"):
        caller = await centre.ring_in(centre.number_of("employer"))
        await centre.answers("damien_hebert")
        assert await centre.talk_together(caller, "damien_hebert")
        call = await centre.call_of(caller)
        assert [call["path"][0], call["path"][2]] == DIRECT
        await _relays(centre, call["path"][1], call["id"])
        await caller.hang_up()
        ended = await centre.ended_call_of(caller)
        assert (ended["outcome"], ended["path"]) == ("answered", call["path"])
        assert (await centre.history_of(call["id"]))["path"] == call["path"]
        await centre.until_state("damien_hebert", activity="idle")
    caller = await centre.ring_in("0199001234")
    await centre.answers("damien_hebert")
    assert (await centre.call_of(caller))["path"] == DIRECT  # up again, used again


async def test_the_advisor_s_pbx_dies_at_the_end_of_a_way_by_a_third_site(centre: Centre) -> None:
    await centre.available("damien_hebert")
    async with _trunk_down(centre, "caen", "rouen"):
        caller = await centre.ring_in(centre.number_of("employer"))
        await centre.answers("damien_hebert")
        assert await centre.talk_together(caller, "damien_hebert")
        assert len((await centre.call_of(caller))["path"]) == 3
        await centre.available("anne_lefevre")
        try:
            await centre.service.lab.pbxs["rouen"].kill()
            await centre.answers("anne_lefevre", within_s=30)  # Caen is a backup
            assert await centre.talk_together(caller, "anne_lefevre")
            await caller.hang_up()
            offers = (await centre.ended_call_of(caller))["tickets"][0]["offers"]
            assert [offer["result"] for offer in offers] == ["cut", "answered"]
        finally:
            await centre.service.phones["damien_hebert"].hang_up()  # no PBX told it that its talk is over
            await centre.start_pbx_again("rouen")


async def test_the_trunk_is_full_the_next_call_goes_by_a_third_site(centre: Centre) -> None:
    best, next_best = EMPLOYERS_AT_ROUEN
    await centre.available(best)
    one = ("{from: caen, to: rouen, capacity: 20}", "{from: caen, to: rouen, capacity: 1}")
    async with centre.reconfigured("sites.yaml", one):
        first = await centre.ring_in(centre.number_of("employer"))
        await centre.answers(best)
        await centre.available(next_best)
        second = await centre.ring_in("0199001234")
        await centre.answers(next_best)
        assert await centre.talk_together(second, next_best)
        assert await centre.talk_together(first, best)
        assert (await centre.call_of(first))["path"] == DIRECT
        path = (await centre.call_of(second))["path"]
        assert [path[0], path[2]] == DIRECT
        await _relays(centre, path[1], (await centre.call_of(second))["id"])
        await first.hang_up()
        await centre.until_state(best, activity="idle", phone="free")
        third = await centre.ring_in("0199001235")
        await centre.answers(best)
        assert (await centre.call_of(third))["path"] == DIRECT  # the second takes none of its places
        await centre.hang_up_all()


async def _relays(centre: Centre, middle: str, call: str) -> None:
    """The PBX in the middle has one leg of this call, told where it goes on to."""
    pbx = centre.service.lab.pbxs[middle]
    legs = [line.split("!") for line in (await pbx.cli("core show channels concise")).splitlines()]
    relayed = [leg for leg in legs if leg[1] == "cti-relay-v1"]
    assert [(channel.split("-")[0], app) for channel, _, _, _, _, app, *_ in relayed] == [("PJSIP/caen", "Dial")]
    variables = (await pbx.cli(f"core show channel {relayed[0][0]}")).splitlines()
    assert {"CTI_SITE=rouen", f"CTI_CALL={call}"} <= {line.strip() for line in variables}


@asynccontextmanager
async def _trunk_down(centre: Centre, origin: str, destination: str) -> AsyncIterator[None]:
    """Inside the block the PBX of `origin` looks for the other one where nobody listens."""
    pbx = centre.service.lab.pbxs[origin]
    where = centre.service.lab.address(destination)
    file = pbx.home / "etc" / "cti_pjsip.conf"
    text = file.read_text()
    assert f"sip:{where}:5060" in text
    file.write_text(text.replace(f"sip:{where}:5060", f"sip:{where}:5099"))
    try:
        await pbx.cli("module reload res_pjsip.so")
        await _until_contact(centre, pbx, f"{destination}/sip:{where}:5099", "Unavail")
        yield
    finally:
        await pbx.reload()
        await _until_contact(centre, pbx, f"{destination}/sip:{where}:5060", "Avail")


async def _until_contact(centre: Centre, pbx: LabPbx, contact: str, state: str) -> None:
    async def holds() -> bool:
        lines = (await pbx.cli("pjsip show contacts")).splitlines()
        return any(contact in line and f" {state} " in line for line in lines)

    await centre.service.until(holds, f"{contact} is {state}", within_s=20, every_s=0.2)
