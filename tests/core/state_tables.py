"""The core's state tables as diagrams, drawn from the code.

python -m tests.core.state_tables      writes them into the page
"""

import pkgutil
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import TypeAlias

from cti_router import core

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
BEGIN, END = "<!-- drawn from the code: python -m tests.core.state_tables -->\n", "<!-- end -->\n"

Table: TypeAlias = Mapping[tuple[Enum, Enum], Enum]


def tables() -> dict[str, Table]:
    """Every state table of the core, by the module that owns it, as `room.module.NAME`."""
    found: dict[str, Table] = {}
    for info in pkgutil.walk_packages(core.__path__, f"{core.__name__}."):
        module = import_module(info.name)
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_") and _is_table(value) and _is_home(module.__name__, value):
                found[f"{info.name.removeprefix(core.__name__ + '.')}.{name}"] = value
    return found


def page_with_current_diagrams() -> str:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{''.join(_drawn())}{END}{after}"


def _drawn() -> Iterator[str]:
    for name, table in tables().items():
        first = next(iter(table))[0]
        doc = (type(first).__doc__ or "").splitlines()[0] if type(first).__doc__ else ""
        home = name.rpartition(".")[0].replace(".", "/")
        yield f"\n### {type(first).__name__} (`core/{home}.py`)\n\n"
        yield f"{doc}\n\n" if doc and not doc.startswith("An enumeration") else ""
        yield "```mermaid\nstateDiagram-v2\n"
        yield f"    [*] --> {first.value}\n"
        yield from (f"    {line}\n" for line in _arrows(table))
        yield "```\n"


def _arrows(table: Table) -> Iterable[str]:
    """One arrow for each pair of states, with all that leads along it."""
    between: dict[tuple[Enum, Enum], list[str]] = {}
    for (state, moved), following in table.items():
        between.setdefault((state, following), []).append(str(moved.value))
    return (f"{a.value} --> {b.value}: {', '.join(moves)}" for (a, b), moves in between.items())


def _is_table(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and bool(value)
        and all(isinstance(key, tuple) and len(key) == 2 and all(isinstance(k, Enum) for k in key) for key in value)
        and all(isinstance(following, Enum) for following in value.values())
    )


def _is_home(module: str, table: Table) -> bool:
    """Not where it is only imported: the table stands beside its states."""
    return type(next(iter(table))[0]).__module__ == module


if __name__ == "__main__":
    PAGE.write_text(page_with_current_diagrams(), encoding="utf-8")
