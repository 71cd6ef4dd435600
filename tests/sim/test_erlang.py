"""One site, one skill, no greeting, no wrap-up, endless patience: the simulation must agree with Erlang C."""

import math
from statistics import fmean, stdev

from cti_router.core.history import CallRecord
from cti_router.sim.day import simulate
from cti_router.sim.figures import figures
from cti_router.sim.people import People
from cti_router.sim.spans import NEVER, Exponential, Fixed
from tests.sim.organisation import DNIS, MONDAY, one_site

ADVISORS, TALK_S, LOAD = 5, 180.0, 0.6
DAYS, HOURS, WARM_UP_S = 12, 12.0, 3600.0
AT_ONCE_S = 0.05  # the look-up and the nudge take 0.02 s


def erlang_c(servers: int, erlangs: float) -> float:
    """The probability of waiting in M/M/c (A. K. Erlang, 1917)."""
    busy = erlangs**servers / math.factorial(servers) * servers / (servers - erlangs)
    return busy / (sum(erlangs**k / math.factorial(k) for k in range(servers)) + busy)


def test_the_share_waiting_and_the_mean_wait_are_erlang_s() -> None:
    configuration, erlangs = one_site(ADVISORS), ADVISORS * LOAD
    people = People(
        per_hour=erlangs * 3600 / TALK_S, dnis=DNIS, profiles={"unknown": 1.0}, entry_sites={"caen": 1.0},
        patience=NEVER, pick_up=Fixed(0.0), talk=Exponential(TALK_S),
    )  # fmt: skip
    shares, means, occupancies = [], [], []
    for seed in range(DAYS):
        day = simulate(configuration, people, seed=seed, from_at=MONDAY, for_s=HOURS * 3600)
        rows = [row for row in day.records if row.arrived_at >= day.from_at + WARM_UP_S]
        shares.append(fmean(_waited_s(row) > 0 for row in rows))
        means.append(fmean(_waited_s(row) for row in rows))
        occupancies.append(figures(day, configuration, warm_up_s=WARM_UP_S).occupancy)
    waiting = erlang_c(ADVISORS, erlangs)
    _agrees(shares, waiting, precision=0.08)
    _agrees(means, waiting * TALK_S / (ADVISORS - erlangs), precision=0.15)
    _agrees(occupancies, LOAD, precision=0.03)


def _waited_s(row: CallRecord) -> float:
    return row.waited_s if row.waited_s > AT_ONCE_S else 0.0


def _agrees(samples: list[float], theory: float, precision: float) -> None:
    """Within 2.5 standard errors, and those small enough (as a share of the theory) to mean something."""
    error = stdev(samples) / math.sqrt(len(samples))
    assert error < precision * theory
    assert abs(fmean(samples) - theory) < 2.5 * error
