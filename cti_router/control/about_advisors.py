"""Requests about an advisor: his presence, his wrap-up."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from cti_router.control.answers import no, object_in, said
from cti_router.control.router import Router
from cti_router.core.inputs import EndWrapUp, ExtendWrapUp, SetPresence
from cti_router.core.presence import REASON_ABSENT
from cti_router.ordering import PRESENCES


def about_advisors(router: Router) -> Sequence[Route]:
    async def presence(request: HttpRequest) -> Response:
        """What an advisor is from now on: for so long, on that phone."""
        body = await object_in(request, "advisor and presence")
        if isinstance(body, Response):
            return body
        advisor, wanted, author = _text(body, "advisor"), _text(body, "presence"), _author(body)
        if wanted == "wrap_up_over":
            return said(await router.request(EndWrapUp(advisor, author)))
        if wanted not in PRESENCES:
            return no(400, f"presence {wanted[:40]!r} is none of {', '.join(PRESENCES)}, wrap_up_over")
        for_s = body.get("for_s")
        if for_s is not None and not _is_number(for_s):
            return _no_seconds("for_s", for_s)
        reason, phone = _text(body, "reason") or REASON_ABSENT, _text(body, "phone")
        return said(await router.request(SetPresence(advisor, PRESENCES[wanted], reason, author, for_s, phone)))

    async def wrap_up(request: HttpRequest) -> Response:
        """The end of an advisor's wrap-up is put off."""
        body = await object_in(request, "advisor and extend_s")
        if isinstance(body, Response):
            return body
        if not _is_number(extend_s := body.get("extend_s")):
            return _no_seconds("extend_s", extend_s)
        return said(await router.request(ExtendWrapUp(_text(body, "advisor"), float(extend_s), _author(body))))

    return [Route("/presence", presence, methods=["POST"]), Route("/wrap-up", wrap_up, methods=["POST"])]


def _text(body: Mapping[str, Any], key: str) -> str:
    """ "" where there is nothing, or null."""
    value = body.get(key)
    return "" if value is None else str(value)


def _author(body: Mapping[str, Any]) -> str:
    return _text(body, "author") or "command"


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool))


def _no_seconds(key: str, value: object) -> Response:
    return no(400, f"{key} {str(value)[:40]!r} is no number of seconds")
