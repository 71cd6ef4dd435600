"""The router's doors for what happens, through the real sockets."""

from pathlib import Path

import httpx

from tests.desk import EVENTS, Desk, serving, started, typed_to_router


async def test_events_are_streamed_from_the_one_read_last(client: httpx.AsyncClient, desk: Desk) -> None:
    async with client.stream("GET", "/events", headers={"last-event-id": "b-6"}) as response:
        assert (response.status_code, response.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert await response.aread() == EVENTS + b":\n\n"
    async with client.stream("GET", "/events") as response:
        await response.aread()
    assert desk.read_last == ["b-6", ""]


async def test_a_pop_is_told_again(client: httpx.AsyncClient) -> None:
    assert (await client.get("/pop/rose")).json() == {"advisor": "rose", "call": "c1"}
    response = await client.get("/pop/zorro")
    assert (response.status_code, response.json()["why"]) == (404, "'zorro' has no call")


async def test_the_command_prints_a_line_for_each_event(desk: Desk, tmp_path: Path) -> None:
    async with serving(desk, tmp_path / "control.sock"):
        result = await typed_to_router(tmp_path, "events")
    assert result.exit_code == 0, result.output
    assert result.output == '{"id": "b-7", "event": "over", "data": {"call": "c1", "outcome": "réglé"}}\n'


def test_the_command_tells_that_no_router_is_there(tmp_path: Path) -> None:
    result = started("events", "--socket", tmp_path / "control.sock")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("no router answers at its control socket")
