"""Requests to the router, and its events."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from httpx_sse import ServerSentEvent, aconnect_sse

from cti_router.core.configuration import AdvisorId
from cti_router.web.problems import Problem

PATIENCE_S = 5.0
SILENT_S = 25.0
"""The router gives a sign of life every ten seconds: after so long without one it is gone."""


class Control:
    """The router's control socket. One for the whole process."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://router", timeout=PATIENCE_S
        )

    async def request(self, method: str, path: str, **rest: Any) -> Any:
        """What the router answers, as JSON types. Raises as `fetched`."""
        return json.loads(await self.fetched(path, method, **rest))

    async def fetched(self, path: str, method: str = "GET", **rest: Any) -> bytes:
        """What the router answers.

        Raises `Problem`: 503 when no router answers, 409 with its reason when it refuses, 404 for what is not there.
        """
        try:
            response = await self._client.request(method, path, **rest)
        except httpx.HTTPError:
            raise Problem(503, "Le routeur ne répond pas : réessayez dans un instant.") from None
        if response.is_success:
            return response.content
        if response.is_server_error:
            raise Problem(503, "Le routeur n’a pas pu le faire : réessayez dans un instant.")
        try:
            why = str(response.json()["why"])
        except (ValueError, KeyError, TypeError):
            raise Problem(409, "Le routeur ne connaît pas cette demande : il est d’une autre version.") from None
        raise Problem(response.status_code, why)

    async def events(self, last_event_id: str) -> AsyncIterator[ServerSentEvent | None]:
        """What happens, from after the event that was read last; first None, as soon as the router is there.

        Ends, or raises httpx's errors, when it is over.
        """
        headers = {"last-event-id": last_event_id} if last_event_id else {}
        timeout = httpx.Timeout(PATIENCE_S, read=SILENT_S)
        async with aconnect_sse(self._client, "GET", "/events", headers=headers, timeout=timeout) as source:
            source.response.raise_for_status()
            yield None
            async for event in source.aiter_sse():
                yield event

    async def pop(self, advisor: AdvisorId) -> dict[str, Any] | None:
        """The pop of the call an advisor has; None when he has none, or nobody can tell."""
        try:
            found = await self.request("GET", f"/pop/{quote(advisor, safe='')}")
        except Problem:
            return None
        return found if isinstance(found, dict) else None

    async def close(self) -> None:
        await self._client.aclose()
