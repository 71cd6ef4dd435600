import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from cti_router.config import json_schema
from cti_router.config.errors import Report
from cti_router.config.yaml_file import parse_yaml
from tests.config.conftest import EXAMPLE

FILES = sorted(EXAMPLE.glob("*.yaml"), key=lambda file: file.name)


def errors(content: str) -> list[str]:
    parsed = parse_yaml("a.yaml", content.encode(), Report())
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(parsed)]


def test_it_is_a_json_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_each_file_of_the_example_is_valid_alone_and_names_the_schema(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert errors(text) == []
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")


def test_the_schema_beside_the_example_is_current() -> None:
    """Else: cti-router schema > deploy/example/schema.json"""
    assert json.loads((EXAMPLE / "schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("plan: {}", "'plan' was unexpected"),
        ("sites: {Rouen: {name: Rouen}}", "'Rouen' does not match any"),
        ("mesh: {sites: some, capacity: 3}", "is not valid under any of the given schemas"),
        ("service: {name: A, wrap_up: 20}", "20 is not of type 'string'"),
        ("advisors: {anne: {name: Anne, site: caen, phone: 101, skills: {}}}", "101 is not of type 'string'"),
        ("calendar: {week: {}, swaps: [{date: 2026-12-01, give: caen}]}", "'take' is a required property"),
    ],
)
def test_what_an_editor_underlines(content: str, said: str) -> None:
    (message,) = errors(content)
    assert said in message


def test_a_default_is_what_an_administrator_would_write() -> None:
    assert json_schema()["$defs"]["Service"]["properties"]["wrap_up"]["default"] == "30s"
    assert json_schema()["$defs"]["Service"]["properties"]["lookup_budget"]["default"] == "300ms"
