"""Who calls, and how callers and advisors behave.

All chance of a call belongs to its caller and is drawn with him: two configurations tried with the same seed meet the
very same callers (common random numbers), so that their difference is due to the configuration.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from cti_router.core.configuration import ProfileId, SiteId
from cti_router.core.identity import CallId
from cti_router.sim.spans import Exponential, Fixed, LogNormal, Span

PATIENCE = Exponential(240.0)
PICK_UP = Fixed(4.0)
TALK = LogNormal(240.0)


@dataclass(frozen=True, slots=True)
class People:
    """Callers arrive as a Poisson process, `per_hour` on average. `profiles` and `entry_sites` are relative shares.

    `pick_up` is how long a phone rings before its advisor answers. `ignored` is the share of offers that he lets ring
    to their end; an advisor set absent for that (RONA) makes himself available again after `back_after_s`.
    """

    per_hour: float
    dnis: int
    profiles: Mapping[ProfileId, float]
    entry_sites: Mapping[SiteId, float]
    patience: Span = PATIENCE
    pick_up: Span = PICK_UP
    talk: Span = TALK
    ignored: float = 0.0
    back_after_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Caller:
    """One caller. `after_s` is since the caller before him; `ignored` offers ring in vain before one is answered.

    `pick_up_s` is the ringing it takes, over several offers when it is longer than a phone is rung.
    """

    id: CallId
    after_s: float
    profile: ProfileId
    site: SiteId
    patience_s: float
    pick_up_s: float
    talk_s: float
    ignored: int


def callers(people: People, seed: int) -> Iterator[Caller]:
    """The callers of a seed, without end: the same ones at every run, whatever the hash seed."""
    chance = Random(seed)  # noqa: S311 — a simulation must repeat itself
    profiles, profile_shares = zip(*sorted(people.profiles.items()), strict=True)
    sites, site_shares = zip(*sorted(people.entry_sites.items()), strict=True)
    number = 0
    while True:
        number += 1
        yield Caller(
            id=f"{seed}.{number}",
            after_s=chance.expovariate(people.per_hour / 3600),
            profile=chance.choices(profiles, profile_shares)[0],
            site=chance.choices(sites, site_shares)[0],
            patience_s=people.patience.draw(chance),
            pick_up_s=people.pick_up.draw(chance),
            talk_s=people.talk.draw(chance),
            ignored=_failures(chance, people.ignored),
        )


def _failures(chance: Random, share: float) -> int:
    failures = 0
    while chance.random() < share:
        failures += 1
    return failures
