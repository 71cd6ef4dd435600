"""Organisations to simulate, built from the core's own dataclasses."""

from collections.abc import Sequence
from datetime import time

from cti_router.core.configuration import (
    Advisor,
    Calendar,
    Configuration,
    Number,
    Plan,
    Profile,
    Reach,
    Requirement,
    Rules,
    Site,
    Skill,
    Slot,
    Step,
    Trunk,
)

SITES = ("alencon", "caen", "cherbourg", "evreux", "le_havre", "rouen")
SKILLS = ("employers", "self_employed", "household")
DNIS = 33261910001
MONDAY = 1767571200.0  # 2026-01-05 00:00 UTC

WIDENING = (Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(60.0, Reach.ALL, 1))


def six_sites(steps: Sequence[Step] = WIDENING, *, wrap_up_s: float = 30.0, rona_after: int = 1) -> Configuration:
    """Six sites × six advisors. Each knows two of three skills, one of them well; each site is on duty in turn, day and
    night, and every other site is its backup."""
    advisors = [
        _advisor(f"{site}_{n}", site, f"{i + 1}0{n}", {SKILLS[n % 3]: 5 - n // 3, SKILLS[(n + 1) % 3]: 3})
        for i, site in enumerate(SITES)
        for n in range(6)
    ]
    week = tuple(
        Slot(weekday, time(hour), time((hour + 4) % 24), duty, tuple(site for site in SITES if site != duty))
        for weekday in range(7)
        for hour, duty in zip(range(0, 24, 4), SITES, strict=True)
    )
    return Configuration(
        version="test",
        rules=Rules(wrap_up_s=wrap_up_s, rona_after=rona_after),
        sites={site: Site(site, site.title()) for site in SITES},
        trunks={f"{a}-{b}": Trunk(f"{a}-{b}", a, b, 100) for a in SITES for b in SITES if a != b},
        skills={skill: Skill(skill, skill.title()) for skill in SKILLS},
        advisors={advisor.id: advisor for advisor in advisors},
        profiles={
            "unknown": Profile("unknown", "Inconnu", ()),
            "employer": Profile("employer", "Employeur", (Requirement("employers", 3),)),
            "self_employed": Profile("self_employed", "Indépendant", (Requirement("self_employed", 3),), bonus_s=30.0),
            "household": Profile("household", "Particulier", (Requirement("household", 4),)),
        },
        plans={"general": Plan("general", tuple(steps), ring_s=20.0, end_after_s=600.0, end_sounds=("sorry",))},
        numbers={DNIS: Number(DNIS, "Urssaf", "general", ("hello",), ("closed",))},
        calendar=Calendar("UTC", week, {}),
    )


def one_site(advisors: int) -> Configuration:
    """One site, one skill, no greeting, no wrap-up, nobody gives up: M/M/c, when the callers are."""
    everyone = [_advisor(f"a{n:02}", "caen", f"1{n:02}", {"any": 3}) for n in range(advisors)]
    week = tuple(Slot(weekday, time(0), time(0), "caen", ()) for weekday in range(7))
    return Configuration(
        version="test",
        rules=Rules(wrap_up_s=0.0),
        sites={"caen": Site("caen", "Caen")},
        trunks={},
        skills={"any": Skill("any", "Tout")},
        advisors={advisor.id: advisor for advisor in everyone},
        profiles={"unknown": Profile("unknown", "Inconnu", ())},
        plans={"plain": Plan("plain", (Step(0.0, Reach.DUTY),), ring_s=20.0, end_after_s=1e6, end_sounds=())},
        numbers={DNIS: Number(DNIS, "Urssaf", "plain", (), ())},
        calendar=Calendar("UTC", week, {}),
    )


def _advisor(name: str, site: str, phone: str, skills: dict[str, int]) -> Advisor:
    return Advisor(name, name, site, phone, skills)
