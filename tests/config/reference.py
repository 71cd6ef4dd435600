"""The tables of docs/configuration.md, from the models' own descriptions.

python -m tests.config.reference      writes them into the page
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cti_router.config.fields import DURATION_PATTERN
from cti_router.config.schema import json_schema
from cti_router.config.sections import HOME

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
SCHEMA = json_schema()

_BEGIN, _END = "<!-- keys: python -m tests.config.reference -->\n", "<!-- end of keys -->\n"


def page_with_current_tables() -> str:
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{''.join(_tables())}{_END}{after}"


def described(field: dict[str, Any]) -> str:
    """The field's description; pydantic leaves it out where it is the model's own."""
    return str(field.get("description") or SCHEMA["$defs"][field["$ref"].rpartition("/")[2]]["description"])


def _tables() -> Iterator[str]:
    for file in dict.fromkeys(HOME.values()):
        yield f"## {file}\n\n"
        for section in [name for name, home in HOME.items() if home == file]:
            schema = SCHEMA["properties"][section]
            yield f"### `{section}:`\n\n{described(schema)} {_shape(schema)}\n\n"
            for name in _models(schema):
                yield from _table(name, first=name == _models(schema)[0])


def _table(name: str, first: bool) -> Iterator[str]:
    model = SCHEMA["$defs"][name]
    if not first:
        yield f"**{_words(name)}**: {model['description']}\n\n"
    yield "| key | value | default | example | |\n|---|---|---|---|---|\n"
    for key, field in model["properties"].items():
        default = "" if key in model.get("required", ()) else f"`{_default(field)}`" if _default(field) else "none"
        example = f"`{field['examples'][0]}`" if "examples" in field else ""
        yield f"| `{key}` | {_value(field)} | {default or '*required*'} | {example} | {described(field)} |\n"
    yield "\n"


def _models(schema: dict[str, Any]) -> list[str]:
    """The models a schema leads to, each once, those nearest first."""
    found = [reference.rpartition("/")[2] for reference in re.findall(r"#/\$defs/\w+", str(schema))]
    for name in found:
        found += [model for model in _models(SCHEMA["$defs"][name]) if model not in found]
    return list(dict.fromkeys(found))


def _shape(schema: dict[str, Any]) -> str:
    return {"array": "A list; each item:", "object": "By id; each entry:"}.get(schema.get("type", ""), "Its keys:")


def _value(field: dict[str, Any]) -> str:
    if field.get("pattern") == DURATION_PATTERN:
        return "duration"
    if "$ref" in field:
        return _words(field["$ref"].rpartition("/")[2])
    if forms := field.get("anyOf", field.get("oneOf")):
        return " or ".join(_value(form) for form in forms if form.get("type") != "null")
    match field.get("type"):
        case "integer":
            return f"{field['minimum']} to {field['maximum']}"
        case "array":
            return f"list of {_value(field['items'])}"
        case "object":
            by_key = field.get("patternProperties", {})
            return f"{'key' if by_key else 'id'}: {_value(next(iter(by_key.values()), field['additionalProperties']))}"
        case "boolean":
            return "`true` or `false`"
        case _:
            return "IPv4 address" if field.get("format") == "ipv4" else "text"


def _default(field: dict[str, Any]) -> str:
    default = field.get("default")
    if isinstance(default, dict):
        return ", ".join(f"{key}: {value}" for key, value in default.items())
    return "" if default is None else str(default).lower() if isinstance(default, bool) else str(default)


def _words(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", " ", name).lower()


if __name__ == "__main__":
    PAGE.write_text(page_with_current_tables(), encoding="utf-8")
