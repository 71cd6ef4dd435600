"""Requests to the router."""

from pathlib import Path
from typing import Any

import httpx

from cti_router.web.problems import Problem

PATIENCE_S = 5.0


class Control:
    """The router's control socket. One for the whole process."""

    def __init__(self, socket: Path) -> None:
        self._client = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)), base_url="http://router", timeout=PATIENCE_S
        )

    async def request(self, method: str, path: str, **rest: Any) -> Any:
        """What the router answers, as JSON types.

        Raises `Problem`: 503 when no router answers, 409 with its reason when it refuses, 404 for what is not there.
        """
        try:
            response = await self._client.request(method, path, **rest)
        except httpx.HTTPError:
            raise Problem(503, "Le routeur ne répond pas : réessayez dans un instant.") from None
        if response.is_success:
            return response.json()
        if response.is_server_error:
            raise Problem(503, "Le routeur n’a pas pu le faire : réessayez dans un instant.")
        raise Problem(response.status_code, str(response.json().get("why", "")))

    async def close(self) -> None:
        await self._client.aclose()
