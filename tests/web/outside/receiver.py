"""A program that takes webhooks, over real HTTP: it may fail, dawdle, redirect, or be away."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cti_router.control import serve_on_tcp


@dataclass
class Receiver:
    """`answers`: the statuses of the next answers, 204 when none is left. `taken`: headers and body of each request."""

    port: int
    answers: list[int] = field(default_factory=list)
    dawdles_s: float = 0.0
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    elsewhere: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/crm"

    @asynccontextmanager
    async def there(self) -> AsyncIterator[None]:
        """Listens inside the block."""

        async def crm(request: Request) -> Response:
            self.taken.append((dict(request.headers), await request.body()))
            await asyncio.sleep(self.dawdles_s)
            status = self.answers.pop(0) if self.answers else 204
            return Response(status_code=status, headers={"location": "/elsewhere"} if 300 <= status < 400 else {})

        async def elsewhere(_: Request) -> Response:
            self.elsewhere += 1
            return Response()

        app = Starlette(
            routes=[Route("/crm", crm, methods=["POST"]), Route("/elsewhere", elsewhere, methods=["GET", "POST"])]
        )
        serving = asyncio.create_task(serve_on_tcp(app, "127.0.0.1", self.port))  # noqa: TID251 — ended below
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
        try:
            yield
        finally:
            serving.cancel()
            await asyncio.wait([serving])


def receiver() -> Receiver:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return Receiver(taken.getsockname()[1])
