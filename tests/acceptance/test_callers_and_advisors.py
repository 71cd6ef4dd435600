"""Overflow to a backup site, callers who leave, and talks that the router has no part in."""

import time

import pytest

from deploy.lab.phone import What
from tests.acceptance.words import EMPLOYERS_AT_ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

SECOND_STEP_AFTER_S = 5.0


async def test_nobody_free_at_the_duty_site_a_backup_answers_after_its_step(centre: Centre) -> None:
    await centre.available("anne_lefevre", "sandrine_cauchy")  # Caen is a backup, Dieppe is not
    called_at = time.monotonic()
    caller = await centre.ring_in(centre.number_of("employer"), site="dieppe")
    assert await centre.rings("anne_lefevre", within_s=30) - called_at >= SECOND_STEP_AFTER_S
    assert await centre.talk_together(caller, "anne_lefevre")
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["duty_site"], call["advisor_site"], call["path"]) == ("rouen", "caen", ["dieppe", "caen"])
    assert "Rouen est de permanence" in call["because"]
    assert "Anne Lefèvre : étape 2, Employeurs 5" in call["because"]
    assert "par la ligne Dieppe → Caen" in call["because"]
    assert centre.rang() == {"anne_lefevre"}


async def test_a_caller_hangs_up_while_it_rings_and_the_advisor_is_free_for_the_next(centre: Centre) -> None:
    await centre.available("damien_hebert", answer_after_s=None)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.rings("damien_hebert")
    await caller.hang_up()
    await centre.service.phones["damien_hebert"].wait_for(What.ENDED)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"], call["talked_s"]) == ("abandoned", None, 0)
    assert [offer["result"] for offer in call["tickets"][0]["offers"]] == ["cancelled"]
    await centre.until_state("damien_hebert", presence="available", activity="idle", ready=True)
    await centre.ring_in("0199001234")
    await centre.rings("damien_hebert")


async def test_a_caller_hangs_up_while_talking_and_the_advisor_wraps_up(centre: Centre) -> None:
    await centre.available("damien_hebert")
    caller = await centre.ring_in(centre.number_of("employer"))
    answered_at = await centre.answers("damien_hebert")
    assert await centre.talk_together(caller, "damien_hebert")
    await centre.until_state("damien_hebert", activity="talking", ready=False)
    talked_at_least_s = time.monotonic() - answered_at
    await caller.hang_up()
    await centre.until_state("damien_hebert", activity="wrap_up", ready=False)
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", "damien_hebert")
    assert call["talked_s"] > talked_at_least_s - 0.5
    await centre.until_state("damien_hebert", activity="idle", presence="available", ready=True)


@pytest.mark.parametrize("dials", [True, False], ids=["he dials", "he is called"])
async def test_an_advisor_who_talks_outside_the_router_is_left_alone(centre: Centre, dials: bool) -> None:
    best, next_best = EMPLOYERS_AT_ROUEN
    await centre.available(best, next_best)
    phones = centre.service.phones
    await phones["elodie_francois"].answer_after(0.2)
    registrar = centre.service.lab.pbxs["rouen"].sip
    first, second = (best, "elodie_francois") if dials else ("elodie_francois", best)
    number = centre.service.configuration.advisors[second].phone
    await phones[first].call(f"sip:{number}@{registrar}")
    await phones[second].wait_for(What.ANSWERED)
    await centre.until_state(best, phone="in_use", activity="idle", ready=False)
    phones[best].forget()
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers(next_best)
    assert best not in centre.rang()
    assert await phones[best].hears(phones["elodie_francois"].tone_hz)
    await phones[first].hang_up()
    await centre.until_state(best, phone="free", activity="idle", ready=True)
    await centre.ring_in("0199001234")
    await centre.answers(best)
    assert await centre.talk_together(caller, next_best)
