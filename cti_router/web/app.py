"""The pages' application: each room brings its routes."""

from fastapi import FastAPI
from fastapi.responses import PlainTextResponse

from cti_router.web.context import Context
from cti_router.web.problems import tell_problems


def application(context: Context) -> FastAPI:
    """Everything that is served; `context` is what it is served from."""
    app = FastAPI(title="cti_router", version="1", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.context = context
    tell_problems(app)

    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok\n")

    return app
