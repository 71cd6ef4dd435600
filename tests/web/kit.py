"""The pages' application on a database, with somebody signed in; the router is whoever listens on the socket."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from fastapi import Request

from cti_router.config import Loaded, load
from cti_router.database.pool import Pool
from cti_router.web.app import application
from cti_router.web.context import context
from cti_router.web.happenings import Happening
from cti_router.web.link.control import Control
from cti_router.web.person import Person, Role

EXAMPLE = Path("deploy/example")
ADVISOR = Person("damien.hebert", "Damien Hébert", Role.ADVISOR, "damien_hebert", session="s1")


@asynccontextmanager
async def pages(
    pool: Pool, person: Person | None = ADVISOR, *, socket: Path = Path("/nowhere"), now: float = 0.0,
    loaded: Loaded | None = None, happened: Callable[[Happening], None] = lambda _: None,
) -> AsyncIterator[httpx.AsyncClient]:  # fmt: skip
    """A client of the pages; `person` is who it is, `loaded` the configuration: that of the example.

    `happened` hears what other programs are told.
    """

    async def identify(_: Request) -> Person | None:
        return person

    control = Control(socket)
    app = application(context(loaded or load(EXAMPLE, {}), pool, control, identify, lambda: now, happened))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://pages") as client:
        yield client
    await control.close()
