"""What `make demo` shows in its first minutes."""

import asyncio
import json
import signal
import sys
import time
from asyncio.subprocess import STDOUT, Process
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from cti_router.core.certainty import Recognition
from cti_router.core.history import Outcome
from deploy.lab.processes import kill_child, start_child

pytestmark = pytest.mark.acceptance

CHECKOUT = Path(__file__).parents[2]
FIRST_MINUTES_S = 200.0
SECOND_START_S = 15.0
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
    demo = await _start(tmp_path, output)
    try:
        facts = await _ready(demo, tmp_path, output)
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
    left = {call["id"] for call in calls if call["outcome"] == Outcome.VOICEMAIL}
    assert set() < {message["id"] for message in messages} <= left  # those left just now are on their way
    assert {call["recognition"] for call in calls} - {None} == set(Recognition) - {Recognition.KEYED}  # nobody keys
    assert {"answered", "no_answer", "busy"} <= {offer["result"] for offer in _offers(calls)}
    assert {call["advisor_site"] == call["duty_site"] for call in calls if call["outcome"] == "answered"} == {
        True,
        False,
    }
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, timeout=5)
    assert alive == []
    assert _left(tmp_path, output) == (["stopped; nothing is left running"], [])


async def test_a_second_start_takes_seconds_and_ends_by_itself(tmp_path: Path) -> None:
    for times in ("first", "second"):
        output = tmp_path / times
        began_at = time.monotonic()
        demo = await _start(tmp_path, output, DEMO_FOR="1")
        try:
            await _ready(demo, tmp_path, output, within_s=300)
            took_s = time.monotonic() - began_at
            await asyncio.wait_for(demo.wait(), 30)
        finally:
            await kill_child(demo)
        assert _left(tmp_path, output) == (["stopped; nothing is left running"], [])
    assert took_s < SECOND_START_S


async def _start(directory: Path, output: Path, **environment: str) -> Process:
    with output.open("wb") as log:
        return await start_child(
            [sys.executable, "-m", "deploy.lab.demo"], stdout=log, stderr=STDOUT, cwd=directory,
            env={"PYTHONPATH": str(CHECKOUT), **environment},
        )  # fmt: skip


def _left(directory: Path, output: Path) -> tuple[list[str], list[Path]]:
    """The demo's last word, and PostgreSQL's if it runs."""
    return output.read_text().splitlines()[-1:], list(directory.glob("var/demo/**/postmaster.pid"))


async def _ready(demo: Process, directory: Path, output: Path, within_s: float = 120.0) -> dict[str, Any]:
    async with asyncio.timeout(within_s):
        while (facts := _facts(directory)) is None:
            assert demo.returncode is None, _left(directory, output)
            await asyncio.sleep(0.1)
    return facts


def _facts(directory: Path) -> dict[str, Any] | None:
    file = directory / "var" / "demo.json"
    return json.loads(file.read_text()) if file.exists() else None


async def _calls(socket: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (await _told(socket, "/calls")).splitlines()]


async def _messages(socket: str) -> list[dict[str, Any]]:
    return list(json.loads(await _told(socket, "/messages")))


async def _told(socket: str, path: str) -> str:
    transport = httpx.AsyncHTTPTransport(uds=socket)
    async with httpx.AsyncClient(transport=transport, base_url="http://router", timeout=5.0) as router:
        return (await router.get(path, params={"limit": 1000})).text


def _offers(calls: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [offer for call in calls for ticket in call["tickets"] for offer in ticket["offers"]]
