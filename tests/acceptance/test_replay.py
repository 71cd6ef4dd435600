"""The running router's journal, given to the core again, is decided again as it was, whatever befell the router."""

import asyncio
import json
from pathlib import Path

import pytest

from cti_router.journal.replay import replay
from cti_router.journal.report import Report, as_text
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

WRITTEN_WITHIN_S = 0.5


async def replayed(state: Path, call: str | None = None) -> Report:
    """Everything the routers of this session decided, once more; in this process, whose hash seed is another."""
    await asyncio.sleep(WRITTEN_WITHIN_S)
    report = Report()
    await asyncio.to_thread(lambda: report.read(replay(state, report.remarks.append), call))
    assert not report.differences, as_text(report)
    return report


async def test_calls_a_reload_and_a_killed_router_are_decided_again_as_they_were(centre: Centre) -> None:
    state = centre.service.directory / "state"
    await centre.available("damien_hebert")
    answered = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    async with centre.reconfigured("service.yaml", ("wrap_up: 1s", "wrap_up: 2s")):
        await answered.hang_up()
        second = await centre.ring_in("0261919999", site="rouen")
        await centre.answers("damien_hebert")
    call = (await centre.ended_call_of(answered))["id"]
    before = await replayed(state, call)
    assert before.remarks == []
    told = [next(iter(again.step.told)) for again in before.steps]
    assert told[0] == "Ask"
    assert "DirectoryReplied" in told
    assert "damien_hebert" in as_text(before)

    await centre.service.kill_router()
    await second.hang_up()
    await centre.service.start_router()
    await centre.call_from(centre.number_of("employer"))
    everything = await replayed(state)
    assert everything.inputs > before.inputs
    assert all("half written" in remark for remark in everything.remarks)

    output = await centre.service.command("replay", str(state), "--call", call, "--json")
    assert json.loads(output)["inputs"] == before.inputs
