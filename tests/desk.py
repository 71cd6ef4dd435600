"""A router of tests behind its real doors, and somebody who types to it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from cti_router.__main__ import app
from cti_router.control import control_application, serve_on_socket
from cti_router.core.callback import AskCallback, CancelCallback, PlaceCall
from cti_router.core.inputs import Request
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.order import Close, GiveOrder, PullTicket, UndoOrder
from cti_router.ordering import order_of
from tests.core.board import PARIS, at

TRACES = {"c1": {"call": {"id": "c1"}}, "odd/id ?": {"call": {"id": "odd"}}}
CALLS = [{"id": "c1", "because": "réglé à Évreux"}, {"id": "c2", "because": ""}]

CALLBACK = {
    "id": "caen-cb1", "number": "+33261910101", "site": "caen", "state": "resting", "profile": "employer",
    "arrived_at": "2026-11-23T09:00:00+01:00", "asked_at": "2026-11-23T09:05:00+01:00", "asked_in": "",
    "called_from": "+33639980001", "author": "paul", "attempts": 1, "attempts_allowed": 3,
    "not_before_at": "2026-11-23T09:10:00+01:00",
}  # fmt: skip


ORDER: dict[str, Any] = {
    "id": "close-261123-090000",
    "kind": "close",
    "state": "in_force",
    "author": "helene",
    "made_at": "2026-11-23T09:00:00.000+01:00",
    "from": "2026-11-23T09:00:00.000+01:00",
    "until": "2026-11-23T10:00:00.000+01:00",
    "over_at": None,
    "undone_by": "",
    "missing": "",
    "what": {"message": "alerte incendie", "site": None, "sounds": []},
    "text": "the whole service closed: alerte incendie",
}

MESSAGE: dict[str, Any] = {
    "id": "caen-1.1", "site": "caen", "taken_at": "2026-11-23T18:04:00+01:00", "length_s": 12.4, "digest": "00",
    "owner_site": "rouen", "owner_advisor": "rose", "due_at": "2026-11-24T17:00:00+01:00", "cli": "0261910101",
    "contributor": 7, "contributor_name": "Boulangerie Hébert", "profile": "employer", "motive": None,
    "done_at": None, "done_by": "", "note": "", "late": False,
}  # fmt: skip

EVENTS = 'id: b-7\nevent: over\ndata: {"call":"c1","outcome":"réglé"}\n\n'.encode()

RETRIES = 4  # over 3.5 s, while the server starts


class Desk:
    """A router that knows Rose, and two calls."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.ordered: list[GiveOrder | PullTicket] = []
        self.limits: list[int] = []
        self.callback_requests: list[AskCallback | CancelCallback] = []
        self.done: list[tuple[str, str, str]] = []
        self.sound: Path | None = None
        self.read_last: list[str] = []
        self.not_ready = ""

    async def request(self, request: Request) -> Accepted | Refused:
        self.requests.append(request)
        assert not isinstance(request, GiveOrder | UndoOrder)  # these come through doors of their own
        if isinstance(request, PlaceCall) and request.advisor == "rose":
            return Accepted("caen-out1")
        return Accepted() if request.advisor == "rose" else Refused(f"unknown advisor {request.advisor!r}")

    async def order(self, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any] | Refused:
        given = order_of(kind, body, at("2026-11-23 09:00"), PARIS)
        self.ordered.append(given)
        if isinstance(given, GiveOrder) and given.what == Close("feu", "paris"):
            return Refused("unknown site paris")
        return {**ORDER, "kind": kind}

    async def undo(self, order: str, author: str) -> Mapping[str, Any] | Refused:
        if order != ORDER["id"]:
            return Refused(f"no order {order!r} is known")
        return {**ORDER, "state": "undone", "undone_by": author}

    def orders(self) -> Sequence[Mapping[str, Any]]:
        return [ORDER, {**ORDER, "id": "notice-1", "state": "expired", "over_at": "2026-11-23T08:50:00+01:00"}]

    async def request_callback(self, request: AskCallback | CancelCallback) -> tuple[Accepted | Refused, str]:
        self.callback_requests.append(request)
        if isinstance(request, CancelCallback) and request.callback != "caen-cb1":
            return Refused(f"no callback {request.callback!r} is open"), ""
        return Accepted(), "caen-cb1"

    def callbacks(self) -> list[dict[str, Any]]:
        return [CALLBACK]

    async def messages(self, *, done_too: bool, site: str, limit: int) -> list[Mapping[str, Any]]:
        self.limits.append(limit)
        found = [MESSAGE, {**MESSAGE, "id": "caen-1.2", "done_at": "2026-11-24T09:00:00+01:00", "done_by": "anne"}]
        return [each for each in found if (done_too or not each["done_at"]) and site in ("", each["owner_site"])]

    async def message_done(self, message: str, author: str, note: str) -> Accepted | Refused:
        self.done.append((message, author, note))
        return Accepted() if message == MESSAGE["id"] else Refused(f"no message {message!r} is known")

    async def message_file(self, message: str) -> Path | None:
        return self.sound if message == MESSAGE["id"] else None

    async def reload(self) -> Accepted | Refused:
        return Refused(self.not_ready) if self.not_ready else Accepted()

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        self.limits.append(limit)
        return CALLS[-limit:]

    async def why(self, call: str) -> dict[str, Any] | None:
        return {"call": call, "text": "parce que"} if call in TRACES else None

    async def trace(self, call: str) -> dict[str, Any] | None:
        return TRACES.get(call)

    async def events(self, last_event_id: str) -> AsyncIterator[bytes]:
        self.read_last.append(last_event_id)
        yield EVENTS
        yield b":\n\n"

    def pop(self, advisor: str) -> dict[str, Any] | None:
        return {"advisor": advisor, "call": "c1"} if advisor == "rose" else None

    def status(self) -> dict[str, Any]:
        return {"waiting": 2, "duty": None, "clock": "2026-11-23T09:00:00+01:00"}

    def not_ready_because(self) -> str:
        return self.not_ready

    def exposition(self) -> bytes:
        return b"# TYPE cti_waiting_calls gauge\ncti_waiting_calls 2.0\n"


@asynccontextmanager
async def serving(desk: Desk, path: Path) -> AsyncIterator[None]:
    """Its control socket is served at `path`, until the end of the block."""
    server = asyncio.get_running_loop().create_task(serve_on_socket(control_application(desk), path))
    async with asyncio.timeout(10):
        while not path.exists():  # noqa: ASYNC110, ASYNC240 — the file is the only sign
            await asyncio.sleep(0.01)
    try:
        yield
    finally:
        server.cancel()
        with pytest.raises(asyncio.CancelledError):
            await server


@asynccontextmanager
async def speaking_to(desk: Desk, path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(desk, path):
        transport = httpx.AsyncHTTPTransport(uds=str(path), retries=RETRIES)
        async with httpx.AsyncClient(transport=transport, base_url="http://router") as client:
            yield client


def typed(*words: object) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


async def typed_to_router(tmp_path: Path, *words: str) -> Result:
    return await asyncio.to_thread(typed, *words, "--socket", tmp_path / "control.sock")


def started(*words: object) -> subprocess.CompletedProcess[str]:
    """A process of its own, with no secret in its environment."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("CTI_")}
    command = [sys.executable, "-m", "cti_router", *map(str, words)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
