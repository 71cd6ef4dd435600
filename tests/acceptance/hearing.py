"""A service whose callers hear much, for tests that listen: prompts of its own, and something like speech for each."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from deploy.lab.phone import Phone
from deploy.lab.recording import Recording
from deploy.lab.service import Service
from tests.acceptance.listening import heard, in_order
from tests.acceptance.voices import speech, write_wav

ENTRY = "caen"
RELAY = "+33261910099"

# Their words do not matter: each is a voice that says something else.
_PLAIN = (
    "h_hello", "h_employer", "h_self_employed", "h_household_employer", "h_health_practitioner", "h_association",
    "h_unknown", "h_long", "h_comfort_a", "h_comfort_b", "h_broken", "h_closed", "h_incident", "h_goodbye", "h_who",
    "h_which", "h_again", "h_motive", "h_offer", "h_confirm", "h_other", "h_impossible", "h_noted",
)  # fmt: skip
_LONG_S = {"h_long": 8.0}
_WITH_VALUES = {"h_place": "Place {position}.", "h_wait": "Attente {wait}.", "h_opening": "Ouverture {opening}.",
                "h_back": "Numéro {number}, est-ce juste ?"}  # fmt: skip
_PIECES = ("h_place-1", "h_wait-1", "h_opening-1", "h_back-1", "h_back-3")
_CLIPS = (
    *(f"say/position-{n}" for n in range(1, 10)), *(f"say/minutes-{n}" for n in range(11)),
    *(f"say/number-{n}" for n in range(100)), *(f"say/lasting-{n}" for n in range(10)),
    *(f"say/weekday-{n}" for n in range(1, 8)), "say/tomorrow", "say/time-0830", "say/time-1330", "say/time-1100",
    *(f"profile/{p}" for p in ("employer", "self_employed", "unknown")), "motive/collections",
)  # fmt: skip

PROFILES = ("employer", "self_employed", "household_employer", "health_practitioner", "association")


class Hearing:
    """The prompts' sounds on the PBX where callers come in."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def wav(self, name: str) -> Path:
        """The file a French caller hears as `cti/name`."""
        sounds = self.service.lab.pbxs[ENTRY].sounds
        own = sounds / "fr" / "cti" / f"{name}.wav"
        return own if own.exists() else sounds / "cti" / f"{name}.wav"

    def heard(self, recording: Recording, name: str) -> list[float]:
        return heard(recording, self.wav(name))

    def in_order(self, recording: Recording, *names: str) -> list[float]:
        return in_order(recording, [self.wav(name) for name in names])

    async def until(self, caller: Phone, name: str, within_s: float = 15.0, *, again: bool = False) -> float:
        """Wait until he has heard this to its end (`again`: a second time); when it began."""
        async with asyncio.timeout(within_s):
            while len(found := self.heard(await caller.recording(), name)) < 1 + again:
                await asyncio.sleep(0.3)
        return found[-1]

    def give(self) -> None:
        """A voice for every prompt and every clip."""
        for name in (*_PLAIN, *_PIECES, *_CLIPS):
            file = self.service.lab.pbxs[ENTRY].sounds / "cti" / f"{name}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            length_s = _LONG_S.get(name, 0.7 if "/" in name else 1.6)
            write_wav(file, speech(zlib.crc32(name.encode()), length_s))


def _treatments() -> dict[str, Any]:
    announcement = {"first": "6s", "every": "12s", "position": ["h_place"], "expected_wait": ["h_wait"]}
    comfort = {"every": "10s", "play": ["h_comfort_a", "h_broken", "h_comfort_b"]}
    found: dict[str, Any] = {profile: {"welcome": [f"h_{profile}"]} for profile in PROFILES}
    found["association"]["welcome"] = ["h_association", "h_long"]
    found["household_employer"] |= {"announcement": announcement}
    found["health_practitioner"] |= {"comfort": comfort}
    found["self_employed"]["callback"] = {
        "first": "6s", "every": "60s", "ask": ["h_offer"], "confirm": ["h_confirm"], "other": ["h_other"],
        "read_back": ["h_back"], "impossible": ["h_impossible"],
    }  # fmt: skip
    found["unknown"] = {
        "welcome": ["h_unknown"],
        "menu": {"ask": ["h_motive"], "keys": {"1": "collections"}, "tries": 1},
    }
    return found


@asynccontextmanager
async def hearing(service: Service) -> AsyncIterator[Hearing]:
    """Inside the block callers hear what is written here."""
    names = ("prompts.yaml", "treatments.yaml", "skills.yaml", "service.yaml")
    files = [service.configuration_directory / name for name in names]
    before = [file.read_text() for file in files]
    prompts = {name: {"fr": f"Texte {name}."} for name in _PLAIN} | {
        n: {"fr": text} for n, text in _WITH_VALUES.items()
    }
    skills, settings = yaml.safe_load(before[2]), yaml.safe_load(before[3])
    old_prompts, old_treatments = yaml.safe_load(before[0]), yaml.safe_load(before[1])
    for profile in (*PROFILES, "unknown"):
        skills["profiles"][profile]["treatment"] = profile
    settings["service"] |= {
        "identify": {"ask": ["h_who"], "ask_several": ["h_which"], "again": ["h_again"], "tries": 2}, "whisper": True,
        "expected_wait": {"handling": "2min", "min_hit_rate": 0, "least_outcomes": 1},
    }  # fmt: skip
    settings["callback"] |= {"noted": ["h_noted"]}
    number = settings["numbers"][0]
    number |= {"greeting": ["h_hello"], "closed": ["h_closed", "h_opening", "h_goodbye"]}
    settings["numbers"].append(
        {key: number[key] for key in ("greeting", "closed", "plan")} | {"number": RELAY, "name": "R", "relay": True}
    )
    documents = (
        {"prompts": old_prompts["prompts"] | prompts},
        {"treatments": old_treatments["treatments"] | _treatments()},
        skills, settings,
    )  # fmt: skip
    found = Hearing(service)
    await asyncio.to_thread(found.give)
    try:
        for file, document in zip(files, documents, strict=True):
            await _read_again(service, file, yaml.safe_dump(document, allow_unicode=True))
        yield found
    finally:
        for file, text in reversed(list(zip(files, before, strict=True))):
            await _read_again(service, file, text)


async def _read_again(service: Service, file: Path, text: str) -> None:
    version = (await service.status())["configuration"]
    file.write_text(text)

    async def taken() -> bool:
        return bool((await service.status())["configuration"] != version)

    await service.until(taken, f"the router has read {file.name} again")
