"""Twenty thousand random acts from fixed seeds; `make soak` makes a million, from others."""

import os

import pytest

from cti_router.core.certainty import Recognition
from cti_router.core.history import Outcome
from tests.core.interleavings import INVARIANTS, Interleavings
from tests.core.interleavings_mostly import Listening, MovedAbout
from tests.core.keying import Keying

ACTS = int(os.environ.get("SOAK_ACTS", "20000"))
SEEDS = 4


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_happens_what_must_hold_holds(seed: int) -> None:
    """The seed tells the whole story: the same one again does the same again."""
    driver = Interleavings(seed + int(os.environ.get("SOAK_SEED", "0")))
    driver.run(ACTS // SEEDS)
    assert len(driver.counts) >= 20, "fewer kinds of acts than are wanted"
    assert len(driver.outcomes) >= 5, driver.outcomes
    assert driver.awaits >= 20, "hardly anybody was waited for"
    assert driver.called_back >= 5, "too few contributors were called back"
    assert driver.placed >= 3, "too few were called out"


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_advisors_do_with_their_calls_what_must_hold_holds(seed: int) -> None:
    driver = MovedAbout(seed + int(os.environ.get("SOAK_SEED", "0")))
    driver.run(ACTS // SEEDS)
    assert {kind for kind, times in driver.served.items() if times >= 3} >= {"inbound", "transfer", "consultation"}


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_callers_hear_what_must_hold_holds(seed: int) -> None:
    driver = Listening(seed + int(os.environ.get("SOAK_SEED", "0")))
    driver.run(ACTS // SEEDS)
    heard = {"hello", "cti/welcome", "cti/strike", "cti/position-1", "cti/comfort-a"}
    assert {name for name, times in driver.played.items() if times >= 3} >= heard, driver.played


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_callers_key_what_must_hold_holds(seed: int) -> None:
    driver = Keying(seed + int(os.environ.get("SOAK_SEED", "0")))
    driver.run(ACTS // SEEDS)
    assert {digits for digits, times in driver.asked.items() if times >= 3} == {1, 5, 10, 18}, driver.asked
    assert set(driver.recognised) == set(Recognition), driver.recognised
    assert driver.noted_by_key >= 1, "nobody is called back at another number"
    assert driver.outcomes[Outcome.CALLBACK] >= 1, driver.outcomes


def test_the_state_machine_s_invariants_are_found() -> None:
    assert len(INVARIANTS) >= 6
