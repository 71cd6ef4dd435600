"""Whatever the router refuses an advisor, he reads it in French."""

import ast
from itertools import chain
from pathlib import Path

import pytest

from cti_router.web.me.refusals import in_french

CORE = Path("cti_router/core")
OF_AN_ADVISOR = [
    "calls/call_requests.py",
    "advisors/roster.py",
    "callbacks/noting.py",
]
"""Where the requests of his page are answered."""


def refusals() -> list[str]:
    """Each sentence that is refused with there, with a word for each of its values."""
    nodes = chain.from_iterable(
        ast.walk(ast.parse((CORE / name).read_text(encoding="utf-8"))) for name in OF_AN_ADVISOR
    )
    found = [
        sentence(node.args[0])
        for node in nodes
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused" and node.args
    ]
    return [each for each in found if each]


def sentence(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "'x'" for part in values)
    return ""


@pytest.mark.parametrize("why", refusals())
def test_each_is_known(why: str) -> None:
    told = in_french(why)
    assert not told.startswith("Le routeur refuse ("), why
    assert told[0].isupper()
    assert told.endswith(".")


def test_what_is_not_known_is_told_as_it_is() -> None:
    assert in_french("the moon is full") == "Le routeur refuse (the moon is full)."


def test_its_values_are_told() -> None:
    told = in_french("nobody else has collections at level 5 or above")
    assert told == "Personne d’autre n’a la compétence « collections » au niveau 5."
