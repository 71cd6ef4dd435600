from typing import Any

import pytest

from cti_router.config.sections import HOME, Sections
from tests.config.conftest import EXAMPLE
from tests.config.reference import PAGE, SCHEMA, described, page_with_current_tables


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_with_current_tables()


@pytest.mark.parametrize(("name", "model"), SCHEMA["$defs"].items())
def test_every_key_is_described_and_no_other_is_taken(name: str, model: dict[str, Any]) -> None:
    assert model["description"]
    assert model["additionalProperties"] is False
    assert all(described(field) for field in model["properties"].values()), name


def test_every_section_has_its_file_in_the_example() -> None:
    assert set(HOME) == set(Sections.yaml_keys())
    for section, file in HOME.items():
        assert f"\n{section}:" in (EXAMPLE / file).read_text(encoding="utf-8")
