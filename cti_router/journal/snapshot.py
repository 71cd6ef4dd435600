"""The whole state of a switchboard as plain JSON values, and a switchboard made of them that goes on just alike.

The graph of objects is written as it is: each object once, by number, so that what was shared is shared again. Nothing
here knows an owner or its fields; a new one needs no code. Objects are of the core's own classes and of the containers
below, nothing else is ever made. Parts of the configuration stay in its own file and are told by number.
"""

import importlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from functools import cache, partial
from gc import get_referents
from types import FunctionType, MappingProxyType, MethodType
from typing import Any, Generic, Protocol
from zoneinfo import ZoneInfo

from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

from cti_router.core.configuration import Configuration
from cti_router.core.switchboard import Switchboard
from cti_router.journal.codec import Plain

_CORE = "cti_router.core."
_NAME = re.compile(r"[a-z_]+(\.[A-Za-z_0-9]+)+")
_ABOVE = (object, Generic, Protocol)
_SCALARS = frozenset((type(None), bool, int, float, str))
_BY_TEXT: dict[str, Callable[[str], Any]] = {
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "time": time.fromisoformat,
    "zone": ZoneInfo,
    "int": partial(int, base=16),
}
_BY_ITEMS = {
    "list": list,
    "set": set,
    "frozenset": frozenset,
    "tuple": tuple,
    "sorted": SortedList,
    "sortedset": SortedSet,
}


class NotKept(TypeError):
    """The switchboard holds something that cannot be written; the text says where, and what to use instead."""


class SnapshotDiffers(ValueError):
    """A snapshot does not fit this version of the core; the text says where."""


def snapshot(switchboard: Switchboard) -> Plain:
    """Its state now, as plain values. Raises `NotKept`."""
    return _Writing(switchboard.configuration).all_of(switchboard)


def restored(plain: Plain, configuration: Configuration) -> Switchboard:
    """A switchboard in that state. `configuration` equals the one it had. Raises `SnapshotDiffers`."""
    try:
        switchboard = _Reading(plain, configuration).value([0])
    except (AttributeError, IndexError, KeyError, ValueError, TypeError, ImportError) as error:
        raise SnapshotDiffers(f"the snapshot does not fit this version: {error}") from error
    if not isinstance(switchboard, Switchboard):
        raise SnapshotDiffers(f"the snapshot is of a {type(switchboard).__name__}, not of a switchboard")
    return switchboard


def _parts(part: Any) -> Iterator[Any]:
    """The objects of a configuration, in the same order in every process."""
    if is_dataclass(part):
        yield part
        for field in fields(part):
            yield from _parts(getattr(part, field.name))
    elif isinstance(part, Mapping):
        yield part
        for inner in part.values():
            yield from _parts(inner)
    elif isinstance(part, tuple):
        for inner in part:
            yield from _parts(inner)


