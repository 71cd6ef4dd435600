"""How the doors are served: on a Unix socket, on TCP."""

import asyncio
import os
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    certificate: Path
    private_key: Path


def as_many_files_as_allowed() -> None:
    """The usual 1024 are soon taken by silent connections; others need some as well."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve_on_socket(application: ASGIApp, path: Path) -> None:
    """Serve on a Unix socket that only this user may open, until cancelled."""
    try:
        await _serve(application, _private_socket(path))
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


async def serve_on_tcp(application: ASGIApp, host: str, port: int, tls: Tls | None = None) -> None:
    """Serve on TCP until cancelled, Raises OSError when the address is taken."""
    listening = socket.create_server((host, port))
    await _serve(application, listening, tls)


def _private_socket(path: Path) -> socket.socket:
    """One left by a dead router is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    former = os.umask(0o177)
    try:
        listening.bind(str(path))
    finally:
        os.umask(former)
    return listening


class _Server(uvicorn.Server):
    """Signals belong to the application, not to each server."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        """Once a second, for the date in the answers: uvicorn's own ten times would cost more than the answers do."""
        while not await self.on_tick(0):  # noqa: ASYNC110 — uvicorn has no event for its end
            await asyncio.sleep(1.0)


async def _serve(application: ASGIApp, listening: socket.socket, tls: Tls | None = None) -> None:
    config = uvicorn.Config(
        application, lifespan="off", log_config=None, access_log=False, timeout_graceful_shutdown=1,
        proxy_headers=False, ssl_certfile=tls.certificate if tls else None,
        ssl_keyfile=tls.private_key if tls else None,
    )  # fmt: skip
    server = _Server(config)
    try:
        await server.serve(sockets=[listening])
    except asyncio.CancelledError:
        # uvicorn ends in order only when it is not cancelled: its connections would go on, and the loop would watch
        # the number of a closed socket, which the next one gets.
        if server.started:
            await server.shutdown([listening])
        raise
    finally:
        listening.close()
