"""The JSON Schema with which an editor completes and checks the YAML as it is written."""

from typing import Any

from cti_router.config.fields import DURATION_PATTERN, duration_text
from cti_router.config.sections import Sections


def json_schema() -> dict[str, Any]:
    """The schema of any of the files: none must hold a certain section. Rules between sections are `load`'s."""
    schema = Sections.model_json_schema()
    del schema["required"]
    _speak_as_the_administrator(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "cti_router configuration",
        "description": "One file of a configuration: some of the sections.",
    }


def _speak_as_the_administrator(part: Any) -> None:
    """To who writes it a duration is a text; and an id that breaks the pattern is an error, not just extra."""
    if isinstance(part, dict):
        if part.get("pattern") == DURATION_PATTERN and isinstance(part.get("default"), float):
            part["default"] = duration_text(part["default"])
        items = part.get("items")
        if isinstance(items, dict) and items.get("pattern") == DURATION_PATTERN and "default" in part:
            part["default"] = [duration_text(each) for each in part["default"]]
        if "patternProperties" in part:
            part["additionalProperties"] = False
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    for value in inner:
        _speak_as_the_administrator(value)
