"""What is compiled is the sources, line by line; a compiled core of other sources is never loaded.

That it decides as they do is tried by `make compiled`, on all tests of the core.
"""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cti_router.compiled import DIGEST, SWITCH, core_digest
from deploy.compiled.annotated import annotated, copy_annotated

CORE = Path(__file__).parents[1] / "cti_router" / "core"

SOURCE = '''"""What it is.

In two paragraphs.
"""

from dataclasses import dataclass
from enum import StrEnum


@dataclass
class Native:
    a: int


class Word(StrEnum):
    A = "a"
'''


def test_a_class_is_told_of_and_an_enum_is_not() -> None:
    lines = annotated(SOURCE).split("\n")
    at = lines.index("@dataclass")
    assert lines[at - 1] == "@mypyc_attr(allow_interpreted_subclasses=True)"
    assert "mypyc_attr" not in "".join(lines[at + 1 :])
    assert lines.index("class Native:") == SOURCE.split("\n").index("class Native:")


def test_a_class_without_room_above_is_an_error_with_its_line() -> None:
    with pytest.raises(ValueError, match="before line 9"):
        annotated(SOURCE.replace("\n\n\n@dataclass", "\n\n@dataclass"))


def test_every_file_of_the_core_keeps_its_lines(tmp_path: Path) -> None:
    copies = copy_annotated(CORE, tmp_path)
    assert len(copies) > 50
    for copy in copies:
        source = (CORE / copy.relative_to(tmp_path)).read_text()
        assert _places(copy.read_text()) == _places(source)


def test_no_folder_named_no_compiled_core() -> None:
    assert _core_of({}) == str(CORE / "turn.py")


def test_where_none_is_the_command_that_makes_one_is_told(tmp_path: Path) -> None:
    assert "no compiled core is there" in _core_of({SWITCH: str(tmp_path)})
    assert f"python -m deploy.compiled.compile {tmp_path}" in _core_of({SWITCH: str(tmp_path)})


def test_one_of_other_sources_is_refused(tmp_path: Path) -> None:
    (tmp_path / DIGEST).write_text("0123456789abcdef\n")
    assert "it was made of other sources than these" in _core_of({SWITCH: str(tmp_path)})


def test_one_for_another_python_is_refused(tmp_path: Path) -> None:
    (tmp_path / DIGEST).write_text(f"{core_digest()}\n")
    assert "it was made for another Python than this" in _core_of({SWITCH: str(tmp_path)})


def _core_of(environ: dict[str, str]) -> str:
    """Where a new process has the core from, or what it says."""
    program = "from cti_router.core import turn; print(turn.__file__)"
    inherited = {key: value for key, value in os.environ.items() if key != SWITCH}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=inherited | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return (done.stdout + done.stderr).strip()


def _places(text: str) -> list[tuple[str, int]]:
    """Where each function is."""
    return [(each.name, each.lineno) for each in ast.walk(ast.parse(text)) if isinstance(each, ast.FunctionDef)]
