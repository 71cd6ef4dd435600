"""The driver and the time: deadlines, standstills, asks that come too fast, and the clock itself."""

import asyncio
import time
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from cti_router import live as driver
from cti_router.core.advisors.advisor import Activity
from cti_router.core.inputs import (
    Ask,
    Last,
    PbxSynced,
    PhoneChanged,
    PhoneState,
    Stalled,
    Tick,
)
from cti_router.core.instructions import Dial, Wait
from cti_router.live import Clock
from tests.core.board import CONFIGURATION
from tests.driving import QUICK, driving


async def test_a_deadline_is_kept_though_nothing_happens() -> None:
    async with driving() as desk:
        desk.make_available("rose")
        await desk.arrive("c1")
        told = await desk.ask("c1")
        assert isinstance(told, Dial)
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.IN_USE))
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.FREE))
        assert desk.activity("rose") is Activity.WRAP_UP
        await desk.until(lambda: desk.activity("rose") is Activity.IDLE)


async def test_deadlines_are_kept_one_after_the_other() -> None:
    plans = {
        name: replace(plan, steps=tuple(replace(step, after_s=(step.after_s or 0.0) / 200) for step in plan.steps))
        for name, plan in CONFIGURATION.plans.items()
    }  # 0, 0.1 and 0.3 s
    async with driving(replace(QUICK, plans=plans)) as desk:
        await desk.arrive("c1")
        given = len(desk.world.steps)
        await desk.until(lambda: desk.live.switchboard.calls["c1"].ticket.step == 1)
        await desk.until(lambda: desk.live.switchboard.calls["c1"].ticket.step == 2)
        assert {type(step) for step in desk.world.steps[given:]} == {Tick}


async def test_a_standstill_is_noticed_and_the_pbxs_are_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(driver, "STALLED_AFTER_S", 0.5)
    async with driving() as desk:
        await asyncio.sleep(0.05)  # the heart beats
        assert desk.world.resyncs == 0
        assert desk.live.switchboard.is_open
        with capture_logs() as logs:
            _stand_still(0.6)
            await desk.until(lambda: desk.world.resyncs)
        (stalled,) = [step for step in desk.world.steps if isinstance(step, Stalled)]
        assert stalled.for_s >= 0.6
        after = desk.world.steps[desk.world.steps.index(stalled) :]
        assert [type(step) for step in after[:3]] == [Stalled, PbxSynced, PbxSynced]
        assert desk.live.switchboard.is_open
        assert [log["event"] for log in logs] == ["stalled"]


async def test_after_a_standstill_nobody_is_offered_before_the_pbxs_have_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "STALLED_AFTER_S", 0.5)
    async with driving() as desk:
        desk.make_available("rose")
        desk.world.resync = lambda: None  # they do not tell
        _stand_still(0.6)
        assert isinstance(await desk.ask("c1", Last.ARRIVED), Wait)  # the ask itself notices it
        (stalled,) = [at for at, step in enumerate(desk.world.steps) if isinstance(step, Stalled)]
        assert isinstance(desk.world.steps[stalled + 1], Ask)
        await desk.until(lambda: desk.live.switchboard.calls["c1"].ticket.profile is not None)
        await asyncio.sleep(0.05)
        assert desk.world.nudged == []
        assert isinstance(await desk.ask("c1"), Wait)
        desk.sync()
        assert isinstance(await desk.ask("c1"), Dial)


async def test_a_call_that_asks_too_often_is_held_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "ASKS_PER_SECOND", 3)
    async with driving() as desk:
        await desk.arrive("c1")
        ask = desk.next_ask("c1")
        with capture_logs() as logs:
            async with asyncio.TaskGroup() as tasks:
                asks = [tasks.create_task(desk.live.ask(ask)) for _ in range(8)]  # within two seconds at most
                assert isinstance(await desk.ask("c2", Last.ARRIVED), Wait)
                await asyncio.sleep(0.02)
                held = sum(not task.done() for task in asks)
        assert 1 <= held <= 6  # of nine: three in each second are not
        assert {log["call"] for log in logs if log["event"] == "asks_too_fast"} == {"c1"}
        assert len({str(task.result()) for task in asks}) == 1  # all the same answer in the end


async def test_the_clock_stands_where_it_was_put_and_goes_on() -> None:
    clock = Clock(offset_s=-86_400.0)
    first = clock.now()
    assert abs(Clock().now() - 86_400.0 - first) < 5.0
    await asyncio.sleep(0.01)
    assert clock.now() > first


def _stand_still(seconds: float) -> None:
    time.sleep(seconds)
