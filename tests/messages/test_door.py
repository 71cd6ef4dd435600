"""The door for voice messages, over real HTTP: who may come in, and with what."""

import asyncio
import base64
import hashlib
import os
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from cti_router.config.deployment import Secret
from cti_router.control import Tls, serve_on_tcp
from cti_router.core.configuration import SiteId
from cti_router.core.identity import CallId
from cti_router.core.voice_message import VoiceMessage
from cti_router.messages.door import SiteDoor, messages_application
from cti_router.messages.folder import Folder, Incoming
from tests.core.board import at
from tests.wavs import being_written, wav

CALL = "caen-1795470781.0"
SOUND = wav()
DIGEST = hashlib.sha256(SOUND)
DOORS = {
    "caen": SiteDoor(("127.0.0.1",), Secret("KEY_CAEN", {"KEY_CAEN": "sésame"})),
    "rouen": SiteDoor(("127.0.0.2",), Secret("KEY_ROUEN", {"KEY_ROUEN": "sésame"})),
    "dieppe": SiteDoor(("127.0.0.1",), Secret("KEY_DIEPPE", {})),
}


class Keeper:
    """Keeps the sounds on disk, and notes the rest."""

    def __init__(self, path: Path) -> None:
        self.folder = Folder(path)
        self.kept: list[tuple[CallId, SiteId, float]] = []
        self.full = False

    async def receive(self, call: CallId) -> Incoming:
        return await asyncio.to_thread(self.folder.receive, call)

    async def keep(self, incoming: Incoming, call: CallId, site: SiteId, age_s: float, digest: str) -> VoiceMessage:
        now = at("2026-11-23 20:00")
        kept = await asyncio.to_thread(incoming.finish, digest, now)
        if self.full:
            raise OSError(28, "No space left on device")
        self.kept.append((call, site, age_s))
        return VoiceMessage(call, site, now, kept.length_s, digest, site, now)


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path / "messages")


@asynccontextmanager
async def opened(
    keeper: Keeper, tls: Tls | None = None, trust: ssl.SSLContext | bool = True
) -> AsyncIterator[httpx.AsyncClient]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    serving = asyncio.get_running_loop().create_task(
        serve_on_tcp(messages_application(keeper, DOORS), "127.0.0.1", port, tls)
    )
    transport = httpx.AsyncHTTPTransport(retries=4, verify=trust)
    scheme = "https" if tls else "http"
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://127.0.0.1:{port}") as client:
        try:
            yield client
        finally:
            await client.aclose()
            serving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await serving
            await asyncio.sleep(0.01)  # the loop closes what the server leaves


def headers(**changes: str | None) -> dict[bytes, bytes]:
    told: dict[str, str | None] = {
        "Authorization": "Bearer sésame",
        "Content-Digest": f"sha-256=:{base64.b64encode(DIGEST.digest()).decode()}:",
        "Cti-Age": "4.25",
    }
    told.update({name.replace("_", "-"): value for name, value in changes.items()})
    return {name.encode(): value.encode() for name, value in told.items() if value is not None}


async def bring(
    client: httpx.AsyncClient, site: str = "caen", name: str = f"{CALL}.wav", sound: Any = SOUND, **changes: str | None
) -> httpx.Response:
    return await client.put(f"/messages/{site}/{name}", content=sound, headers=headers(**changes))


def of(sound: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(sound).digest()).decode()}:"


async def test_a_message_is_taken_and_acknowledged_by_its_digest(keeper: Keeper) -> None:
    async with opened(keeper) as client:
        for _ in range(2):
            response = await bring(client)
            assert (response.status_code, response.json()) == (201, {"stored": DIGEST.hexdigest()})
    assert keeper.kept == [(CALL, "caen", 4.25)] * 2
    file = keeper.folder.file_of(CALL)
    assert file is not None
    assert file.read_bytes() == SOUND


async def test_a_long_one_comes_in_pieces(keeper: Keeper, tmp_path: Path) -> None:
    sound = wav(40.0)

    async def pieces() -> AsyncIterator[bytes]:
        for begin in range(0, len(sound), 7_777):
            yield sound[begin : begin + 7_777]

    async with opened(keeper) as client:
        response = await bring(client, sound=pieces(), Content_Length=str(len(sound)), Content_Digest=of(sound))
    assert response.status_code == 201
    assert (tmp_path / "messages" / f"{CALL}.wav").read_bytes() == sound


