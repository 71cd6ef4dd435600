"""A caller who waits keys that he wants to be called back, at another number; then it is placed, and connected."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.lab.phone import Phone, What
from tests.acceptance.keying import asked, keys, question
from tests.acceptance.test_callbacks import DAMIEN, cancelled, listed, until_row
from tests.acceptance.words import ELSEWHERE, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

CLI = "0199001234"
OTHER = f"0{str(ELSEWHERE)[2:]}"
ASK, CONFIRM, NUMBER, READ_BACK, IMPOSSIBLE = (f"digits/{number}" for number in range(1, 6))
_SAYS = f"ask: [{ASK}], confirm: [{CONFIRM}], other: [{NUMBER}], read_back: [{READ_BACK}], impossible: [{IMPOSSIBLE}]"
OFFER = f"treatments:\n  by_key: {{callback: {{first: 2s, every: 60s, {_SAYS}}}}}\n"


@pytest_asyncio.fixture(loop_scope="session")
async def offering(centre: Centre) -> AsyncIterator[Phone]:
    """Who has waited for two seconds is offered a callback; the telephone that will ring."""
    elsewhere = await centre.public_network()
    elsewhere.forget()
    async with (
        centre.reconfigured("treatments.yaml", ("treatments:\n", OFFER)),
        centre.reconfigured("service.yaml", ("service:\n", "service:\n  treatment: by_key\n")),
    ):
        yield elsewhere
        await centre.hang_up_all()
        await elsewhere.hang_up()
        for callback in await listed(centre):
            await cancelled(centre, callback["id"])


async def test_asked_by_key_at_another_number_placed_and_connected(centre: Centre, offering: Phone) -> None:
    caller = await centre.ring_in(CLI)

    async def ended() -> bool:
        return (await centre.newest_call())["outcome"] is not None

    answers = {ASK: "1", CONFIRM: "2", NUMBER: OTHER, IMPOSSIBLE: OTHER, READ_BACK: "1"}
    await keys(centre, caller, answers, ended)
    await caller.wait_for(What.ENDED)
    call = await centre.ended_call_of(caller)
    assert call["outcome"] == "callback"
    (callback,) = await listed(centre)
    assert (callback["number"], callback["called_from"]) == (f"+{ELSEWHERE}", f"+33{CLI[1:]}")
    assert callback["arrived_at"][:19] == call["arrived_at"][:19], "it keeps his place"

    await offering.answer_after(0.3)
    await centre.available(DAMIEN)
    damien = centre.service.phones[DAMIEN]
    rang = await damien.wait_for(What.RINGING, 15)
    assert str(ELSEWHERE) in rang.peer
    await offering.wait_for(What.ANSWERED, 15)
    assert await offering.hears(damien.tone_hz)
    assert await damien.hears(offering.tone_hz)
    await offering.hang_up()
    await until_row(centre, callback["id"], outcome="answered")


async def test_a_free_advisor_cuts_the_offer_and_no_other_question(centre: Centre, offering: Phone) -> None:
    caller = await centre.ring_in(CLI)
    await asked(centre, ASK)
    await centre.available(DAMIEN)
    await centre.answers(DAMIEN)
    assert await centre.talk_together(caller, DAMIEN)
    await caller.hang_up()
    await centre.until_state(DAMIEN, activity="idle")
    await centre.service.present(DAMIEN, "absent")

    caller = await centre.ring_in(CLI)

    async def asked_at_which() -> bool:
        return (now := await question(centre)) is not None and now.sound == CONFIRM

    await keys(centre, caller, {ASK: "1"}, asked_at_which)
    centre.service.phones[DAMIEN].forget()
    await centre.available(DAMIEN)
    assert (await centre.call_of(caller))["advisor"] is None
    assert DAMIEN not in centre.rang()
    await caller.send_dtmf("#")  # at no number: he waits on
    await centre.answers(DAMIEN)
    assert await centre.talk_together(caller, DAMIEN)
    assert await listed(centre) == []
