"""A simulated day is a day: every caller ends once, nobody is passed over, and the same seed tells the same story."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from itertools import accumulate, takewhile
from pathlib import Path

import pytest

from cti_router.core.configuration import Calendar, Configuration, Reach, Step
from cti_router.core.history import Outcome
from cti_router.core.inputs import PhoneState
from cti_router.sim.day import Day, simulate
from cti_router.sim.figures import figures
from cti_router.sim.load import calls_per_hour, fitting_mix
from cti_router.sim.people import People, callers
from cti_router.sim.spans import Exponential
from tests.sim.organisation import DNIS, MONDAY, WIDENING, six_sites
from tests.sim.story import Story, besides, inversions

BACK_AFTER_S = 120.0
EVERYBODY_AT_ONCE = (Step(0.0, Reach.ALL),)


def crowd(configuration: Configuration, load: float) -> People:
    """Callers from every site; one offer in twenty rings in vain."""
    people = People(
        0.0, DNIS, fitting_mix(configuration), dict.fromkeys(configuration.sites, 1.0),
        pick_up=Exponential(6.0), ignored=0.05, back_after_s=BACK_AFTER_S,
    )  # fmt: skip
    return replace(people, per_hour=calls_per_hour(configuration, people, load))


def a_day(configuration: Configuration, load: float, seed: int, hours: float = 1.5) -> tuple[Day, Story]:
    """It begins at 03:00: the duty moves at 04:00."""
    story = Story()
    day = simulate(
        configuration, crowd(configuration, load), seed=seed, from_at=MONDAY + 3 * 3600, for_s=hours * 3600,
        witness=story,
    )  # fmt: skip
    return day, story


def fingerprint() -> str:
    day, _ = a_day(six_sites(), 0.9, seed=7, hours=0.75)
    return hashlib.sha256(repr(day).encode()).hexdigest()


def test_the_same_seed_tells_the_same_story_under_any_hash_seed() -> None:
    told = {fingerprint()}
    for hash_seed in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-c", "from tests.sim.test_day import fingerprint; print(fingerprint())"],
            cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        told.add(ran.stdout.strip())
    assert len(told) == 1


def test_another_seed_tells_another_story() -> None:
    assert a_day(six_sites(), 0.9, seed=1, hours=0.2)[0] != a_day(six_sites(), 0.9, seed=2, hours=0.2)[0]


def test_callers_are_the_same_whatever_the_configuration() -> None:
    slow, fast = (a_day(six_sites(steps), 0.9, seed=3)[1] for steps in (WIDENING, EVERYBODY_AT_ONCE))
    assert slow.arrived == fast.arrived


@pytest.mark.parametrize("load", [0.5, 0.9, 1.4])
@pytest.mark.parametrize("steps", [WIDENING, EVERYBODY_AT_ONCE], ids=["widening", "at once"])
def test_every_caller_ends_in_exactly_one_outcome(load: float, steps: tuple[Step, ...]) -> None:
    configuration = six_sites(steps)
    day, story = a_day(configuration, load, seed=1)
    seconds = accumulate(caller.after_s for caller in callers(crowd(configuration, load), seed=1))
    came = sum(1 for _ in takewhile(lambda after_s: after_s < day.until_at - day.from_at, seconds))
    assert came == len(day.records) == len({row.id for row in day.records}) == len(story.ended)
    assert {row.outcome for row in day.records} <= {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.UNSERVED}
    assert {row.id for row in day.records} == set(story.arrived)
    assert (day.stuck, day.noticed) == ((), ())


def test_figures_agree_with_what_callers_and_phones_did() -> None:
    configuration = six_sites()
    day, story = a_day(configuration, 1.2, seed=5, hours=2)
    counted = figures(day, configuration)
    assert counted.offered == len(story.arrived)
    assert counted.answered == len(story.talked)
    assert counted.abandoned + counted.unserved == len(story.arrived.keys() - story.talked.keys())
    assert counted.answered_within == sum(waited_s <= 20 for waited_s in story.waited.values())
    assert counted.asa_s == pytest.approx(sum(story.waited.values()) / len(story.waited), abs=0.001)
    assert counted.rona == sum(len(times) for times in story.missed.values()) > 0
    assert counted.occupancy == pytest.approx(_occupancy(configuration, day, story), rel=0.002)
    assert min(counted.answered, counted.abandoned, counted.answered_within) > 0


def test_callers_outside_the_time_slots_are_not_offered() -> None:
    closed = replace(six_sites(), calendar=Calendar("UTC", (), {}))
    day, _ = a_day(closed, 0.9, seed=1, hours=0.2)
    assert {row.outcome for row in day.records} == {Outcome.CLOSED}
    nothing = figures(day, closed)
    assert (nothing.offered, nothing.service_level, nothing.asa_s, nothing.occupancy) == (0, 1.0, 0.0, 0.0)


def _occupancy(configuration: Configuration, day: Day, story: Story) -> float:
    """From the phones alone: off the hook or ringing, and wrap-up after each talk."""
    busy_s, since, talking = 0.0, {}, set()
    for at, phone, state in story.phones:
        if state is PhoneState.RINGING:
            since[phone] = at
        elif state is PhoneState.IN_USE:
            talking.add(phone)
        else:
            ends = at + (configuration.rules.wrap_up_s if phone in talking else 0.0)
            busy_s += max(0.0, min(ends, day.until_at) - since.pop(phone))
            talking.discard(phone)
    return busy_s / (len(configuration.advisors) * (day.until_at - day.from_at))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("steps", [WIDENING, EVERYBODY_AT_ONCE], ids=["widening", "at once"])
def test_nobody_is_passed_over(seed: int, steps: tuple[Step, ...]) -> None:
    configuration = six_sites(steps)
    day, story = a_day(configuration, 1.1, seed)
    assert inversions(configuration, day, story) == []


@pytest.mark.parametrize("seed", range(3))
def test_nobody_waits_beside_an_idle_advisor(seed: int) -> None:
    configuration = six_sites(EVERYBODY_AT_ONCE)
    day, story = a_day(configuration, 0.95, seed, hours=0.9)
    assert besides(configuration, day, story, BACK_AFTER_S) == []