class _Writing:
    """`[n]` stands for node n; a node is its kind and what that needs."""

    def __init__(self, configuration: Configuration) -> None:
        self._nodes: list[Plain] = []
        self._numbers: dict[int, Plain] = {}
        self._held: list[Any] = []  # an id is only good while its object lives
        self._parts: dict[int, int] = {}
        for number, part in enumerate(_parts(configuration)):
            self._parts.setdefault(id(part), number)

    def all_of(self, root: Any) -> Plain:
        try:
            self._plain(root)
        except NotKept as error:
            raise NotKept(f"{type(root).__name__}{error}") from None
        return self._nodes

    def _plain(self, value: Any) -> Plain:
        if type(value) in _SCALARS and not (type(value) is int and abs(value) >> 64):
            return value
        known = self._numbers.get(id(value))
        if known is None:
            known = self._numbers[id(value)] = [len(self._nodes)]
            self._held.append(value)
            self._nodes.append(None)
            part = self._parts.get(id(value))
            self._nodes[known[0]] = self._node(value) if part is None else ["configuration", part]
        return known

    def _node(self, value: Any) -> Plain:
        kind = type(value)
        match value:
            case tuple() | list() | set() | frozenset() if kind.__name__ in _BY_ITEMS:
                return [kind.__name__, *map(self._plain, value)]
            case SortedKeyList():
                return ["sortedby", self._plain(value.key), *map(self._plain, value)]
            case SortedDict() if value.key is None:
                return ["sorteddict", *self._pairs(value)]
            case SortedList() | SortedSet() if value.key is None:
                return ["sorted" if kind is SortedList else "sortedset", *map(self._plain, value)]
            case dict() if kind is dict:
                return ["dict", *self._pairs(value)]
            case MappingProxyType():
                return ["proxy", self._plain(get_referents(value)[0])]  # a view of somebody's mapping
            case int() if kind is int:
                return ["int", hex(value)]
            case deque():
                return ["deque", value.maxlen, *map(self._plain, value)]
            case Enum():
                return ["enum", _name(kind), value.name]  # type: ignore[arg-type]
            case datetime() | date() | time():
                return [kind.__name__, value.isoformat()]
            case ZoneInfo():
                return ["zone", value.key]
            case MethodType():
                return ["method", self._plain(value.__self__), value.__name__]
            case type() | FunctionType():
                return ["name", _name(value)]
        if kind.__module__.startswith(_CORE):
            if issubclass(kind, tuple):
                return ["named", _name(kind), *map(self._plain, value)]
            if all(above in _ABOVE or above.__module__.startswith(_CORE) for above in kind.__mro__):
                return ["object", _name(kind), self._attributes(value)]  # type: ignore[arg-type]
        raise NotKept(f": {value!r} cannot be kept in a snapshot; hold the core's own classes and plain containers")

    def _pairs(self, value: Mapping[Any, Any]) -> Iterator[Plain]:
        for key, inner in value.items():
            yield self._plain(key)
            yield self._inside(f"[{key!r}]", inner)

    def _attributes(self, value: Any) -> Plain:
        return {name: self._inside(f".{name}", inner) for name, inner in _attributes(value)}

    def _inside(self, where: str, inner: Any) -> Plain:
        try:
            return self._plain(inner)
        except NotKept as error:
            raise NotKept(f"{where}{error}") from None


class _Reading:
    def __init__(self, nodes: Plain, configuration: Configuration) -> None:
        self._nodes = nodes
        self._made: dict[int, Any] = {}
        self._parts = list(_parts(configuration))

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
                return _named(rest[0])(*map(self.value, rest[1:]))
            case "sorteddict":
                return SortedDict(self._pairs(rest))
            case "sortedby":
                return SortedKeyList(map(self.value, rest[1:]), self.value(rest[0]))
            case "enum":
                return _named(rest[0])[rest[1]]
            case "method":
                return getattr(self.value(rest[0]), rest[1])
            case "name":
                return _named(rest[0])
            case _ if kind in _BY_TEXT:
                return _BY_TEXT[kind](rest[0])
        return _BY_ITEMS[kind](map(self.value, rest))

    def _object(self, number: int, name: str, attributes: Mapping[str, Plain]) -> Any:
        kind = _named(name)
        made = self._made[number] = object.__new__(kind)
        for attribute, inner in attributes.items():
            object.__setattr__(made, attribute, self.value(inner))
        if lacking := set(_slots(kind)) - attributes.keys():
            raise SnapshotDiffers(f"{name} lacks {', '.join(sorted(lacking))}")
        return made

    def _pairs(self, rest: list[Plain]) -> Iterator[tuple[Any, Any]]:
        for key, inner in zip(rest[::2], rest[1::2], strict=True):
            yield self.value(key), self.value(inner)


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    for name in _slots(type(value)):  # type: ignore[arg-type]
        if hasattr(value, name):
            yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()


@cache
def _slots(kind: Any) -> tuple[str, ...]:
    names = [name for above in kind.__mro__ for name in above.__dict__.get("__slots__", ())]
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


@cache
def _name(thing: Any) -> str:
    """A class or function of the core by its name. Raises `NotKept` for any other."""
    name = f"{thing.__module__}.{thing.__qualname__}".removeprefix(_CORE)
    try:
        known = thing.__module__.startswith(_CORE) and _named(name) is thing
    except (ImportError, AttributeError):
        known = False
    if not known:
        raise NotKept(f": {thing!r} is no class or function at the top of one of the core's files")
    return name


@cache
def _named(name: str) -> Any:
    """Raises ImportError or AttributeError when the core has no such thing."""
    if not _NAME.fullmatch(name):
        raise ImportError(f"{name!r} is no name in the core")
    module, _, thing = name.rpartition(".")
    found = getattr(importlib.import_module(_CORE + module), thing)
    if not str(getattr(found, "__module__", "")).startswith(_CORE):
        raise ImportError(f"{name!r} is not the core's own")
    return found
