"""A scripted AMI peer, for what a real Asterisk does only on a bad day."""

import asyncio
from collections.abc import Callable
from typing import Self

from cti_router.asterisk.ami_frames import AmiMessage

Received = AmiMessage


class Conversation:
    """One accepted connection, as the script sees it."""

    def __init__(self, number: int, writer: asyncio.StreamWriter) -> None:
        self.number = number
        self.accepted_at = asyncio.get_running_loop().time()
        self.closed = asyncio.Event()
        self._writer = writer

    def say(self, *lines: str) -> None:
        """One message."""
        self.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())

    def answer(self, action: Received, *lines: str, response: str = "Success") -> None:
        self.say(f"Response: {response}", f"ActionID: {action.action_id}", *lines)

    def write(self, data: bytes) -> None:
        self._writer.write(data)

    async def flush(self) -> None:
        await self._writer.drain()

    def hang_up(self) -> None:
        self._writer.transport.abort()

    def close(self) -> None:
        self._writer.close()


Script = Callable[[Conversation, Received], bool]
"""True when it has dealt with the action; else the peer logs in, pongs, and takes every action."""


def takes_everything(_: Conversation, __: Received) -> bool:
    return False


class FakeAmi:
    def __init__(
        self,
        script: Script = takes_everything,
        *,
        greeting: bytes = b"Asterisk Call Manager/11.0.0\r\n",
        on_accept: Callable[[Conversation], None] = lambda _: None,
    ) -> None:
        self.script = script
        self.on_accept = on_accept
        self.greeting = greeting
        self.conversations: list[Conversation] = []
        self.actions: list[Received] = []
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for conversation in self.conversations:
            conversation.close()
        for conversation in self.conversations:
            await conversation.closed.wait()

    @property
    def latest(self) -> Conversation:
        return self.conversations[-1]

    def received(self, name: str) -> list[Received]:
        return [action for action in self.actions if action.get("Action") == name]

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = Conversation(len(self.conversations) + 1, writer)
        self.conversations.append(conversation)
        writer.write(self.greeting)
        self.on_accept(conversation)
        try:
            while True:
                frame = await reader.readuntil(b"\r\n\r\n")
                lines = frame.decode().removesuffix("\r\n\r\n").split("\r\n")
                action = Received.of((name, value) for name, _, value in (line.partition(": ") for line in lines))
                self.actions.append(action)
                if not self.script(conversation, action):
                    self._take(conversation, action)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            conversation.closed.set()

    def _take(self, conversation: Conversation, action: Received) -> None:
        conversation.answer(action, "Message: ok")
        if action.get("Action") == "Login":
            conversation.say("Event: FullyBooted", "Privilege: system,all", "Status: Fully Booted")
