"""Six simulated sites: what is told of waits comes true, and where it does not, nothing is told."""

import pytest

from cti_router.core.configuration import Step
from cti_router.core.tickets.estimate import Silence
from tests.sim.expected_waits import AT_ONCE, BY_NEED, by_class, listen, no_lines
from tests.sim.organisation import WIDENING, six_sites

ENOUGH = 150
"""Fewer waits than this say little about a rate: its standard error is over 3 %."""


@pytest.mark.parametrize(
    ("steps", "load"), [(WIDENING, 0.7), (WIDENING, 0.85), (WIDENING, 0.95), (AT_ONCE, 0.9), (AT_ONCE, 0.95)]
)
def test_the_bounds_hold_near_their_nominal_four_of_five(steps: tuple[Step, ...], load: float) -> None:
    waits, _ = listen(six_sites(steps), load, seed=2, hours=6.0)
    answered = [wait.verdict for wait in waits if wait.verdict != "censored"]
    assert 0.76 <= answered.count("hit") / len(answered) <= 0.93
    judged = [each for each in by_class(waits) if each.n >= ENOUGH]
    assert judged
    for each in judged:
        assert 0.7 <= each.hit_rate <= 0.98, each
        assert each.verdicts["low"] <= 0.15 * each.n, each
        assert each.verdicts["high"] <= 0.21 * each.n, each
        assert each.silent <= 0.15 * each.n, each


def test_few_waits_are_not_enough_to_speak() -> None:
    waits, _ = listen(six_sites(AT_ONCE), 0.7, seed=1, hours=5.0)
    assert 0 < len(waits) < 20
    assert {wait.silent for wait in waits} == {Silence.LEARNING}


def test_it_errs_where_advisors_cannot_be_reached_and_says_nothing() -> None:
    """No lines between the sites: five of six advisors who are counted on never come."""
    waits, _ = listen(no_lines(), 0.85, seed=0, hours=5.0)
    for each in by_class(waits):
        assert each.hit_rate < 0.6, each
        assert each.silent == each.n + each.verdicts["censored"], each
    assert Silence.UNSURE in {wait.silent for wait in waits}


def test_steps_that_open_by_the_expected_wait_help_and_do_not_spoil_it() -> None:
    """The site on duty alone while that goes well, everybody when more than a minute is to be waited."""
    waits, day = listen(six_sites(BY_NEED), 0.85, seed=1, hours=6.0)
    _, by_time = listen(six_sites(WIDENING), 0.85, seed=1, hours=6.0)
    _, duty_alone = listen(six_sites(BY_NEED[:1]), 0.85, seed=1, hours=6.0)
    assert day.service_level > by_time.service_level + 0.2 > duty_alone.service_level + 0.2
    answered = [wait.verdict for wait in waits if wait.verdict != "censored"]
    assert 0.76 <= answered.count("hit") / len(answered) <= 0.93
    assert sum(wait.silent is None for wait in waits) > len(waits) / 2
