"""Real calls over real PBXs: what happens on an ordinary day."""

import asyncio
import time

import pytest

from deploy.lab.phone import What
from tests.acceptance.words import EMPLOYERS_AT_ROUEN, ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

OUTSIDE_THE_SLOTS = "2026-11-23T12:45"


async def test_a_known_employer_rings_the_right_phone_on_another_pbx(centre: Centre) -> None:
    await centre.available(*ROUEN, "anne_lefevre")
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")  # Caen's Anne is better at it, but Rouen is on duty
    assert await centre.talk_together(caller, "damien_hebert")
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["entry_site"], call["duty_site"]) == ("answered", "caen", "rouen")
    assert (call["advisor"], call["advisor_site"], call["path"]) == ("damien_hebert", "rouen", ["caen", "rouen"])
    assert (call["profile"], call["recognition"], call["contributor"]) == ("employer", "recognised", 1)
    assert call["talked_s"] > 0
    row = await centre.history_of(call["id"])
    why = " ; ".join(row["because"])
    assert why == call["because"]
    assert "reconnu par son numéro : Employeur" in why
    assert "Rouen est de permanence (lundi 08:30–12:30)" in why
    assert "Damien Hébert : étape 1, Employeurs 4" in why
    assert "par la ligne Caen → Rouen" in why
    assert (row["outcome"], row["advisor"], row["cli"]) == ("answered", "damien_hebert", caller.name)


async def test_an_unknown_number_is_served_as_unknown(centre: Centre) -> None:
    await centre.available(*ROUEN)
    caller = await centre.ring_in("0261919999", site="rouen")
    await centre.answers("damien_hebert")
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["profile"], call["recognition"], call["contributor"]) == ("unknown", "unknown", None)
    assert call["path"] == ["rouen"]


async def test_outside_the_slots_a_message_is_heard_and_nobody_rings(centre: Centre) -> None:
    await centre.clear(OUTSIDE_THE_SLOTS)
    await centre.available(*ROUEN)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.hears_something(caller)
    await caller.wait_for(What.ENDED, 15)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("closed", None)
    assert "réouverture lundi 23/11 à 13:30" in call["because"]
    assert not any(event.what is What.RINGING for a in ROUEN for event in centre.service.phones[a].events)


async def test_all_busy_music_then_served_the_moment_one_is_free(centre: Centre) -> None:
    await centre.available("damien_hebert")
    first = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    second = await centre.ring_in("0199001234")
    await centre.hears_something(second)
    centre.service.phones["damien_hebert"].forget()
    await first.hang_up()
    await centre.until_state("damien_hebert", activity="wrap_up")
    free_at = time.monotonic() + 1.0  # the tests' wrap-up
    assert await centre.rings("damien_hebert") - free_at < 0.5
    assert await centre.talk_together(second, "damien_hebert")
    await second.hang_up()
    assert (await centre.ended_call_of(second))["waited_s"] > 0.5


async def test_a_caller_who_hangs_up_while_waiting_is_abandoned(centre: Centre) -> None:
    caller = await centre.ring_in(centre.number_of("self_employed"))
    await asyncio.sleep(1)
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["profile"], call["advisor"]) == ("abandoned", "self_employed", None)
    assert call["waited_s"] > 0.9
    assert "l’appelant a raccroché" in call["because"]


async def test_rona_the_next_one_rings_and_the_place_is_kept(centre: Centre) -> None:
    best, next_best = EMPLOYERS_AT_ROUEN
    await centre.available(next_best)
    busy_with = await centre.ring_in(centre.number_of("household_employer"))
    await centre.answers(next_best)
    await centre.available(best, answer_after_s=None)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.rings(best)
    later = await centre.ring_in("0199001234")
    await centre.until_state(best, presence="not_ready", reason="rona")
    centre.service.phones[next_best].forget()
    await busy_with.hang_up()
    await centre.answers(next_best)
    assert await centre.talk_together(caller, next_best)  # not with the later one
    await caller.hang_up()
    await later.hang_up()
    call = await centre.ended_call_of(caller)
    offers = [(offer["advisor"], offer["result"]) for offer in call["tickets"][0]["offers"]]
    assert offers == [(best, "no_answer"), (next_best, "answered")]
    assert "Damien Hébert : pas de réponse en 4 s, mis en absence, l’appel garde sa place" in call["because"]


async def test_codes_on_the_phone(centre: Centre) -> None:
    phone = centre.service.phones["damien_hebert"]
    registrar = centre.service.lab.pbxs["rouen"].sip
    for code, presence in (("*1", "available"), ("*2", "not_ready"), ("*1", "available")):
        await phone.call(f"sip:{code}@{registrar}")
        await centre.until_state("damien_hebert", presence=presence)
        await phone.wait_for(What.ENDED, 10)
    await phone.answer_after(0.2)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    await caller.hang_up()
    await centre.until_state("damien_hebert", activity="wrap_up")
    await phone.call(f"sip:*3@{registrar}")
    await centre.until_state("damien_hebert", activity="idle", presence="available")


async def test_a_call_carries_the_carrier_s_sip_call_id_to_its_history(centre: Centre) -> None:
    caller = await centre.ring_in(centre.number_of("self_employed"))
    await asyncio.sleep(1)
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert len(call["sip"]) >= 8  # another SIP stack than ours chose it
    assert (await centre.history_of(call["id"]))["sip"] == call["sip"]


async def test_the_leg_on_the_trunk_is_traced_by_its_call_id_equal_at_both_ends(centre: Centre) -> None:
    await centre.available("damien_hebert")
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    call = (await centre.call_of(caller))["id"]
    (leg,) = (await centre.trace(call))["sip"]["legs"]
    assert (leg["advisor"], leg["result"]) == ("damien_hebert", None)  # they talk
    assert leg["call_id"] in await centre.sip_call_ids("caen")
    assert leg["call_id"] in await centre.sip_call_ids("rouen")
    await caller.hang_up()
    ended = await centre.ended_call_of(caller)
    (offer,) = ended["tickets"][0]["offers"]
    assert (offer["result"], offer["sip"]) == ("answered", leg["call_id"])
    (kept,) = (await centre.trace(call))["sip"]["legs"]
    assert kept == leg | {"result": "answered"}
    assert f'sip.Call-ID == "{leg["call_id"]}"' in await centre.service.command(
        "trace", call, "--socket", str(centre.service.control_socket)
    )


async def test_why_a_call_went_so_is_told_while_it_lives_and_from_the_history(centre: Centre) -> None:
    await centre.available("damien_hebert")
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    call = (await centre.call_of(caller))["id"]
    words = ("why", call, "--socket", str(centre.service.control_socket))
    living = await centre.service.command(*words)
    assert "proposé, règle : le plus compétent" in living
    assert "Damien Hébert : étape 1, Employeurs 4" in living
    assert "groupes compétents, dont 1 avec quelqu’un de libre" in living
    await caller.hang_up()
    await centre.ended_call_of(caller)
    await centre.history_of(call)
    assert await centre.service.command(*words) == living
