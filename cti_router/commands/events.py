"""What happens in the running router, as it happens."""

import json

import httpx
import typer

from cti_router.commands.common import DEFAULT_SOCKET, Socket, fail, router_at

_HEARD_WITHIN_S = 30.0
"""Three signs of life."""


def events(socket: Socket = DEFAULT_SOCKET) -> None:
    """Tell what happens, one JSON object a line, until the router ends: the banner's changes, pops, calls that end."""
    patience = httpx.Timeout(5.0, read=_HEARD_WITHIN_S)
    try:
        with router_at(socket) as router, router.stream("GET", "/events", timeout=patience) as response:
            if not response.is_success:
                fail(f"the router could not do it (HTTP {response.status_code}); its log says why")
            event: dict[str, str] = {}
            for line in response.iter_lines():
                if line:
                    key, _, value = line.partition(": ")
                    event[key] = value
                    continue
                if "data" in event:  # else it was a sign of life
                    told = {"id": event["id"], "event": event["event"], "data": json.loads(event["data"])}
                    typer.echo(json.dumps(told, ensure_ascii=False))
                event = {}
    except httpx.HTTPError as error:
        fail(f"no router answers at its control socket ({error}); is it running, and is --socket right?")
