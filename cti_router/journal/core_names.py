"""What snapshots need to know of the core: its classes and functions by name, and the parts of a configuration."""

import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

CORE = "cti_router.core."
_NAME = re.compile(r"[a-z_]+(\.[A-Za-z_0-9]+)+")


class NotKept(TypeError):
    """The switchboard holds something that cannot be written; the text says where, and what to use instead."""

    def __init__(self, why: str, where: str = "") -> None:
        super().__init__(f"{where}: {why}")
        self.why, self.where = why, where

    def inside(self, where: str) -> "NotKept":
        """The same, seen from what holds it."""
        return NotKept(self.why, where + self.where)


def parts(part: Any) -> Iterator[Any]:
    """The objects of a configuration, in the same order in every process: not what is worked out of them on the way."""
    if is_dataclass(part):
        yield part
        for field in fields(part):
            if field.init:
                yield from parts(getattr(part, field.name))
    elif isinstance(part, Mapping):
        yield part
        for inner in part.values():
            yield from parts(inner)
    elif isinstance(part, tuple):
        for inner in part:
            yield from parts(inner)


@cache
def slots_of(kind: Any) -> tuple[str, ...]:
    """Where its objects keep what they hold: what they have no other place for, and all of it where it is compiled."""
    kept = (above.__dict__.get("__slots__") or above.__dict__.get("__mypyc_attrs__", ()) for above in kind.__mro__)
    names = dict.fromkeys(name for each in kept for name in each)
    return tuple(name for name in names if name not in ("__dict__", "__weakref__"))


@cache
def name_of(thing: Any) -> str:
    """A class or function of the core by its name. Raises `NotKept` for any other."""
    name = f"{thing.__module__}.{thing.__qualname__}".removeprefix(CORE)
    try:
        known = thing.__module__.startswith(CORE) and named(name) is thing
    except (ImportError, AttributeError):
        known = False
    if not known:
        raise NotKept(f"{thing!r} is no class or function at the top of one of the core's files")
    return name


@cache
def named(name: str) -> Any:
    """Raises ImportError or AttributeError when the core has no such thing."""
    if not _NAME.fullmatch(name):
        raise ImportError(f"{name!r} is no name in the core")
    module, _, thing = name.rpartition(".")
    found = getattr(importlib.import_module(CORE + module), thing)
    if not str(getattr(found, "__module__", "")).startswith(CORE):
        raise ImportError(f"{name!r} is not the core's own")
    return found
