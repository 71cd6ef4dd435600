"""The organisation of the demo: the example, and two numbers that only one site answers, with an end of their own."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from deploy.lab.service import EXAMPLE

ALONE = "dieppe"
NATIONAL_CENTRE = 33199009876


def write_demo_example(directory: Path) -> Path:
    """The configuration's directory for `Service`."""
    shutil.rmtree(directory, ignore_errors=True)
    shutil.copytree(EXAMPLE, directory)
    for name, section, change in (
        ("sites.yaml", "sites", _call_out), ("plans.yaml", "plans", _end_otherwise),
        ("service.yaml", "numbers", _two_more), ("prompts.yaml", "prompts", _say_more),
        ("treatments.yaml", "treatments", _ask_nothing), ("service.yaml", "service", _ask_nobody),
    ):  # fmt: skip
        file = directory / name
        document = yaml.safe_load(file.read_text())
        change(document[section])
        file.write_text(yaml.safe_dump(document, allow_unicode=True, sort_keys=False))
    return directory


def _call_out(sites: dict[str, Any]) -> None:
    for site in sites.values():
        site["public_calls"] = 5


def _end_otherwise(plans: dict[str, Any]) -> None:
    plans["appointments"] = _alone({"after": "20s", "play": ["leave_message"], "then": "voicemail", "longest": "1min"})
    plans["household"] = _alone(
        {"after": "20s", "play": ["elsewhere"], "then": "other_number", "number": f"+{NATIONAL_CENTRE}",
         "otherwise": ["nobody_free", "goodbye"]}
    )  # fmt: skip


def _say_more(prompts: dict[str, Any]) -> None:
    prompts["elsewhere"] = {
        "fr": "Nous vous mettons en relation avec le centre national.",
        "en": "We are connecting you to the national centre.",
    }


def _ask_nothing(treatments: dict[str, Any]) -> None:
    """The demo's callers have no fingers: they would keep everybody waiting for a key."""
    for treatment in treatments.values():
        treatment.pop("menu", None)


def _ask_nobody(service: dict[str, Any]) -> None:
    del service["identify"]


def _alone(end: dict[str, Any]) -> dict[str, Any]:
    return {"ring": "20s", "steps": [{"after": "0s", "sites": [ALONE], "lower_levels": 2}], "end": end}


def _two_more(numbers: list[dict[str, Any]]) -> None:
    for number, name, plan in (
        ("+33261910003", "Prise de rendez-vous", "appointments"),
        ("+33261910004", "Chèque emploi", "household"),
    ):
        numbers.append(
            {"number": number, "name": name, "plan": plan, "greeting": ["welcome"], "closed": ["closed", "goodbye"]}
        )
