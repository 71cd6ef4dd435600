"""Callers to measure: which ones an organisation's advisors are made for, and how many are a given load."""

from collections import defaultdict

from cti_router.core.configuration import Advisor, Configuration, Profile, ProfileId
from cti_router.sim.people import People


def fitting_mix(configuration: Configuration) -> dict[ProfileId, float]:
    """The relative shares of the profiles for which the advisors are made: each advisor's time, divided evenly among
    those he has the skills for. Profiles that nobody can answer are left out.
    """
    shares: dict[ProfileId, float] = defaultdict(float)
    for advisor in configuration.advisors.values():
        answered = [p.id for p in configuration.profiles.values() if _can_answer(advisor, p)]
        for profile in answered:
            shares[profile] += 1 / len(answered)
    return dict(shares)


def calls_per_hour(configuration: Configuration, people: People, load: float) -> float:
    """Arrivals that keep all advisors busy for the share `load` of their time: load × advisors / handling time, where
    a call's handling time is ring + talk + wrap-up (AHT, and the ring).
    """
    handling_s = people.pick_up.mean_s + people.talk.mean_s + configuration.rules.wrap_up_s
    return load * len(configuration.advisors) * 3600 / handling_s


def _can_answer(advisor: Advisor, profile: Profile) -> bool:
    return all(advisor.skills.get(wanted.skill, 0) >= wanted.level for wanted in profile.requirements)
