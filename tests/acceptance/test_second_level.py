"""Transfer, consultation and hold: real phones hear whom they talk with; with a router and without one."""

import asyncio
import time

import pytest

from deploy.lab.phone import Phone, What
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

ADVISOR, EXPERT = "damien_hebert", "loic_tesson"
"""Both at Rouen, which is on duty; the expert's collections are at level 5."""

WANTED = {"skill": "collections", "level": 5}


async def _talk(centre: Centre, site: str = "caen") -> Phone:
    """The advisor has a caller, the expert is free."""
    await centre.available(ADVISOR)
    caller = await centre.ring_in(centre.number_of("employer"), site=site)
    await centre.answers(ADVISOR)
    assert await centre.talk_together(caller, ADVISOR)
    await centre.until_state(ADVISOR, activity="talking")
    await centre.available(EXPERT)
    await centre.until_state(EXPERT, ready=True)
    return caller


async def _consults(centre: Centre, site: str = "caen") -> Phone:
    """The expert has answered; the caller hears music."""
    caller = await _talk(centre, site)
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.answers(EXPERT)
    assert await _ask_each_other(centre)
    assert await centre.hears_music(caller)
    await centre.until_state(EXPERT, activity="talking")
    return caller


async def _ask_each_other(centre: Centre) -> bool:
    advisor, expert = centre.service.phones[ADVISOR], centre.service.phones[EXPERT]
    return await advisor.hears(expert.tone_hz) and await expert.hears(advisor.tone_hz)


@pytest.mark.parametrize("site", ["caen", "rouen"])
async def test_a_transfer_rings_the_expert_and_is_counted_for_both(centre: Centre, site: str) -> None:
    caller = await _talk(centre, site)
    arrived_at = (await centre.call_of(caller))["arrived_at"]
    await asyncio.sleep(0.5)  # they talk
    asked_at = time.monotonic()
    await centre.asks(ADVISOR, "transfer", **WANTED)
    released = await centre.service.phones[ADVISOR].wait_for(What.ENDED)
    assert released.at - asked_at < 1.0
    assert await centre.rings(EXPERT) - asked_at < 1.0
    await centre.answers(EXPERT)
    assert await centre.talk_together(caller, EXPERT)
    await centre.until_state(ADVISOR, activity="idle", presence="available", ready=True)  # its wrap-up is over
    await centre.service.phones[EXPERT].hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"], call["arrived_at"]) == ("answered", EXPERT, arrived_at)
    first, second = call["tickets"]
    assert (first["kind"], first["advisor"]) == ("inbound", ADVISOR)
    assert (second["kind"], second["advisor"]) == ("transfer", EXPERT)
    assert first["talked_s"] > 0.5
    assert second["talked_s"] > 0.2
    assert call["talked_s"] == pytest.approx(first["talked_s"] + second["talked_s"], abs=0.01)
    assert "Damien Hébert transfère l’appel : Recouvrement, niveau 5 au moins" in call["because"]


@pytest.mark.parametrize("site", ["caen", "rouen"])
async def test_connected_the_expert_has_the_caller(centre: Centre, site: str) -> None:
    caller = await _consults(centre, site)
    await centre.asks(ADVISOR, "connect")
    await centre.service.phones[ADVISOR].wait_for(What.ENDED)
    assert await centre.talk_together(caller, EXPERT)
    await centre.until_state(ADVISOR, activity="idle", presence="available", ready=True)
    await caller.hang_up()
    await centre.service.phones[EXPERT].wait_for(What.ENDED)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", EXPERT)
    first, second = call["tickets"]
    assert (first["advisor"], second["advisor"], second["kind"]) == (ADVISOR, EXPERT, "consultation")
    assert second["talked_s"] > second["served_s"] > 0
    await centre.until_state(EXPERT, activity="idle", presence="available")


@pytest.mark.parametrize("site", ["caen", "rouen"])
async def test_cancelled_the_caller_is_back_and_may_be_consulted_about_again(centre: Centre, site: str) -> None:
    caller = await _consults(centre, site)
    await centre.asks(ADVISOR, "cancel")
    await centre.service.phones[EXPERT].wait_for(What.ENDED)
    assert await centre.talk_together(caller, ADVISOR)
    await centre.until_state(ADVISOR, activity="talking")
    await centre.until_state(EXPERT, ready=True)
    centre.service.phones[EXPERT].forget()
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.answers(EXPERT)
    assert await _ask_each_other(centre)
    await centre.asks(ADVISOR, "connect")
    assert await centre.talk_together(caller, EXPERT)
    await centre.service.phones[EXPERT].hang_up()
    call = await centre.ended_call_of(caller)
    assert [ticket["kind"] for ticket in call["tickets"]] == ["inbound", "consultation", "consultation"]
    assert call["tickets"][1]["served_s"] == 0


