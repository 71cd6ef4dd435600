"""The router itself: how it stands, and its configuration read again."""

from collections.abc import Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.control.answers import said
from cti_router.control.router import Router


def about_itself(router: Router) -> Sequence[Route]:
    async def status(_: HttpRequest) -> Response:
        return JSONResponse(router.status())

    async def reload(_: HttpRequest) -> Response:
        return said(await router.reload())

    return [Route("/status", status), Route("/reload", reload, methods=["POST"])]
