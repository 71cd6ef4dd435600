"""Frozen data to plain JSON values and back, as the types say: a new word of the core needs no code here.

A dataclass or named tuple is an object with every field, a member of a union an object of one key, its class:
`{"Tick": {}}`. Floats are exact. Reading is strict: what is missing, unknown or of another type is an error that says
where.
"""

import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum, StrEnum
from operator import attrgetter
from typing import Any, Protocol, TypeAlias

Plain: TypeAlias = Any
"""What JSON can say: None, bool, int, float, str, lists, and dicts by str."""


class CodecError(ValueError):
    """A plain value is not what its type says; the text says where (`Ask.seq`) and why."""

    def __init__(self, why: str, where: tuple[str | int, ...] = ()) -> None:
        super().__init__(f"{'.'.join(map(str, where))}: {why}" if where else why)
        self.why, self.where = why, where


class Codec(Protocol):
    def plain(self, value: Any) -> Plain: ...

    def value(self, plain: Plain) -> Any:
        """Raises `CodecError`."""


class Codecs:
    """The codecs of types, each built once. `own` are those that the caller writes in his own way."""

    def __init__(self, own: Mapping[Any, Codec] | None = None) -> None:
        self._known: dict[Any, Codec] = dict(own or {})

    def of(self, kind: Any) -> Codec:
        """Raises TypeError when no JSON could say what this type holds."""
        known = self._known.get(kind)
        if known is None:
            if isinstance(kind, type) and (is_dataclass(kind) or _is_named_tuple(kind)):
                record = self._known[kind] = _Record(kind)  # known to itself: a type may hold its own kind
                record.learn(self)
                return record
            known = self._known[kind] = self._build(kind)
        return known

    def _build(self, kind: Any) -> Codec:
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if kind in _SCALARS:
            return _Scalar(*_SCALARS[kind])
        if isinstance(kind, type) and issubclass(kind, Enum):
            return _Member(kind)
        if kind in (date, datetime, time):
            return _Iso(kind)
        if kind is object:
            return _Anything()
        if origin in (typing.Union, types.UnionType):
            return self._union(arguments)
        if origin is tuple and (len(arguments) != 2 or arguments[1] is not ...):
            return _Fixed([self.of(argument) for argument in arguments])
        if origin in (tuple, Sequence, list):
            return _Items(list if origin is list else tuple, self.of(arguments[0]))
        if origin in (frozenset, Set):
            return _Unordered(self.of(arguments[0]))
        if origin in (Mapping, dict):
            key, item = (self.of(argument) for argument in arguments)
            return _Named(item) if arguments[0] is str else _Pairs(key, item)
        raise TypeError(f"no JSON is known for {kind}: use dataclasses, enums, tuples, mappings, sets and scalars")

    def _union(self, members: tuple[Any, ...]) -> Codec:
        some = [member for member in members if member is not types.NoneType]
        if len(some) == 1:
            return _Optional(self.of(some[0]))
        return _Union(
            {typing.get_origin(member) or member: self.of(member) for member in some}, len(some) < len(members)
        )


class _Scalar:
    def __init__(self, name: str, *taken: type) -> None:
        self._name, self._taken = name, taken

    def plain(self, value: Any) -> Plain:
        return value

    def value(self, plain: Plain) -> Any:
        if type(plain) not in self._taken:
            raise CodecError(f"{plain!r} is no {self._name}")
        return plain


_SCALARS: dict[Any, tuple[Any, ...]] = {
    str: ("text", str),
    bool: ("truth value", bool),
    int: ("whole number", int),
    float: ("number", float, int),
    types.NoneType: ("null", types.NoneType),
}


class _Member:
    def __init__(self, kind: type[Enum]) -> None:
        self._kind = kind
        self._is_text = issubclass(kind, StrEnum)

    def plain(self, value: Any) -> Plain:
        return str(value) if self._is_text else value.value

    def value(self, plain: Plain) -> Any:
        try:
            return self._kind(plain)
        except ValueError:
            raise CodecError(f"{plain!r} is no {self._kind.__name__}") from None


class _Iso:
    def __init__(self, kind: Any) -> None:
        self._kind = kind

    def plain(self, value: Any) -> Plain:
        return value.isoformat()

    def value(self, plain: Plain) -> Any:
        try:
            return self._kind.fromisoformat(plain)
        except (ValueError, TypeError):
            raise CodecError(f"{plain!r} is no {self._kind.__name__}") from None


class _Anything:
    """What a sentence may need: scalars, times, tuples of them. An enum's word comes back as the text it equals."""

    def plain(self, value: Any) -> Plain:
        match value:
            case StrEnum():
                return str(value)
            case None | bool() | int() | float() | str():
                return value
            case tuple():
                return [self.plain(item) for item in value]
            case date() | time():
                return {type(value).__name__: value.isoformat()}
        raise TypeError(f"{value!r} is no scalar, time or tuple of them")

    def value(self, plain: Plain) -> Any:
        match plain:
            case list():
                return tuple(_at(i, self.value, item) for i, item in enumerate(plain))
            case dict():
                return _TIMES.value(plain)
        return plain


class _Optional:
    def __init__(self, some: Codec) -> None:
        self._some = some

    def plain(self, value: Any) -> Plain:
        return None if value is None else self._some.plain(value)

    def value(self, plain: Plain) -> Any:
        return None if plain is None else self._some.value(plain)


