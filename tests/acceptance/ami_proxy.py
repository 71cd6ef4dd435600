"""A TCP proxy in front of a PBX's manager port, which can be cut, or stop forwarding without a word."""

import asyncio
from types import TracebackType

_AMI_PORT = 5038


class AmiProxy:
    """Listens on `port` of the PBX's address while in the block."""

    def __init__(self, host: str) -> None:
        self.accepted = 0
        self.port = 0
        self._host = host
        self._writers: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()

    async def __aenter__(self) -> "AmiProxy":
        self._server = await asyncio.start_server(self._carry, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.thaw()
        async with asyncio.timeout(5):
            while self._writers:
                await asyncio.sleep(0.02)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection; new ones are carried."""
        for writer in self._writers:
            writer.transport.abort()

    def freeze(self) -> None:
        """Stop forwarding, both ways; connections stay open, and new ones are accepted."""
        self._flowing.clear()

    def thaw(self) -> None:
        """Forward again. What was frozen is reset: its ends are out of step."""
        self.cut()
        self._flowing.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._writers.add(writer)
        onward = None
        try:
            from_pbx, onward = await asyncio.open_connection(self._host, _AMI_PORT)
            self._writers.add(onward)
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._forward(reader, onward))
                ways.create_task(self._forward(from_pbx, writer))
        except* OSError:
            pass  # an end is gone: so is the other
        finally:
            for end in (writer, onward):
                if end is not None:
                    end.transport.abort()
                    self._writers.discard(end)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError("one end has closed")
