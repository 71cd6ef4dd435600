"""What a PBX makes of each thing the router may want heard, with the answer first or last: listened to on calls."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cti_router.core.inputs import Last
from cti_router.core.instructions import Collect, Dial, Play, Release, TakeMessage, Wait
from deploy.lab.phone import Phone, What
from tests.acceptance.listening import heard, hearings, in_order, silences
from tests.acceptance.telling import Teller, teller

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="module")]

BROKEN = ("cti/missing", "cti/empty", "cti/no-wav", "cti/cut-in-its-head", "cti/without-samples")
TRUNCATED = "cti/truncated"
"""It is played as far as it goes."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=[False, True], ids=["answered", "early media"])
async def router(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Teller]:
    async with teller(tmp_path_factory.mktemp("teller"), early_media=request.param) as router:
        yield router


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def quiet(router: Teller) -> AsyncIterator[None]:
    router.phone.forget()
    await router.phone.answer_after(0.2)
    yield
    await router.over()


def answered(phone: Phone) -> bool:
    return any(event.what is What.ANSWERED for event in phone.events)


def dial(*whisper: str) -> Dial:
    return Dial("caen-1-1-1", "remi", "201", ("caen", "rouen"), 10, whisper=whisper)


async def test_what_cannot_be_played_costs_nothing_but_itself(router: Teller) -> None:
    router.says(Play(("cti/1", *BROKEN[:2], TRUNCATED, "cti/2", *BROKEN[2:])), Play(BROKEN), Play(("cti/3",)))
    caller = await router.rings_in()
    assert (await router.asks(1, 15)).failed == BROKEN
    assert (await router.asks(2)).failed == BROKEN
    assert router.asked_at(2) - router.asked_at(1) < 1
    assert (await router.asks(3)).failed == ()
    await asyncio.sleep(3)
    recording = await caller.recording()
    assert len(in_order(recording, [router.sound(name) for name in ("cti/1", "cti/2", "cti/3")])) == 3
    assert silences(recording, 1.0) == []
    assert {ask.last for _, ask in router.asked[1:]} == {Last.PLAYED}
    assert answered(caller) is not router.early_media
    await caller.hang_up()
    assert (await router.end()).ended


async def test_keys_in_the_prompt_cut_it_and_more_may_follow(router: Teller) -> None:
    router.says(Collect(("cti/1", "cti/2"), 5, 10), Play(("cti/3",)))
    caller = await router.rings_in()
    await router.asks(0)
    await asyncio.sleep(1.5)
    await caller.send_dtmf("12")
    await asyncio.sleep(1.5)  # he looks for the rest
    await caller.send_dtmf("345")
    ask = await router.asks(1)
    assert (ask.last, ask.keys) == (Last.KEYED, "12345")
    await router.asks(2, 15)
    recording = await caller.recording()
    (first,) = hearings(recording, router.sound("cti/1"))
    assert 0.2 < first.part < 0.9
    assert heard(recording, router.sound("cti/2")) == []
    assert len(heard(recording, router.sound("cti/3"))) == 1
    assert silences(recording, 1.0) == []


async def test_a_question_ends_by_a_hash_or_when_nothing_comes_and_is_never_silent(router: Teller) -> None:
    router.says(*[Collect(("cti/missing", "cti/1"), 5, 3)] * 3, Collect(BROKEN, 5, 10))
    caller = await router.rings_in()
    await router.asks(0)
    await asyncio.sleep(0.5)
    await caller.send_dtmf("12#")
    ask = await router.asks(1)
    assert (ask.last, ask.keys, ask.failed) == (Last.KEYED, "12", ("cti/missing",))
    await asyncio.sleep(4)  # the question is over, and he has three seconds more
    await caller.send_dtmf("7")
    ask = await router.asks(2)
    assert (ask.last, ask.keys) == (Last.KEYED, "7")
    ask = await router.asks(3)
    assert (ask.last, ask.keys) == (Last.KEYED, "")
    assert router.asked_at(3) - router.asked_at(2) == pytest.approx(6, abs=0.7)
    ask = await router.asks(4)  # nobody waits for the answer to a question that was not heard
    assert (ask.last, ask.keys, ask.failed) == (Last.KEYED, "", BROKEN)
    assert router.asked_at(4) - router.asked_at(3) < 0.5
    assert silences(await caller.recording(), 1.2) == []
    assert answered(caller) is not router.early_media


