"""How many bytes hang on an object: `sys.getsizeof` of all that is reached from it, each once."""

import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

_APART = (type, ModuleType, FunctionType, BuiltinFunctionType)
"""Code is no state: it is neither counted nor followed."""


def bytes_of(root: Any, *, without: Any = None) -> int:
    """`without`: what hangs on this is somebody else's."""
    seen: set[int] = set()
    if without is not None:
        _reach(without, seen)
    return _reach(root, seen)


def _reach(root: Any, seen: set[int]) -> int:
    total, todo = 0, [root]
    while todo:
        object_ = todo.pop()
        if id(object_) in seen or isinstance(object_, _APART):
            continue
        seen.add(id(object_))
        total += sys.getsizeof(object_)
        todo += gc.get_referents(object_)
    return total
