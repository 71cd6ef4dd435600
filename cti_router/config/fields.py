"""The kinds of values that the YAML's keys take. Each error says how to write it."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, time
from ipaddress import IPv4Address
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cti_router.config.entry import reference
from cti_router.config.errors import suggestion
from cti_router.core.presence import LONGEST_ABSENCE_S
from cti_router.numbering import parse_dnis

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = r"(0|[1-9][0-9]{0,6})(ms|s|min|h|d)"
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def wrong(text: str) -> PydanticCustomError:
    """To be raised by a rule: `text` says what to do."""
    return PydanticCustomError("rule", "{text}", {"text": text})


def duration(value: Any) -> float:
    """Seconds. Raises when the text is not a number and its unit: `300ms`, `20s`, `2min`, `1h`, `30d`."""
    if isinstance(value, int) and not isinstance(value, bool):
        raise wrong(f"must have a unit: write {value}s, {value}min or {value}h")
    if not isinstance(value, str) or not (found := re.fullmatch(_DURATION, value)):
        raise wrong("must be a duration: a whole number and its unit, such as 300ms, 20s, 2min, 1h or 30d")
    return int(found[1]) * _UNITS[found[2]]


def duration_text(seconds: float) -> str:
    """As it is written: whole days or seconds, else milliseconds."""
    if seconds and seconds % _UNITS["d"] == 0:
        return f"{seconds / _UNITS['d']:.0f}d"
    return f"{seconds:.0f}s" if seconds == int(seconds) else f"{seconds * 1000:.0f}ms"


def _absence_length(value: Any) -> float:
    seconds = duration(value)
    if not 1 <= seconds <= LONGEST_ABSENCE_S:
        raise wrong(f"must be from 1s to {LONGEST_ABSENCE_S / 3600:.0f}h")
    return seconds


def _time(value: Any) -> time:
    if not isinstance(value, str) or not (found := re.fullmatch(_TIME, value)):
        raise wrong('must be a time of day from "00:00" to "23:59", with two digits each')
    return time(int(found[1]), int(found[2]))


def _end_time(value: Any) -> time:
    return time(0) if value == "24:00" else _time(value)


def _date(value: Any) -> date:
    if isinstance(value, str) and re.fullmatch(_DATE, value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong(f"there is no {value} in the calendar") from None
    raise wrong("must be a date: year-month-day, such as 2026-12-24")


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that matches a pattern as a whole; `advice` says so to a person. The JSON Schema knows the pattern too."""

    pattern: str
    advice: str

    def check(self, value: str) -> str:
        if not re.fullmatch(self.pattern, value):
            raise wrong(f"must be {self.advice}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": f"^({self.pattern})$"}


def _label(value: str) -> str:
    if not value.strip():
        raise wrong("must not be blank")
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in value):
        raise wrong("must not contain control characters, tabs or line breaks")
    return value


def _timezone(value: str) -> str:
    try:
        if re.fullmatch(r"[A-Za-z0-9_+/-]+", value):
            return ZoneInfo(value).key
    except (ValueError, OSError, KeyError):
        pass
    raise wrong(f"unknown time zone “{value}”{suggestion(value, available_timezones())}")


def _public_number(value: Any) -> int:
    number = parse_dnis(value) if isinstance(value, str) and value.startswith("+") else None
    if number is None:
        raise wrong('must be a telephone number with its country code, such as "+33261910001"')
    return number


def _address(value: str) -> str:
    try:
        return str(IPv4Address(value))
    except ValueError:
        raise wrong("must be an IPv4 address, such as 192.0.2.10") from None


