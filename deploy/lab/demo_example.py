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
        ("service.yaml", "numbers", _two_more),
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
    plans["appointments"] = _alone({"after": "20s", "play": ["vm-intro"], "then": "voicemail", "longest": "1min"})
    plans["household"] = _alone(
        {"after": "20s", "play": ["im-sorry"], "then": "other_number", "number": f"+{NATIONAL_CENTRE}",
         "otherwise": ["please-try-call-later", "goodbye"]}
    )  # fmt: skip


def _alone(end: dict[str, Any]) -> dict[str, Any]:
    return {"ring": "20s", "steps": [{"after": "0s", "sites": [ALONE], "lower_levels": 2}], "end": end}


def _two_more(numbers: list[dict[str, Any]]) -> None:
    for number, name, plan in (
        ("+33261910003", "Prise de rendez-vous", "appointments"),
        ("+33261910004", "Chèque emploi", "household"),
    ):
        numbers.append(
            {"number": number, "name": name, "plan": plan, "greeting": ["hello"], "closed": ["im-sorry", "goodbye"]}
        )
