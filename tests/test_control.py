"""The router's doors, through their real sockets."""

import asyncio
import json
import os
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cti_router.control import serve_on_tcp, status_application
from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.inputs import EndWrapUp, Presence, Request, SetPresence
from cti_router.core.order import Close, GiveOrder
from tests.core.board import at
from tests.desk import CALLS, ORDER, RETRIES, TRACES, Desk, speaking_to


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
async def client(desk: Desk, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with speaking_to(desk, tmp_path / "control.sock") as client:
        yield client


# ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ({"presence": "available"}, SetPresence("rose", Presence.AVAILABLE, "absent", "command")),
        ({"presence": "absent"}, SetPresence("rose", Presence.NOT_READY, "absent", "command")),
        (
            {"presence": "absent", "reason": "déjeuner"},
            SetPresence("rose", Presence.NOT_READY, "déjeuner", "command"),
        ),
        ({"presence": "logged_out", "reason": ""}, SetPresence("rose", Presence.LOGGED_OUT, "absent", "command")),
        ({"presence": "wrap_up_over"}, EndWrapUp("rose", "command")),
    ],
)
async def test_a_word_becomes_a_request(
    client: httpx.AsyncClient, desk: Desk, body: dict[str, str], request_: SetPresence | EndWrapUp
) -> None:
    response = await client.post("/presence", json={"advisor": "rose", **body})
    assert (response.status_code, response.json()) == (200, {"accepted": True})
    assert desk.requests == [request_]


@pytest.mark.parametrize(
    ("what", "body", "request_"),
    [
        ("transfer", {"skill": "tax", "level": 5}, Transfer("rose", "tax", 5, "command")),
        ("consult", {"skill": "tax"}, Consult("rose", "tax", 4, "command")),
        ("connect", {}, ConnectConsultation("rose", "command")),
        ("cancel", {}, CancelConsultation("rose", "command")),
        ("hold", {}, HoldCall("rose", "command")),
        ("retrieve", {}, RetrieveCall("rose", "command")),
        ("hangup", {}, HangUpCall("rose", "command")),
    ],
)
async def test_what_an_advisor_asks_about_his_call(
    client: httpx.AsyncClient, desk: Desk, what: str, body: dict[str, object], request_: Request
) -> None:
    response = await client.post(f"/call/{what}", json={"advisor": "rose", **body})
    assert (response.status_code, response.json()) == (200, {"accepted": True})
    assert desk.requests == [request_]


@pytest.mark.parametrize(
    ("what", "content", "code", "why"),
    [
        ("transfer", b"{", 400, "not JSON"),
        ("transfer", b"[]", 400, "not an object with advisor"),
        ("transfer", b'{"advisor": "rose", "skill": "tax", "level": "five"}', 400, "level 'five' is no whole number"),
        ("transfer", b'{"advisor": "rose", "skill": "tax", "level": true}', 400, "level True is no whole number"),
        ("whisper", b'{"advisor": "rose"}', 404, "'whisper' is none of transfer, consult, connect"),
        ("hold", b'{"advisor": "zorro"}', 409, "unknown advisor 'zorro'"),
    ],
)
async def test_what_is_no_wish_about_a_call_is_refused(
    client: httpx.AsyncClient, what: str, content: bytes, code: int, why: str
) -> None:
    response = await client.post(f"/call/{what}", content=content)
    assert response.status_code == code
    assert why in response.json()["why"]


async def test_an_order_is_read_given_and_told_as_it_stands(client: httpx.AsyncClient, desk: Desk) -> None:
    body = {"message": "alerte incendie", "until": "10:00", "author": "helene", "site": "", "sounds": []}
    response = await client.post("/orders/close", json=body)
    assert (response.status_code, response.json()) == (200, {"accepted": True, "order": ORDER})
    assert desk.ordered == [GiveOrder(Close("alerte incendie"), "helene", at("2026-11-23 10:00"))]


@pytest.mark.parametrize(
    ("path", "body", "code", "why"),
    [
        ("/orders/close", {"message": "feu", "until": "soon", "author": "h"}, 400, "until: 'soon' is no time; write"),
        ("/orders/close", {"message": "feu", "site": "paris", "until": "1h", "author": "h"}, 409, "unknown site paris"),
        ("/orders/close", [], 400, "not an object with the order's keys"),
        ("/orders/open", {}, 400, "no order is called 'open'; there are close, swap, notice, force, pull"),
        ("/undo", {"order": "x", "author": "h"}, 409, "no order 'x' is known"),
        ("/undo", "x", 400, "not an object with order and author"),
    ],
)
async def test_a_bad_order_says_why(client: httpx.AsyncClient, path: str, body: Any, code: int, why: str) -> None:
    response = await client.post(path, json=body)
    assert response.status_code == code
    assert response.json()["why"].startswith(why)


async def test_orders_are_listed_and_undone(client: httpx.AsyncClient) -> None:
    assert [order["id"] for order in (await client.get("/orders")).json()] == ["close-261123-090000", "notice-1"]
    undone = await client.post("/undo", json={"order": ORDER["id"], "author": "irene"})
    assert undone.json()["order"] == {**ORDER, "state": "undone", "undone_by": "irene"}


