"""An organisation of any size: ten sites, fifty skills, three priorities, five hundred kinds of advisors.

What it asks for grows with nothing: the same profiles, plans and sites for 36 advisors and for 100,000.
"""

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

SITES = tuple(f"site-{n}" for n in range(10))
SKILLS = tuple(f"skill_{n:02}" for n in range(50))
BONUSES_S = (0.0, 20.0, 60.0)
KINDS = 500
DNIS = 33261910001
_SKILLS_EACH = 6


def organisation(advisors: int) -> Configuration:
    """Each kind of advisor has a site and six skills that belong together, at levels from 2 to 5; each profile asks for
    one or two that belong together."""
    week = tuple(Slot(day, time(0), time(0), SITES[0], SITES[1:4]) for day in range(7))
    steps = (Step(0.0, Reach.ALL), Step(20.0, Reach.ALL, 1), Step(60.0, Reach.ALL, 2))
    return Configuration(
        version="bench",
        rules=Rules(wrap_up_s=30.0, unknown_profile="profile_00_0"),
        sites={site: Site(site, site) for site in SITES},
        trunks={f"{a}.{b}": Trunk(f"{a}.{b}", a, b, 10_000) for a in SITES for b in SITES if a != b},
        skills={skill: Skill(skill, skill) for skill in SKILLS},
        advisors={advisor.id: advisor for advisor in map(_advisor, range(advisors))},
        profiles={profile.id: profile for n in range(len(SKILLS)) for profile in _profiles(n)},
        plans={"plan": Plan("plan", steps, ring_s=20.0, end_after_s=600.0, end_sounds=("sorry",))},
        numbers={DNIS: Number(DNIS, "Bench", "plan", (), ("closed",))},
        calendar=Calendar("Europe/Paris", week, {}),
    )


def _advisor(n: int) -> Advisor:
    theme, site = divmod(137 * n % KINDS, len(SITES))  # no two of the first five hundred are alike
    skills = {SKILLS[(theme + i) % len(SKILLS)]: 2 + (theme + site + 3 * i) % 4 for i in range(_SKILLS_EACH)}
    return Advisor(f"advisor_{n}", f"Advisor {n}", SITES[site], str(1000 + n), skills)


def _profiles(n: int) -> list[Profile]:
    requirements = (Requirement(SKILLS[n], 3), Requirement(SKILLS[(n + 1) % len(SKILLS)], 2))[: 1 + n % 2]
    return [Profile(f"profile_{n:02}_{b:.0f}", f"Profile {n}", requirements, b) for b in BONUSES_S]
