"""The compiled core, for who names the folder where it is: loaded in place of the sources it was made of, else never.

The same files decide either way. `CTI_ROUTER_CORE` names the folder that `python -m deploy.compiled.compile` filled.
"""

import ast
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from importlib.resources.abc import Traversable
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

SWITCH, DIGEST = "CTI_ROUTER_CORE", "core.digest"
"""The environment's variable, and the file in the folder that says of which sources it was made."""

_PACKAGE = Path(__file__).parent


class NotCompiled(RuntimeError):
    """The folder holds no compiled core of these sources; the text says what to do."""


def core_digest(core: Traversable = _PACKAGE / "core") -> str:
    """Which code decides, of all rooms of the core: equal code, equal digest, compiled or not."""
    sources = sorted(_sources(core))
    return digest_of(b"\0".join(part for name, source in sources for part in (name.encode(), source)))


def digest_of(content: bytes) -> str:
    return sha256(content).hexdigest()[:16]


def load_compiled_core() -> None:
    """If a folder is named. To be called before the core is imported. Raises `NotCompiled`."""
    if not (named := os.environ.get(SWITCH)):
        return
    folder = Path(named).absolute()
    modules = _modules(folder)
    sys.meta_path.insert(0, _Finder(modules))
    for name in modules:
        source = _PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
        if source.exists():  # but for the one that holds the code of all
            _tell_again(import_module(name), source)


def is_compiled() -> bool:
    """Is it the compiled core that decides?"""
    return any(isinstance(finder, _Finder) for finder in sys.meta_path)


def _sources(room: Traversable, path: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in room.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(".py"):
            yield path + entry.name, entry.read_bytes()


def _modules(folder: Path) -> dict[str, Path]:
    """Each module that was compiled, by its name. Raises `NotCompiled`."""
    again = f"python -m deploy.compiled.compile {folder}"
    try:
        made_of = (folder / DIGEST).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise NotCompiled(f"{SWITCH}={folder}: no compiled core is there ({error}): {again}") from None
    if made_of != core_digest():
        raise NotCompiled(f"{SWITCH}={folder}: it was made of other sources than these: {again}")
    suffix = EXTENSION_SUFFIXES[0]
    found = (path.relative_to(folder) for path in sorted(folder.rglob(f"*{suffix}")))
    modules = {".".join(path.parts).removesuffix(suffix): folder / path for path in found}
    if not modules:
        raise NotCompiled(f"{SWITCH}={folder}: it was made for another Python than this ({suffix}): {again}")
    return modules


@dataclass(frozen=True, slots=True)
class _Finder(MetaPathFinder):
    modules: Mapping[str, Path]

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        file = self.modules.get(name)
        return None if file is None else spec_from_file_location(name, file)


def _tell_again(module: ModuleType, source: Path) -> None:
    """A compiled class forgets what its fields are annotated with, and what it is for: its source tells them again."""
    for class_ in ast.parse(source.read_bytes()).body:
        if isinstance(class_, ast.ClassDef):
            made = getattr(module, class_.name)
            made.__doc__ = ast.get_docstring(class_)
            fields = {
                field.target.id: ast.unparse(field.annotation)
                for field in class_.body
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
            }
            if fields:
                made.__annotations__ = fields
