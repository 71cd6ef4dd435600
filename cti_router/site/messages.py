"""`cti-router site messages`: brings each voice message to the router, and deletes it once the router has it on disk.

It remembers nothing: killed at any moment, it begins again with what is in the folder. A message that comes twice is
the same to the router.
"""

import base64
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import httpx
import structlog

from cti_router.site.spool import Recording, delete, look, set_aside

LOOKED_EVERY_S = 1.0
PAUSES_S = (1.0, 60.0)
"""After a failure: the first pause and the longest; each is doubled, less up to a half at random."""

PATIENCE_S = 30.0
"""For one answer of the router."""

_RANDOM = random.SystemRandom()
_log = structlog.get_logger()


class Fate(Enum):
    STORED = auto()
    REFUSED = auto()  # for ever
    LATER = auto()  # this one
    AWAY = auto()  # whatever is sent now


@dataclass(frozen=True, slots=True)
class Answer:
    fate: Fate
    why: str = ""


class Router:
    """The router's door. `key` is read again for each message, so that a new one needs no restart."""

    def __init__(self, client: httpx.Client, site: str, key_file: Path) -> None:
        self._client = client
        self._site = site
        self._key_file = key_file

    def bring(self, recording: Recording, now: float) -> Answer:
        """One attempt, whatever comes of it."""
        try:
            key = self._key_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            return Answer(Fate.AWAY, f"the key cannot be read: {error}")
        try:
            digest = recording.digest()
        except OSError as error:
            return Answer(Fate.LATER, f"it cannot be read: {error}")
        headers = {
            b"Authorization": f"Bearer {key}".encode(),
            b"Content-Length": str(recording.size).encode(),
            b"Content-Type": b"audio/wav",
            b"Content-Digest": b"sha-256=:" + base64.b64encode(digest) + b":",
            b"Cti-Age": f"{max(0.0, now - recording.modified_at):.3f}".encode(),
        }
        path = f"/messages/{self._site}/{recording.path.name}"
        try:
            response = self._client.put(path, headers=headers, content=recording.pieces())
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Answer(Fate.AWAY, f"{type(error).__name__}: {error}")
        return _understood(response, digest.hex())


def _understood(response: httpx.Response, digest: str) -> Answer:
    """Nothing is deleted on the word of whoever else may answer there: a router tells the digest."""
    try:
        told = response.json()
    except ValueError:
        told = None
    said = told if isinstance(told, dict) else {}
    if response.is_success and said.get("stored") == digest:
        return Answer(Fate.STORED)
    if response.is_client_error and "refused" in said:
        return Answer(Fate.REFUSED, str(said["refused"]))
    why = f"HTTP {response.status_code}: {said.get('why') or 'not what a router says'}"
    return Answer(Fate.LATER if response.status_code == httpx.codes.BAD_REQUEST else Fate.AWAY, why)


def bring_all(spool: Path, site: str, router: Router) -> bool:
    """Everything that is in the folder now, the oldest first. False when something is to be sent again later."""
    found = look(spool, site, time.time())
    for path in found.silent:
        path.unlink(missing_ok=True)
        _log.info("nothing_said", file=path.name)
    for path in found.strange:
        set_aside(path)
        _log.error("no_recording", file=path.name, kept_in="refused")
    all_well = True
    for recording in found.recordings:
        answer = router.bring(recording, time.time())
        match answer.fate:
            case Fate.STORED:
                delete(recording)
                _log.info("message_brought", call=recording.call, bytes=recording.size)
            case Fate.REFUSED:
                set_aside(recording.path)
                _log.error("message_refused", call=recording.call, why=answer.why, kept_in="refused")
            case Fate.LATER | Fate.AWAY:
                _log.warning("message_not_brought", call=recording.call, why=answer.why)
                all_well = False
        if answer.fate is Fate.AWAY:
            break
    return all_well


def bring_for_ever(spool: Path, site: str, router: Router) -> None:
    pauses = _pauses()
    while True:
        try:
            all_well = bring_all(spool, site, router)
        except OSError as error:
            _log.error("spool_not_read", why=str(error))
            all_well = False
        if all_well:
            pauses = _pauses()
        time.sleep(LOOKED_EVERY_S if all_well else next(pauses))


def _pauses() -> Iterator[float]:
    longest_s, limit_s = PAUSES_S
    while True:
        yield longest_s * _RANDOM.uniform(0.5, 1.0)
        longest_s = min(2 * longest_s, limit_s)
