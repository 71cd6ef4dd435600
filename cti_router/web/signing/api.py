"""The API as it describes itself, and what its tokens may be given."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.routing import APIRoute, iter_route_contexts

from cti_router.web.person import SESSION, Person, Role, allowed

API = "/api/v1"


def api_description_routes() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get(f"{API}/openapi.json")
    async def description(
        request: Request, _: Annotated[Person, Depends(allowed(scope="description"))]
    ) -> dict[str, Any]:
        app = request.app
        assert isinstance(app, FastAPI)  # noqa: S101 — so made by `application`
        return app.openapi()

    return routes


def allows(route: APIRoute) -> list[tuple[tuple[Role, ...], str]]:
    """The roles (none: any) and the scope that a route's dependencies ask for; none: it is open to everybody."""
    waiting, found = [route.dependant], []
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        if (asked := getattr(dependant.call, "allows", None)) is not None:
            found.append(asked)
    return found


def api_routes(app: FastAPI) -> list[APIRoute]:
    """All that have a function of their own, whichever room brought them."""
    found = (each.original_route for each in iter_route_contexts(app.routes))
    return [route for route in found if isinstance(route, APIRoute)]


def scopes_of(app: FastAPI) -> list[str]:
    """What a token may be given."""
    return sorted({scope for route in api_routes(app) for _, scope in allows(route)} - {SESSION})
