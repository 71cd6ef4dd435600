"""SQL by name: each statement of `sql/queries/*.sql` starts with a line `-- name: what_it_does`."""

import re
from functools import cache

from cti_router.resources import resource_folder

_NAME = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


def query(name: str) -> str:
    """The statement of that name. Raises KeyError when no file has it."""
    return _queries()[name]


@cache
def _queries() -> dict[str, str]:
    found: dict[str, str] = {}
    for file in sorted(resource_folder("sql").joinpath("queries").iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".sql"):
            continue
        for name, text in named_statements(file.read_text(encoding="utf-8")).items():
            if name in found:
                raise ValueError(f"sql/queries/{file.name}: the name {name} is taken by another file")
            found[name] = text
    return found


def named_statements(text: str) -> dict[str, str]:
    """One file's statements by name. Raises ValueError when a name comes twice."""
    _, *parts = _NAME.split(text)
    names, statements = parts[::2], parts[1::2]
    if len(set(names)) < len(names):
        raise ValueError(f"a name comes twice among {', '.join(names)}")
    return {name: statement.strip() for name, statement in zip(names, statements, strict=True)}
