"""The router's doors for orders, through the real sockets."""

from typing import Any

import httpx
import pytest

from cti_router.core.order import Close, GiveOrder
from tests.core.board import at
from tests.desk import ORDER, Desk


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
