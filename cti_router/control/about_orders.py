"""Orders over the calendar and over advisors."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.control.answers import no, object_in
from cti_router.control.router import Router
from cti_router.core.instructions import Refused
from cti_router.ordering import BadOrder


def about_orders(router: Router) -> Sequence[Route]:
    async def order(request: HttpRequest) -> Response:
        body = await object_in(request, "the order's keys")
        if isinstance(body, Response):
            return body
        try:
            return _taken(await router.order(request.path_params["kind"], body))
        except BadOrder as error:
            return no(400, str(error))

    async def undo(request: HttpRequest) -> Response:
        body = await object_in(request, "order and author")
        if isinstance(body, Response):
            return body
        return _taken(await router.undo(*(str(body.get(key) or "") for key in ("order", "author"))))

    async def orders(_: HttpRequest) -> Response:
        return JSONResponse(list(router.orders()))

    return [
        Route("/orders", orders),
        Route("/orders/{kind}", order, methods=["POST"]),
        Route("/undo", undo, methods=["POST"]),
    ]


def _taken(answer: Mapping[str, Any] | Refused) -> Response:
    return no(409, answer.why) if isinstance(answer, Refused) else JSONResponse({"accepted": True, "order": answer})