async def test_a_refusal_says_why(client: httpx.AsyncClient) -> None:
    response = await client.post("/presence", json={"advisor": "zorro", "presence": "available"})
    assert (response.status_code, response.json()) == (409, {"accepted": False, "why": "unknown advisor 'zorro'"})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b'"\xff"', "not JSON"),
        (b"[]", "not an object with advisor and presence"),
        (b"null", "not an object with advisor and presence"),
        (b"{}", "presence '' is none of available, absent, logged_out, wrap_up_over"),
        (b'{"advisor": "rose", "presence": "asleep"}', "presence 'asleep' is none of available, absent, logged_out,"),
        (b'{"advisor": "rose", "presence": ["available"]}', "is none of available"),
    ],
)
async def test_what_is_no_request_is_refused_with_a_sentence(
    client: httpx.AsyncClient, desk: Desk, content: bytes, why: str
) -> None:
    response = await client.post("/presence", content=content)
    assert response.status_code == 400
    assert why in response.json()["why"]
    assert desk.requests == []


async def test_calls_come_one_a_line_and_readable(client: httpx.AsyncClient, desk: Desk) -> None:
    response = await client.get("/calls")
    assert response.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in response.text.splitlines()] == CALLS
    assert "réglé à Évreux" in response.text
    assert (await client.get("/calls?limit=1")).text.count("\n") == 1
    assert desk.limits == [100, 1]


@pytest.mark.parametrize("limit", ["0", "-1", "all", "1.5", "", "100000", "9" * 5000])
async def test_a_limit_that_is_none_is_refused(client: httpx.AsyncClient, desk: Desk, limit: str) -> None:
    response = await client.get("/calls", params={"limit": limit})
    assert response.status_code == 400
    assert response.json()["why"].endswith("is none of 1 to 99999")
    assert desk.limits == []


async def test_the_status_is_the_router_s(client: httpx.AsyncClient) -> None:
    assert (await client.get("/status")).json() == {"waiting": 2, "duty": None}


@pytest.mark.parametrize(("method", "path"), [("GET", "/presence"), ("POST", "/calls"), ("GET", "/metrics")])
async def test_there_is_no_other_door(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code in (404, 405)


# ── the socket's file ────────────────────────────────────────────────────────────────────────────────────────────


async def test_only_its_owner_may_open_the_socket_and_it_goes_with_the_router(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "run" / "control.sock"
    before = os.umask(0o022)
    os.umask(before)
    async with speaking_to(desk, path) as client:
        assert (await client.get("/status")).status_code == 200
        mode = path.stat().st_mode
        assert stat.S_ISSOCK(mode)
        assert stat.S_IMODE(mode) == 0o600
        assert os.umask(before) == before
    assert not path.exists()


async def test_the_file_a_dead_router_left_is_replaced(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    async with speaking_to(desk, path) as client:
        assert (await client.get("/status")).status_code == 200


# ── for watchers ─────────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def _watching(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    serving = asyncio.get_running_loop().create_task(serve_on_tcp(status_application(desk), "127.0.0.1", port))
    transport = httpx.AsyncHTTPTransport(retries=RETRIES)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
        try:
            yield client
        finally:
            await client.aclose()
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving


async def test_it_lives(desk: Desk) -> None:
    async with _watching(desk) as client:
        response = await client.get("/healthz")
        assert (response.status_code, response.text) == (200, "ok\n")


async def test_it_is_ready_or_says_why_not(desk: Desk) -> None:
    async with _watching(desk) as client:
        assert (await client.get("/readyz")).text == "ready\n"
        desk.not_ready = "no link to the PBX of caen"
        response = await client.get("/readyz")
        assert (response.status_code, response.text) == (503, "no link to the PBX of caen\n")


async def test_the_metrics_are_as_prometheus_wants_them(desk: Desk) -> None:
    async with _watching(desk) as client:
        response = await client.get("/metrics")
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert response.content == desk.exposition()


@pytest.mark.parametrize("path", ["/presence", "/calls", "/status"])
async def test_watchers_find_no_door_to_people(desk: Desk, path: str) -> None:
    async with _watching(desk) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.post(path)).status_code == 404


async def test_an_address_that_is_taken_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="Address already in use"):
        await serve_on_tcp(status_application(Desk()), "127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(("path", "id_"), [("c1", "c1"), ("odd/id%20%3F", "odd")])
async def test_a_call_can_be_traced(client: httpx.AsyncClient, path: str, id_: str) -> None:
    response = await client.get(f"/trace/{path}")
    assert (response.status_code, response.json()["call"]["id"]) == (200, id_)


@pytest.mark.parametrize("path", ["c9", "", "a/b"])
async def test_a_call_nobody_knows_cannot_be_traced(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(f"/trace/{path}")
    assert (response.status_code, response.json()["why"]) == (404, f"no call {path!r} is known")


async def test_why_a_call_went_so_is_told_or_that_nobody_knows_it(client: httpx.AsyncClient) -> None:
    known = next(iter(TRACES))
    assert (await client.get(f"/why/{known}")).json() == {"call": known, "text": "parce que"}
    assert (await client.get("/why/nobody")).status_code == httpx.codes.NOT_FOUND