DURATION_PATTERN = f"^{_DURATION}$"
Duration: TypeAlias = Annotated[
    float, PlainValidator(duration), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
AbsenceLength: TypeAlias = Annotated[
    float, PlainValidator(_absence_length), WithJsonSchema({"type": "string", "pattern": DURATION_PATTERN})
]
LocalTime: TypeAlias = Annotated[
    time, PlainValidator(_time), WithJsonSchema({"type": "string", "pattern": f"^{_TIME}$"})
]
EndTime: TypeAlias = Annotated[
    time, PlainValidator(_end_time), WithJsonSchema({"type": "string", "pattern": f"^({_TIME}|24:00)$"})
]
Day: TypeAlias = Annotated[date, PlainValidator(_date), WithJsonSchema({"type": "string", "pattern": f"^{_DATE}$"})]

Level: TypeAlias = Annotated[int, Field(ge=1, le=5)]
Port: TypeAlias = Annotated[int, Field(ge=1, le=65535)]
Label: TypeAlias = Annotated[str, AfterValidator(_label)]
Timezone: TypeAlias = Annotated[str, AfterValidator(_timezone)]
PublicNumber: TypeAlias = Annotated[
    int, PlainValidator(_public_number), WithJsonSchema({"type": "string", "pattern": r"^\+[1-9][0-9 ]{5,20}$"})
]
Address: TypeAlias = Annotated[str, AfterValidator(_address), WithJsonSchema({"type": "string", "format": "ipv4"})]

Id: TypeAlias = Annotated[
    str,
    Matching(
        r"[a-z][a-z0-9_]{0,63}", "lower-case letters, digits and _, beginning with a letter, such as self_employed"
    ),
]
SiteId: TypeAlias = Annotated[
    str,
    Matching(
        r"(?!public$)[a-z][a-z0-9-]*",
        "lower-case letters, digits and -, beginning with a letter, such as saint-lo, and not “public”",
    ),
]
TrunkId: TypeAlias = Annotated[
    str,
    Matching(r"[a-z][a-z0-9_-]*", "lower-case letters, digits, _ and -, beginning with a letter, such as caen-rouen"),
]
Language: TypeAlias = Annotated[
    str, Matching(r"[a-z]{2,3}(_[A-Z]{2})?", "a language as Asterisk names its sounds: fr, en, fr_CA, in small letters")
]
Phone: TypeAlias = Annotated[str, Matching(r"[0-9]{1,15}", 'digits only, such as "101"')]
DirectNumbers: TypeAlias = Annotated[
    str,
    Matching(
        r"\+[1-9][0-9]{3,13}\{phone\}",
        'a number with its country code that ends in the extension, such as "+3326191{phone}"',
    ),
]
Sound: TypeAlias = Annotated[
    str,
    Matching(
        r"[A-Za-z0-9_/-]{1,200}",
        "a prompt's name, or that of a sound of the PBXs without its ending: letters, digits, _, - and /",
    ),
]
Endpoint: TypeAlias = Annotated[
    str, Matching(r"[A-Za-z0-9_-]{1,79}", "the name of a PJSIP endpoint: letters, digits, - and _, such as carrier")
]
Variable: TypeAlias = Annotated[
    str, Matching(r"[A-Za-z_][A-Za-z0-9_]*", "the name of an environment variable, such as CTI_DSN")
]

Origin: TypeAlias = Annotated[
    str,
    Matching(
        r"https?://[a-z0-9.-]+(:[0-9]{1,5})?",
        "an address as a browser shows it, without a path or a slash at its end, such as https://accueil.example.fr",
    ),
]
WebAddress: TypeAlias = Annotated[
    str,
    Matching(
        r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?", "a web address, such as https://sso.example.fr"
    ),
]

SiteReference: TypeAlias = Annotated[str, reference("sites", "site")]
SkillReference: TypeAlias = Annotated[str, reference("skills", "skill")]
ProfileReference: TypeAlias = Annotated[str, reference("profiles", "profile")]
PlanReference: TypeAlias = Annotated[str, reference("plans", "plan")]
MotiveReference: TypeAlias = Annotated[str, reference("motives", "motive")]
DueDateReference: TypeAlias = Annotated[str, reference("due_dates", "due date")]
TreatmentReference: TypeAlias = Annotated[str, reference("treatments", "treatment")]
