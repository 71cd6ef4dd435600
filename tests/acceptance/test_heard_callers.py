"""What callers hear on real calls, by listening: who hears what, how the wait is told, what cuts it, what ends it."""

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from cti_router.core.treating import spoken
from deploy.lab.contributors import FictionalContributor, shared_numbers
from deploy.lab.phone import What
from deploy.lab.service import Service
from tests.acceptance.hearing import ENTRY, PROFILES, RELAY, Hearing, hearing
from tests.acceptance.listening import hearings, silences
from tests.acceptance.words import ELSEWHERE, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

CLOSED_AT_NOON = "2026-11-23T12:45"
LISTENS_FOR_S = float(os.environ.get("SOAK_LISTEN_S", "40"))
"""How long a caller listens to prompts of which one is missing and one is no sound."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def prompts(service: Service) -> AsyncIterator[Hearing]:
    async with hearing(service) as prompts:
        yield prompts


async def test_each_profile_hears_the_greeting_and_its_own_welcome(centre: Centre, prompts: Hearing) -> None:
    callers = {profile: await centre.ring_in(centre.number_of(profile)) for profile in PROFILES}
    for profile, caller in callers.items():
        await prompts.until(caller, f"h_{profile}")
    for profile, caller in callers.items():
        recording = await caller.recording()
        assert prompts.in_order(recording, "h_hello", f"h_{profile}"), profile
        others = [other for other in (*PROFILES, "unknown") if other != profile]
        assert [other for other in others if prompts.heard(recording, f"h_{other}")] == []
        assert silences(recording, 1.0) == []


async def test_who_keys_a_wrong_siret_twice_stays_unknown_and_chooses_his_motive(
    centre: Centre, prompts: Hearing, contributors: list[FictionalContributor]
) -> None:
    wrong = str(int(contributors[0].siret) + 1).zfill(14)
    caller = await centre.ring_in("0199001277")
    await prompts.until(caller, "h_who")
    await caller.send_dtmf(f"{wrong}#")
    await prompts.until(caller, "h_again")
    await prompts.until(caller, "h_who", again=True)
    await caller.send_dtmf("12#")
    await prompts.until(caller, "h_motive")
    await caller.send_dtmf("1")
    await prompts.until(caller, "h_unknown")
    recording = await caller.recording()
    assert prompts.in_order(recording, "h_hello", "h_who", "h_again", "h_motive", "h_unknown")
    assert [n for n in range(0, 100, 7) if prompts.heard(recording, f"say/number-{n}")] == []  # nothing is read back
    assert silences(recording, 2.0) == []
    await centre.available("damien_hebert", answer_after_s=None)
    await centre.rings("damien_hebert")
    async with centre.service.control() as control:
        pop = (await control.get("/pop/damien_hebert")).json()
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (pop["call"], pop["motive"], pop["contributors"]) == (call["id"], "collections", [])
    told = [line["what"] for line in pop["journey"]]
    assert told[1:4] == ["Message d’accueil diffusé", *["SIRET ou numéro de compte saisi"] * 2]
    assert "Touche 1 : Délai de paiement" in told
    assert wrong not in json.dumps(pop)
    assert (call["recognition"], call["profile"]) == ("unknown", "unknown")
    assert (await centre.history_of(call["id"]))["motive"] == "collections"


async def test_who_shares_a_number_keys_the_end_of_his_siret_and_hears_what_is_his(
    centre: Centre, prompts: Hearing, contributors: list[FictionalContributor]
) -> None:
    number, owner = next(
        (number, owner)
        for number in shared_numbers(contributors)
        for owner in contributors
        if number in owner.e164 and owner.profile in PROFILES
    )
    caller = await centre.ring_in(f"0{str(number)[2:]}")
    await prompts.until(caller, "h_which")
    await caller.send_dtmf(owner.siret[-5:])
    await prompts.until(caller, f"h_{owner.profile}")
    assert prompts.heard(await caller.recording(), "h_who") == []
    await caller.hang_up()
    assert (await centre.ended_call_of(caller))["profile"] == owner.profile


async def test_the_relay_s_number_asks_for_no_key(centre: Centre, prompts: Hearing) -> None:
    caller = await centre.service.lab.caller("0199001278")
    centre.callers.append(caller)
    await caller.record()
    await caller.call(f"sip:{RELAY}@{centre.service.lab.pbxs[ENTRY].sip}")
    await prompts.until(caller, "h_unknown")
    recording = await caller.recording()
    assert prompts.in_order(recording, "h_hello", "h_unknown")
    assert [name for name in ("h_who", "h_motive") if hearings(recording, prompts.wav(name))] == []


async def test_his_place_and_his_wait_are_told_and_true(centre: Centre, prompts: Hearing) -> None:
    household = centre.number_of("household_employer")
    await centre.available("francoise_noel")
    talking = await centre.ring_in(household)
    await centre.answers("francoise_noel")
    served = await centre.ring_in(household)  # what becomes of his wait makes the estimate worth telling
    await centre.until_waiting(served)
    await asyncio.sleep(1)
    await talking.hang_up()
    await centre.answers("francoise_noel")
    first = await centre.ring_in(household)
    await centre.until_waiting(first)
    second = await centre.ring_in(household)
    expected: set[str] = set()

    async def told() -> bool:
        for each in (await centre.service.status())["queue"]:
            if each["expected_wait"] and each["expected_wait"]["median_s"] is not None:
                expected.update(spoken.wait(each["expected_wait"]["median_s"]) or ())
        return bool(prompts.heard(await second.recording(), "h_wait-1"))

    await centre.service.until(told, "the wait is told", within_s=25, every_s=0.3)
    await asyncio.sleep(2)
    for caller, place in ((first, 1), (second, 2)):
        recording = await caller.recording()
        assert prompts.in_order(recording, "h_place-1", f"say/position-{place}", "h_wait-1"), place
    assert [clip for clip in expected if prompts.heard(await second.recording(), clip.removeprefix("cti/"))]
    await first.hang_up()
    await prompts.until(second, "say/position-1", 20)


async def test_a_free_advisor_cuts_a_prompt_within_200_ms_and_is_told_who_calls(
    centre: Centre, prompts: Hearing
) -> None:
    phone = centre.service.phones["damien_hebert"]
    await phone.record()
    await phone.answer_after(0)
    caller = await centre.ring_in(centre.number_of("association"))
    await prompts.until(caller, "h_association")
    await asyncio.sleep(1.5)  # now the long one
    ordered_at = time.monotonic()
    await centre.service.present("damien_hebert", "available")
    rang = await phone.wait_for(What.RINGING)
    assert await caller.hears(phone.tone_hz, 12)
    (cut,) = hearings(await caller.recording(), prompts.wav("h_long"))
    assert 0.1 < cut.part < 0.6
    assert cut.ended_at - ordered_at < 0.2
    assert rang.at - ordered_at < 0.2
    whispered = await phone.recording()
    assert [n for n in range(10) if prompts.heard(whispered, f"say/lasting-{n}")] == [0]


async def test_an_emergency_closure_is_heard_by_who_waits(centre: Centre, prompts: Hearing) -> None:
    caller = await centre.ring_in(centre.number_of("employer"))
    await prompts.until(caller, "h_employer")
    socket = ("--socket", str(centre.service.control_socket))
    order = await centre.service.command(
        "close", "--until", "11:00", "--message", "alerte", "--sounds", "h_incident,h_opening", "--author", "helene",
        *socket,
    )  # fmt: skip
    try:
        began_at = time.monotonic()
        assert await prompts.until(caller, "h_incident", 15) - began_at < 3
        await prompts.until(caller, "say/time-1100")
        assert prompts.in_order(await caller.recording(), "h_employer", "h_incident", "h_opening-1", "say/time-1100")
    finally:
        await centre.service.command("undo", order.split()[0], "--author", "helene", *socket)


async def test_outside_the_hours_the_next_opening_is_told_in_words(centre: Centre, prompts: Hearing) -> None:
    await centre.clear(CLOSED_AT_NOON)
    caller = await centre.ring_in(centre.number_of("employer"))
    await caller.wait_for(What.ENDED, 20)
    recording = await caller.recording()
    assert prompts.in_order(recording, "h_closed", "h_opening-1", "say/time-1330", "h_goodbye")


async def test_a_callback_is_asked_by_key_placed_and_connected_in_its_turn(
    centre: Centre, prompts: Hearing, contributors: list[FictionalContributor]
) -> None:
    elsewhere = await centre.public_network()
    elsewhere.forget()
    await elsewhere.answer_after(0.5)
    caller = await centre.ring_in(f"0{ELSEWHERE - 33_000_000_000}")
    await prompts.until(caller, "h_who")
    await caller.send_dtmf(f"{next(each.siret for each in contributors if each.profile == 'self_employed')}#")
    await prompts.until(caller, "h_offer", 25)
    await caller.send_dtmf("1")
    await prompts.until(caller, "h_confirm")
    await caller.send_dtmf("1")
    await prompts.until(caller, "h_noted")
    await caller.wait_for(What.ENDED)
    (noted,) = json.loads(
        await centre.service.command("callback", "list", "--json", "--socket", str(centre.service.control_socket))
    )
    assert str(ELSEWHERE) in noted["number"].replace("+", "")
    await centre.available("elodie_francois")
    await centre.answers("elodie_francois")
    await elsewhere.wait_for(What.ANSWERED)
    assert await elsewhere.hears(centre.service.phones["elodie_francois"].tone_hz)
    await elsewhere.hang_up()


async def test_broken_prompts_leave_no_silence_and_drop_nobody(centre: Centre, prompts: Hearing) -> None:
    before = await _failed(centre)
    prompts.wav("h_broken").write_bytes(b"This is no sound.")
    prompts.wav("h_comfort_b").unlink()
    try:
        caller = await centre.ring_in(centre.number_of("health_practitioner"))
        await asyncio.sleep(LISTENS_FOR_S)
        recording = await caller.recording()
        assert recording.length_s > LISTENS_FOR_S - 2
        assert silences(recording, 2.0) == []
        assert len(prompts.heard(recording, "h_comfort_a")) >= 1
        assert await _failed(centre) >= before + 2
        told = [line for line in centre.router_log() if "not_played" in line]
        assert any("h_broken" in line for line in told)
        assert any("h_comfort_b" in line for line in told)
        assert (await centre.call_of(caller))["outcome"] is None  # he is there, and waits on
    finally:
        prompts.give()


async def _failed(centre: Centre) -> float:
    async with httpx.AsyncClient() as client:
        text = (await client.get(f"{centre.service.status_url}/metrics")).text
    found = [line.split()[-1] for line in text.splitlines() if line.startswith("cti_prompts_failed_total{")]
    return sum(map(float, found))
