"""The pages' application: each room brings its routes."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from cti_router.web.context import Context
from cti_router.web.me.api import me_routes
from cti_router.web.pages.routes import page_routes
from cti_router.web.problems import tell_problems
from cti_router.web.record.api import file_pages, record_routes
from cti_router.web.record.files import Files
from cti_router.web.signing.api import api_description_routes
from cti_router.web.signing.browsers import Browsers
from cti_router.web.signing.sign_in import sign_in_routes


def application(context: Context) -> FastAPI:
    """Everything that is served; `context` is what it is served from."""
    app = FastAPI(title="cti_router", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.context = context
    tell_problems(app)
    door = context.loaded.deployment.web
    if door is None:
        raise ValueError("network.yaml does not say where the pages are served")
    app.add_middleware(Browsers, origin=door.origin)
    app.include_router(sign_in_routes(door))
    if door.oidc is not None:
        from cti_router.web.signing.oidc import oidc_routes  # half a second of cryptography, for who needs it

        app.include_router(oidc_routes(door, door.oidc))
    app.include_router(api_description_routes())
    app.include_router(me_routes())
    app.include_router(page_routes())
    context.tabs.records = files = Files(context.pool, context.loaded, context.now)
    app.include_router(record_routes(files))
    app.include_router(file_pages(files))

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return app
