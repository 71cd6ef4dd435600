"""The AGI conversation, sans-I/O: bytes in, requests and replies out; commands out as bytes.

https://docs.asterisk.org/Configuration/Interfaces/Asterisk-Gateway-Interface-AGI/
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MAX_HEADER_BYTES = 16_384
_PLAIN = re.compile(r"[A-Za-z0-9 ._/&@:+-]*")
_MAX_LINE_BYTES = 16_384
_FIRST = b"agi_"
_BLANK_LINE = re.compile(rb"\n\r?\n")
_HEADER = re.compile(r"^agi_([^:\n]+):(?: (.*))?\n", re.MULTILINE)


class AgiError(Exception):
    """The peer did not speak AGI."""


@dataclass(frozen=True, slots=True)
class AgiRequest:
    """What Asterisk says first: `agi_…` headers (without the prefix), and the arguments in order."""

    headers: Mapping[str, str]
    arguments: tuple[str, ...]

    @property
    def script(self) -> str:
        return self.headers.get("network_script", "")


@dataclass(frozen=True, slots=True)
class AgiReply:
    """One reply: its code (200 is success) and what follows it."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class AgiHangup:
    """The channel was hung up or redirected; not a reply to any command."""


@dataclass(slots=True)
class AgiConversation:
    """Feed bytes with `receive`; it returns what they completed, in order.

    Raises `AgiError` for what is not AGI, and for more than 16 kB of headers. Text that is not UTF-8 is read with
    replacement characters: a caller's name in Latin-1 must not cost him his call.
    """

    _buffer: bytearray = field(default_factory=bytearray)
    _opened: bool = False
    _usage: list[str] | None = None

    def receive(self, data: bytes) -> list[AgiRequest | AgiReply | AgiHangup]:
        self._buffer += data
        found: list[AgiRequest | AgiReply | AgiHangup] = []
        if not self._opened:
            request = self._request()
            if request is None:
                return found
            found.append(request)
        while (end := self._buffer.find(b"\n")) >= 0:
            line = self._buffer[:end].rstrip(b"\r").decode("utf-8", "replace")
            del self._buffer[: end + 1]
            reply = self._reply(line)
            if reply is not None:
                found.append(reply)
        if len(self._buffer) > _MAX_LINE_BYTES:
            raise AgiError(f"a line of more than {_MAX_LINE_BYTES} bytes")
        return found

    def _request(self) -> AgiRequest | None:
        """All headers at once, when the blank line after them is there: Asterisk sends them in twenty pieces."""
        buffer = self._buffer
        if not buffer.startswith(_FIRST[: len(buffer)]):
            raise AgiError(f"not an AGI header: {bytes(buffer[:80])!r}")
        end = _BLANK_LINE.search(buffer)
        if (len(buffer) if end is None else end.end()) > MAX_HEADER_BYTES:
            raise AgiError(f"more than {MAX_HEADER_BYTES} bytes of headers")
        if end is None:
            return None
        text = buffer[: end.start() + 1].decode("utf-8", "replace").replace("\r\n", "\n")
        del buffer[: end.end()]
        self._opened = True
        pairs = _HEADER.findall(text)
        if len(pairs) != text.count("\n"):
            bad = next(line for line in text.split("\n") if not _HEADER.match(f"{line}\n"))
            raise AgiError(f"not an AGI header: {bad[:80]!r}")
        headers: dict[str, str] = dict(pairs)
        return AgiRequest(headers, _arguments(headers))

    def _reply(self, line: str) -> AgiReply | AgiHangup | None:
        if self._usage is not None:  # inside a 520 that explains itself over several lines
            self._usage.append(line)
            if not line.startswith("520 "):
                return None
            text, self._usage = "\n".join(self._usage), None
            return AgiReply(520, text)
        if line == "HANGUP":
            return AgiHangup()
        code, separator, text = line[:3], line[3:4], line[4:]
        if not code.isdecimal() or separator not in (" ", "-"):
            raise AgiError(f"not an AGI reply: {line[:80]!r}")
        if separator == "-":
            self._usage = [text]
            return None
        return AgiReply(int(code), text)


def set_variables(variables: Iterable[tuple[str, str]]) -> bytes:
    """The one command that sets channel variables, in order. One, because Asterisk takes the next only after its reply.

    Raises ValueError for a value that could leave its place: nothing of ours needs such characters.
    """
    pairs = []
    for name, value in variables:
        if not _PLAIN.fullmatch(value):
            raise ValueError(f"the value of {name} has a character that may not be in it: {value!r}")
        pairs.append(f"{name}={value}")
    return f'EXEC MSet "{",".join(pairs)}"\n'.encode()


def _arguments(headers: Mapping[str, str]) -> tuple[str, ...]:
    found: list[str] = []
    while (argument := headers.get(f"arg_{len(found) + 1}")) is not None:
        found.append(argument)
    return tuple(found)
