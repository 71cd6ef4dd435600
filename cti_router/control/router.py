"""What the doors open on."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cti_router.core.callback import AskCallback, CancelCallback
from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import CallId
from cti_router.core.inputs import Request
from cti_router.core.instructions import Accepted, Refused


class Router(Protocol):
    async def request(self, request: Request) -> Accepted | Refused: ...

    async def order(self, kind: str, body: Mapping[str, Any]) -> Mapping[str, Any] | Refused:
        """Give an order; as it stands then. Raises `BadOrder`."""

    async def undo(self, order: str, author: str) -> Mapping[str, Any] | Refused: ...

    def orders(self) -> Sequence[Mapping[str, Any]]:
        """Those that are not over, and those that were over lately."""

    async def request_callback(self, request: AskCallback | CancelCallback) -> tuple[Accepted | Refused, CallId]:
        """Answered when it is committed; and the callback it is about."""

    def callbacks(self) -> list[dict[str, Any]]:
        """Who is to be called back, in the order of their places."""

    async def messages(self, *, done_too: bool, site: str, limit: int) -> Sequence[Mapping[str, Any]]:
        """The voice messages to do, the first due first, then those done; `site`: only its own, "" for all."""

    async def message_done(self, message: str, author: str, note: str) -> Accepted | Refused: ...

    async def message_file(self, message: str) -> Path | None:
        """Where its sound is; None when there is none."""

    async def reload(self) -> Accepted | Refused: ...

    async def calls(self, limit: int) -> Sequence[dict[str, Any]]:
        """Calls in progress and ended ones, the oldest first."""

    async def why(self, call: str) -> dict[str, Any] | None:
        """The decision ledger of a call, None when no such call is known."""

    async def trace(self, call: str) -> dict[str, Any] | None:
        """By what a call can be followed; None when there is no such call."""

    def events(self, last_event_id: str) -> AsyncIterator[bytes]:
        """What happens, as server-sent events: all after the one that was read last, or first everything as it is."""

    def pop(self, advisor: AdvisorId) -> dict[str, Any] | None:
        """Who calls an advisor, as it popped; None when he has no call."""

    def status(self) -> dict[str, Any]: ...

    def not_ready_because(self) -> str:
        """ "" when calls can be routed."""

    def exposition(self) -> bytes: ...
