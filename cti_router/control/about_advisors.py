"""Requests about an advisor: his presence, his wrap-up."""

from collections.abc import Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route

from cti_router.control.answers import no, object_in, said
from cti_router.control.router import Router
from cti_router.core.inputs import EndWrapUp, SetPresence
from cti_router.ordering import PRESENCES


def about_advisors(router: Router) -> Sequence[Route]:
    async def presence(request: HttpRequest) -> Response:
        body = await object_in(request, "advisor and presence")
        if isinstance(body, Response):
            return body
        advisor, wanted = (str(body.get(key, "")) for key in ("advisor", "presence"))
        if wanted == "wrap_up_over":
            return said(await router.request(EndWrapUp(advisor, author="command")))
        if wanted not in PRESENCES:
            return no(400, f"presence {wanted!r} is none of {', '.join(PRESENCES)}, wrap_up_over")
        reason = str(body.get("reason") or "absent")
        return said(await router.request(SetPresence(advisor, PRESENCES[wanted], reason, author="command")))

    return [Route("/presence", presence, methods=["POST"])]
