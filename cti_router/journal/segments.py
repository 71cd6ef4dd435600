"""The journal's files: segments of lines, named by the instant they begin, and the configurations they need.

    journal/20261123T080000.000000Z.jsonl        being written, or left by a router that was killed
    journal/20261122T230000.000000Z.jsonl.gz     complete
    journal/configurations/1f0c….json

They hold calling numbers: nobody but the router's user may read them.
"""

import gzip
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BufferedWriter, FileIO, TextIOWrapper
from itertools import pairwise
from pathlib import Path
from typing import IO, TypeVar

from cti_router.core.identity import CallId, Instant
from cti_router.journal.codec import CodecError, Plain
from cti_router.journal.lines import Configurations, Head, Lines, Step

T = TypeVar("T")

_CONFIGURATIONS = "configurations"
_ASIDE = ".part"
_PLAIN, _PACKED = ".jsonl", ".jsonl.gz"
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_MICROSECOND = timedelta(microseconds=1)


class Unreadable(Exception):
    """A segment or a line of it cannot be read; the text says which and why."""


@dataclass(slots=True)
class Segment:
    """One segment being read. `snapshot` is None where it begins with a switchboard just built."""

    name: str
    head: Head
    snapshot: Plain
    lines: Lines
    _texts: "_Texts"

    @property
    def number(self) -> int:
        """Of the line read last, as editors count."""
        return self._texts.number

    @property
    def torn(self) -> bool:
        """The last line was not written to its end: the router was killed. Known once all steps are read."""
        return self._texts.torn

    def steps(self) -> Iterator[Step]:
        """Each input in its order, once. Raises `Unreadable`."""
        while (text := self._texts.next()) is not None:
            yield self._texts.understood(self.lines.read_step, text)


class Segments:
    """A folder of segments."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.configurations = Configurations(folder / _CONFIGURATIONS, _write)
        self.lines = Lines(self.configurations)

    # writing

    def begin(self, head: Head, snapshot: Plain) -> tuple[Path, IO[str]]:
        """A new segment, its head written. Raises OSError."""
        at = datetime.fromtimestamp(head.at, UTC)
        while any((path := self.folder / f"{at.strftime(_STAMP)}{ending}").exists() for ending in (_PACKED, _PLAIN)):
            at += _MICROSECOND
        text = self.lines.head(head, snapshot)
        file = _create(path)
        try:
            file.write(text)
            file.flush()
        except OSError:
            with suppress(OSError):  # it says the same again
                file.close()
            raise
        return path, file

    def make_folders(self) -> None:
        for folder in (self.folder, self.folder / _CONFIGURATIONS):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def pack(self, but: Path) -> None:
        """Compress what is complete, all but the segment being written. Raises OSError."""
        for path in self.paths():
            if path.name.endswith(_PLAIN) and path != but:
                _pack(path)

    def purge(self, before: Instant) -> None:
        """Delete the segments that ended before an instant, and configurations nobody needs. Raises OSError."""
        paths = self.paths()
        for path, following in pairwise(paths):
            if began_at(following) < before:
                path.unlink()
        self._purge_configurations()

    def delete(self) -> None:
        """All of it. Raises OSError."""
        if self.folder.exists():
            shutil.rmtree(self.folder)

    def _purge_configurations(self) -> None:
        """A segment that ends with a new configuration is followed by one that begins with it: heads tell them all."""
        needed = {self.configurations.path(head.configuration) for head in self._heads()}
        for path in set((self.folder / _CONFIGURATIONS).glob("*.json")) - needed:
            path.unlink()

    def _heads(self) -> Iterator[Head]:
        for path in self.paths():
            with suppress(Unreadable), self.open(path) as segment:
                yield segment.head

    # reading

    def paths(self) -> list[Path]:
        """Every segment, the oldest first. Raises OSError."""
        found = [path for path in self.folder.iterdir() if path.name.endswith((_PLAIN, _PACKED))]
        return sorted(found, key=began_at)

    def last_line_that_names(self, path: Path, call: CallId) -> int | None:
        """Of a segment's lines the last with a call's id in it, as editors count. Raises OSError, `Unreadable`."""
        last = None
        with _text_of(path) as file:
            texts = _Texts(path, file)
            while (text := texts.next()) is not None:
                if f'"{call}"' in text:
                    last = texts.number
        return last

    @contextmanager
    def open(self, path: Path) -> Iterator[Segment]:
        """A segment to be read. Raises OSError, `Unreadable`."""
        with _text_of(path) as file:
            texts = _Texts(path, file)
            head = texts.read(self.lines.read_head)
            snapshot = texts.read(self.lines.read_snapshot)
            yield Segment(name_of(path), head, snapshot, self.lines, texts)


class _Texts:
    """The lines of a file, numbered."""

    def __init__(self, path: Path, file: IO[str]) -> None:
        self.path, self._file = path, file
        self.number = 0
        self.torn = False

    def next(self) -> str | None:
        """None at the end, also before a line that was not written to its end."""
        try:
            text = self._file.readline()
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise Unreadable(f"{self.path}: is damaged after line {self.number}: {error}") from None
        self.number += 1
        self.torn = bool(text) and not text.endswith("\n")
        return text if text.endswith("\n") else None

    def read(self, reader: Callable[[str], T]) -> T:
        text = self.next()
        if text is None:
            raise Unreadable(f"{self.path}: ends in its head: the router was killed as it began")
        return self.understood(reader, text)

    def understood(self, reader: Callable[[str], T], text: str) -> T:
        try:
            return reader(text)
        except CodecError as error:
            raise Unreadable(f"{self.path}:{self.number}: {error}") from None


def name_of(path: Path) -> str:
    return path.name.removesuffix(_PACKED).removesuffix(_PLAIN)


def began_at(path: Path) -> Instant:
    """By its name. Raises `Unreadable`."""
    try:
        return datetime.strptime(name_of(path), _STAMP).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise Unreadable(f"{path}: is no segment of a journal: its name must be an instant") from None


def _private(path: Path) -> BufferedWriter:
    return BufferedWriter(FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"))


def _create(path: Path) -> IO[str]:
    return TextIOWrapper(_private(path), encoding="utf-8")


def _write(path: Path, text: str) -> None:
    aside = path.with_suffix(_ASIDE)
    aside.unlink(missing_ok=True)
    with _create(aside) as file:
        file.write(text)
    aside.replace(path)


def _pack(path: Path) -> None:
    packed = path.with_name(name_of(path) + _PACKED)
    aside = packed.with_suffix(_ASIDE)
    aside.unlink(missing_ok=True)
    with path.open("rb") as plain, _private(aside) as file, gzip.open(file, "wb") as into:
        shutil.copyfileobj(plain, into)
    aside.replace(packed)
    path.unlink()


def _text_of(path: Path) -> IO[str]:
    """A segment may be packed between the moment it was found and this."""
    packed = path.with_name(name_of(path) + _PACKED)
    if path.name.endswith(_PACKED) or not path.exists():
        return gzip.open(packed, "rt", encoding="utf-8", errors="replace")
    return path.open(encoding="utf-8", errors="replace")
