"""Which doors the control socket has, and which not, through the real sockets."""

import httpx
import pytest


async def test_the_status_is_the_router_s(client: httpx.AsyncClient) -> None:
    assert (await client.get("/status")).json() == {"waiting": 2, "duty": None, "clock": "2026-11-23T09:00:00+01:00"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/presence"), ("POST", "/calls"), ("GET", "/metrics")])
async def test_there_is_no_other_door(client: httpx.AsyncClient, method: str, path: str) -> None:
    assert (await client.request(method, path)).status_code in (404, 405)
