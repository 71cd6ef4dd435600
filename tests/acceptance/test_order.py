"""Who came first is served first, also over the router's death; nobody who talks notices it."""

import asyncio

import pytest

from tests.acceptance.words import EMPLOYERS_AT_ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


async def test_three_wait_and_two_talk_over_a_kill_of_the_router(centre: Centre) -> None:
    service = centre.service
    talks = {}
    for advisor, cli in zip(EMPLOYERS_AT_ROUEN, ("0199001201", "0199001202"), strict=True):
        await centre.available(advisor)
        talks[advisor] = await centre.ring_in(cli)
        await centre.answers(advisor)
    waiting = []
    for cli, site in (("0199001211", "dieppe"), ("0199001212", "caen"), ("0199001213", "rouen")):
        waiting.append(await centre.ring_in(cli, site))
        await asyncio.sleep(0.3)  # ages travel in whole seconds; the order must not depend on them
    arrived = [(await centre.call_of(caller))["arrived_at"] for caller in waiting]
    assert arrived == sorted(arrived)

    await service.kill_router()
    await asyncio.sleep(2)
    await service.start_router()

    for advisor, caller in talks.items():
        assert await centre.talk_together(caller, advisor)
    assert [(await centre.call_of(caller))["arrived_at"] for caller in waiting] == arrived
    first, second = EMPLOYERS_AT_ROUEN
    served = []
    for advisor, leaves in ((first, talks[first]), (second, talks[second]), (first, waiting[0])):
        service.phones[advisor].forget()
        await leaves.hang_up()
        await centre.answers(advisor)
        heard = [caller for caller in waiting if await caller.hears(service.phones[advisor].tone_hz, within_s=2)]
        served.extend(heard)
    assert [caller.name for caller in served] == [caller.name for caller in waiting]
    await centre.hang_up_all()

    for advisor, caller in (*talks.items(), (first, waiting[0]), (second, waiting[1]), (first, waiting[2])):
        row = await centre.history_of((await centre.ended_call_of(caller))["id"])
        assert (row["outcome"], row["advisor"], row["advisor_site"]) == ("answered", advisor, "rouen")
        assert row["talked_s"] > 0
    rows = [await centre.history_of((await centre.ended_call_of(caller))["id"]) for caller in waiting]
    assert [row["entry_site"] for row in rows] == ["dieppe", "caen", "rouen"]
    assert all(row["waited_s"] > 2 for row in rows)
    talked = [(await centre.ended_call_of(caller))["talked_s"] for caller in talks.values()]
    assert min(talked) > 2  # the router was gone for longer
