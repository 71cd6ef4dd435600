"""Whatever comes to the FastAGI port, calls go on being served, and the PBXs' asks answered."""

import asyncio
import errno
import os
import re
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest

from tests.acceptance.words import Centre

Flood = tuple[Callable[[], Coroutine[None, None, int]], list[socket.socket]]

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]

ALLOWED, REFUSED = "127.0.0.1", "127.0.0.9"
SILENT = 5000
AT_ONCE = 50
FEW_FILES = 1024
"""What most systems let a program open, unless it asks for more."""

GONE_AFTER_S = 10.0
"""The deadline of a request's header is 5 s; the rest is a slow machine's."""

NOISE = (
    os.urandom(8192),  # what nobody speaks
    b"agi_network: yes\n" * 1000,  # a header without an end
    b"agi_request: " + b"x" * 200_000,  # a line without an end
    b"agi_request: agi://router/ask\nagi_arg_1: nowhere\n\n",  # a request of no site
    b"\n\n200 result=0\n",
)
SCAN = (b"", b"GET / HTTP/1.1\r\nHost: router\r\n\r\n", b"OPTIONS * HTTP/1.0\r\n\r\n", b"\x16\x03\x01\x02\x00\x01")


async def test_garbage(centre: Centre) -> None:
    async with _shouted_at(centre, NOISE) as shouted:
        await _a_call_is_served(centre)
    assert shouted() > len(NOISE)


async def test_a_scan_for_web_servers(centre: Centre) -> None:
    async with _shouted_at(centre, SCAN) as shouted:
        await _a_call_is_served(centre)
    assert shouted() > len(SCAN)


@pytest.mark.parametrize("source", [REFUSED, ALLOWED])
async def test_silent_connections(centre: Centre, source: str) -> None:
    await _restart_with_few_files(centre)
    with _silent_sockets(centre, source) as (connect, sockets):
        async with asyncio.TaskGroup() as tasks:
            opening = tasks.create_task(connect())
            await _a_call_is_served(centre)  # while they come …
        if source == ALLOWED:
            assert opening.result() > FEW_FILES  # they are waited for; the others are shown the door
        await _a_call_is_served(centre)  # … and while they stay
        await centre.service.until(_all_closed(sockets), "the router let go of them", within_s=GONE_AFTER_S)
    await _a_call_is_served(centre)


async def _a_call_is_served(centre: Centre) -> None:
    missed = await _missed_asks(centre)
    await centre.available("damien_hebert")
    centre.service.phones["damien_hebert"].forget()
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    assert await centre.talk_together(caller, "damien_hebert")
    await caller.hang_up()
    call = await centre.ended_call_of(caller)
    assert (call["outcome"], call["advisor"]) == ("answered", "damien_hebert")
    await centre.until_state("damien_hebert", activity="idle", phone="free")
    assert await _missed_asks(centre) == missed


async def _missed_asks(centre: Centre) -> int:
    """What the PBX counted: asks that no router answered in time."""
    shown = await centre.service.lab.pbxs["caen"].cli("dialplan show globals")
    found = re.search(r"CTI_MISSED_ASKS=(\d+)", shown)
    return int(found[1]) if found else 0


async def _restart_with_few_files(centre: Centre) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    await centre.service.kill_router()
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FEW_FILES, hard), hard))
    try:
        await centre.service.start_router()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _door(centre: Centre) -> tuple[str, int]:
    return centre.service.lab.router, 4573


@asynccontextmanager
async def _shouted_at(centre: Centre, words: tuple[bytes, ...]) -> AsyncIterator[Callable[[], int]]:
    """Inside the block this is said to the router from an allowed address, again and again. How often, so far."""
    host, port = _door(centre)
    said = 0

    async def shout() -> None:
        nonlocal said
        while True:
            for word in words:
                reader, writer = await asyncio.open_connection(host, port, local_addr=(ALLOWED, 0))
                try:
                    writer.write(word)
                    await writer.drain()
                    if not word:
                        writer.transport.abort()  # a scanner's knock
                    async with asyncio.timeout(0.5):
                        await reader.read()
                except (TimeoutError, ConnectionError):
                    pass  # closed on us, or waiting for more: both are right
                finally:
                    writer.transport.abort()
                said += 1

    async with asyncio.TaskGroup() as tasks:
        shouting = tasks.create_task(shout())
        yield lambda: said
        shouting.cancel()


@contextmanager
def _silent_sockets(centre: Centre, source: str) -> Iterator[Flood]:
    """A flood to be let loose, and its sockets: they connect and say nothing."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    enough = max(hard, SILENT + 500)
    resource.setrlimit(resource.RLIMIT_NOFILE, (enough, enough))
    sockets: list[socket.socket] = []

    async def connect() -> int:
        """How many of them are open at the end."""
        while len(sockets) < SILENT:
            for _ in range(AT_ONCE):
                one = socket.socket()
                sockets.append(one)
                one.setblocking(False)
                one.bind((source, 0))
                assert one.connect_ex(_door(centre)) in (0, errno.EINPROGRESS)
            await asyncio.sleep(0.01)
        return sum(not _closed(one) for one in sockets)

    try:
        yield connect, sockets
    finally:
        for one in sockets:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def _all_closed(sockets: list[socket.socket]) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return all(map(_closed, sockets))

    return holds


def _closed(one: socket.socket) -> bool:
    try:
        return one.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
