"""No trunk leads to the site on duty: its advisor is rung at his own number, over the public network."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

DIRECT = "+3326191{phone}"
_ROUEN = "  rouen:\n    name: Rouen\n"


@pytest_asyncio.fixture(loop_scope="session")
async def alone(centre: Centre) -> AsyncIterator[Centre]:
    """Caen has no trunk to anywhere, but the public network; Rouen's phones have numbers of their own."""
    service = centre.service
    await centre.public_network()
    trunks = (
        ("mesh: {sites: all, capacity: 10}", ""),
        ("  - {from: caen, to: rouen, capacity: 20}\n", ""),
    )
    numbers = (_ROUEN, f'{_ROUEN}    direct_numbers: "{DIRECT}"\n')
    async with centre.reconfigured("sites.yaml", *trunks, numbers):
        await service.render_again()
        yield centre
        await centre.hang_up_all()
    await service.render_again()


async def test_the_advisor_is_rung_at_his_own_number_and_they_hear_each_other(alone: Centre) -> None:
    await alone.available("damien_hebert")
    caller = await alone.ring_in(alone.number_of("employer"))
    await alone.answers("damien_hebert")
    assert await alone.talk_together(caller, "damien_hebert")
    call = await alone.call_of(caller)
    assert call["path"] == ["caen", "public", "rouen"]
    assert "par la ligne Caen → réseau public → Rouen" in call["because"]
    await caller.hang_up()
    assert (await alone.ended_call_of(caller))["outcome"] == "answered"
    await alone.until_state("damien_hebert", activity="idle", phone="free")
