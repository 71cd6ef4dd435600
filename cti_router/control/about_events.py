"""What happens, told as it happens (docs/live-events.md)."""

from collections.abc import Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from cti_router.control.answers import no
from cti_router.control.router import Router


def about_events(router: Router) -> Sequence[Route]:
    async def events(request: HttpRequest) -> Response:
        frames = router.events(request.headers.get("last-event-id", ""))
        return StreamingResponse(frames, media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def pop(request: HttpRequest) -> Response:
        advisor = request.path_params["advisor"]
        found = router.pop(advisor)
        return no(404, f"{advisor[:80]!r} has no call") if found is None else JSONResponse(found)

    return [Route("/events", events), Route("/pop/{advisor}", pop)]
