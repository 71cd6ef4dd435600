"""Whatever an administrator changes, he is told where it is wrong, or it loads."""

import re
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from cti_router.config import ConfigurationErrors, Problem, load
from tests.config.conftest import EXAMPLE

EVERYTHING = "\n".join(path.read_text(encoding="utf-8") for path in sorted(EXAMPLE.glob("*.yaml")))
LINES = [line for line in EVERYTHING.splitlines() if line.strip() and not line.strip().startswith("#")]
WORDS = [match.span() for match in re.finditer(r'"?[\w.:+-]+"?', "\n".join(LINES))]
JUNK = [
    "",
    "null",
    "true",
    "-1",
    "5",
    "1.5",
    "[]",
    "{}",
    "[a]",
    "{a: b}",
    "[[a]]",
    '""',
    '"\\0"',
    "é",
    "*a",
    "!x y",
    "caen",
    "rouen",
]
JUNK += ["9" * 30, "24:00", "00:00", "duty", "[caen, caen]", "[{}, {}]", "[null]", "{caen: {}}", "x" * 300, "<<", "1h"]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(JUNK)), min_size=1, max_size=4))
def test_any_change(changes: list[tuple[tuple[int, int], str]]) -> None:
    text = "\n".join(LINES)
    for (begin, end), junk in sorted(changes, reverse=True):
        text = text[:begin] + junk + text[end:]
    lines = text.count("\n") + 1
    for problem in problems_of(text):
        assert problem.place.line <= lines
        assert problem.place.file == "all.yaml" or "is missing" in problem.text
        assert "Value error" not in problem.text  # pydantic's own words say nothing to an administrator
        assert "Input should" not in problem.text


def problems_of(text: str) -> tuple[Problem, ...]:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "all.yaml").write_text(text, encoding="utf-8")
        try:
            load(Path(directory), {})
        except ConfigurationErrors as errors:
            return errors.problems
    return ()
