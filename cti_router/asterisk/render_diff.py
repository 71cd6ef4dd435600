"""What rendering would change in a folder, with no secret in it."""

import re
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

_SECRET = re.compile(r"(?im)^(.*?secret[ \t]*=>?[ \t]*)(.*)$")
"""To the end of its line, in a comment too: whoever changed a file by hand may have left the old one there."""


def render_diff(folder: Path, files: Mapping[str, str]) -> Iterator[str]:
    """A unified diff for each file of `folder` that would change. Raises OSError for one that cannot be read."""
    for name, wanted in files.items():
        path = folder / name
        found = path.read_bytes().decode("utf-8", "replace") if path.exists() else None
        if found != wanted:
            yield _diff(path, found, wanted)


def _diff(path: Path, found: str | None, wanted: str) -> str:
    before, after = _secrets(found or ""), _secrets(wanted)
    former = "/dev/null" if found is None else str(path)
    shown = list(
        unified_diff(
            _masked(found or "", before | after).splitlines(), _masked(wanted, before | after).splitlines(),
            former, str(path), lineterm="",
        )
    )  # fmt: skip
    if not shown:
        shown = [f"--- {former}", f"+++ {path}"]
    if found is not None and before != after:
        shown.append("# the secret changes")
    elif len(shown) == 2:
        shown.append("# white space changes")
    return "\n".join(shown)


def _secrets(text: str) -> set[str]:
    values = [value for _, value in _SECRET.findall(text)]
    return {part.strip() for value in values for part in (value, value.partition(";")[0])} - {""}


def _masked(text: str, secrets: set[str]) -> str:
    hidden = _SECRET.sub(r"\1(hidden)", text)
    for secret in sorted(secrets, key=len, reverse=True):
        hidden = hidden.replace(secret, "(hidden)")
    return hidden