REFUSED: list[tuple[dict[str, Any], int, str]] = [
    ({"Authorization": None}, 401, "another key than this site's"),
    ({"Authorization": "Bearer sesame"}, 401, "another key than this site's"),
    ({"Authorization": "sésame"}, 401, "another key than this site's"),
    ({"Authorization": "Bearer"}, 401, "another key than this site's"),
    ({"site": "rouen", "name": "rouen-1.wav"}, 403, "not from here"),
    ({"site": "paris", "name": "paris-1.wav"}, 403, "not from here"),
    ({"site": "dieppe", "name": "dieppe-1.wav"}, 503, "the router has no key of this site"),
    ({"name": "rouen-1.wav"}, 400, "'rouen-1.wav' is no name of a message of caen"),
    ({"name": "caen-1.mp3"}, 400, "'caen-1.mp3' is no name of a message of caen"),
    ({"name": "caen-%2e%2e%5c.wav"}, 400, "'caen-..\\\\.wav' is no name of a message of caen"),
    ({"sound": being_written(), "Content_Digest": of(being_written())}, 415, "no whole 8 kHz mono 16-bit WAV"),
    ({"sound": b"MZ" * 20_000, "Content_Digest": of(b"MZ" * 20_000)}, 415, "no whole 8 kHz mono 16-bit WAV"),
    ({"sound": wav(1.0), "Content_Digest": of(wav(1.0))}, 415, "16044 bytes are no message"),
    ({"sound": bytes(10_000_001)}, 413, "10000001 bytes are more than 10000000"),
    ({"Content_Digest": None}, 400, "Content-Digest is missing: sha-256=:…:, of the whole file"),
    ({"Content_Digest": "md5=:abc=:"}, 400, "Content-Digest is missing: sha-256=:…:, of the whole file"),
    ({"Content_Digest": of(b"")}, 400, f"its SHA-256 is {DIGEST.hexdigest()}, not {hashlib.sha256(b'').hexdigest()}"),
    ({"Cti_Age": None}, 400, "how old is it? Tell Cti-Age in seconds"),
    ({"Cti_Age": "-1"}, 400, "how old is it? Tell Cti-Age in seconds"),
    ({"Cti_Age": "1e9"}, 400, "how old is it? Tell Cti-Age in seconds"),
    ({"Cti_Age": "nan"}, 400, "how old is it? Tell Cti-Age in seconds"),
]
FOR_EVER = (413, 415)


@pytest.mark.parametrize(("changes", "code", "why"), REFUSED)
async def test_what_is_not_taken_says_why_and_leaves_nothing(
    keeper: Keeper, tmp_path: Path, changes: dict[str, Any], code: int, why: str
) -> None:
    async with opened(keeper) as client:
        response = await bring(client, **changes)
    for_ever = code in FOR_EVER or "no name of a message" in why
    assert (response.status_code, response.json()) == (code, {"refused" if for_ever else "why": why})
    assert (keeper.kept, os.listdir(tmp_path / "messages")) == ([], [])


async def test_a_path_leads_nowhere_else(keeper: Keeper, tmp_path: Path) -> None:
    async with opened(keeper) as client:
        for path in (
            "/messages/caen/../../x.wav",
            "/messages/caen/caen-1/../../../x.wav",
            "/messages/caen/caen-%2Fx.wav",
        ):
            response = await client.put(path, content=SOUND, headers=headers())
            assert response.status_code in (400, 404)
        assert (await client.get(f"/messages/caen/{CALL}.wav")).status_code == 405  # none is read through this door
    assert os.listdir(tmp_path / "messages") == []


async def test_a_second_message_of_a_call_is_refused_for_ever(keeper: Keeper) -> None:
    other = wav(3.0)
    async with opened(keeper) as client:
        await bring(client)
        response = await bring(client, sound=other, Content_Digest=of(other))
    assert response.status_code == 409
    assert response.json() == {"refused": "there is another message of this call already"}


async def test_a_full_disk_is_no_refusal(keeper: Keeper) -> None:
    keeper.full = True
    async with opened(keeper) as client:
        response = await bring(client)
    assert response.status_code == 507
    assert "refused" not in response.json()


@pytest.mark.parametrize("told", [f"Content-Length: {len(SOUND)}", "Transfer-Encoding: chunked"])
async def test_who_leaves_in_the_middle_leaves_nothing(keeper: Keeper, tmp_path: Path, told: str) -> None:
    async with opened(keeper) as client:
        await client.get("/")  # it is open now
        port = client.base_url.port
        with socket.create_connection(("127.0.0.1", port)) as line:
            head = [f"PUT /messages/caen/{CALL}.wav HTTP/1.1", "Host: router", told]
            head += [f"{name.decode()}: {value.decode('latin-1')}" for name, value in headers().items()]
            await asyncio.to_thread(line.sendall, "\r\n".join([*head, "", ""]).encode("latin-1"))
            await asyncio.to_thread(line.sendall, SOUND[:9_000])
        assert (await bring(client)).status_code == 201  # and the door is open to others
    assert os.listdir(tmp_path / "messages") == [f"{CALL}.wav"]


async def test_over_tls(keeper: Keeper, tmp_path: Path) -> None:
    certificate, key = tmp_path / "router.pem", tmp_path / "router.key"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=router -addext subjectAltName=IP:127.0.0.1"
    words = [*command.split(), "-out", str(certificate), "-keyout", str(key)]
    await asyncio.to_thread(lambda: subprocess.run(words, check=True, capture_output=True))
    trust = ssl.create_default_context(cafile=certificate)
    async with opened(keeper, Tls(certificate, key), trust) as client:
        assert (await bring(client)).status_code == 201
