"""One AMI link per PBX: kept up for ever, orders out, events in. The only file that knows panoramisk.

panoramisk 1.4 connects, logs in, numbers and writes the actions. What it does next is fenced here, since it
would replay unanswered actions after a reconnect, wait for ever, and drop the link when a callback raises:
bytes are decoded by `FrameDecoder`, answers are matched by `_Wire`, and each connection gets a Manager of its
own, so that nothing is left of it when it ends.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

import structlog
from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from structlog.typing import FilteringBoundLogger

from cti_router.asterisk.ami_frames import AmiMessage, BadFrame, Fields, FrameDecoder, checked
from cti_router.interfaces import PbxAway

__all__ = ["AmiLink", "AmiMessage", "AmiRefused", "AmiTimings", "pauses"]

_NO_FIELDS: Fields = MappingProxyType({})
_REFUSALS = frozenset({"Error", "Fail", "Failure", "Failed"})
_Word = TypeVar("_Word")
_RANDOM = random.SystemRandom()


class AmiRefused(Exception):
    """The PBX answered "no": `Response: Error`. The text is the PBX's own."""

    def __init__(self, action: str, answer: AmiMessage) -> None:
        super().__init__(f"{action} refused: {answer.get('Message')}")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class AmiTimings:
    """All in seconds. `dead_after_s`: the longest a link counts as up after the last sign of life."""

    connect_s: float = 5.0
    ping_every_s: float = 4.0
    dead_after_s: float = 10.0
    backoff_first_s: float = 0.5
    backoff_max_s: float = 15.0

    def __post_init__(self) -> None:
        if not 0 < self.ping_every_s < self.dead_after_s:
            raise ValueError("ping_every_s must be shorter than dead_after_s")


def pauses(first_s: float, max_s: float) -> Iterator[float]:
    """Seconds to wait before each attempt: doubled up to `max_s`, less up to a half at random."""
    longest = first_s
    while True:
        yield longest * _RANDOM.uniform(0.5, 1.0)
        longest = min(longest * 2, max_s)


