"""The FastAGI server: one short conversation per ask.

On plain sockets: a connection is two reads and one write, so that asyncio's transports would cost more than they do.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Self, TypeAlias

import structlog

from cti_router.asterisk.agi import AgiConversation, AgiError, AgiHangup, AgiReply, AgiRequest, set_variables
from cti_router.asterisk.asks import AskError, ask_from_request, variables_for
from cti_router.asterisk.callback_asks import (
    SCRIPT,
    SCRIPT_AT_THE_END,
    callback_ask_from_request,
    variables_for_callback,
)
from cti_router.asterisk.leg_asks import SCRIPT as LEG_SCRIPT
from cti_router.asterisk.leg_asks import leg_ask_from_request, variables_for_leg
from cti_router.core.callback import CallbackAnswer, CallbackAsk
from cti_router.core.configuration import SiteId
from cti_router.core.inputs import Ask, LegAsk
from cti_router.core.instructions import Answer, LegAnswer

HEADER_DEADLINE_S = 5.0
DELIVERY_DEADLINE_S = 5.0

_BACKLOG = 1024
_OUT_OF_SOCKETS_S = 1.0
"""How long nobody is accepted after the system had no more sockets for us."""

AnyAsk: TypeAlias = Ask | LegAsk | CallbackAsk
AnyAnswer: TypeAlias = Answer | LegAnswer | CallbackAnswer

_READERS: Mapping[str, Callable[[AgiRequest, Collection[SiteId]], AnyAsk]] = {
    LEG_SCRIPT: leg_ask_from_request,
    SCRIPT: callback_ask_from_request,
    SCRIPT_AT_THE_END: callback_ask_from_request,
}

_log = structlog.get_logger()


class FastAgi:
    """Listens for asks from the PBXs' addresses (`sites`: who may ask from where); others are closed at once.

    `answer` gives the answer to an ask, None for none (the dialplan counts it as missed). `undelivered` is told
    when the PBX did not take an answer. `watched`: whether the manager link to a site's PBX is up.
    """

    def __init__(
        self,
        sites: Mapping[str, Collection[SiteId]],
        answer: Callable[[AnyAsk], Awaitable[AnyAnswer | None]],
        undelivered: Callable[[AnyAsk], None],
        watched: Callable[[SiteId], bool],
    ) -> None:
        self.sites = sites
        self.answer = answer
        self.undelivered = undelivered
        self.watched = watched
        self.refused = 0
        self.failed = 0
        self.answering: set[asyncio.Task[None]] = set()

    def serve(self, host: str, port: int) -> "Listener":
        """Raises OSError when the address is taken."""
        return Listener(self, host, port, asyncio.get_running_loop())


class Listener:
    """Accepts until closed; the conversations under way go on."""

    def __init__(self, server: FastAgi, host: str, port: int, loop: asyncio.AbstractEventLoop) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)  # inherited by those it accepts
        self._server = server
        self._loop = loop
        self._listen()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._loop.remove_reader(self.socket)
        self.socket.close()

    def _listen(self) -> None:
        if self.socket.fileno() >= 0:
            self._loop.add_reader(self.socket, self._accept)

    def _accept(self) -> None:
        try:
            connection, (address, *_) = self.socket.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # it was there, and is gone
        except OSError as error:
            _log.error("no_more_sockets", error=str(error))
            self._loop.remove_reader(self.socket)
            self._loop.call_later(_OUT_OF_SOCKETS_S, self._listen)
            return
        sites = self._server.sites.get(address)
        if sites is None:
            self._server.refused += 1
            connection.close()
        else:
            _Conversation(self._server, self._loop, connection, address, sites)


class _Conversation:
    """One connection: a request, our answer, and whether it was taken."""

    def __init__(
        self,
        server: FastAgi,
        loop: asyncio.AbstractEventLoop,
        connection: socket.socket,
        peer: str,
        sites: Collection[SiteId],
    ) -> None:
        self._server = server
        self._loop = loop
        self._connection = connection
        self._peer = peer
        self._sites = sites
        self._agi = AgiConversation()
        self._deadline: asyncio.TimerHandle | None = None
        self._told: AnyAsk | None = None
        self._over = False
        connection.setblocking(False)
        self._set_deadline(HEADER_DEADLINE_S)
        loop.add_reader(connection, self._readable)
        self._readable()
        if not self._over:
            # Asterisk writes forty short lines, and its kernel keeps those after the first until that one is
            # acknowledged: not each at once, but now that it has written them, so that they come together.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _readable(self) -> None:
        try:
            data = self._connection.recv(65_536)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._end()
            return
        try:
            for item in self._agi.receive(data):
                if not self._over:
                    self._hear(item)
        except AgiError as error:
            self._fail(str(error))

    def _late(self) -> None:
        self._fail("silent for too long")

    # what it means

    def _hear(self, item: AgiRequest | AgiReply | AgiHangup) -> None:
        match item:
            case AgiRequest():
                self._set_deadline(None)
                task = self._loop.create_task(self._answer(item))
                self._server.answering.add(task)
                task.add_done_callback(self._server.answering.discard)
            case AgiReply(code=200) if self._told is not None:
                self._end(taken=True)
            case AgiReply(code=code, text=text):
                raise AgiError(f"Asterisk said {code} {text[:200]}")
            case AgiHangup():
                self._end()

    async def _answer(self, request: AgiRequest) -> None:
        try:
            self._readable()  # its end, if that has come already
            if self._over:
                return  # an ask that was given up while we stood still is no news
            ask = _READERS.get(request.script, ask_from_request)(request, self._sites)
            try:
                answer = await self._server.answer(ask)
                if answer is not None and not self._over:
                    self._tell(ask, set_variables(self._variables(ask, answer)))
            finally:
                # However it failed: what the caller does now is unknown.
                if self._told is None:
                    self._server.undelivered(ask)
        except AskError as error:
            self._fail(str(error))
        except Exception:  # noqa: BLE001 — the boundary of this conversation: one bad ask must not cost the others
            self._server.failed += 1
            _log.exception("ask_crashed")
        if self._told is None:
            self._end()

    def _variables(self, ask: AnyAsk, answer: AnyAnswer) -> list[tuple[str, str]]:
        if isinstance(answer, LegAnswer):
            return variables_for_leg(answer)
        if isinstance(answer, CallbackAnswer):
            return variables_for_callback(answer)
        return variables_for(answer, watched=self._server.watched(ask.site))

    def _tell(self, ask: AnyAsk, said: bytes) -> None:
        try:
            # Nothing more comes from us: the dialplan goes on at once, and does not wait until we have heard its reply.
            # One packet for both: each one wakes Asterisk.
            if self._connection.send(said, socket.MSG_MORE) < len(said):
                raise BlockingIOError("it takes no more")
            self._connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._fail(f"the answer could not be sent: {error}")
            return
        self._told = ask
        self._set_deadline(DELIVERY_DEADLINE_S)

    def _fail(self, why: str) -> None:
        self._server.failed += 1
        _log.warning("ask_failed", peer=self._peer, error=why)
        self._end()

    def _end(self, *, taken: bool = False) -> None:
        if self._over:
            return
        self._over = True
        self._set_deadline(None)
        self._loop.remove_reader(self._connection)
        self._connection.close()
        if self._told is not None and not taken:
            self._server.undelivered(self._told)

    def _set_deadline(self, delay_s: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if delay_s is None else self._loop.call_later(delay_s, self._late)
