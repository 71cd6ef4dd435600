"""The door through which the sites bring their voice messages: HTTP, from a PBX's addresses, with its site's key.

    PUT /messages/SITE/CALL.wav
        Authorization: Bearer KEY        Content-Length: 33644
        Content-Digest: sha-256=:…:      (RFC 9530) what must arrive
        Cti-Age: 4.2                     seconds since it was left, by the site's own clock

201 with `{"stored": SHA-256}`: file and row are on disk, the site may delete its own. 4xx with `{"refused": why}`:
it will never be taken. Anything else: to be sent again later.
"""

import asyncio
import base64
import binascii
import hmac
import re
import sqlite3
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cti_router.config.deployment import Secret, SecretError
from cti_router.core.configuration import SiteId
from cti_router.core.identity import CallId
from cti_router.core.voice_message import VoiceMessage
from cti_router.messages.folder import Damaged, Incoming, NotKept, OtherMessage
from cti_router.recordings import LEAST_BYTES, MOST_BYTES, call_of_file

UPLOAD_S = 120.0
"""The longest that one message may take to arrive."""

_PIECE_BYTES = 65_536
_AGE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_DIGEST = re.compile(r"sha-256=:([A-Za-z0-9+/]{43}=):", re.ASCII)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SiteDoor:
    """Who may bring a site's messages: from these addresses, with this key."""

    addresses: Collection[str]
    key: Secret


class Keeper(Protocol):
    """What the door opens on: `messages.Messages`."""

    async def receive(self, call: CallId) -> Incoming: ...

    async def keep(self, incoming: Incoming, call: CallId, site: SiteId, age_s: float, digest: str) -> VoiceMessage: ...


class _No(Exception):
    def __init__(self, status: int, why: str, *, for_ever: bool = False) -> None:
        super().__init__(why)
        self.status, self.why, self.for_ever = status, why, for_ever


def messages_application(keeper: Keeper, sites: Mapping[SiteId, SiteDoor]) -> Starlette:
    async def bring(request: Request) -> Response:
        site, name = request.path_params["site"], request.path_params["name"]
        try:
            await _let_in(request, sites.get(site))
            return await _take(request, keeper, site, _call_of(name, site))
        except _No as no:
            _log.warning("message_not_taken", site=site[:80], status=no.status, why=no.why)
            return JSONResponse({"refused" if no.for_ever else "why": no.why}, status_code=no.status)

    return Starlette(routes=[Route("/messages/{site}/{name}", bring, methods=["PUT"])])


async def _let_in(request: Request, door: SiteDoor | None) -> None:
    """Who is not at the right address learns nothing else."""
    if door is None or request.client is None or request.client.host not in door.addresses:
        raise _No(403, "not from here")
    try:
        key = await asyncio.to_thread(door.key.reveal)  # read each time: a new key needs no restart
    except SecretError as error:
        _log.error("site_key_missing", why=str(error))
        raise _No(503, "the router has no key of this site") from None
    shown = request.headers.get("authorization", "")
    if not hmac.compare_digest(shown.encode("latin-1"), f"Bearer {key}".encode()):  # so are headers decoded
        raise _No(401, "another key than this site's")


def _call_of(name: str, site: SiteId) -> CallId:
    if (call := call_of_file(name, site)) is None:
        raise _No(400, f"{name[:80]!r} is no name of a message of {site}", for_ever=True)
    return call


async def _take(request: Request, keeper: Keeper, site: SiteId, call: CallId) -> Response:
    size, digest, age_s = _size_of(request), _digest_of(request), _age_of(request)
    incoming: Incoming | None = None
    try:
        async with asyncio.timeout(UPLOAD_S):
            incoming = await keeper.receive(call)
            await _copy(request, incoming, size)
            message = await keeper.keep(incoming, call, site, age_s, digest)
    except OtherMessage as error:
        raise _No(409, str(error), for_ever=True) from None
    except NotKept as error:
        raise _No(415, str(error), for_ever=True) from None
    except (Damaged, ClientDisconnect, TimeoutError) as error:
        raise _No(400, str(error) or "it did not arrive whole") from None
    except (OSError, sqlite3.Error) as error:
        _log.exception("message_not_kept", call=call)
        raise _No(507, f"the router's disk does not take it: {error}") from None
    finally:
        if incoming is not None:
            await asyncio.shield(asyncio.to_thread(incoming.drop))
    return JSONResponse({"stored": message.digest}, status_code=201)


async def _copy(request: Request, incoming: Incoming, size: int) -> None:
    """In pieces that are written beside the router's own work."""
    gathered, arrived = bytearray(), 0
    async for piece in request.stream():
        arrived += len(piece)
        if arrived > size:
            raise Damaged(f"more than the {size} bytes that were told")
        gathered += piece
        if len(gathered) >= _PIECE_BYTES:
            await asyncio.to_thread(incoming.write, bytes(gathered))
            gathered.clear()
    await asyncio.to_thread(incoming.write, bytes(gathered))
    if arrived != size:
        raise Damaged(f"{arrived} of the {size} bytes that were told")


def _size_of(request: Request) -> int:
    told = request.headers.get("content-length", "")
    if not told.isascii() or not told.isdecimal() or len(told) > 12:
        raise _No(411, "how many bytes? Tell Content-Length")
    if int(told) > MOST_BYTES:
        raise _No(413, f"{told} bytes are more than {MOST_BYTES}", for_ever=True)
    if int(told) <= LEAST_BYTES:
        raise _No(415, f"{told} bytes are no message", for_ever=True)
    return int(told)


def _digest_of(request: Request) -> str:
    found = _DIGEST.fullmatch(request.headers.get("content-digest", ""))
    try:
        return base64.b64decode(found[1], validate=True).hex() if found else _missing()
    except binascii.Error:
        return _missing()


def _missing() -> str:
    raise _No(400, "Content-Digest is missing: sha-256=:…:, of the whole file")


def _age_of(request: Request) -> float:
    told = request.headers.get("cti-age", "")
    if not _AGE.fullmatch(told):
        raise _No(400, "how old is it? Tell Cti-Age in seconds")
    return float(told)