class AmiLink:
    """The AMI connection to one PBX.

    `on_event` gets every event in order, at once, except those that a `collect` returns. `on_up` is awaited
    after each login, while events go on. `on_down` gets the reason each time a link ends or an attempt fails.
    What a callback raises is logged; only a failing `on_up` costs the link: its owner would be out of step.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        username: str,
        secret: str,
        on_event: Callable[[AmiMessage], None],
        on_up: Callable[[], Awaitable[None]],
        on_down: Callable[[str], object],
        timings: AmiTimings = AmiTimings(),
        log: FilteringBoundLogger | None = None,
    ) -> None:
        """Raises `ValueError` for credentials that cannot be sent."""
        checked({"Username": username, "Secret": secret})
        self._account = {"host": host, "port": port, "username": username, "secret": secret}
        self._name = f"{host}:{port}"
        self._on_event = on_event
        self._on_up = on_up
        self._on_down = on_down
        self._timings = timings
        self._log = log or structlog.get_logger().bind(ami=self._name)
        self._wire: _Wire | None = None
        self._pauses = self._fresh_pauses()

    @property
    def up(self) -> bool:
        """Logged in. True from before `on_up` until the link ends."""
        return self._wire is not None and not self._wire.reason

    @property
    def waiting(self) -> int:
        """Actions that wait for an answer now."""
        return 0 if self._wire is None else len(self._wire.responses)

    async def run(self) -> None:
        """Keeps the link up until cancelled; the socket is closed when this returns."""
        while True:
            reason = await self._hold_one_link()
            pause = next(self._pauses)
            self._log.warning("ami link down", reason=reason, retry_in_s=round(pause, 3))
            self._tell(self._on_down, reason, "on_down")
            await asyncio.sleep(pause)

    def drop(self, reason: str) -> None:
        """Give the link up now; it is made anew like any other that ended."""
        if self._wire is not None:
            self._wire.drop(reason)

    async def action(self, name: str, fields: Fields = _NO_FIELDS, *, deadline_s: float = 2.0) -> AmiMessage:
        """Sends once, and returns the response. A field with several values is repeated.

        Raises `PbxAway` without a link or an answer in time, `AmiRefused` on an error, `ValueError` when a
        field cannot be sent.
        """
        return await self.send(name, fields, deadline_s=deadline_s)

    def send(self, name: str, fields: Fields = _NO_FIELDS, *, deadline_s: float = 2.0) -> Awaitable[AmiMessage]:
        """As `action`, sent before this returns. What fails is raised when it is awaited, but for `ValueError`."""
        return self._ask(_Question({"Action": name, **fields}), deadline_s)

    async def collect(
        self, name: str, fields: Fields = _NO_FIELDS, *, complete: str, deadline_s: float = 2.0
    ) -> tuple[AmiMessage, ...]:
        """As `action`, for an answer in a list of events. Without the last one, named `complete`."""
        question = _Question({"Action": name, **fields}, complete=complete)
        await self._ask(question, deadline_s)
        return tuple(question.listed)

    def _ask(self, question: "_Question", deadline_s: float) -> Awaitable[AmiMessage]:
        if self._wire is None:
            question.fail(PbxAway(f"no AMI link to {self._name}"))
        else:
            self._wire.send(question)
        return self._answered(question, deadline_s)

    async def _answered(self, question: "_Question", deadline_s: float) -> AmiMessage:
        answer: asyncio.Future[AmiMessage] = question.future
        try:
            async with asyncio.timeout(deadline_s):
                return await answer
        except TimeoutError:
            raise PbxAway(f"no answer to {question.name} from {self._name} within {deadline_s:g} s") from None

    async def _hold_one_link(self) -> str:
        """From connecting to the end; returns why it ended."""
        wire = _Wire(lambda event: self._tell(self._on_event, event, f"event {event.event}"))
        manager = _Manager(
            loop=asyncio.get_running_loop(), protocol_factory=lambda: wire, ping_delay=0, **self._account
        )
        try:
            async with asyncio.timeout(self._timings.connect_s):
                await manager.connect()
                await manager.authenticated_future
            self._wire = wire
            self._log.info("ami link up", greeting=wire.greeting)
            async with asyncio.TaskGroup() as tasks:
                duties = [
                    tasks.create_task(self._keep_alive(wire)),
                    tasks.create_task(self._resynchronise(wire)),
                ]
                await wire.gone.wait()
                for duty in duties:
                    duty.cancel()
        except TimeoutError:
            return f"no login within {self._timings.connect_s:g} s"
        except (OSError, UnicodeError) as error:
            return f"cannot connect: {error}"
        except (AmiRefused, PbxAway) as error:
            return str(error)
        else:
            return wire.reason
        finally:
            self._wire = None
            wire.close()

    async def _keep_alive(self, wire: "_Wire") -> None:
        timings = self._timings
        while True:
            await asyncio.sleep(timings.ping_every_s)
            try:
                with suppress(AmiRefused):  # even a "no" is a sign of life
                    await self.action("Ping", deadline_s=timings.dead_after_s - timings.ping_every_s)
            except PbxAway:
                wire.drop(f"no answer to a ping: no sign of life for {timings.dead_after_s:g} s")
                return
            # Only now has the link proved itself: a PBX that takes the login and closes must not be stormed.
            self._pauses = self._fresh_pauses()

    async def _resynchronise(self, wire: "_Wire") -> None:
        """The boundary of `on_up`."""
        try:
            await self._on_up()
        except (PbxAway, AmiRefused) as error:
            wire.drop(f"cannot resynchronise: {error}")
        except Exception as error:  # noqa: BLE001  # a boundary
            self._log.exception("ami callback failed", about="on_up")
            wire.drop(f"cannot resynchronise: {error!r}")

    def _tell(self, callback: Callable[[_Word], object], word: _Word, about: str) -> None:
        """The boundary of `on_event` and `on_down`."""
        try:
            callback(word)
        except Exception:  # noqa: BLE001  # a boundary
            self._log.exception("ami callback failed", about=about)

    def _fresh_pauses(self) -> Iterator[float]:
        return pauses(self._timings.backoff_first_s, self._timings.backoff_max_s)


class _Question(Action):  # type: ignore[misc]  # panoramisk is untyped
    """An action on its way: numbered and written by panoramisk, checked and completed by us."""

    def __init__(self, fields: Fields, complete: str = "") -> None:
        super().__init__(checked(fields))
        self.name: str = self["Action"]
        self.complete = complete
        self.listed: list[AmiMessage] = []

    def take(self, message: AmiMessage) -> bool:
        """False for an event that only mentions this action, as `OriginateResponse` does."""
        if self.future.done():
            return not message.event
        if not message.event:
            if message.response in _REFUSALS:
                self.future.set_exception(AmiRefused(self.name, message))
            elif not self.complete:
                self.future.set_result(message)
            return True
        if message.event == self.complete:
            self.future.set_result(message)
        elif self.complete:
            self.listed.append(message)
        return bool(self.complete)

    def fail(self, error: Exception) -> None:
        if not self.future.done():
            self.future.set_exception(error)


class _Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk is untyped
    """One connection's bytes. Once it is given up it has a `reason`, and is `gone`."""

    def __init__(self, on_event: Callable[[AmiMessage], None]) -> None:
        self._on_event = on_event
        self._decoder = FrameDecoder()
        self.transport: asyncio.Transport | None = None
        self.responses: dict[str, _Question] = {}
        self.reason = ""
        self.gone = asyncio.Event()

    @property
    def greeting(self) -> str:
        return self._decoder.greeting

    def send(self, data: Any, as_list: bool | None = None) -> Awaitable[AmiMessage]:
        """The future answer; the question is forgotten with it, answered or not."""
        question = data if isinstance(data, _Question) else _Question(data)  # a dict: the Manager's own login
        answer: asyncio.Future[AmiMessage] = question.future
        if self.reason:
            question.fail(PbxAway(self.reason))
        else:
            answer.add_done_callback(lambda _: self.responses.pop(question.id, None))
            super().send(question, as_list)
        return answer

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._decoder.feed(data)
        except BadFrame as bad:
            self.drop(str(bad))
            return
        for message in messages:
            self.handle_message(message)

    def handle_message(self, message: AmiMessage) -> None:
        question = self.responses.get(message.action_id)
        if question is not None and question.take(message):
            return
        if message.event:
            self._on_event(message)
        if message.event == "Shutdown":
            self.drop("the PBX is shutting down")

    def connection_lost(self, exc: Exception | None) -> None:
        self.drop(f"connection lost: {exc}" if exc else "closed by the PBX")

    def close(self) -> None:
        self.drop("closed by the router")

    def drop(self, reason: str) -> None:
        """Gives the link up now, with every action that waits for an answer. The first reason counts."""
        if self.reason:
            return
        self.reason = reason
        self.gone.set()
        for question in tuple(self.responses.values()):
            question.fail(PbxAway(reason))
        if self.transport is not None:
            self.transport.abort()  # `close` would wait for a dead peer to read what is still to be sent


class _Manager(Manager):  # type: ignore[misc]  # panoramisk is untyped
    """Connects and logs in once. When that fails, or ends, it does nothing: `AmiLink` does."""

    def connection_made(self, connecting: "asyncio.Task[Any]") -> None:
        if not connecting.cancelled() and connecting.exception() is None:
            super().connection_made(connecting)

    def login(self, answer: "asyncio.Future[AmiMessage]") -> None:
        self.authenticated = not answer.cancelled() and answer.exception() is None

    def ping(self) -> None:
        """Due at once (`ping_delay`), and never again: the link's own pings have a deadline, these have none."""
