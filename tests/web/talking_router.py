"""A router as the pages know it: who listens on a control socket, tells events, and takes requests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cti_router.control import serve_on_socket


def advisor(id_: str, **changes: object) -> dict[str, Any]:
    shown = {
        "id": id_, "name": id_.title(), "site": "rouen", "phone": "201", "phone_state": "free",
        "presence": "available", "reason": "", "presence_since_at": 10.0, "until_at": None, "activity": "idle",
        "activity_since_at": 10.0, "wrap_up_until_at": None, "forced_by": None, "named": True,
    }  # fmt: skip
    return {**shown, **changes}


STATE: dict[str, Any] = {
    "now": 1000.0, "version": "c1", "sites": {"rouen": {"name": "Rouen"}}, "skills": ["employers"], "motives": {},
    "profiles": {}, "reasons": {}, "advisors": {"damien_hebert": advisor("damien_hebert")},
    "duty": {"site": "rouen", "waiting": 0, "oldest_at": None}, "calls": {},
}  # fmt: skip
TALK = {"call": "c1", "offer": "o1", "kind": "inbound", "state": "offered", "since_at": 1000.0, "serves": True}
POP = {"advisor": "damien_hebert", "call": "c1", "offer": "o1", "kind": "inbound", "cli": "+33261910001",
       "contributors": [7], "recognition": "recognised", "because": [], "journey": []}  # fmt: skip


class TalkingRouter:
    """`asked` are the requests it took; `answers` what it says to them, by path: accepted where there is none."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.read_on_from: list[str] = []
        self.pops: dict[str, dict[str, Any]] = {}
        self.state = json.loads(json.dumps(STATE))
        self._said: list[tuple[str, dict[str, Any]]] = []
        self._news = asyncio.Condition()
        self._ends = 0

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        async with self._news:
            self._said.append((kind, data))
            self._news.notify_all()

    async def hang_up(self) -> None:
        """All who listen are cut off."""
        async with self._news:
            self._ends += 1
            self._news.notify_all()

    async def _events(self, last: str, at: int, ends: int) -> AsyncIterator[str]:
        if last.startswith("r-"):
            at = int(last[2:])
        else:
            yield f"id: r-{at}\nevent: state\ndata: {json.dumps(self.state)}\n\n"
        while True:
            async with self._news:
                while len(self._said) == at and self._ends == ends:
                    await self._news.wait()
            if self._ends != ends:
                return
            kind, data = self._said[at]
            at += 1
            yield f"id: r-{at}\nevent: {kind}\ndata: {json.dumps(data)}\n\n"

    def application(self) -> Starlette:
        async def events(request: Request) -> Response:
            last = request.headers.get("last-event-id", "")
            self.read_on_from.append(last)
            return StreamingResponse(self._events(last, len(self._said), self._ends), media_type="text/event-stream")

        async def pop(request: Request) -> Response:
            found = self.pops.get(request.path_params["advisor"])
            return JSONResponse(found or {"why": "no call"}, 200 if found else 404)

        async def any_request(request: Request) -> Response:
            path = request.url.path
            self.asked.append((path, await request.json()))
            status, answer = self.answers.get(path, (200, {"accepted": True}))
            return JSONResponse(answer, status)

        return Starlette(
            routes=[
                Route("/events", events),
                Route("/pop/{advisor}", pop),
                Route("/{path:path}", any_request, methods=["POST"]),
            ]
        )


async def control_answers(socket: Path) -> None:
    """Returns when somebody listens there."""
    while True:
        try:
            _, writer = await asyncio.open_unix_connection(socket)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            return


@asynccontextmanager
async def talking_router(socket: Path, router: TalkingRouter | None = None) -> AsyncIterator[TalkingRouter]:
    """Listens at `socket` inside the block."""
    router = router or TalkingRouter()
    async with asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve_on_socket(router.application(), socket))
        await control_answers(socket)
        yield router
        await router.hang_up()
        serving.cancel()
