"""One tab as the pages' process sees it: who looks, and what is told to it alone."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import structlog

from cti_router.database.pool import DatabaseAway
from cti_router.web.person import Person

SEES_RECORDS = "files"
"""The scope of a program that may read what a pop carries."""

IsSignedIn: TypeAlias = Callable[[], Awaitable[bool]]

_log = structlog.get_logger()


@dataclass(eq=False, slots=True)
class Tab:
    """`id`: what its page calls itself, "" for a program that follows."""

    viewer: Person
    id: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    _own: list[str] = field(default_factory=list)
    _looking: asyncio.Task[bool] | None = None

    @property
    def is_page(self) -> bool:
        """Programs follow as well: an advisor has his page all the same."""
        return self.viewer.scopes is None

    @property
    def bare(self) -> bool:
        """A program may follow calls without seeing records."""
        return self.viewer.scopes is not None and SEES_RECORDS not in self.viewer.scopes

    def tell(self, kind: str, data: object) -> None:
        """To this tab alone, unnumbered: it is not told again."""
        self._own.append(f"event: {kind}\ndata: {as_json(data)}\n\n")
        self.woken.set()

    def drained(self) -> bytes:
        text = "".join(self._own)
        self._own.clear()
        return text.encode()

    def look(self, is_signed_in: IsSignedIn, tasks: asyncio.TaskGroup) -> None:
        """Begin to see whether its session is still open; the tab is woken when that is known."""
        if self._looking is None:
            self._looking = tasks.create_task(_still(is_signed_in))
            self._looking.add_done_callback(lambda _: self.woken.set())

    def is_signed_out(self) -> bool:
        """As far as is known by now."""
        if self._looking is None or not self._looking.done():
            return False
        looked, self._looking = self._looking, None
        return not looked.result()

    def close(self) -> None:
        if self._looking is not None:
            self._looking.cancel()


async def _still(is_signed_in: IsSignedIn) -> bool:
    """While nobody can tell, who was signed in goes on reading."""
    try:
        return await is_signed_in()
    except DatabaseAway:
        return True
    except Exception:  # noqa: BLE001 — the boundary of one look: there is another soon
        _log.exception("session_not_seen")
        return True


def as_json(data: object) -> str:
    """On one line, as events are sent."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
