"""Who is to be called back."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.control.answers import author_in, no, object_in, said
from cti_router.control.router import Router
from cti_router.core.callback import AskCallback, CancelCallback
from cti_router.core.instructions import Refused
from cti_router.numbering import parse_cli, parse_dnis

LATEST_AT = 32_503_680_000
"""The year 3000: what is later is no time."""


def about_callbacks(router: Router) -> Sequence[Route]:
    async def ask_callback(request: HttpRequest) -> Response:
        body = await object_in(request, "call or number")
        if isinstance(body, Response):
            return body
        if isinstance(author := author_in(body), Response):
            return author
        asked = _asked(body, author)
        if isinstance(asked, str):
            return no(400, asked)
        answer, id_ = await router.request_callback(asked)
        return said(answer) if isinstance(answer, Refused) else JSONResponse({"accepted": True, "callback": id_})

    async def cancel_callback(request: HttpRequest) -> Response:
        if isinstance(author := author_in(request.query_params), Response):
            return author
        answer, _ = await router.request_callback(CancelCallback(request.path_params["callback"], author))
        return said(answer)

    async def callbacks(_: HttpRequest) -> Response:
        return JSONResponse(router.callbacks())

    return [
        Route("/callbacks", ask_callback, methods=["POST"]),
        Route("/callbacks", callbacks),
        Route("/callbacks/{callback:path}", cancel_callback, methods=["DELETE"]),
    ]


def _asked(body: dict[str, Any], author: str) -> AskCallback | str:
    """What is to be called back; or what is wrong with it."""
    call, number, to, profile = (str(body.get(key) or "") for key in ("call", "number", "to", "profile"))
    if bool(call) == bool(number):
        return "tell either a call or a number"
    at = body.get("not_before_at")
    if at is not None and (not isinstance(at, int | float) or isinstance(at, bool) or not 0 <= at < LATEST_AT):
        return f"not_before_at {str(at)[:40]!r} is no time: POSIX seconds"
    if call:
        return AskCallback(call, author=author, not_before_at=at)
    e164, dnis = parse_cli(number).e164, parse_dnis(to) if to else 0
    if e164 is None:
        return f"{number[:40]!r} is no telephone number"
    if dnis is None:
        return f"{to[:40]!r} is no telephone number"
    return AskCallback(e164=e164, dnis=dnis, profile=profile or None, author=author, not_before_at=at)