async def test_a_question_is_left_by_a_nudge_and_by_who_hangs_up(router: Teller) -> None:
    router.says(Collect(("cti/1", "cti/2"), 5, 10), Collect(("cti/3",), 5, 10))
    caller = await router.rings_in()
    await router.asks(0)
    await asyncio.sleep(1)
    nudged_at = time.monotonic()
    await router.nudge()
    assert (await router.asks(1)).last is Last.WAITED
    assert router.asked_at(1) - nudged_at < 1
    await asyncio.sleep(1)
    (first,) = hearings(await caller.recording(), router.sound("cti/1"))
    assert first.ended_at < router.asked_at(1) + 0.2
    await caller.hang_up()
    ask = await router.end()
    assert (ask.ended, ask.keys) == (True, "")


async def test_a_nudge_cuts_a_prompt_at_once(router: Teller) -> None:
    router.says(Play(("cti/1",)), Play(("cti/2",)))
    caller = await router.rings_in()
    await router.asks(0)
    await asyncio.sleep(1.2)
    await router.nudge()
    await router.asks(1)
    await router.asks(2, 15)
    recording = await caller.recording()
    (cut,) = hearings(recording, router.sound("cti/1"))
    assert cut.ended_at < router.asked_at(1) + 0.1
    (next_at,) = heard(recording, router.sound("cti/2"))
    assert next_at - router.asked_at(1) < 0.2


async def test_an_advisor_hears_of_his_caller_first_while_he_hears_music(router: Teller) -> None:
    router.says(Wait(1), dial("cti/1", "cti/missing", "cti/2"))
    caller = await router.rings_in()
    picked_up = await router.phone.wait_for(What.ANSWERED)
    assert await caller.hears(router.phone.tone_hz, 12)
    together_at = time.monotonic()
    assert await router.phone.hears(caller.tone_hz)
    whispered = await router.phone.recording()
    assert len(in_order(whispered, [router.sound("cti/1"), router.sound("cti/2")])) == 2
    assert together_at - picked_up.at == pytest.approx(6, abs=1.2)
    recording = await caller.recording()
    assert hearings(recording, router.sound("cti/1")) == []
    assert silences(recording, 1.0) == []
    answer = next(event for event in caller.events if event.what is What.ANSWERED)
    assert (answer.at > picked_up.at + 5) is router.early_media  # the caller is answered when they are together
    await router.phone.hang_up()
    ask = await router.asks(2)
    assert (ask.last, ask.failed) == (Last.TALKED, ("cti/missing",))


async def test_an_advisor_who_hangs_up_in_the_whisper_leaves_the_caller_waiting(router: Teller) -> None:
    router.says(dial("cti/1", "cti/2"), Play(("cti/3",)))
    caller = await router.rings_in()
    await router.phone.wait_for(What.ANSWERED)
    await asyncio.sleep(1)
    await router.phone.hang_up()
    assert (await router.asks(1)).last is Last.BUSY
    await router.asks(2)
    recording = await caller.recording()
    assert len(heard(recording, router.sound("cti/3"))) == 1
    assert silences(recording, 1.0) == []


async def test_a_caller_who_hangs_up_in_the_whisper_frees_his_advisor_at_once(router: Teller) -> None:
    router.says(dial("cti/1", "cti/2"))
    caller = await router.rings_in()
    await router.phone.wait_for(What.ANSWERED)
    await asyncio.sleep(1)
    await caller.hang_up()
    await router.phone.wait_for(What.ENDED, 4)  # of six seconds' whisper he hears no second sound
    assert hearings(await router.phone.recording(), router.sound("cti/2")) == []
    await router.end()


async def test_who_is_let_go_and_who_leaves_a_message(router: Teller) -> None:
    router.says(Play(("cti/1",)), Release())
    caller = await router.rings_in()
    reason = (await caller.wait_for(What.ENDED)).detail
    assert answered(caller) is not router.early_media
    assert ("480" in reason) is router.early_media
    router.says(TakeMessage("cti/message", 10), Release())
    caller = await router.rings_in()
    await caller.wait_for(What.ANSWERED)  # what is recorded is paid for
    await asyncio.sleep(4)
    await caller.send_dtmf("#")
    assert (await router.asks(1)).last is Last.MESSAGE_TAKEN


async def test_without_any_router_the_duty_site_s_own_queue_rings(router: Teller) -> None:
    async with router.silent():
        caller = await router.rings_in()
        began_at = time.monotonic()
        picked_up = await router.phone.wait_for(What.ANSWERED, 20)
        assert picked_up.at - began_at < 10
        assert await caller.hears(router.phone.tone_hz)
        answer = next(event for event in caller.events if event.what is What.ANSWERED)
        assert (answer.at > picked_up.at - 0.1) is router.early_media
        assert silences(await caller.recording(), 1.5) == []
        await router.phone.hang_up()
        await caller.wait_for(What.ENDED)
