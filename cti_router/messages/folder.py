"""The folder of the voice messages' files: what is said to be there survives a power cut. All of it blocks."""

import hashlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cti_router.core.identity import CallId, Instant
from cti_router.recordings import ENDING, HEADER_BYTES, is_call, length_of

_UNFINISHED = ".part"
_PIECE_BYTES = 65_536


class NotKept(Exception):
    """A file that will never be taken as it is; the sentence says why."""


class OtherMessage(NotKept):
    """The call has another message already."""


class Damaged(Exception):
    """What came in is not what was sent: to be sent once more."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`is_new`: it was not there before."""

    length_s: float
    is_new: bool


class Incoming:
    """A file on its way into the folder. Nobody sees it before `finish`; `drop` gives it up, at any time."""

    def __init__(self, folder: Path, call: CallId) -> None:
        self._folder, self._final = folder, folder / f"{call}{ENDING}"
        self._unfinished = folder / f".{call}.{os.urandom(8).hex()}{_UNFINISHED}"
        handle = os.open(self._unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        self._file: IO[bytes] = os.fdopen(handle, "wb")
        self._digest = hashlib.sha256()
        self._header = b""
        self._size = 0

    def write(self, piece: bytes) -> None:
        self._file.write(piece)
        self._digest.update(piece)
        self._header = (self._header + piece)[:HEADER_BYTES] if self._size < HEADER_BYTES else self._header
        self._size += len(piece)

    def finish(self, digest: str, taken_at: Instant) -> Kept:
        """On disk when this returns. Raises `Damaged`, `NotKept`, and OSError when the disk does not take it."""
        if self._digest.hexdigest() != digest:
            raise Damaged(f"its SHA-256 is {self._digest.hexdigest()}, not {digest}")
        length_s = length_of(self._header, self._size)
        if length_s is None:
            raise NotKept("no whole 8 kHz mono 16-bit WAV")
        self._file.flush()
        os.utime(self._file.fileno(), (taken_at, taken_at))
        os.fsync(self._file.fileno())
        self._file.close()
        try:
            os.link(self._unfinished, self._final)  # unlike a renaming it replaces nothing
            is_new = True
        except FileExistsError:
            if _digest_of(self._final) != digest:
                raise OtherMessage("there is another message of this call already") from None
            is_new = False
        self._unfinished.unlink()
        _write_through(self._folder)
        return Kept(length_s, is_new)

    def drop(self) -> None:
        """What is unfinished is gone; what is finished stays."""
        self._file.close()
        self._unfinished.unlink(missing_ok=True)


class Folder:
    """Makes the folder, for this user only, and clears what a former process left unfinished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in path.glob(f".*{_UNFINISHED}"):
            left.unlink(missing_ok=True)

    def receive(self, call: CallId) -> Incoming:
        """Raises ValueError for what is no call's id, OSError when the disk takes nothing."""
        return Incoming(self._path, _checked(call))

    def file_of(self, call: CallId) -> Path | None:
        """None when there is none. Raises ValueError for what is no call's id."""
        file = self._path / f"{_checked(call)}{ENDING}"
        return file if file.is_file() else None

    def delete(self, calls: Collection[CallId]) -> None:
        """Those that are not there any more are no error."""
        for call in calls:
            (self._path / f"{_checked(call)}{ENDING}").unlink(missing_ok=True)
        if calls:
            _write_through(self._path)

    def older_than(self, taken_before: Instant) -> Iterator[CallId]:
        """The messages that were taken before, whether or not anybody knows of them."""
        for file in self._path.glob(f"*{ENDING}"):
            call = file.name.removesuffix(ENDING)
            if is_call(call) and file.stat().st_mtime < taken_before:
                yield call


def _checked(call: CallId) -> CallId:
    if not is_call(call):
        raise ValueError(f"{call[:80]!r} is no call's id")
    return call


def _digest_of(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while piece := opened.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _write_through(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
