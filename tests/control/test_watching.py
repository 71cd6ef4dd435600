"""The doors for those who watch, through the real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from cti_router.control import serve_on_tcp, status_application
from tests.desk import RETRIES, Desk


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
