"""The whole state of a switchboard as plain JSON values, and a switchboard made of them that goes on just alike.

The graph of objects is written as it is: each object once, by number, so that what was shared is shared again. Nothing
here knows an owner or its fields; a new one needs no code. Objects are of the core's own classes and of the containers
below, nothing else is ever made. Parts of the configuration stay in its own file and are told by number.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from enum import Enum
from functools import partial
from gc import get_referents
from types import BuiltinFunctionType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, Generic, Protocol
from zoneinfo import ZoneInfo

from sortedcontainers import SortedDict, SortedKeyList, SortedList, SortedSet

from cti_router.core.configuration import Configuration
from cti_router.core.switchboard import Switchboard
from cti_router.journal.codec import Plain
from cti_router.journal.core_names import CORE, NotKept, name_of, parts, slots_of

_LARGE = 1 << 64
_ABOVE = (object, Generic, Protocol)
_SCALARS = frozenset((type(None), bool, int, float, str))
_ITEMS: dict[type, str] = {
    tuple: "tuple",
    list: "list",
    set: "set",
    frozenset: "frozenset",
    SortedList: "sorted",
    SortedSet: "sortedset",
}
_SIMPLE: dict[type, Callable[[Any], Plain]] = {
    int: lambda large: ["int", hex(large)],
    date: lambda day: ["date", day.isoformat()],
    datetime: lambda moment: ["datetime", moment.isoformat()],
    time: lambda of_day: ["time", of_day.isoformat()],
    ZoneInfo: lambda zone: ["zone", zone.key],
    FunctionType: lambda function: ["name", name_of(function)],
}


def snapshot(switchboard: Switchboard) -> Plain:
    """Its state now, as plain values. Raises `NotKept`."""
    return _Writing(switchboard.configuration).all_of(switchboard)


class _Writing:
    """`[n]` stands for node n; a node is its kind and what that needs."""

    def __init__(self, configuration: Configuration) -> None:
        self._nodes: list[Plain] = []
        self._numbers: dict[int, Plain] = {}
        self._held: list[Any] = []  # an id is only good while its object lives
        self._forms: dict[type, Callable[[Any], Plain]] = {}
        self._parts: dict[int, int] = {}
        for number, part in enumerate(parts(configuration)):
            self._parts.setdefault(id(part), number)

    def all_of(self, root: Any) -> Plain:
        try:
            self._plain(root)
        except NotKept as error:
            raise error.inside(type(root).__name__) from None
        return self._nodes

    def _plain(self, value: Any) -> Plain:
        kind = type(value)
        if kind in _SCALARS and (kind is not int or -_LARGE < value < _LARGE):
            return value
        known = self._numbers.get(id(value))
        if known is None:
            known = self._numbers[id(value)] = [len(self._nodes)]
            self._held.append(value)
            self._nodes.append(None)
            part = self._parts.get(id(value))
            if part is not None:
                self._nodes[known[0]] = ["configuration", part]
            else:
                form = self._forms.get(kind) or self._forms.setdefault(kind, self._form(kind, value))
                self._nodes[known[0]] = form(value)
        return known

    def _form(self, kind: type, value: Any) -> Callable[[Any], Plain]:
        """How what is of this kind is written. Raises `NotKept`."""
        if kind in _ITEMS:
            return partial(self._items, _ITEMS[kind])
        if kind in (SortedDict, SortedKeyList):
            return self._sorted
        if (simple := _SIMPLE.get(kind)) is not None:
            return simple
        match value:
            case Enum():
                name = name_of(kind)
                return lambda member: ["enum", name, member.name]
            case type():
                return lambda named: ["name", name_of(named)]
        if kind is dict:
            return lambda mapping: ["dict", *self._pairs(mapping)]
        if kind is MappingProxyType:
            return lambda view: ["proxy", self._plain(get_referents(view)[0])]  # of somebody's mapping
        if kind is deque:
            return lambda queue: ["deque", queue.maxlen, *map(self._plain, queue)]
        if kind is MethodType:
            return self._method
        if kind is BuiltinFunctionType:  # both, where the core is compiled
            return lambda made: ["name", name_of(made)] if isinstance(made.__self__, ModuleType) else self._method(made)
        if kind.__module__.startswith(CORE):
            name = name_of(kind)
            if issubclass(kind, tuple):
                return lambda named: ["named", name, *map(self._plain, named)]
            if all(above in _ABOVE or above.__module__.startswith(CORE) for above in kind.__mro__):
                return partial(self._object, name, slots_of(kind))  # type: ignore[arg-type]
        raise NotKept(f"{value!r} cannot be kept in a snapshot; hold the core's own classes and plain containers")

    def _method(self, method: Any) -> Plain:
        return ["method", self._plain(method.__self__), method.__name__]

    def _items(self, name: str, items: Iterable[Any]) -> Plain:
        return [name, *map(self._plain, items)]

    def _sorted(self, value: Any) -> Plain:
        if isinstance(value, SortedDict):
            return ["sorteddict", self._plain(value.key), *self._pairs(value)]
        return ["sortedby", self._plain(value.key), *map(self._plain, value)]

    def _pairs(self, value: Mapping[Any, Any]) -> Iterator[Plain]:
        for key, inner in value.items():
            yield self._plain(key)
            try:
                yield self._plain(inner)
            except NotKept as error:
                raise error.inside(f"[{key!r}]") from None

    def _object(self, name: str, slots: tuple[str, ...], value: Any) -> Plain:
        attributes: dict[str, Plain] = {}
        for attribute, inner in _attributes(value, slots):
            try:
                attributes[attribute] = self._plain(inner)
            except NotKept as error:
                raise error.inside(f".{attribute}") from None
        return ["object", name, attributes]


def _attributes(value: Any, slots: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for name in slots:
        if hasattr(value, name):
            yield name, getattr(value, name)
    yield from getattr(value, "__dict__", {}).items()
