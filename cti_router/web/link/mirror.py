"""What the router tells, followed as long as the pages live: all that is shown, as of its last event.

Its events are docs/live-events.md's; this knows those that change what is shown, and passes all of them on.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, TypeAlias

import httpx
import structlog
from httpx_sse import ServerSentEvent, SSEError

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import Instant
from cti_router.web.link.control import Control

AGAIN_AFTER_S = 0.2
AGAIN_AFTER_AT_MOST_S = 3.0

Event: TypeAlias = Mapping[str, Any]
Listener: TypeAlias = Callable[[str, Event], None]

_log = structlog.get_logger()


class Mirror:
    """`state` is that of the router's last `state` event, kept current; None before there was one.

    `frozen_at`: since when nothing is known of the router, by its own time; None while its events come. `pops`: the
    last pop of each advisor who has a call.
    """

    def __init__(self, control: Control) -> None:
        self._control = control
        self._heard_at = 0.0
        self._last_event = ""
        self.state: dict[str, Any] | None = None
        self.frozen_at: Instant | None = 0.0
        self.pops: dict[AdvisorId, Event] = {}

    @property
    def now(self) -> Instant:
        """The router's time: that of a demo is elsewhere."""
        return 0.0 if self.state is None else float(self.state["now"]) + time.monotonic() - self._heard_at

    async def run(self, told: Listener) -> None:
        """Follow the router until cancelled; when it is away, try again.

        `told` hears each event once the mirror shows it, and `link` when the router is lost or found again.
        """
        pause_s = AGAIN_AFTER_S
        while True:
            try:
                async for event in self._control.events(self._last_event):
                    pause_s = AGAIN_AFTER_S
                    if event is not None:
                        await self._take(event, told)
                    elif self.state is not None:
                        self._found(told)  # nothing may have happened meanwhile
            except (httpx.HTTPError, SSEError, ValueError, LookupError, TypeError) as error:
                _log.info("router_away", why=str(error) or type(error).__name__)
            self._lost(told)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, AGAIN_AFTER_AT_MOST_S)

    async def _take(self, event: ServerSentEvent, told: Listener) -> None:
        """Raises ValueError for what is no event of a router."""
        data = json.loads(event.data)
        if not isinstance(data, dict):
            raise ValueError(f"the router's {event.event} is no object")  # noqa: TRY004 — as json's own
        if event.event == "state":
            self.state, self._heard_at = data, time.monotonic()
            self.pops = {advisor: pop async for advisor, pop in self._pops_of(data["calls"])}
        elif self.state is None:
            raise ValueError(f"the router's first event is {event.event}")
        else:
            self._change(event.event, data)
        self._last_event = event.id
        self._found(told)
        told(event.event, data)

    def _change(self, kind: str, data: dict[str, Any]) -> None:
        assert self.state is not None  # noqa: S101 — looked at by `_take`
        match kind:
            case "advisor":
                self.state["advisors"][data["id"]] = data
            case "duty":
                self.state["duty"] = data
            case "call" if data["talk"] is None:
                self.state["calls"].pop(data["advisor"], None)
                self.pops.pop(data["advisor"], None)
            case "call":
                self.state["calls"][data["advisor"]] = data["talk"]
            case "pop":
                self.pops[data["advisor"]] = data

    async def _pops_of(self, advisors: Mapping[AdvisorId, object]) -> AsyncIterator[tuple[AdvisorId, Event]]:
        """Those that came before we listened."""
        for advisor in advisors:
            if (pop := await self._control.pop(advisor)) is not None:
                yield advisor, pop

    def _found(self, told: Listener) -> None:
        if self.frozen_at is not None:
            self.frozen_at = None
            told("link", {"frozen_at": None})

    def _lost(self, told: Listener) -> None:
        if self.frozen_at is None:
            self.frozen_at = self.now
            told("link", {"frozen_at": self.frozen_at})
