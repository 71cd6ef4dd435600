"""The router's door for presence, through the real sockets."""

import httpx
import pytest

from cti_router.core.inputs import EndWrapUp, ExtendWrapUp, Presence, SetPresence
from tests.desk import Desk


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
        ({"presence": "wrap_up_over", "author": "helene"}, EndWrapUp("rose", "helene")),
        (
            {"presence": "absent", "reason": "lunch", "for_s": 600, "phone": "202", "author": "rose"},
            SetPresence("rose", Presence.NOT_READY, "lunch", "rose", 600, "202"),
        ),
        (
            {"presence": "available", "reason": None, "for_s": None, "phone": None, "author": None},
            SetPresence("rose", Presence.AVAILABLE, "absent", "command"),
        ),
    ],
)
async def test_a_word_becomes_a_request(
    client: httpx.AsyncClient, desk: Desk, body: dict[str, object], request_: SetPresence | EndWrapUp
) -> None:
    response = await client.post("/presence", json={"advisor": "rose", **body})
    assert (response.status_code, response.json()) == (200, {"accepted": True})
    assert desk.requests == [request_]


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
        (b'{"advisor": "rose", "presence": "absent", "for_s": "10min"}', "for_s '10min' is no number of seconds"),
        (b'{"advisor": "rose", "presence": "absent", "for_s": true}', "for_s 'True' is no number of seconds"),
    ],
)
async def test_what_is_no_request_is_refused_with_a_sentence(
    client: httpx.AsyncClient, desk: Desk, content: bytes, why: str
) -> None:
    response = await client.post("/presence", content=content)
    assert response.status_code == 400
    assert why in response.json()["why"]
    assert desk.requests == []


async def test_the_end_of_a_wrap_up_is_put_off(client: httpx.AsyncClient, desk: Desk) -> None:
    response = await client.post("/wrap-up", json={"advisor": "rose", "extend_s": 60, "author": "rose"})
    assert desk.requests == [ExtendWrapUp("rose", 60.0, "rose")]
    assert (response.status_code, response.json()) == (200, {"accepted": True})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"[]", "not an object with advisor and extend_s"),
        (b'{"advisor": "rose"}', "extend_s 'None' is no number of seconds"),
        (b'{"advisor": "rose", "extend_s": "60"}', "extend_s '60' is no number of seconds"),
    ],
)
async def test_what_is_no_length_is_refused(client: httpx.AsyncClient, desk: Desk, content: bytes, why: str) -> None:
    response = await client.post("/wrap-up", content=content)
    assert (response.status_code, response.json()["why"]) == (400, why)
    assert desk.requests == []
