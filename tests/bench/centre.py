"""The call centre of the bench: the example's six sites with six phones each, all on duty, and nobody needs a pause."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from cti_router.core.configuration import AdvisorId
from deploy.lab.service import EXAMPLE, Service

SITES: dict[str, dict[str, str]] = yaml.safe_load((EXAMPLE / "sites.yaml").read_text())["sites"]
ADVISORS_A_SITE = 6
DUTY_SITE, QUEUE_NUMBER = "rouen", "9000"

_SKILLS = ("employers", "self_employed", "household", "health")

# Everything app_queue leaves unsaid is at its default, but for `retry`: at 5 s it would cost app_queue more than its
# look at the queue once a second does, whenever two callers reach for the same phone. It takes no less than 1 s.
_QUEUE = """
[bench]
strategy = leastrecent
autofill = yes
ringinuse = no
retry = 1
"""

_QUEUE_EXTENSION = f"""
[cti-inbound](+)
exten => {QUEUE_NUMBER},1,Answer()
 same => n,Queue(bench)
 same => n,Hangup()
"""

# The lab's own logs tell every step of every call: good for tests, but Asterisk's work would look the heavier for it.
_QUIET = "[general]\n[logfiles]\nmessages => warning,error\n"


def phones_of(site: str, each: int = ADVISORS_A_SITE) -> list[str]:
    rank = list(SITES).index(site) + 1
    return [str(100 * rank + n) for n in range(1, each + 1)]


def advisors(each: int = ADVISORS_A_SITE) -> list[AdvisorId]:
    """So many of each site, one of each in turn: the first dozen are two of each site."""
    at_sites = (phones_of(site, each) for site in SITES)
    return [f"advisor_{phone}" for phones in zip(*at_sites, strict=True) for phone in phones]


def write_configuration(directory: Path, each: int = ADVISORS_A_SITE) -> Path:
    """Every advisor knows everything, some of it better, so that the router has something to choose from."""
    directory.mkdir(parents=True)
    for name, content in _configuration(each).items():
        (directory / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return directory


async def log_as_in_production(service: Service) -> None:
    for pbx in service.lab.pbxs.values():
        (pbx.home / "etc" / "logger.conf").write_text(_QUIET)
        await pbx.cli("logger reload")


async def add_queues(service: Service) -> None:
    """Give each PBX an app_queue of its own with one of its own phones, with no trunk on the way: what it does best."""
    for site, pbx in service.lab.pbxs.items():
        added = {
            "cti_queues.conf": f"{_QUEUE}member => PJSIP/{phones_of(site)[0]}\n",
            "cti_extensions.conf": _QUEUE_EXTENSION,
        }
        for name, text in added.items():
            with (service.rendered / site / name).open("a") as file:
                file.write(text)
        await pbx.reload()
    await log_as_in_production(service)  # the reload wrote the lab's own configuration


async def at_work(service: Service, working: Collection[AdvisorId]) -> None:
    """These advisors are available, the others are not."""
    for advisor, state in (await service.status())["advisors"].items():
        if (state["presence"] == "available") != (advisor in working):
            await service.present(advisor, "available" if advisor in working else "absent")

    async def ready() -> bool:
        states = (await service.status())["advisors"]
        return all(state["ready"] == (advisor in working) for advisor, state in states.items())

    await service.until(ready, f"{len(working)} advisors are ready")


def _configuration(each: int) -> dict[str, dict[str, Any]]:
    needs = {
        "employer": {"employers": 3}, "self_employed": {"self_employed": 3}, "household_employer": {"household": 2},
        "health_practitioner": {"health": 3}, "association": {"employers": 2}, "unknown": {"employers": 1},
    }  # fmt: skip
    number = {"number": "+33261910001", "name": "Numéro unique", "plan": "general", "closed": ["goodbye"]}
    plan = {"ring": "20s", "steps": [{"after": "0s", "sites": "all"}], "end": {"after": "10min", "play": ["goodbye"]}}
    people = {
        f"advisor_{phone}": {
            "name": f"Téléconseiller {phone}",
            "site": site,
            "phone": phone,
            "skills": {skill: 3 + (int(phone) + rank) % 3 for rank, skill in enumerate(_SKILLS)},
        }
        for site in SITES
        for phone in phones_of(site, each)
    }
    always = [{"from": "00:00", "to": "24:00", "duty": DUTY_SITE}]
    return {
        "service": {"service": {"name": "Banc d’essai", "wrap_up": "0s"}, "numbers": [number]},
        "sites": {"sites": SITES, "mesh": {"sites": "all", "capacity": 50}},
        "calendar": {"calendar": {"week": {"monday": always}}},
        "skills": {
            "skills": {skill: {"name": skill} for skill in _SKILLS},
            "profiles": {profile: {"name": profile, "skills": skills} for profile, skills in needs.items()},
        },
        "plans": {"plans": {"general": plan}},
        "advisors": {"advisors": people},
    }
