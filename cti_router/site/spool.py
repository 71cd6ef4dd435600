"""The PBX's spool folder of voice messages: which are whole, and what becomes of each."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cti_router.recordings import ENDING, FOLDER, HEADER_BYTES, LEAST_BYTES, call_of_file, length_of, mended

QUIET_S = 2.0
"""A file that was written to more recently may not be whole."""

ABANDONED_S = 1_200.0
"""Longer than any message may last: whose header was not written by then, its PBX died in it."""

REFUSED = "refused"
"""The folder for what the router will never take: to be looked at by a person."""

_PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Recording:
    """A whole file. `header` is what its first bytes are to be: mended, when its PBX did not write them."""

    path: Path
    call: str
    size: int
    modified_at: float
    header: bytes

    def pieces(self) -> Iterator[bytes]:
        """What is to arrive at the router. Raises OSError."""
        with self.path.open("rb") as file:
            file.seek(HEADER_BYTES)
            yield self.header
            left = self.size - HEADER_BYTES
            while left and (piece := file.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                yield piece

    def digest(self) -> bytes:
        """Its SHA-256. Raises OSError."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Found:
    """What is in the folder: recordings to send, the oldest first; files in which nothing was said; strange ones."""

    recordings: tuple[Recording, ...] = ()
    silent: tuple[Path, ...] = ()
    strange: tuple[Path, ...] = ()


def look(spool: Path, site: str, now: float) -> Found:
    """`now` is on the clock of the files. Raises OSError when the folder cannot be read; no folder is an empty one."""
    recordings, silent, strange = [], [], []
    for path in sorted((spool / FOLDER).glob(f"{site}-*{ENDING}")):
        call = call_of_file(path.name, site)
        try:
            header, found = _begin(path)
        except OSError:
            continue  # gone, or no file of the PBX's: a link
        quiet_s = now - found.st_mtime
        if call is None or quiet_s < QUIET_S:
            continue
        is_whole = length_of(header, found.st_size) is not None
        if not is_whole and quiet_s < ABANDONED_S:
            continue
        if found.st_size <= LEAST_BYTES:
            silent.append(path)
            continue
        sent_header = header if is_whole else mended(header, found.st_size)
        if sent_header is None:
            strange.append(path)
        else:
            recordings.append(Recording(path, call, found.st_size, found.st_mtime, sent_header))
    recordings.sort(key=lambda each: (each.modified_at, each.call))
    return Found(tuple(recordings), tuple(silent), tuple(strange))


def delete(recording: Recording) -> None:
    """The router has it. What has been written to since is not that any more. Raises OSError; not when it is gone."""
    try:
        found = recording.path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return
    if (found.st_size, found.st_mtime) == (recording.size, recording.modified_at):
        recording.path.unlink(missing_ok=True)


def set_aside(path: Path) -> None:
    """Keep a file out of the way. Raises OSError."""
    folder = path.parent / REFUSED
    folder.mkdir(mode=0o700, exist_ok=True)
    path.rename(folder / path.name)


def _begin(path: Path) -> tuple[bytes, os.stat_result]:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(f"{path} is no file")
        return os.read(handle, HEADER_BYTES), found
    finally:
        os.close(handle)
