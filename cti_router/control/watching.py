"""For those who watch, without any right: is it alive, is it ready, how does it go."""

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cti_router.control.router import Router


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
