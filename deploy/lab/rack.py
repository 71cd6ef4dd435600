"""A process that holds softphones, and the requests to it."""

import asyncio
import json
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.lab.processes import end_child, kill_child, start_child

_CHECKOUT = Path(__file__).parents[2]
_REPLY_S = 15.0

Listener = Callable[[dict[str, Any] | None], None]


class PhoneFailed(Exception):
    """The SIP stack refused a request, or its process is gone."""


class PhoneRack:
    """One child process with any number of phones in it. Many in one rack cost less; only a rack can be killed."""

    def __init__(self, process: Process, directory: tempfile.TemporaryDirectory[str]) -> None:
        self._process, self._directory = process, directory
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._listeners: dict[str, Listener] = {}
        self._sent = 0
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, within: Path | None = None) -> "PhoneRack":
        """Start the process. Its few temporary files go into a directory of their own `within` this one."""
        directory = tempfile.TemporaryDirectory(prefix="cti-phones-", dir=within)
        process = await start_child(
            [sys.executable, "-m", "deploy.lab.softphone"], stdin=PIPE, stdout=PIPE, stderr=None, cwd=_CHECKOUT,
            env={"TMPDIR": directory.name},
        )  # fmt: skip
        return cls(process, directory)

    def listen(self, key: str, listener: Listener) -> None:
        """Give this phone's events to `listener`, and None when the process ended."""
        if key in self._listeners:
            raise ValueError(f"a phone {key} is in this rack already")
        self._listeners[key] = listener

    async def request(self, do: str, phone: str, **details: object) -> Any:
        """Have something done, and return its result. Raises PhoneFailed."""
        if self._process.stdin is None or self._reader.done():
            raise PhoneFailed(f"{phone}: its process is gone")
        self._sent += 1
        number = self._sent
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        try:
            message = {"id": number, "do": do, "phone": phone, **details}
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            async with asyncio.timeout(_REPLY_S):
                await self._process.stdin.drain()
                return await reply
        except (ConnectionError, TimeoutError) as error:
            raise PhoneFailed(f"{phone}: no answer to {do}") from error
        finally:
            del self._replies[number]

    async def stop(self) -> None:
        """Hang up and unregister everything, and end the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(3):
                await self._process.wait()
        except TimeoutError:
            await end_child(self._process)
        await self._tidy()

    async def kill(self) -> None:
        """SIGKILL: the phones fall silent without a BYE or an unregistration."""
        await kill_child(self._process)
        await self._tidy()

    async def _tidy(self) -> None:
        await self._reader
        self._directory.cleanup()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            message = json.loads(line)
            number = message.get("reply")
            if number is None:
                self._listeners[message.pop("phone")](message)
            elif (reply := self._replies.get(number)) is None or reply.done():
                continue
            elif "error" in message:
                reply.set_exception(PhoneFailed(message["error"]))
            else:
                reply.set_result(message["value"])
        for reply in self._replies.values():
            if not reply.done():
                reply.set_exception(PhoneFailed("its process ended"))
        for listener in self._listeners.values():
            listener(None)
