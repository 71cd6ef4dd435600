"""The router's doors for what is asked about calls, through the real sockets."""

import json

import httpx
import pytest

from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.callback import PlaceCall
from cti_router.core.inputs import Request
from tests.desk import CALLS, TRACES, Desk


@pytest.mark.parametrize(
    ("what", "body", "request_"),
    [
        ("transfer", {"skill": "tax", "level": 5}, Transfer("rose", "tax", 5, "anne")),
        ("consult", {"skill": "tax"}, Consult("rose", "tax", 4, "anne")),
        ("connect", {}, ConnectConsultation("rose", "anne")),
        ("cancel", {}, CancelConsultation("rose", "anne")),
        ("hold", {}, HoldCall("rose", "anne")),
        ("retrieve", {}, RetrieveCall("rose", "anne")),
        ("hangup", {}, HangUpCall("rose", "anne")),
    ],
)
async def test_what_an_advisor_asks_about_his_call(
    client: httpx.AsyncClient, desk: Desk, what: str, body: dict[str, object], request_: Request
) -> None:
    response = await client.post(f"/call/{what}", json={"advisor": "rose", "author": "anne", **body})
    assert (response.status_code, response.json()) == (200, {"accepted": True})
    assert desk.requests == [request_]


async def test_who_does_not_say_his_name_is_somebody(client: httpx.AsyncClient, desk: Desk) -> None:
    await client.post("/call/hold", json={"advisor": "rose"})
    assert desk.requests == [HoldCall("rose", "command")]


@pytest.mark.parametrize(
    ("what", "content", "code", "why"),
    [
        ("transfer", b"{", 400, "not JSON"),
        ("transfer", b"[]", 400, "not an object with advisor"),
        ("transfer", b'{"advisor": "rose", "skill": "tax", "level": "five"}', 400, "level 'five' is no whole number"),
        ("transfer", b'{"advisor": "rose", "skill": "tax", "level": true}', 400, "level True is no whole number"),
        ("hold", b'{"advisor": "rose", "author": 5}', 400, "author '5' is no name"),
        ("hold", b'{"advisor": "rose", "author": "a\\u0000b"}', 400, "is no name of at most 100 characters"),
        ("answer", b'{"advisor": "rose"}', 409, "a desk phone is answered by its handset"),
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


async def test_a_number_is_called_out_for_an_advisor(client: httpx.AsyncClient, desk: Desk) -> None:
    body = {"advisor": "rose", "number": "02 61 91 01 01", "contributor": 7, "author": "anne"}
    response = await client.post("/call-out", json=body)
    assert (response.status_code, response.json()) == (200, {"accepted": True, "call": "caen-out1"})
    await client.post("/call-out", json={"advisor": "rose", "number": "+33261910102"})
    assert desk.requests == [PlaceCall("rose", 33261910101, 7, "anne"), PlaceCall("rose", 33261910102, None, "command")]


@pytest.mark.parametrize(
    ("body", "code", "why"),
    [
        ([], 400, "not an object with advisor and number"),
        ({"advisor": "rose"}, 400, "'' is no telephone number"),
        ({"advisor": "rose", "number": "nobody"}, 400, "'nobody' is no telephone number"),
        (
            {"advisor": "rose", "number": "0261910101", "contributor": "7"},
            400,
            "contributor '7' is no contributor's id",
        ),
        ({"advisor": "rose", "number": "0261910101", "contributor": 2**63}, 400, "is no contributor's id"),
        ({"advisor": "rose", "number": "0261910101", "author": 1}, 400, "author '1' is no name"),
        ({"advisor": "zorro", "number": "0261910101"}, 409, "unknown advisor 'zorro'"),
    ],
)
async def test_what_is_no_call_out_is_refused(client: httpx.AsyncClient, body: object, code: int, why: str) -> None:
    response = await client.post("/call-out", json=body)
    assert response.status_code == code
    assert why in response.json()["why"]


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
