"""The advisor who served a caller last: found in the history, preferred while free, waited for while he talks."""

import asyncio
import json

import pytest

from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


async def test_a_caller_waits_for_who_served_him_last_though_a_more_competent_one_is_free(centre: Centre) -> None:
    cli = centre.number_of("association")
    await centre.available("jerome_duval")
    caller = await centre.ring_in(cli)
    await centre.answers("jerome_duval")
    await caller.hang_up()
    await centre.history_of((await centre.ended_call_of(caller))["id"])
    await centre.until_state("jerome_duval", ready=True)
    await centre.available("damien_hebert")
    service = ("last_advisor_days: 0", "last_advisor_days: 30")
    plan = ("  general:\n", "  general:\n    wait_for_preferred: 20s\n")
    async with centre.reconfigured("service.yaml", service), centre.reconfigured("plans.yaml", plan):
        again = await centre.ring_in(cli)
        await centre.answers("jerome_duval")
        third = await centre.ring_in(cli)
        await asyncio.sleep(3)
        assert "damien_hebert" not in centre.rang()
        centre.service.phones["jerome_duval"].forget()
        await again.hang_up()
        await centre.answers("jerome_duval")
        assert await centre.talk_together(third, "jerome_duval")
        await third.hang_up()
        call = await centre.ended_call_of(third)
    assert "damien_hebert" not in centre.rang()
    row = await centre.history_of(call["id"])
    assert row["advisor"] == "jerome_duval"
    assert any(why.startswith("on attend Jérôme Duval, qui lui a répondu la dernière fois") for why in row["because"])

    await asyncio.sleep(0.5)  # the journal's lines are on disk
    state = str(centre.service.directory / "state")
    told = await centre.service.command("why", call["id"], "--advisor", "damien_hebert", "--journal", state)
    assert "Damien Hébert : l’appel attend Jérôme Duval, qui lui a répondu la dernière fois" in told
    told = await centre.service.command(
        "why", call["id"], "--advisor", "jerome_duval", "--journal", state, "--english", "--json"
    )
    because = [answer["because"] for answer in json.loads(told)["answers"]]
    assert because[0] == ["Jérôme Duval: talking"]
    assert because[-1] == ["Jérôme Duval: the one to whom the call is offered"]
