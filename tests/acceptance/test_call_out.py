"""An advisor calls out: his phone rings first, then the contributor's on the public network."""

import asyncio
from typing import Any

import pytest

from deploy.lab.phone import What
from deploy.lab.service import ServiceFailed
from tests.acceptance.test_callbacks import CLI, DAMIEN, calling_back, rings_of
from tests.acceptance.words import ELSEWHERE, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


async def called_out(centre: Centre, number: str = CLI) -> str:
    """The call's id."""
    socket = str(centre.service.control_socket)
    words = ("call-out", DAMIEN, number, "--author", "damien", "--socket", socket)
    return (await centre.service.command(*words)).strip()


async def row_of(centre: Centre, call: str, outcome: str) -> dict[str, Any]:
    """Its row, once it is over."""

    async def over() -> bool:
        return any(row["id"] == call and row["outcome"] for row in await centre.service.calls())

    await centre.service.until(over, f"{call} is over", within_s=20)
    row = await centre.history_of(call)
    assert (row["outcome"], row["direction"], row["author"]) == (outcome, "out", "damien")
    return row


async def test_his_phone_rings_then_the_contributor_s_and_they_hear_each_other(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.answer_after(0.3)
        await centre.available(DAMIEN)
        damien = centre.service.phones[DAMIEN]
        call = await called_out(centre)
        rang = await damien.wait_for(What.RINGING)
        assert str(ELSEWHERE) in rang.peer
        ringing = await elsewhere.wait_for(What.RINGING)
        assert ringing.at > rang.at + 0.25, "he answers after 0.3 s, and only then the contributor is rung"
        assert str(centre.service.number) in ringing.peer
        await elsewhere.wait_for(What.ANSWERED)
        assert await elsewhere.hears(damien.tone_hz)
        assert await damien.hears(elsewhere.tone_hz)
        assert (await centre.state_of(DAMIEN))["activity"] == "talking"
        with pytest.raises(ServiceFailed, match="cannot call: he is talking"):
            await called_out(centre, "0261910102")
        await elsewhere.hang_up()
        row = await row_of(centre, call, "answered")
        assert (row["advisor"], row["cli"]) == (DAMIEN, f"+{ELSEWHERE}")
        assert row["talked_s"] > 0.2
        assert centre.rang() == {DAMIEN}
        await centre.until_state(DAMIEN, activity="idle", presence="available")


async def test_he_may_hang_up_by_the_page(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN)
        call = await called_out(centre)
        await elsewhere.wait_for(What.ANSWERED)
        await asyncio.sleep(0.5)
        await centre.asks(DAMIEN, "hangup")
        await row_of(centre, call, "answered")
        await elsewhere.wait_for(What.ENDED)


async def test_a_number_that_is_not_called_rings_nobody(centre: Centre) -> None:
    async with calling_back(centre):
        await centre.available(DAMIEN)
        with pytest.raises(ServiceFailed, match="which “refuse” names"):
            await called_out(centre, "0899700123")
        await asyncio.sleep(0.5)
        assert not centre.rang()


async def test_a_busy_contributor_is_not_called_again(centre: Centre) -> None:
    async with calling_back(centre) as elsewhere:
        await elsewhere.be_busy()
        await centre.available(DAMIEN)
        await row_of(centre, await called_out(centre), "busy")
        await asyncio.sleep(2)
        assert rings_of(centre.service.phones[DAMIEN]) == 1
        await centre.until_state(DAMIEN, activity="idle", presence="available")


async def test_a_phone_that_nobody_takes_rings_in_vain_and_costs_nothing(centre: Centre) -> None:
    async with calling_back(centre, ring="2s") as elsewhere:
        await centre.available(DAMIEN, answer_after_s=None)
        await row_of(centre, await called_out(centre), "cancelled")
        assert not elsewhere.events
        await centre.until_state(DAMIEN, activity="idle", presence="available")


async def test_a_router_killed_while_his_phone_rings_goes_on_with_it(centre: Centre) -> None:
    async with calling_back(centre, ring="20s") as elsewhere:
        await elsewhere.answer_after(0.1)
        await centre.available(DAMIEN, answer_after_s=None)
        call = await called_out(centre)
        await centre.rings(DAMIEN)
        await centre.service.kill_router()
        await centre.service.start_router()
        damien = centre.service.phones[DAMIEN]
        await centre.until_state(DAMIEN, activity="offered")
        await damien.answer_after(0.1)
        await elsewhere.wait_for(What.ANSWERED, 15)
        assert await elsewhere.hears(damien.tone_hz)
        await elsewhere.hang_up()
        await row_of(centre, call, "answered")
        assert (rings_of(elsewhere), rings_of(damien)) == (1, 1)
