"""AMI on the wire, pure: bytes in, messages out; one action's fields in, checked fields out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Fields: TypeAlias = Mapping[str, str | Sequence[str]]

_GREETING = b"Asterisk Call Manager/"
_LINE_END = b"\r\n"
_MESSAGE_END = b"\r\n\r\n"
_GREETING_MAX_BYTES = 256
# Asterisk 22 takes 1024 with the line end, and refuses the whole message for a longer one; when that came before
# the action id, the refusal does not say which action it means.
_SENT_LINE_MAX_BYTES = 1022


class BadFrame(Exception):
    """The peer does not speak AMI, or never ends a message. The link is of no more use."""


@dataclass(frozen=True, slots=True)
class AmiMessage:
    """One event or response. Header names are case-insensitive, values are as sent, even empty ones.

    Build one from `(name, value)` pairs with `of`; the two fields have lower-case names.
    """

    first: Mapping[str, str]
    repeated: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, headers: Iterable[tuple[str, str]]) -> "AmiMessage":
        first: dict[str, str] = {}
        repeated: dict[str, tuple[str, ...]] = {}
        for header, value in headers:
            name = header.lower()
            if name in first:
                repeated[name] = (*repeated.get(name, (first[name],)), value)
            else:
                first[name] = value
        return cls(first, repeated)

    def get(self, name: str) -> str:
        """The value, the first one of a repeated header; "" when there is none."""
        return self.first.get(name.lower(), "")

    def has(self, name: str) -> bool:
        return name.lower() in self.first

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a header that may be repeated, in the order sent."""
        name = name.lower()
        if name in self.repeated:
            return self.repeated[name]
        return (self.first[name],) if name in self.first else ()

    @property
    def event(self) -> str:
        return self.first.get("event", "")

    @property
    def response(self) -> str:
        return self.first.get("response", "")

    @property
    def action_id(self) -> str:
        return self.first.get("actionid", "")


class FrameDecoder:
    """Cuts a connection's bytes into messages. UTF-8 is decoded a whole message at a time, never a chunk."""

    def __init__(self, max_bytes: int = 1 << 20) -> None:
        self._max_bytes = max_bytes
        self._rest = bytearray()
        self._searched = 0  # no message ends before this offset: each byte is searched once
        self.greeting = ""

    def feed(self, data: bytes) -> list[AmiMessage]:
        """The messages that `data` completes. Raises `BadFrame`; the decoder is then of no more use."""
        self._rest += data
        if not self.greeting and not self._greeted():
            return []
        messages = []
        start = 0
        while (end := self._rest.find(_MESSAGE_END, max(start, self._searched))) >= 0:
            message = _message(self._rest[start:end])
            if message.event or message.response:
                messages.append(message)
            start = end + len(_MESSAGE_END)
        del self._rest[:start]
        self._searched = max(0, len(self._rest) - len(_MESSAGE_END) + 1)
        if len(self._rest) > self._max_bytes:
            raise BadFrame(f"a message of more than {self._max_bytes} bytes has no end")
        return messages

    def _greeted(self) -> bool:
        line, end, _ = self._rest.partition(_LINE_END)
        if not self._rest.startswith(_GREETING[: len(self._rest)]) or len(line) > _GREETING_MAX_BYTES:
            raise BadFrame(f"not an Asterisk manager: it greets with {bytes(line[:40])!r}")
        if not end:
            return False
        self.greeting = line.decode("utf-8", "replace")
        del self._rest[: len(line) + len(end)]
        return True


def _message(frame: bytearray) -> AmiMessage:
    headers = []
    for line in frame.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            headers.append((name, value.removeprefix(" ")))
    return AmiMessage.of(headers)


def checked(fields: Fields) -> dict[str, str | tuple[str, ...]]:
    """The fields, safe to write one a line. Raises `ValueError` for what would start a line, or be lost."""
    safe: dict[str, str | tuple[str, ...]] = {}
    for name, value in fields.items():
        values = (value,) if isinstance(value, str) else tuple(value)
        for text in values:
            line = f"{name}: {text}"
            if any(c in line for c in "\r\n\0"):
                raise ValueError(f"AMI field {name!r} has a line break or a NUL in it")
            if len(line.encode()) > _SENT_LINE_MAX_BYTES:
                raise ValueError(f"AMI field {name!r} makes a line of more than {_SENT_LINE_MAX_BYTES} bytes")
        safe[name] = values[0] if isinstance(value, str) else values
    return safe
