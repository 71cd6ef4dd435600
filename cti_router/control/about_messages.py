"""The work that voice messages are."""

from collections.abc import Sequence

from starlette.requests import Request as HttpRequest
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from cti_router.control.answers import limit_in, no, object_in, said
from cti_router.control.router import Router


def about_messages(router: Router) -> Sequence[Route]:
    async def messages(request: HttpRequest) -> Response:
        asked, limit = request.query_params, limit_in(request)
        if isinstance(limit, Response):
            return limit
        done_too, site = asked.get("all") == "1", asked.get("site", "")
        return JSONResponse(list(await router.messages(done_too=done_too, site=site, limit=limit)))

    async def message_done(request: HttpRequest) -> Response:
        body = await object_in(request, "author and note")
        if isinstance(body, Response):
            return body
        author, note = (str(body.get(key) or "") for key in ("author", "note"))
        return said(await router.message_done(request.path_params["message"], author, note))

    async def message_sound(request: HttpRequest) -> Response:
        message = request.path_params["message"]
        file = await router.message_file(message)
        if file is None:
            return no(404, f"no sound of a message {message[:80]!r} is here")
        return FileResponse(file, media_type="audio/wav")

    return [
        Route("/messages", messages),
        Route("/messages/{message:path}/done", message_done, methods=["POST"]),
        Route("/messages/{message:path}/sound", message_sound),
    ]
