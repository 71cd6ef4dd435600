"""What a segment's lines say: its head, the state it begins with, then one line an input with its outcome."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pydantic_core import PydanticSerializationError, to_json

from cti_router.compiled import digest_of
from cti_router.core.configuration import Configuration
from cti_router.core.effects import StepOutcome
from cti_router.core.identity import Instant
from cti_router.core.inputs import Input
from cti_router.journal.codec import CodecError, Codecs, Plain

Digest: TypeAlias = str


@dataclass(frozen=True, slots=True)
class Head:
    """A segment's first line.

    Its inputs come after the instant `at`. `configuration` is the digest of the one in force, `version` what people
    call it, `core` the digest of the code that decides. `continues` is the name of the segment before it, None after a
    start; `lost` counts the inputs between them that are in neither.
    """

    at: Instant
    configuration: Digest
    version: str
    core: Digest
    continues: str | None
    lost: int


@dataclass(frozen=True, slots=True)
class Step:
    """An input, and plain (`told`); and what it gave, plain: None where the core raised an error."""

    at: Instant
    input_: Input
    outcome: Plain
    told: Plain


class Configurations:
    """A folder where each configuration has a file of its own, named by the digest of its contents."""

    def __init__(self, folder: Path, write: Callable[[Path, str], None]) -> None:
        self._folder, self._write = folder, write
        self._codec = Codecs().of(Configuration)

    def plain(self, configuration: Configuration) -> Digest:
        """The digest of a configuration; written unless it is there. Raises OSError."""
        text = _text(self._codec.plain(configuration)) + "\n"
        digest = digest_of(text.encode())
        if not (path := self.path(digest)).exists():
            self._write(path, text)
        return digest

    def value(self, plain: Plain) -> Configuration:
        """Raises `CodecError`."""
        path = self.path(str(plain))
        try:
            configuration: Configuration = self._codec.value(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, json.JSONDecodeError) as error:
            raise CodecError(f"the configuration {path} cannot be read: {error}") from None
        except CodecError as error:
            raise CodecError(f"the configuration {path} is of another version: {error}") from None
        return configuration

    def path(self, digest: Digest) -> Path:
        if not re.fullmatch("[0-9a-f]{16}", digest):
            raise CodecError(f"{digest!r} is no digest of a configuration")
        return self._folder / f"{digest}.json"


class Lines:
    """Lines from what they say, and back. Reading raises `CodecError`."""

    def __init__(self, configurations: Configurations) -> None:
        codecs = Codecs({Configuration: configurations})
        self._head, self._input, self._outcome = codecs.of(Head), codecs.of(Input), codecs.of(StepOutcome)

    def head(self, head: Head, snapshot: Plain) -> str:
        """Two lines. The snapshot is null where the state is that of a switchboard just built."""
        return f"{_text({'head': self._head.plain(head)})}\n{_text({'snapshot': snapshot})}\n"

    def step(self, at: Instant, input_: Input, outcome: StepOutcome | None) -> str:
        said = None if outcome is None else self._outcome.plain(outcome)
        return f"{_text({'at': at, 'input': self._input.plain(input_), 'outcome': said})}\n"

    def outcome(self, outcome: StepOutcome) -> Plain:
        """As it would be read from its line."""
        return json.loads(_text(self._outcome.plain(outcome)))

    def read_head(self, text: str) -> Head:
        head: Head = self._head.value(_one(text, "head")["head"])
        return head

    @staticmethod
    def read_snapshot(text: str) -> Plain:
        return _one(text, "snapshot")["snapshot"]

    def read_step(self, text: str) -> Step:
        line = _one(text, "at", "input", "outcome")
        if not isinstance(line["at"], float | int):
            raise CodecError(f"at: {line['at']!r} is no instant")
        return Step(line["at"], self._input.value(line["input"]), line["outcome"], line["input"])


def _text(plain: Plain) -> str:
    try:
        return to_json(plain, inf_nan_mode="constants").decode()
    except PydanticSerializationError:
        return json.dumps(plain, separators=(",", ":"))  # text that UTF-8 cannot say; four times slower


def _one(text: str, *keys: str) -> dict[str, Plain]:
    try:
        plain = json.loads(text)
    except json.JSONDecodeError as error:
        raise CodecError(f"is no JSON: {error}") from None
    if not isinstance(plain, dict) or set(plain) != set(keys):
        raise CodecError(f"is no object with {', '.join(keys)}")
    return plain
