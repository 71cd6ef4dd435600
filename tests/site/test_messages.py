"""The unit beside a PBX, as a process of its own, and the router's door: nothing lost, nothing twice."""

import asyncio
import hashlib
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from cti_router.config.deployment import Secret
from cti_router.control import serve_on_tcp
from cti_router.messages.door import SiteDoor, messages_application
from cti_router.site.messages import Router, bring_all
from tests.messages.test_door import Keeper
from tests.wavs import put, wav

DOORS = {"caen": SiteDoor(("127.0.0.1",), Secret("KEY", {"KEY": "sésame"}))}


class Site:
    """A PBX's spool, and its unit."""

    def __init__(self, path: Path) -> None:
        self.spool, self.key, self.path = path / "spool", path / "key", path
        self.spool.mkdir()
        self.key.write_text("sésame\n")
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port: int = probe.getsockname()[1]

    def records(self, call: str, sound: bytes = wav()) -> Path:
        """A message that was left a moment ago."""
        file = put(self.spool, call, sound)
        now = file.stat().st_mtime
        os.utime(file, (now - 10, now - 10))
        return file

    def left(self) -> list[str]:
        return sorted(file.name for file in (self.spool / "cti").glob("*.wav"))

    def put_aside(self) -> list[str]:
        return sorted(file.name for file in (self.spool / "cti" / "refused").glob("*.wav"))

    @property
    def words(self) -> list[object]:
        """What is typed to start its unit."""
        return [
            "--spool", self.spool, "--site", "caen", "--key-file", self.key,
            "--router", f"http://127.0.0.1:{self.port}",
        ]  # fmt: skip

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Process]:
        unit = await _started(*self.words)
        try:
            yield unit
        finally:
            if unit.returncode is None:
                unit.kill()
            await unit.communicate()

    async def once(self) -> tuple[bool, str]:
        """What is there, brought now: all of it? And what was logged."""

        def bring() -> bool:
            with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=20.0) as client:
                return bring_all(self.spool, "caen", Router(client, "caen", self.key))

        with capture_logs() as logs:
            all_well = await asyncio.to_thread(bring)
        return all_well, str(logs)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path / "messages")


@asynccontextmanager
async def router(site: Site, application: Starlette) -> AsyncIterator[None]:
    serving = asyncio.get_running_loop().create_task(serve_on_tcp(application, "127.0.0.1", site.port))
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", site.port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                await writer.wait_closed()
                break
    try:
        yield
    finally:
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving


def answering(status: int, told: object) -> Starlette:
    """Somebody answers so, whatever he is sent."""

    async def answer(request: Request) -> Response:
        await request.body()
        return PlainTextResponse(told, status) if isinstance(told, str) else JSONResponse(told, status)

    return Starlette(routes=[Route("/{path:path}", answer, methods=["PUT"])])