class _Union:
    def __init__(self, members: Mapping[Any, Codec], or_none: bool) -> None:
        self._by_type = {kind: (kind.__name__, codec) for kind, codec in members.items()}
        self._by_name = {kind.__name__: codec for kind, codec in members.items()}
        self._or_none = or_none

    def plain(self, value: Any) -> Plain:
        if value is None and self._or_none:
            return None
        found = self._by_type.get(type(value)) or self._kin(value)
        return {found[0]: found[1].plain(value)}

    def _kin(self, value: Any) -> tuple[str, Codec]:
        for kind, found in self._by_type.items():
            if isinstance(value, kind):
                return found
        raise TypeError(f"{value!r} is none of {', '.join(self._by_name)}")

    def value(self, plain: Plain) -> Any:
        if plain is None and self._or_none:
            return None
        if not isinstance(plain, dict) or len(plain) != 1:
            raise CodecError(f"{plain!r} is not an object with one key")
        ((name, inner),) = plain.items()
        if name not in self._by_name:
            raise CodecError(f"{name!r} is none of {', '.join(self._by_name)}")
        return _at(name, self._by_name[name].value, inner)


_TIMES = _Union({kind: _Iso(kind) for kind in (date, datetime, time)}, or_none=False)


class _Items:
    def __init__(self, kind: type, item: Codec) -> None:
        self._kind, self._item = kind, item

    def plain(self, value: Any) -> Plain:
        return [self._item.plain(item) for item in value]

    def value(self, plain: Plain) -> Any:
        return self._kind(_at(i, self._item.value, item) for i, item in enumerate(_list(plain)))


class _Fixed:
    def __init__(self, items: list[Codec]) -> None:
        self._items = items

    def plain(self, value: Any) -> Plain:
        return [codec.plain(item) for codec, item in zip(self._items, value, strict=True)]

    def value(self, plain: Plain) -> Any:
        if len(_list(plain)) != len(self._items):
            raise CodecError(f"has {len(plain)} items, not {len(self._items)}")
        return tuple(_at(i, codec.value, item) for i, (codec, item) in enumerate(zip(self._items, plain, strict=True)))


class _Unordered:
    """A set, written in an order that does not depend on hashes."""

    def __init__(self, item: Codec) -> None:
        self._item = item

    def plain(self, value: Any) -> Plain:
        return sorted((self._item.plain(item) for item in value), key=json.dumps)

    def value(self, plain: Plain) -> Any:
        return frozenset(_at(i, self._item.value, item) for i, item in enumerate(_list(plain)))


class _Named:
    """A mapping by text, in its order."""

    def __init__(self, item: Codec) -> None:
        self._item = item

    def plain(self, value: Any) -> Plain:
        return {key: self._item.plain(item) for key, item in value.items()}

    def value(self, plain: Plain) -> Any:
        return {key: _at(key, self._item.value, item) for key, item in _object(plain).items()}


class _Pairs:
    """Any other mapping, in its order: pairs, since JSON's own keys can only be text."""

    def __init__(self, key: Codec, item: Codec) -> None:
        self._pair = _Fixed([key, item])

    def plain(self, value: Any) -> Plain:
        return [self._pair.plain(pair) for pair in value.items()]

    def value(self, plain: Plain) -> Any:
        found: dict[Any, Any] = {}
        for i, pair in enumerate(_list(plain)):
            key, item = _at(i, self._pair.value, pair)
            if key in found:
                raise CodecError(f"{key!r} is there twice")
            found[key] = item
        return found


class _Record:
    """A dataclass or a named tuple. Fields that are not given to it (`init=False`) follow from the others."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def learn(self, codecs: Codecs) -> None:
        hints = typing.get_type_hints(self._kind)
        self._names = _given(self._kind)
        self._fields = {name: codecs.of(hints[name]) for name in self._names}
        self._nested = [(name, codec) for name, codec in self._fields.items() if not isinstance(codec, _Scalar)]
        self._get = _getter(self._names)

    def plain(self, value: Any) -> Plain:
        if type(value) is not self._kind:
            raise TypeError(f"{value!r} is no {self._kind.__name__}")
        found = dict(zip(self._names, self._get(value), strict=True))
        for name, codec in self._nested:
            found[name] = codec.plain(found[name])
        return found

    def value(self, plain: Plain) -> Any:
        if missing := self._fields.keys() - _object(plain).keys():
            raise CodecError(f"lacks {', '.join(sorted(missing))}")
        if unknown := plain.keys() - self._fields.keys():
            raise CodecError(f"has no {', '.join(sorted(unknown))}")
        return self._kind(**{name: _at(name, self._fields[name].value, inner) for name, inner in plain.items()})


def _is_named_tuple(kind: type) -> bool:
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def _given(kind: Any) -> tuple[str, ...]:
    """The fields that one of this kind is made of. What is not compared is made of the others, and not told."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind) if field.init and field.compare)
    return tuple(kind._fields)


def _getter(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    match names:
        case ():
            return lambda _value: ()
        case (name,):
            return lambda value: (getattr(value, name),)
    return attrgetter(*names)


def _list(plain: Plain) -> list[Plain]:
    if not isinstance(plain, list):
        raise CodecError(f"{plain!r} is no list")
    return plain


def _object(plain: Plain) -> dict[str, Plain]:
    if not isinstance(plain, dict):
        raise CodecError(f"{plain!r} is no object")
    return plain


def _at(where: str | int, read: Callable[[Plain], Any], plain: Plain) -> Any:
    """Read an inner value; its error begins with where it is."""
    try:
        return read(plain)
    except CodecError as error:
        raise CodecError(error.why, (where, *error.where)) from None
