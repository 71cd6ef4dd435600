"""What an advisor asks about the call he has; calls in progress and ended ones, and why they went so."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.control.answers import author_in, limit_in, no, object_in, said
from cti_router.control.router import Router
from cti_router.core.aside import (
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.callback import PlaceCall
from cti_router.core.inputs import Request
from cti_router.numbering import parse_cli

MOST_CONTRIBUTORS = 2**63
"""Ids are PostgreSQL's bigint."""

EXPERT = 4
"""The level that a transfer or a consultation asks for when none is told."""

BY_HAND = "a desk phone is answered by its handset: the router has no right to have its PBX answer for it"
"""Having a phone answer takes the manager's right `system`, which with `originate` is a shell on the PBX."""

_TO_A_SKILL: Mapping[str, type[Transfer] | type[Consult]] = {"transfer": Transfer, "consult": Consult}
_ABOUT_A_CALL: Mapping[str, Callable[[str, str], Request]] = {
    "connect": ConnectConsultation,
    "cancel": CancelConsultation,
    "hold": HoldCall,
    "retrieve": RetrieveCall,
    "hangup": HangUpCall,
}


def about_calls(router: Router) -> Sequence[Route]:
    async def advisor_s_call(request: HttpRequest) -> Response:
        """What an advisor asks about the call he has: the last word of the path says what."""
        body = await object_in(request, "advisor")
        if isinstance(body, Response):
            return body
        if isinstance(author := author_in(body), Response):
            return author
        wanted, advisor = request.path_params["what"], str(body.get("advisor", ""))
        if (plain := _ABOUT_A_CALL.get(wanted)) is not None:
            return said(await router.request(plain(advisor, author)))
        if wanted == "answer":
            return no(409, BY_HAND)
        if (to_skill := _TO_A_SKILL.get(wanted)) is None:
            return no(404, f"{wanted[:40]!r} is none of {', '.join((*_TO_A_SKILL, *_ABOUT_A_CALL))}")
        level = body.get("level", EXPERT)
        if type(level) is not int:
            return no(400, f"level {level!r} is no whole number")
        return said(await router.request(to_skill(advisor, str(body.get("skill", "")), level, author)))

    async def call_out(request: HttpRequest) -> Response:
        body = await object_in(request, "advisor and number")
        if isinstance(body, Response):
            return body
        if isinstance(author := author_in(body), Response):
            return author
        number, contributor = str(body.get("number") or ""), body.get("contributor")
        if (e164 := parse_cli(number).e164) is None:
            return no(400, f"{number[:40]!r} is no telephone number")
        if contributor is not None and (type(contributor) is not int or not 0 < contributor < MOST_CONTRIBUTORS):
            return no(400, f"contributor {str(contributor)[:40]!r} is no contributor's id")
        return said(await router.request(PlaceCall(str(body.get("advisor", "")), e164, contributor, author)))

    async def calls(request: HttpRequest) -> Response:
        limit = limit_in(request)
        if isinstance(limit, Response):
            return limit
        lines = [json.dumps(call, ensure_ascii=False) + "\n" for call in await router.calls(limit)]
        return Response("".join(lines), media_type="application/x-ndjson")

    async def trace(request: HttpRequest) -> Response:
        return _of(request.path_params["call"], await router.trace(request.path_params["call"]))

    async def why(request: HttpRequest) -> Response:
        return _of(request.path_params["call"], await router.why(request.path_params["call"]))

    return [
        Route("/call/{what}", advisor_s_call, methods=["POST"]),
        Route("/call-out", call_out, methods=["POST"]),
        Route("/calls", calls),
        Route("/trace/{call:path}", trace),
        Route("/why/{call:path}", why),
    ]


def _of(call: str, found: dict[str, Any] | None) -> Response:
    return no(404, f"no call {call[:80]!r} is known") if found is None else JSONResponse(found)
