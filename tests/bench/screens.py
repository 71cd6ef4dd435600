"""Many consoles at once: each reads a tab's stream as its browser does, and notes when which event was there.

A process of its own (`python -m tests.bench.screens`), one line of JSON at a time: `Order` comes in; `open` goes out
when every console has been shown everything; `Span` comes in, what was `Seen` in it goes out, and it ends.
"""

import asyncio
import json
import re
import sys
import time
from array import array
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any, cast

import uvloop

from tests.bench.figures import percentile

_FRAME = re.compile(rb"event: (\w+)\ndata: (.*)\n\n")
_OPENED_AT_ONCE = 25
_OPEN_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Order:
    """`cookies`: one session's for each console. `offset_s`: what the router's clock is ahead of this machine's."""

    host: str
    port: int
    cookies: list[str]
    offset_s: float


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds since the epoch."""

    began_at: float
    ended_at: float


@dataclass(frozen=True, slots=True)
class Seen:
    """From the router's instant of an event to a console that reads it: medians and p95 in seconds, how many. `pops`:
    advisor, when he was offered a call, when his console read the pop."""

    all_p50_s: float
    all_p95_s: float
    pop_p95_s: float
    samples: int
    states: int
    closed: int
    pops: list[tuple[str, float, float]]


class Moments:
    """When what an event tells has happened, by the router's clock. Events come as the router told them; each may come
    again, to others."""

    def __init__(self) -> None:
        self._known: dict[bytes, tuple[str, float] | None] = {}
        self._since: dict[tuple[str, str], float] = {}

    def of(self, kind: bytes, data: bytes) -> tuple[str, float] | None:
        """The advisor and the instant; None for an event that does not say when, or not whose."""
        if data not in self._known:
            self._known[data] = self._read(kind.decode(), json.loads(data))
        return self._known[data]

    def _read(self, kind: str, data: dict[str, Any]) -> tuple[str, float] | None:
        match kind:
            case "pop":
                return data["advisor"], data["offered_at"]
            case "advisor":
                return self._new(kind, data["id"], data["activity_since_at"])
            case "call" if data["talk"] is not None:
                return self._new(kind, data["advisor"], data["talk"]["since_at"])
        return None

    def _new(self, kind: str, advisor: str, since_at: float) -> tuple[str, float] | None:
        """He is told anew for other reasons as well, as when his phone rings: that has no instant."""
        former = self._since.get((kind, advisor))
        self._since[kind, advisor] = since_at
        return (advisor, since_at) if former is not None and since_at != former else None


class Screens:
    """All consoles' events: when each was read, and how long after it happened."""

    def __init__(self, offset_s: float) -> None:
        self.opened = 0
        self.states = 0
        self.closed = 0
        self._offset_s = offset_s
        self._moments = Moments()
        self._read: dict[bytes, tuple[array[float], array[float]]] = defaultdict(lambda: (array("d"), array("d")))
        self._pops: list[tuple[str, float, float]] = []

    def read(self, kind: bytes, data: bytes, now: float) -> None:
        if kind == b"state":
            self.states += 1
        elif (moment := self._moments.of(kind, data)) is not None:
            advisor, at = moment
            at -= self._offset_s
            read_at, took_s = self._read[kind]
            read_at.append(now)
            took_s.append(now - at)
            if kind == b"pop":
                self._pops.append((advisor, at, now))

    def seen(self, span: Span) -> Seen:
        took_s = {
            kind: [took for at, took in zip(read_at, took, strict=True) if span.began_at <= at < span.ended_at]
            for kind, (read_at, took) in self._read.items()
        }
        everything = [took for of_kind in took_s.values() for took in of_kind]
        return Seen(
            percentile(everything, 0.5), percentile(everything, 0.95), percentile(took_s.get(b"pop", []), 0.95),
            len(everything), self.states, self.closed,
            [pop for pop in self._pops if span.began_at <= pop[1] < span.ended_at],
        )  # fmt: skip


class _Screen(asyncio.Protocol):
    def __init__(self, screens: Screens, request: bytes, is_open: asyncio.Event) -> None:
        self._screens, self._request, self._is_open = screens, request, is_open
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(self._request)  # uvloop's is one, and does not say so

    def data_received(self, data: bytes) -> None:
        now = time.time()
        text, end = self._rest + data if self._rest else data, 0
        for frame in _FRAME.finditer(text):
            kind, end = frame[1], frame.end()
            self._screens.read(kind, frame[2], now)
            if kind == b"state":
                self._is_open.set()
        self._rest = text[end:]

    def connection_lost(self, exc: Exception | None) -> None:
        self._screens.closed += 1


async def open_all(screens: Screens, order: Order) -> None:
    """Returns when every console shows everything. Raises TimeoutError when one does not."""
    loop = asyncio.get_running_loop()
    at_once = asyncio.Semaphore(_OPENED_AT_ONCE)

    async def one(number: int, cookie: str) -> None:
        is_open = asyncio.Event()
        request = (
            f"GET /api/v1/events?tab={number} HTTP/1.1\r\nhost: {order.host}:{order.port}\r\ncookie: {cookie}\r\n"
            "accept: text/event-stream\r\n\r\n"
        )
        async with at_once:
            await loop.create_connection(lambda: _Screen(screens, request.encode(), is_open), order.host, order.port)
            await is_open.wait()

    async with asyncio.timeout(_OPEN_WITHIN_S), asyncio.TaskGroup() as tasks:
        for number, cookie in enumerate(order.cookies):
            tasks.create_task(one(number, cookie))


async def _main() -> None:
    loop = asyncio.get_running_loop()
    order = Order(**json.loads(sys.stdin.readline()))
    screens = Screens(order.offset_s)
    await open_all(screens, order)
    print("open", flush=True)
    span = Span(**json.loads(await loop.run_in_executor(None, sys.stdin.readline)))
    print(json.dumps(asdict(screens.seen(span))), flush=True)


if __name__ == "__main__":
    uvloop.run(_main())
