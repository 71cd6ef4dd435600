"""What mypyc is told of the core's classes, in copies of its files: line by line the sources, so that errors say where.

An object of the core is made without its beginning when it is copied, or read back from a snapshot; tests and benches
inherit from what they watch: mypyc forbids both unless told. Two empty lines stand before every class: there is room.
"""

import ast
from pathlib import Path

_OPEN = "@mypyc_attr(allow_interpreted_subclasses=True)"
_TYPED = "from typing import TYPE_CHECKING"
_IMPORT = "if TYPE_CHECKING: from mypy_extensions import mypyc_attr"


def annotated(source: str) -> str:
    """The source with a decorator above each class that will be native. Raises ValueError where there is no room."""
    lines, tree = source.split("\n"), ast.parse(source)
    native = [each for each in tree.body if isinstance(each, ast.ClassDef) and _is_native(each)]
    for class_ in native:
        at = min([class_.lineno, *(each.lineno for each in class_.decorator_list)]) - 1
        if any(lines[at - 2 : at]):
            raise ValueError(f"two empty lines are wanted before line {at + 1}")
        lines[at - 2], lines[at - 1] = _IMPORT, _OPEN
    if native:
        lines[tree.body[0].end_lineno or 0] = _TYPED  # the empty line after the docstring
    return "\n".join(lines)


def copy_annotated(core: Path, into: Path) -> list[Path]:
    """The copies, in order, of all that is in the core; no folder's own file, which has nothing in it."""
    copies = []
    for path in sorted(core.rglob("*.py")):
        copy = into / path.relative_to(core)
        copy.parent.mkdir(parents=True, exist_ok=True)
        source = path.read_text(encoding="utf-8")
        if path.name == "__init__.py":
            copy.write_text(source, encoding="utf-8")
            continue
        try:
            copy.write_text(annotated(source), encoding="utf-8")
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        copies.append(copy)
    return copies


def _is_native(class_: ast.ClassDef) -> bool:
    """Enums and named tuples stay Python's own."""
    return not any(ast.unparse(base) in ("StrEnum", "Enum", "NamedTuple", "Protocol") for base in class_.bases)