@pytest.mark.parametrize("leaves", ["caller", "advisor"])
async def test_taken_back_both_are_released_at_once_when_one_hangs_up(centre: Centre, leaves: str) -> None:
    caller, advisor = await _consults(centre), centre.service.phones[ADVISOR]
    await centre.asks(ADVISOR, "cancel")
    assert await centre.talk_together(caller, ADVISOR)
    left_at = time.monotonic()
    await (caller if leaves == "caller" else advisor).hang_up()
    ended = await (advisor if leaves == "caller" else caller).wait_for(What.ENDED)
    assert ended.at - left_at < 1.5
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", ADVISOR)


async def test_cancelled_while_the_expert_s_phone_rings(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.service.phones[EXPERT].let_ring()
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.rings(EXPERT)
    assert await centre.hears_music(caller)
    await centre.asks(ADVISOR, "cancel")
    await centre.service.phones[EXPERT].wait_for(What.ENDED)
    assert await centre.talk_together(caller, ADVISOR)
    await centre.until_state(EXPERT, presence="available", ready=True)


async def test_an_expert_who_is_busy_gives_the_caller_back_at_once(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.service.phones[EXPERT].be_busy()
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.rings(EXPERT)
    assert await centre.talk_together(caller, ADVISOR)
    call = await centre.call_of(caller)
    assert [offer["result"] for offer in call["tickets"][1]["offers"]] == ["busy"]
    await centre.until_state(ADVISOR, activity="talking", presence="available")


async def test_an_expert_who_does_not_answer_is_set_absent_and_the_caller_is_back(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.service.phones[EXPERT].let_ring()
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.rings(EXPERT)
    await centre.until_state(EXPERT, presence="not_ready", reason="rona")
    assert await centre.talk_together(caller, ADVISOR)
    await centre.until_state(ADVISOR, activity="talking", presence="available")


async def test_an_expert_who_hangs_up_gives_the_caller_back(centre: Centre) -> None:
    caller = await _consults(centre)
    await centre.service.phones[EXPERT].hang_up()
    assert await centre.talk_together(caller, ADVISOR)
    await centre.service.phones[ADVISOR].hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", ADVISOR)


@pytest.mark.parametrize("site", ["caen", "rouen"])
async def test_an_advisor_who_hangs_up_leaves_the_caller_to_the_expert(centre: Centre, site: str) -> None:
    caller = await _consults(centre, site)
    await centre.service.phones[ADVISOR].hang_up()
    assert await centre.talk_together(caller, EXPERT)
    await centre.until_state(ADVISOR, activity="idle", presence="available")
    assert (await centre.call_of(caller))["advisor"] == EXPERT


async def test_an_advisor_who_hangs_up_while_it_rings_leaves_the_caller_in_the_queue(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.service.phones[EXPERT].let_ring()
    await centre.asks(ADVISOR, "consult", **WANTED)
    await centre.rings(EXPERT)
    await centre.service.phones[EXPERT].answer_after(1.0)
    await centre.service.phones[ADVISOR].hang_up()
    await centre.answers(EXPERT)
    assert await centre.talk_together(caller, EXPERT)
    assert (await centre.call_of(caller))["tickets"][1]["kind"] == "transfer"


@pytest.mark.parametrize("answered", [True, False])
async def test_a_caller_who_hangs_up_releases_everybody(centre: Centre, answered: bool) -> None:
    if answered:
        caller = await _consults(centre)
    else:
        caller = await _talk(centre)
        await centre.service.phones[EXPERT].let_ring()
        await centre.asks(ADVISOR, "consult", **WANTED)
        await centre.rings(EXPERT)
    await caller.hang_up()
    await centre.service.phones[ADVISOR].wait_for(What.ENDED)
    await centre.service.phones[EXPERT].wait_for(What.ENDED)
    await centre.until_state(ADVISOR, activity="idle", presence="available", ready=True)
    await centre.until_state(EXPERT, activity="idle", presence="available", ready=True)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", ADVISOR)


@pytest.mark.parametrize("site", ["caen", "rouen"])
async def test_held_and_retrieved(centre: Centre, site: str) -> None:
    caller = await _talk(centre, site)
    await centre.asks(ADVISOR, "hold")
    assert await centre.hears_music(caller)
    await asyncio.sleep(7)  # a line without sound would be taken for dead after 5 s
    assert await centre.hears_music(caller)
    retrieved_at = time.monotonic()
    await centre.asks(ADVISOR, "retrieve")
    assert await centre.talk_together(caller, ADVISOR)
    assert time.monotonic() - retrieved_at < 3.0
    await centre.service.phones[ADVISOR].hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], [ticket["kind"] for ticket in call["tickets"]]) == ("answered", ["inbound"])
    assert call["talked_s"] > 7


async def test_who_hangs_up_with_his_caller_on_hold_leaves_him_in_the_queue(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.asks(ADVISOR, "hold")
    assert await centre.hears_music(caller)
    await centre.service.phones[ADVISOR].hang_up()
    await centre.answers(EXPERT)
    assert await centre.talk_together(caller, EXPERT)


async def test_hung_up_by_request(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.asks(ADVISOR, "hangup")
    await centre.service.phones[ADVISOR].wait_for(What.ENDED)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", ADVISOR)


async def test_killed_and_started_again_in_a_consultation_nobody_is_lost_and_all_is_counted(centre: Centre) -> None:
    caller = await _consults(centre)
    asked_at = time.monotonic()
    await centre.service.kill_router()
    assert await _ask_each_other(centre)
    await asyncio.sleep(7)  # longer than a caller without an advisor keeps his music
    assert await centre.hears_music(caller)
    await centre.service.start_router()
    assert await _ask_each_other(centre)
    await centre.until_state(ADVISOR, activity="talking", presence="available")
    await centre.until_state(EXPERT, activity="talking", presence="available")
    await centre.asks(ADVISOR, "connect")
    assert await centre.talk_together(caller, EXPERT)
    asked_s = time.monotonic() - asked_at
    await centre.service.phones[EXPERT].hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", EXPERT)
    first, second = call["tickets"]
    assert (first["advisor"], second["advisor"], second["kind"]) == (ADVISOR, EXPERT, "consultation")
    assert first["talked_s"] > asked_s - 3
    assert second["talked_s"] == pytest.approx(asked_s, abs=4)
    await centre.until_state(ADVISOR, activity="idle", presence="available")
    await centre.until_state(EXPERT, activity="idle", presence="available")


@pytest.mark.parametrize("leaves", [EXPERT, ADVISOR])
async def test_without_any_router_whoever_stays_has_the_caller(centre: Centre, leaves: str) -> None:
    stays = ADVISOR if leaves == EXPERT else EXPERT
    caller = await _consults(centre)
    await centre.service.kill_router()
    await centre.service.phones[leaves].hang_up()
    assert await centre.talk_together(caller, stays)
    await asyncio.sleep(4)
    await centre.service.start_router()
    assert await centre.talk_together(caller, stays)
    await centre.until_state(stays, activity="talking")
    await centre.service.phones[stays].hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", stays)
    assert call["talked_s"] > 4


async def test_without_any_router_a_hold_ends_by_itself(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.asks(ADVISOR, "hold")
    assert await centre.hears_music(caller)
    await centre.service.kill_router()
    phone = centre.service.phones[ADVISOR]
    assert await caller.hears(phone.tone_hz, within_s=20)
    assert await centre.talk_together(caller, ADVISOR)


async def test_transferred_with_no_expert_free_he_waits_in_his_place(centre: Centre) -> None:
    caller = await _talk(centre)
    await centre.service.present(EXPERT, "absent")
    await centre.asks(ADVISOR, "transfer", **WANTED)
    assert await centre.hears_music(caller)
    younger = await centre.ring_in("0199001234")
    await centre.until_waiting(younger)
    await centre.available(EXPERT)
    await centre.answers(EXPERT)
    assert await centre.talk_together(caller, EXPERT)


async def test_what_cannot_be_is_refused_and_changes_nothing(centre: Centre) -> None:
    caller = await _talk(centre)
    refused = await centre.service.about_call("transfer", ADVISOR, skill="collections", level=9)
    assert refused == "level 9 is none of 1 to 5"
    assert await centre.service.about_call("hold", EXPERT) == "Loïc Tesson is not talking with a caller"
    assert await centre.talk_together(caller, ADVISOR)
