"""The advisor's page, and what it loads."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from cti_router.web.context import Here
from cti_router.web.person import Person, allowed
from cti_router.web.problems import Problem
from cti_router.web.rendering import page
from cti_router.web.static import DIGEST, PREFIX, STATIC

_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}


def page_routes() -> APIRouter:
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def console(here: Here, person: Annotated[Person, Depends(allowed(scope="session"))]) -> Response:
        service, advisors = here.loaded.name, here.loaded.configuration.advisors
        if person.advisor not in advisors:
            return page("no_console.html", person.language, HTTPStatus.FORBIDDEN, service=service, person=person)
        return page(
            "console.html", person.language, service=service, person=person, version=DIGEST,
            timezone=here.loaded.configuration.calendar.timezone,
            skills=sorted(here.loaded.configuration.skills.values(), key=lambda skill: skill.name),
        )  # fmt: skip

    @routes.get(PREFIX + "/{digest}/{name}")
    async def static(digest: str, name: str) -> Response:
        """Those of another version are gone: a page never mixes two."""
        file = STATIC.get(name)
        if file is None or digest != DIGEST:
            raise Problem(HTTPStatus.NOT_FOUND, "Ce fichier n’existe pas.")
        return Response(file.content, media_type=file.media_type, headers=_FOR_EVER)

    return routes
