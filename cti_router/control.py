"""The router's doors: HTTP on a Unix socket for requests, HTTP on TCP for those who watch."""

import asyncio
import json
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.callback import AskCallback, CancelCallback
from cti_router.core.identity import CallId
from cti_router.core.inputs import EndWrapUp, Request, SetPresence
from cti_router.core.instructions import Accepted, Refused
from cti_router.numbering import parse_cli, parse_dnis
from cti_router.ordering import PRESENCES, BadOrder

EXPERT = 4
"""The level that a transfer or a consultation asks for when none is told."""

_TO_A_SKILL: Mapping[str, type[Transfer] | type[Consult]] = {"transfer": Transfer, "consult": Consult}
_ABOUT_A_CALL: Mapping[str, Callable[[str, str], Request]] = {
    "connect": ConnectConsultation,
    "cancel": CancelConsultation,
    "hold": HoldCall,
    "retrieve": RetrieveCall,
    "hangup": HangUpCall,
}
_LIMIT_DIGITS = 5


class Router(Protocol):
    """What the doors open on."""

    async def request(self, request: Request) -> Accepted | Refused: ...

    async def order(self, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any] | Refused:
        """Give an order; as it stands then. Raises `BadOrder`."""

    async def undo(self, order: str, author: str) -> Mapping[str, Any] | Refused: ...

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """Those that are not over, and those that were over lately."""

    async def request_callback(self, request: AskCallback | CancelCallback) -> tuple[Accepted | Refused, CallId]:
        """Answered when it is committed; and the callback it is about."""

    def callbacks(self) -> list[dict[str, Any]]:
        """Who is to be called back, in the order of their places."""

    async def messages(self, *, done_too: bool, site: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """The voice messages to do, the first due first, then those done; `site`: only its own, "" for all."""

    async def message_done(self, message: str, author: str, note: str) -> Accepted | Refused: ...

    async def message_file(self, message: str) -> Path | None:
        """Where its sound is; None when there is none."""

    async def reload(self) -> Accepted | Refused: ...

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        """Calls in progress and ended ones, the oldest first."""

    async def why(self, call: str) -> dict[str, Any] | None:
        """The decision ledger of a call, None when no such call is known."""

    async def trace(self, call: str) -> dict[str, Any] | None:
        """By what a call can be followed; None when there is no such call."""

    def status(self) -> dict[str, Any]: ...

    def not_ready_because(self) -> str:
        """ "" when calls can be routed."""

    def exposition(self) -> bytes: ...


def control_application(router: Router) -> Starlette:
    """Requests: only who may open the socket's file comes in."""

    async def presence(request: HttpRequest) -> Response:
        body = await _object_in(request, "advisor and presence")
        if isinstance(body, Response):
            return body
        advisor, wanted = (str(body.get(key, "")) for key in ("advisor", "presence"))
        if wanted == "wrap_up_over":
            return _said(await router.request(EndWrapUp(advisor, author="command")))
        if wanted not in PRESENCES:
            return _no(400, f"presence {wanted!r} is none of {', '.join(PRESENCES)}, wrap_up_over")
        reason = str(body.get("reason") or "absent")
        return _said(await router.request(SetPresence(advisor, PRESENCES[wanted], reason, author="command")))

    async def order(request: HttpRequest) -> Response:
        body = await _object_in(request, "the order's keys")
        if isinstance(body, Response):
            return body
        try:
            return _taken(await router.order(request.path_params["kind"], body))
        except BadOrder as error:
            return _no(400, str(error))

    async def undo(request: HttpRequest) -> Response:
        body = await _object_in(request, "order and author")
        if isinstance(body, Response):
            return body
        return _taken(await router.undo(*(str(body.get(key) or "") for key in ("order", "author"))))

    async def orders(_: HttpRequest) -> Response:
        return JSONResponse(list(router.orders()))

    async def advisor_s_call(request: HttpRequest) -> Response:
        """What an advisor asks about the call he has: the last word of the path says what."""
        body = await _object_in(request, "advisor")
        if isinstance(body, Response):
            return body
        wanted, advisor = request.path_params["what"], str(body.get("advisor", ""))
        if (plain := _ABOUT_A_CALL.get(wanted)) is not None:
            return _said(await router.request(plain(advisor, "command")))
        if (to_skill := _TO_A_SKILL.get(wanted)) is None:
            return _no(404, f"{wanted[:40]!r} is none of {', '.join((*_TO_A_SKILL, *_ABOUT_A_CALL))}")
        level = body.get("level", EXPERT)
        if type(level) is not int:
            return _no(400, f"level {level!r} is no whole number")
        return _said(await router.request(to_skill(advisor, str(body.get("skill", "")), level, author="command")))

    async def ask_callback(request: HttpRequest) -> Response:
        try:
            body = await request.json()
        except ValueError as error:
            return _no(400, f"not JSON: {error}")
        asked = _asked(body) if isinstance(body, dict) else "not an object with call or number"
        if isinstance(asked, str):
            return _no(400, asked)
        answer, id_ = await router.request_callback(asked)
        return _said(answer) if isinstance(answer, Refused) else JSONResponse({"accepted": True, "callback": id_})

    async def cancel_callback(request: HttpRequest) -> Response:
        answer, _ = await router.request_callback(CancelCallback(request.path_params["callback"], author="command"))
        return _said(answer)

    async def callbacks(_: HttpRequest) -> Response:
        return JSONResponse(router.callbacks())

    async def messages(request: HttpRequest) -> Response:
        asked, limit = request.query_params, _limit_in(request)
        if isinstance(limit, Response):
            return limit
        done_too, site = asked.get("all") == "1", asked.get("site", "")
        return JSONResponse(list(await router.messages(done_too=done_too, site=site, limit=limit)))

    async def message_done(request: HttpRequest) -> Response:
        body = await _object_in(request, "author and note")
        if isinstance(body, Response):
            return body
        author, note = (str(body.get(key) or "") for key in ("author", "note"))
        return _said(await router.message_done(request.path_params["message"], author, note))

    async def message_sound(request: HttpRequest) -> Response:
        message = request.path_params["message"]
        file = await router.message_file(message)
        if file is None:
            return _no(404, f"no sound of a message {message[:80]!r} is here")
        return FileResponse(file, media_type="audio/wav")

    async def calls(request: HttpRequest) -> Response:
        limit = _limit_in(request)
        if isinstance(limit, Response):
            return limit
        lines = [json.dumps(call, ensure_ascii=False) + "\n" for call in await router.calls(limit)]
        return Response("".join(lines), media_type="application/x-ndjson")

    async def trace(request: HttpRequest) -> Response:
        return _of(request.path_params["call"], await router.trace(request.path_params["call"]))

    async def why(request: HttpRequest) -> Response:
        return _of(request.path_params["call"], await router.why(request.path_params["call"]))

    def _of(call: str, found: dict[str, Any] | None) -> Response:
        return _no(404, f"no call {call[:80]!r} is known") if found is None else JSONResponse(found)

    async def status(_: HttpRequest) -> Response:
        return JSONResponse(router.status())

    async def reload(_: HttpRequest) -> Response:
        return _said(await router.reload())

    return Starlette(
        routes=[
            Route("/presence", presence, methods=["POST"]),
            Route("/call/{what}", advisor_s_call, methods=["POST"]),
            Route("/orders", orders),
            Route("/orders/{kind}", order, methods=["POST"]),
            Route("/undo", undo, methods=["POST"]),
            Route("/callbacks", ask_callback, methods=["POST"]),
            Route("/callbacks", callbacks),
            Route("/callbacks/{callback:path}", cancel_callback, methods=["DELETE"]),
            Route("/messages", messages),
            Route("/messages/{message:path}/done", message_done, methods=["POST"]),
            Route("/messages/{message:path}/sound", message_sound),
            Route("/calls", calls),
            Route("/trace/{call:path}", trace),
            Route("/why/{call:path}", why),
            Route("/status", status),
            Route("/reload", reload, methods=["POST"]),
        ]
    )


def status_application(router: Router) -> Starlette:
    """For watchers: nothing here changes anything, or tells of a person."""

    async def healthz(_: HttpRequest) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: HttpRequest) -> Response:
        why = router.not_ready_because()
        return PlainTextResponse(f"{why or 'ready'}\n", status_code=503 if why else 200)

    async def metrics(_: HttpRequest) -> Response:
        return Response(router.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files."""

    certificate: Path
    private_key: Path


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
        ssl_certfile=tls.certificate if tls else None, ssl_keyfile=tls.private_key if tls else None,
    )  # fmt: skip
    server = _Server(config)
    try:
        await server.serve(sockets=[listening])
    except asyncio.CancelledError:
        server.should_exit = True
        raise
    finally:
        listening.close()


async def _object_in(request: HttpRequest, wanted: str) -> dict[str, Any] | Response:
    try:
        body = await request.json()
    except ValueError as error:
        return _no(400, f"not JSON: {error}")
    return body if isinstance(body, dict) else _no(400, f"not an object with {wanted}")


def _limit_in(request: HttpRequest) -> int | Response:
    limit = request.query_params.get("limit", "100")
    if not limit.isdecimal() or len(limit) > _LIMIT_DIGITS or not int(limit):
        return _no(400, f"limit {limit[:40]!r} is none of 1 to {10**_LIMIT_DIGITS - 1}")
    return int(limit)


def _taken(answer: Mapping[str, Any] | Refused) -> Response:
    return _no(409, answer.why) if isinstance(answer, Refused) else JSONResponse({"accepted": True, "order": answer})


def _asked(body: dict[str, Any]) -> AskCallback | str:
    """What is to be called back; or what is wrong with it."""
    call, number, to, profile = (str(body.get(key) or "") for key in ("call", "number", "to", "profile"))
    if bool(call) == bool(number):
        return "tell either a call or a number"
    if call:
        return AskCallback(call, author="command")
    e164, dnis = parse_cli(number).e164, parse_dnis(to) if to else 0
    if e164 is None:
        return f"{number[:40]!r} is no telephone number"
    if dnis is None:
        return f"{to[:40]!r} is no telephone number"
    return AskCallback(e164=e164, dnis=dnis, profile=profile or None, author="command")


def _said(answer: Accepted | Refused) -> Response:
    return _no(409, answer.why) if isinstance(answer, Refused) else JSONResponse({"accepted": True})


def _no(code: int, why: str) -> Response:
    return JSONResponse({"accepted": False, "why": why}, status_code=code)
