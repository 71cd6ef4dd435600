"""What `make demo` shows in its first minutes."""

import asyncio
import json
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cti_router.core.certainty import Recognition
from cti_router.core.history import Outcome
from deploy.lab.processes import kill_child
from tests.lab.demos import left, ready, start

pytestmark = pytest.mark.acceptance

FIRST_MINUTES_S = 200.0
ON_AN_ORDINARY_DAY = {
    Outcome.ANSWERED,
    Outcome.ABANDONED,
    Outcome.CLOSED,
    Outcome.UNSERVED,
    Outcome.UNKNOWN_NUMBER,
    Outcome.REFUSED,
    Outcome.VOICEMAIL,
    Outcome.FORWARDED,
}
"""Of those who ring in, while a router listens."""


async def test_sixty_calls_with_every_outcome_and_then_nothing_is_left(tmp_path: Path) -> None:
    output = tmp_path / "output"
    demo = await start(tmp_path, output)
    try:
        facts = await ready(demo, tmp_path, output)
        assert len(facts["sites"]) == 6
        await asyncio.sleep(FIRST_MINUTES_S)
        calls = await _calls(facts["control_socket"])
        messages = await _messages(facts["control_socket"])
        processes = psutil.Process(demo.pid).children(recursive=True)
        assert {"asterisk", "sipp"} <= {process.name() for process in processes}
        demo.send_signal(signal.SIGINT)
        await asyncio.wait_for(demo.wait(), 30)
    finally:
        await kill_child(demo)
    assert 55 <= len(calls) <= 80
    assert {call["outcome"] for call in calls} >= ON_AN_ORDINARY_DAY
    recorded = {call["id"] for call in calls if call["outcome"] == Outcome.VOICEMAIL}
    assert set() < {message["id"] for message in messages} <= recorded  # those left just now are on their way
    assert {call["recognition"] for call in calls} - {None} == set(Recognition) - {Recognition.KEYED}  # nobody keys
    assert {"answered", "no_answer", "busy"} <= {offer["result"] for offer in _offers(calls)}
    assert {call["advisor_site"] == call["duty_site"] for call in calls if call["outcome"] == "answered"} == {
        True,
        False,
    }
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=5)
    assert alive == []
    assert left(tmp_path, output) == (["stopped; nothing is left running"], [])


async def test_a_second_start_in_the_same_place_ends_by_itself(tmp_path: Path) -> None:
    for times in ("first", "second"):
        output = tmp_path / times
        demo = await start(tmp_path, output, DEMO_FOR="1")
        try:
            await ready(demo, tmp_path, output, within_s=300)
            await asyncio.wait_for(demo.wait(), 30)
        finally:
            await kill_child(demo)
        assert left(tmp_path, output) == (["stopped; nothing is left running"], [])


async def _calls(socket: str) -> list[dict[str, Any]]:
    """Of the demo's own day; the year before it is in the history as well."""
    calls = [json.loads(line) for line in (await _told(socket, "/calls")).splitlines()]
    return [call for call in calls if call["arrived_at"] >= "2026-11-23"]


async def _messages(socket: str) -> list[dict[str, Any]]:
    return list(json.loads(await _told(socket, "/messages")))


async def _told(socket: str, path: str) -> str:
    transport = httpx.AsyncHTTPTransport(uds=socket)
    async with httpx.AsyncClient(transport=transport, base_url="http://router", timeout=5.0) as router:
        return (await router.get(path, params={"limit": 1000})).text


def _offers(calls: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [offer for call in calls for ticket in call["tickets"] for offer in ticket["offers"]]