async def until(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 — files tell nobody
            await asyncio.sleep(0.05)


async def test_what_is_recorded_is_brought_and_deleted(site: Site, keeper: Keeper) -> None:
    site.records("caen-1")
    async with router(site, messages_application(keeper, DOORS)), site.running():
        await until(lambda: site.left() == [])
        site.records("caen-2", wav(3.0))
        await until(lambda: site.left() == [])
    assert [(call, of) for call, of, _ in keeper.kept] == [("caen-1", "caen"), ("caen-2", "caen")]
    assert all(10 <= age_s < 30 for _, _, age_s in keeper.kept)
    for call, sound in (("caen-1", wav()), ("caen-2", wav(3.0))):
        file = keeper.folder.file_of(call)
        assert file is not None
        assert file.read_bytes() == sound


async def test_a_router_that_is_away_gets_it_when_it_is_back(site: Site, keeper: Keeper) -> None:
    site.records("caen-1")
    assert not (await site.once())[0]
    async with site.running():
        await asyncio.sleep(2.5)
        assert site.left() == ["caen-1.wav"]
        async with router(site, messages_application(keeper, DOORS)):
            await until(lambda: site.left() == [])
    assert len(keeper.kept) == 1


class Dawdling(Keeper):
    """Its disk is slow: whoever brings something waits."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.waits = asyncio.Event()

    async def keep(self, *args: Any) -> Any:
        kept = await super().keep(*args)
        self.waits.set()
        await asyncio.sleep(30 if len(self.kept) == 1 else 0)
        return kept


async def test_a_unit_killed_before_it_heard_the_answer_brings_it_once_more_and_it_is_the_same(
    site: Site, tmp_path: Path
) -> None:
    keeper = Dawdling(tmp_path / "messages")
    site.records("caen-1")
    async with router(site, messages_application(keeper, DOORS)):
        async with site.running() as unit:
            await asyncio.wait_for(keeper.waits.wait(), 20)
            unit.kill()
        assert site.left() == ["caen-1.wav"]
        assert (await site.once())[0]
        assert site.left() == []
    assert [call for call, _, _ in keeper.kept] == ["caen-1", "caen-1"]
    assert len(list((tmp_path / "messages").iterdir())) == 1


async def test_told_to_stop_it_stops(site: Site) -> None:
    async with site.running() as unit:
        await asyncio.sleep(1)
        unit.send_signal(signal.SIGTERM)
        await asyncio.wait_for(unit.wait(), 10)


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (200, "welcome to nginx"),
        (201, {"stored": hashlib.sha256(b"something else").hexdigest()}),
        (201, ["stored"]),
        (201, {}),
        (302, {}),
        (404, "not found"),
        (503, {"why": "the router has no key of this site"}),
        (507, {"why": "the router's disk does not take it"}),
        (500, {"refused": "not by a router's word"}),
    ],
)
async def test_nothing_is_deleted_on_the_word_of_others(site: Site, status: int, told: object) -> None:
    site.records("caen-1")
    async with router(site, answering(status, told)):
        all_well, said = await site.once()
    assert not all_well
    assert "message_not_brought" in said
    assert (site.left(), (site.spool / "cti" / "refused").exists()) == (["caen-1.wav"], False)


async def test_with_another_key_nothing_is_brought_until_it_is_mended(site: Site, keeper: Keeper) -> None:
    site.records("caen-1")
    site.key.write_text("ouvre-toi\n")
    async with router(site, messages_application(keeper, DOORS)), site.running():
        await asyncio.sleep(2.5)
        assert (site.left(), keeper.kept) == (["caen-1.wav"], [])
        site.key.write_text("sésame\n")
        await until(lambda: site.left() == [])
    assert len(keeper.kept) == 1


async def test_without_a_key_it_says_so(site: Site) -> None:
    site.records("caen-1")
    site.key.unlink()
    all_well, said = await site.once()
    assert not all_well
    assert "the key cannot be read" in said


async def test_what_is_refused_for_ever_is_put_aside_and_does_not_hold_up_the_others(
    site: Site, keeper: Keeper
) -> None:
    site.records("caen-1")
    site.records("caen-2")
    async with router(site, messages_application(keeper, DOORS)):
        assert (await site.once())[0]
        site.records("caen-1", wav(4.0))  # another one under that name
        site.records("caen-3")
        all_well, said = await site.once()
    assert all_well
    assert "message_refused" in said
    assert (site.left(), site.put_aside()) == ([], ["caen-1.wav"])
    assert [call for call, _, _ in keeper.kept] == ["caen-1", "caen-2", "caen-3"]


async def test_one_that_arrives_damaged_does_not_hold_up_the_others(site: Site) -> None:
    brought: list[str] = []

    async def answer(request: Request) -> Response:
        sound = await request.body()
        brought.append(request.path_params["name"])
        if brought[-1] == "caen-1.wav":
            return JSONResponse({"why": "its SHA-256 is another"}, 400)
        return JSONResponse({"stored": hashlib.sha256(sound).hexdigest()}, 201)

    site.records("caen-1")
    site.records("caen-2")
    async with router(site, Starlette(routes=[Route("/messages/caen/{name}", answer, methods=["PUT"])])):
        assert not (await site.once())[0]
    assert (brought, site.left()) == (["caen-1.wav", "caen-2.wav"], ["caen-1.wav"])


async def test_in_which_nothing_was_said_is_deleted_here(site: Site) -> None:
    site.records("caen-1", wav(1.0))
    all_well, said = await site.once()
    assert (all_well, site.left()) == (True, [])
    assert "nothing_said" in said


async def test_what_is_no_sound_is_put_aside(site: Site) -> None:
    file = site.records("caen-1", b"MZ" * 20_000)
    os.utime(file, (0, 0))
    all_well, said = await site.once()
    assert (all_well, site.left(), site.put_aside()) == (True, [], ["caen-1.wav"])
    assert "no_recording" in said


async def test_typed_with_once_it_tells_by_its_end_whether_all_is_brought(site: Site, keeper: Keeper) -> None:
    site.records("caen-1")
    code, said = await _run(*site.words, "--once")
    assert (code, "message_not_brought" in said) == (1, True)
    async with router(site, messages_application(keeper, DOORS)):
        code, said = await _run(*site.words, "--once")
    assert (code, "message_brought" in said) == (0, True)


async def test_what_cannot_be_right_is_said_at_once(site: Site, tmp_path: Path) -> None:
    assert await _run(*site.words, "--router", "router:9465") == (
        1, "'router:9465' is no address of a router: write it as https://router:9465\n",
    )  # fmt: skip
    code, said = await _run(*site.words, "--ca-file", tmp_path / "none.pem")
    assert (code, "cannot read the certificate" in said) == (1, True)


async def _started(*words: object) -> Process:
    command = (sys.executable, "-m", "cti_router", "site", "messages", *map(str, words))
    return await asyncio.create_subprocess_exec(*command, stderr=PIPE)


async def _run(*words: object) -> tuple[int | None, str]:
    unit = await _started(*words)
    _, said = await asyncio.wait_for(unit.communicate(), 60)
    return unit.returncode, said.decode()
