"""The FastAGI server: one short conversation per ask."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

import structlog

from cti_router.asterisk.agi import AgiConversation, AgiError, AgiHangup, AgiReply, AgiRequest, set_variables
from cti_router.asterisk.asks import AskError, ask_from_request, variables_for
from cti_router.core.configuration import SiteId
from cti_router.core.inputs import Ask
from cti_router.core.instructions import Answer

HEADER_DEADLINE_S = 5.0
DELIVERY_DEADLINE_S = 5.0

_log = structlog.get_logger()


class FastAgi:
    """Listens for asks from the PBXs' addresses (`sites`: who may ask from where); others are closed at once.

    `answer` gives the answer to an ask, None for none (the dialplan counts it as missed). `undelivered` is told
    when the PBX did not take an answer.
    """

    def __init__(
        self,
        sites: Mapping[str, Collection[SiteId]],
        answer: Callable[[Ask], Awaitable[Answer | None]],
        undelivered: Callable[[Ask], None],
    ) -> None:
        self._sites = sites
        self._answer = answer
        self._undelivered = undelivered
        self.refused = 0
        self.failed = 0

    async def serve(self, host: str, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._converse, host, port, backlog=1024)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            sites = self._sites.get(writer.get_extra_info("peername")[0])
            if sites is None:
                self.refused += 1
                return
            conversation = AgiConversation()
            async with asyncio.timeout(HEADER_DEADLINE_S):
                request = await _request(reader, conversation)
            if request is not None:
                await self._reply(request, sites, conversation, reader, writer)
        except (AgiError, AskError, TimeoutError, ConnectionError) as error:
            self.failed += 1
            _log.warning("ask_failed", peer=writer.get_extra_info("peername"), error=str(error) or repr(error))
        except Exception:  # noqa: BLE001 — the boundary of this conversation: one bad ask must not cost the others
            self.failed += 1
            _log.exception("ask_crashed")
        finally:
            writer.close()

    async def _reply(
        self,
        request: AgiRequest,
        sites: Collection[SiteId],
        conversation: AgiConversation,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        ask = ask_from_request(request, sites)
        delivered = False
        try:
            answer = await self._answer(ask)
            if answer is None:
                return
            writer.write(set_variables(variables_for(answer)))
            async with asyncio.timeout(DELIVERY_DEADLINE_S):
                delivered = await _taken(reader, conversation)
        finally:
            # However it failed: what the caller does now is unknown.
            if not delivered:
                self._undelivered(ask)


async def _request(reader: asyncio.StreamReader, conversation: AgiConversation) -> AgiRequest | None:
    """The request, or None when the peer is gone: an ask that was given up while we stood still is no news."""
    while data := await reader.read(65_536):
        match conversation.receive(data):
            case [AgiRequest() as request]:
                await asyncio.sleep(0)  # let the end of the connection be seen, if it has come already
                return None if reader.at_eof() else request
            case [AgiRequest(), *_]:
                return None
    return None


async def _taken(reader: asyncio.StreamReader, conversation: AgiConversation) -> bool:
    """Whether the answer was taken before the peer closed or left the ask."""
    while data := await reader.read(65_536):
        for item in conversation.receive(data):
            match item:
                case AgiReply(code=200):
                    return True
                case AgiReply(code=code, text=text):
                    raise AgiError(f"Asterisk said {code} {text[:200]}")
                case AgiHangup():
                    return False
    return False
