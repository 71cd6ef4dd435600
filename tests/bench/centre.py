"""The call centre of the bench: Caen takes the calls, twelve phones at Rouen answer them, nobody needs a pause."""

from pathlib import Path
from typing import Any

import yaml

from deploy.lab.service import Service

ADVISORS = 12
QUEUE_NUMBER = "9000"

_PHONES = [str(200 + n) for n in range(1, ADVISORS + 1)]
_SKILLS = ("employers", "self_employed", "household", "health")

# Everything app_queue leaves unsaid is at its default, but for `retry`: at 5 s it would cost app_queue more than its
# look at the queue once a second does, whenever two callers reach for the same phone. It takes no less than 1 s.
_QUEUE = """
[bench]
strategy = leastrecent
autofill = yes
ringinuse = no
retry = 1
""" + "".join(f"member => PJSIP/{phone}\n" for phone in _PHONES)

_QUEUE_EXTENSION = f"""
[cti-inbound](+)
exten => {QUEUE_NUMBER},1,Answer()
 same => n,Queue(bench)
 same => n,Hangup()
"""

# The lab's own logs tell every step of every call: good for tests, but Asterisk's work would look the heavier for it.
_QUIET = "[general]\n[logfiles]\nmessages => warning,error\n"


def write_configuration(directory: Path) -> Path:
    """Every advisor knows everything, some of it better, so that the router has something to choose from."""
    directory.mkdir(parents=True)
    for name, content in _configuration().items():
        (directory / f"{name}.yaml").write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    return directory


async def add_queue(service: Service) -> None:
    """Give Rouen's PBX an app_queue with the same phones, and let both PBXs log as in production."""
    rendered = service.rendered / "rouen"
    for name, text in (("cti_queues.conf", _QUEUE), ("cti_extensions.conf", _QUEUE_EXTENSION)):
        with (rendered / name).open("a") as file:
            file.write(text)
    await service.lab.pbxs["rouen"].reload()
    for pbx in service.lab.pbxs.values():
        (pbx.home / "etc" / "logger.conf").write_text(_QUIET)
        await pbx.cli("logger reload")


async def all_available(service: Service) -> None:
    advisors = [who.id for who in service.configuration.advisors.values() if who.site == "rouen"]
    for advisor in advisors:
        await service.present(advisor, "available")

    async def ready() -> bool:
        states = (await service.status())["advisors"]
        return all(states[advisor]["ready"] for advisor in advisors)

    await service.until(ready, "all advisors are ready")


def _configuration() -> dict[str, dict[str, Any]]:
    needs = {
        "employer": {"employers": 3}, "self_employed": {"self_employed": 3}, "household_employer": {"household": 2},
        "health_practitioner": {"health": 3}, "association": {"employers": 2}, "unknown": {"employers": 1},
    }  # fmt: skip
    number = {"number": "+33261910001", "name": "Numéro unique", "plan": "general", "closed": ["goodbye"]}
    plan = {"ring": "20s", "steps": [{"after": "0s", "sites": "duty"}], "end": {"after": "10min", "play": ["goodbye"]}}
    advisors = {
        f"advisor_{phone}": {
            "name": f"Téléconseiller {phone}",
            "site": "rouen",
            "phone": phone,
            "skills": {skill: 3 + (int(phone) + rank) % 3 for rank, skill in enumerate(_SKILLS)},
        }
        for phone in _PHONES
    }
    return {
        "service": {"service": {"name": "Banc d’essai", "wrap_up": "0s"}, "numbers": [number]},
        "sites": {
            "sites": {"caen": {"name": "Caen"}, "rouen": {"name": "Rouen"}},
            "trunks": [{"from": "caen", "to": "rouen", "capacity": 50}],
        },
        "calendar": {"calendar": {"week": {"monday": [{"from": "00:00", "to": "24:00", "duty": "rouen"}]}}},
        "skills": {
            "skills": {skill: {"name": skill} for skill in _SKILLS},
            "profiles": {profile: {"name": profile, "skills": skills} for profile, skills in needs.items()},
        },
        "plans": {"plans": {"general": plan}},
        "advisors": {"advisors": advisors},
    }
