"""A switchboard made of its snapshot: of the core's own classes and plain containers, nothing else is ever made."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from functools import partial
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

from cti_router.core.configuration import Configuration
from cti_router.core.switchboard import Switchboard
from cti_router.journal.codec import Plain
from cti_router.journal.core_names import named, parts

_BY_TEXT: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "zone": ZoneInfo,
    "int": partial(int, base=16),
}
_BY_ITEMS = {
    "tuple": tuple,
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "sorted": SortedList,
    "sortedset": SortedSet,
}


class SnapshotDiffers(ValueError):
    """A snapshot does not fit this version of the core; the text says where."""


def restored(plain: Plain, configuration: Configuration) -> Switchboard:
    """A switchboard in that state. `configuration` equals the one it had. Raises `SnapshotDiffers`."""
    try:
        switchboard = _Reading(plain, configuration).value([0])
    except (AttributeError, IndexError, KeyError, ValueError, TypeError, ImportError) as error:
        raise SnapshotDiffers(f"the snapshot does not fit this version: {error}") from error
    if not isinstance(switchboard, Switchboard):
        raise SnapshotDiffers(f"the snapshot is of a {type(switchboard).__name__}, not of a switchboard")
    return switchboard


class _Reading:
    def __init__(self, nodes: Plain, configuration: Configuration) -> None:
        self._nodes = nodes
        self._made: dict[int, Any] = {}
        self._parts = list(parts(configuration))

    def value(self, plain: Plain) -> Any:
        if not isinstance(plain, list):
            return plain
        (number,) = plain
        if number not in self._made:
            kind, *rest = self._nodes[number]
            self._made[number] = self._make(number, kind, rest)
        return self._made[number]

    def _make(self, number: int, kind: str, rest: list[Plain]) -> Any:
        """An object that others hold while it is being made is known before its contents are."""
        match kind:
            case "configuration":
                return self._parts[rest[0]]
            case "object":
                return self._object(number, *rest)
            case "dict":
                made = self._made[number] = {}
                made.update(self._pairs(rest))
                return made
            case "list" | "set":
                holder: Any = _BY_ITEMS[kind]()
                self._made[number] = holder
                (holder.extend if kind == "list" else holder.update)(map(self.value, rest))
                return holder
            case "deque":
                queue = self._made[number] = deque(maxlen=rest[0])
                queue.extend(map(self.value, rest[1:]))
                return queue
            case "proxy":
                return MappingProxyType(self.value(rest[0]))
            case "named":
                return named(rest[0])(*map(self.value, rest[1:]))
            case "sorteddict":
                return SortedDict(self.value(rest[0]), self._pairs(rest[1:]))
            case "sortedby":
                return SortedKeyList(map(self.value, rest[1:]), self.value(rest[0]))
            case "enum":
                return named(rest[0])[rest[1]]
            case "method":
                return getattr(self.value(rest[0]), rest[1])
            case "name":
                return named(rest[0])
            case _ if kind in _BY_TEXT:
                return _BY_TEXT[kind](rest[0])
        return _BY_ITEMS[kind](map(self.value, rest))

    def _object(self, number: int, name: str, attributes: Mapping[str, Plain]) -> Any:
        kind = named(name)
        made = self._made[number] = kind.__new__(kind)
        for attribute, inner in attributes.items():
            object.__setattr__(made, attribute, self.value(inner))
        wanted = {field.name for field in fields(kind)} if is_dataclass(kind) else set[str]()
        if lacking := wanted - attributes.keys():
            raise SnapshotDiffers(f"{name} lacks {', '.join(sorted(lacking))}")
        return made

    def _pairs(self, rest: list[Plain]) -> Iterator[tuple[Any, Any]]:
        for key, inner in zip(rest[::2], rest[1::2], strict=True):
            yield self.value(key), self.value(inner)
