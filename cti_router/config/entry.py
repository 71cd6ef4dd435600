"""What all the configuration's models share: they know their places, and one error does not hide the next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import ErrorDetails

from cti_router.config.errors import Place, Report, suggestion
from cti_router.config.located import LocatedList, LocatedMapping, LocatedText, place_of, place_of_missing


@dataclass(frozen=True, slots=True)
class Reading:
    """The context of a validation. `ids` are those each section defines; None where the section cannot be read."""

    report: Report
    ids: Mapping[str, tuple[str, ...] | None]


def reading(info: ValidationInfo) -> Reading:
    if not isinstance(info.context, Reading):
        raise TypeError("this model is validated in the context of a Reading")
    return info.context


class Entry(BaseModel):
    """A mapping of the YAML with fixed keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    _source: LocatedMapping = PrivateAttr()

    @model_validator(mode="wrap")
    @classmethod
    def _locate(cls, value: Any, handler: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        if not isinstance(value, LocatedMapping):
            return handler(value)
        keys = cls.yaml_keys()
        for key in value:
            if key not in keys:
                reading(info).report.add(value.key_place(key), f"unknown key “{key}”{suggestion(key, keys)}")
        entry = handler({key: item for key, item in value.items() if key in keys})
        entry._source = value
        return entry

    @classmethod
    def yaml_keys(cls) -> tuple[str, ...]:
        return tuple(field.alias or name for name, field in cls.model_fields.items())

    def place(self, *path: str | int) -> Place:
        """Where a value stands, by the keys of the YAML; without any, the entry itself."""
        return place_of(self._source, path)


def report_invalid(details: Iterable[ErrorDetails], root: LocatedMapping | LocatedList, report: Report) -> None:
    """Adds what pydantic found in a value of the file, at its place."""
    for detail in details:
        path = detail["loc"]
        find = place_of_missing if detail["type"] == "missing" else place_of
        report.add(find(root, path), _sentence(detail))


def _each(kind: type[LocatedList | LocatedMapping]) -> WrapValidator:
    """Validates the parts one by one and keeps the good ones, so that the rules between them still have their say."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if not isinstance(value, kind) or not value:
            return handler(value)
        kept = []
        for part in value.parts():
            try:
                kept.append(handler(part))
            except ValidationError as error:
                report_invalid(error.errors(), part, reading(info).report)
        if kind is LocatedMapping:
            return {key: entry for entries in kept for key, entry in entries.items()}
        return [item for items in kept for item in items]

    return WrapValidator(validate)


EachItem = _each(LocatedList)
EachEntry = _each(LocatedMapping)


def reference(section: str, word: str) -> BeforeValidator:
    """An id that must be defined in `section`. Said, but not refused: the rules around it still have their say."""

    def check(value: Any, info: ValidationInfo) -> Any:
        if isinstance(value, LocatedText):
            known = reading(info).ids[section]
            if known is not None and value not in known:
                reading(info).report.add(value.place, f"unknown {word} “{value}”{suggestion(value, known)}")
        return value

    return BeforeValidator(check)


def _sentence(detail: ErrorDetails) -> str:
    # What stands in brackets is pydantic's own: "[key]", the forms of a union.
    path = [part for part in detail["loc"] if not str(part).startswith("[")]
    name = f"“{path[-1]}” " if path and isinstance(path[-1], str) else ""
    given = detail["input"]
    kind = detail["type"]
    if kind == "missing":
        return f"{name}is missing: add it"
    if given is None:
        return f"{name}is empty: give it a value"
    if kind == "string_type" and isinstance(given, int | float) and not isinstance(given, bool):
        return f'{name}must be a text: write it in quotes, "{given}"'
    say = _SENTENCES.get(kind)
    text = say(detail.get("ctx", {})) if say else detail["msg"]
    return name + text if text.startswith("must") else text


_SENTENCES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "string_type": lambda _: "must be a text",
    "int_type": lambda _: "must be a whole number, such as 3, without quotes",
    "bool_type": lambda _: "must be true or false",
    "list_type": lambda _: "must be a list: [first, second], or one line each that begins with a dash",
    "dict_type": lambda _: "must hold entries, such as “key: value”",
    "model_type": lambda _: "must hold entries, such as “key: value”",
    "literal_error": lambda of: f"must be {of['expected']}",
    "too_short": lambda of: f"must have at least {of['min_length']} {'entry' if of['min_length'] == 1 else 'entries'}",
    "greater_than_equal": lambda of: f"must be at least {of['ge']}",
    "less_than_equal": lambda of: f"must be at most {of['le']}",
}
