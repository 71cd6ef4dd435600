"""The pages' process."""

import asyncio
import time

from fastapi import Request

from cti_router.commands.common import Directory, fail, load_or_fail
from cti_router.config import Loaded
from cti_router.config.deployment import SecretError, WebDoor
from cti_router.control import serve_on_tcp
from cti_router.database.pool import Pool
from cti_router.web.app import application
from cti_router.web.context import Context
from cti_router.web.link.control import Control
from cti_router.web.signing.person import Person

CONNECTIONS = 8


def web(directory: Directory) -> None:
    """Serve the pages of advisors and supervisors. `run` starts this too, when “network” has “web”."""
    loaded = load_or_fail(directory)
    if loaded.deployment.web is None:
        fail("network.yaml does not say where the pages are served: add “web” to “network”")
    try:
        asyncio.run(_serve(loaded, loaded.deployment.web))
    except (OSError, SecretError) as error:
        fail(str(error))


async def _serve(loaded: Loaded, door: WebDoor) -> None:
    pool = Pool(loaded.deployment.dsn.reveal(), size=CONNECTIONS)
    control = Control(loaded.deployment.control_socket)
    try:
        context = Context(loaded, pool, control, _nobody, time.time)
        await serve_on_tcp(application(context), door.listen.host, door.listen.port)
    finally:
        await control.close()
        await pool.close()


async def _nobody(_: Request) -> Person | None:
    return None
