"""Callbacks in real, short times: what is said waits for the database, and phones are rung when it has them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from cti_router import calling_back as driver
from cti_router.core.callback import (
    AskCallback,
    CallbackAnswer,
    CallbackAsk,
    CallbackState,
    CallOut,
    CancelCallback,
    Heard,
)
from cti_router.core.configuration import Rules
from cti_router.core.instructions import Accepted, Refused
from cti_router.interfaces import CallbackBookAway, PbxAway
from tests.core.board import EMPLOYER_CLI
from tests.core.callback_board import calling_back
from tests.driving import Desk, driving

CONFIGURATION = replace(calling_back(), rules=Rules(wrap_up_s=0.05, lookup_budget_s=0.1))
ASKED = AskCallback(e164=EMPLOYER_CLI, profile="employer", author="paul")


@asynccontextmanager
async def desk_that_calls_back() -> AsyncIterator[Desk]:
    async with driving(CONFIGURATION) as desk:
        await desk.live.calling_back.read(desk.live.now)
        yield desk


def state_of(desk: Desk, id_: str) -> CallbackState | None:
    call = desk.live.switchboard.calls.get(id_)
    return call.callback.state if call and call.callback else None


async def test_it_is_answered_when_the_database_has_it_and_not_before() -> None:
    async with desk_that_calls_back() as desk, asyncio.TaskGroup() as tasks:
        gate = desk.world.close("store")
        asking = tasks.create_task(desk.live.calling_back.request(ASKED))
        await asyncio.sleep(0.05)
        assert not asking.done()
        gate.set()
        said, id_ = await asking
        assert said == Accepted()
        assert [(row.id, row.e164, row.author) for row in desk.world.rows] == [(id_, EMPLOYER_CLI, "paul")]


async def test_a_database_that_is_away_notes_nothing_and_is_told_later() -> None:
    async with desk_that_calls_back() as desk:
        desk.world.faults["store"] = CallbackBookAway("away")
        said, id_ = await desk.live.calling_back.request(ASKED)
        assert said == Refused("the database is away: nothing is noted")
        assert state_of(desk, id_) is None


async def test_a_request_that_cannot_be_is_refused_at_once() -> None:
    async with desk_that_calls_back() as desk:
        said, id_ = await desk.live.calling_back.request(replace(ASKED, e164=33899123456))
        assert (said, id_) == (Refused("+33899123456 begins with +338, which “refuse” names"), "")


async def test_a_cancellation_is_answered_when_it_is_committed() -> None:
    async with desk_that_calls_back() as desk:
        _, id_ = await desk.live.calling_back.request(ASKED)
        assert await desk.live.calling_back.request(CancelCallback(id_, "paul")) == (Accepted(), id_)
        assert desk.world.rows[-1].outcome == "cancelled"
        said, _ = await desk.live.calling_back.request(CancelCallback(id_, "paul"))
        assert said == Refused(f"no callback {id_!r} is open")


async def test_an_attempt_is_committed_before_a_phone_rings() -> None:
    async with desk_that_calls_back() as desk:
        _, id_ = await desk.live.calling_back.request(ASKED)
        gate = desk.world.close("store")
        desk.make_available("rose")
        await asyncio.sleep(0.05)
        assert desk.world.rung == []
        gate.set()
        await desk.until(lambda: desk.world.rung)
        (ring,) = desk.world.rung
        assert (ring.callback, ring.advisor) == (id_, "rose")
        assert desk.world.rows[-1].attempt == ring.offer
        ask = CallbackAsk(id_, "caen", "PJSIP/rouen-1", Heard.ARRIVED, ring.offer, "rose")
        assert await desk.live.ask(ask) == CallbackAnswer(CallOut(str(EMPLOYER_CLI), 25.0, "33261910001"))
        assert await desk.live.ask(replace(ask, heard=Heard.TALKED, talked_s=3.0)) == CallbackAnswer(None)
        await desk.until(lambda: desk.world.rows[-1].outcome == "answered")
        assert [record.outcome for record in desk.world.closed] == ["answered"]


async def test_a_pbx_that_cannot_ring_costs_the_advisor_a_moment_and_the_callback_nothing() -> None:
    async with desk_that_calls_back() as desk:
        _, id_ = await desk.live.calling_back.request(ASKED)
        desk.world.faults["ring_advisor"] = PbxAway("no link")
        desk.make_available("rose")
        await desk.until(lambda: desk.world.rung)
        await desk.until(lambda: state_of(desk, id_) is CallbackState.SEEKING)
        assert desk.live.switchboard.roster.states["rose"].presence == "available"
        assert desk.world.rows[-1].attempts == 0


async def test_the_database_is_asked_again_until_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "READ_AGAIN_AFTER_S", 0.01)
    async with driving(CONFIGURATION) as desk, asyncio.TaskGroup() as tasks:
        desk.world.faults["read"] = CallbackBookAway("away")
        reading = tasks.create_task(desk.live.calling_back.read(desk.live.now))
        await asyncio.sleep(0.05)
        said, _ = await desk.live.calling_back.request(ASKED)
        assert said == Refused("the database has not told yet who is to be called back: nothing can be noted")
        del desk.world.faults["read"]
        await reading
        said, _ = await desk.live.calling_back.request(ASKED)
        assert said == Accepted()


async def test_open_callbacks_are_no_calls_in_progress_before_somebody_is_rung() -> None:
    async with desk_that_calls_back() as desk:
        _, id_ = await desk.live.calling_back.request(ASKED)
        assert desk.live.records() == []
        desk.make_available("rose")
        await desk.until(lambda: desk.world.rung)
        assert [record.id for record in desk.live.records()] == [id_]
