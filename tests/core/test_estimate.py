"""The formula against chance itself, what it cannot know, and a hit rate that is earned."""

import math
from random import Random

import pytest

from cti_router.core.tickets.estimate import OUTCOMES, Estimate, HitRate, Mean, Silence, Stage, estimated

FOREVER = 1e9
HANDLING_S = 270.0


def busy(advisors: int, ahead: float = 0.0, *, opens_s: float = 0.0, ready: int = 0) -> Stage:
    return Stage(opens_s, ahead, advisors, advisors / HANDLING_S, ready)


def drawn(advisors: int, ahead: int, leaving: float, count: int) -> list[float]:
    """Waits as the model has them: while j are ahead, a call ends or one of the j leaves."""
    chance = Random(1)
    pace = advisors / HANDLING_S
    return sorted(sum(chance.expovariate(pace + j * leaving) for j in range(ahead + 1)) for _ in range(count))


@pytest.mark.parametrize("leaving", [0.0, 1 / 240])
@pytest.mark.parametrize(("advisors", "ahead"), [(1, 0), (6, 0), (6, 5), (2, 1), (36, 3), (36, 30), (6, 60)])
def test_four_waits_of_five_fall_within_the_bounds(advisors: int, ahead: int, leaving: float) -> None:
    waits = drawn(advisors, ahead, leaving, count=4_000)
    told = estimated([busy(advisors, ahead)], leaving, ring_s=0.0)
    assert told is not None
    assert sum(told.p10_s <= wait <= told.p90_s for wait in waits) / len(waits) == pytest.approx(0.8, abs=0.02)
    assert sum(wait < told.p10_s for wait in waits) / len(waits) == pytest.approx(0.1, abs=0.02)
    assert told.median_s == pytest.approx(waits[len(waits) // 2], rel=0.03)


@pytest.mark.parametrize("leaving", [0.0, 1 / 240])
def test_thousands_ahead_are_as_exact(leaving: float) -> None:
    """A sum of so many independent times is normal: its mean and deviation tell all."""
    rates = [36 / HANDLING_S + j * leaving for j in range(4001)]
    mean, deviation = sum(1 / rate for rate in rates), math.sqrt(sum(1 / rate**2 for rate in rates))
    told = estimated([busy(36, 4000)], leaving, ring_s=0.0)
    assert told is not None
    assert told.median_s == pytest.approx(mean, rel=0.003)
    assert told.p90_s - told.p10_s == pytest.approx(2 * 1.2816 * deviation, rel=0.01)


@pytest.mark.parametrize("leaving", [0.0, 1e-12, 1 / 240])
def test_one_more_ahead_is_a_little_longer_also_in_parts(leaving: float) -> None:
    medians = []
    for ahead in (0.0, 0.5, 1.0, 6.9, 7.0, 7.1, 8.0, 20.0, 20.5):
        told = estimated([busy(6, ahead)], leaving, ring_s=0.0)
        assert told is not None
        assert 0 < told.p10_s < told.median_s < told.p90_s
        medians.append(told.median_s)
    assert medians == sorted(set(medians))
    assert medians[5] - medians[4] == pytest.approx(medians[4] - medians[3], rel=0.2)  # no jump where the sum ends


def test_a_step_that_opens_with_somebody_free_ends_the_wait() -> None:
    told = estimated([busy(1, 5), busy(12, 5, opens_s=20.0, ready=6)], 0.0, ring_s=0.0)
    assert told is not None
    assert (told.median_s, told.p90_s) == (20.0, 20.0)


def test_who_is_free_at_a_later_step_serves_those_ahead_first() -> None:
    taken = estimated([busy(1, 5), busy(12, 5, opens_s=20.0, ready=5)], 0.0, ring_s=0.0)
    told = estimated([busy(12)], 0.0, ring_s=0.0)
    assert taken is not None
    assert told is not None
    assert taken.p90_s == pytest.approx(told.p90_s)
    assert taken.p10_s == 20.0  # not before the step


def test_a_step_that_never_opens_changes_nothing() -> None:
    alone = estimated([busy(3, 2)], 0.0, ring_s=4.0)
    assert estimated([busy(3, 2), busy(30, 2, opens_s=math.inf)], 0.0, ring_s=4.0) == alone


def test_ringing_is_waiting() -> None:
    quiet, rings = (estimated([busy(3, 2)], 0.0, ring_s=ring_s) for ring_s in (0.0, 10.0))
    assert quiet is not None
    assert rings is not None
    assert rings.p10_s - quiet.p10_s == pytest.approx(1.05, abs=0.01)
    assert rings.median_s - quiet.median_s == pytest.approx(6.93, abs=0.01)
    assert rings.p90_s - quiet.p90_s == pytest.approx(23.03, abs=0.01)


def test_where_nobody_works_there_is_no_estimate() -> None:
    assert estimated([Stage(0.0, 0.0, 0, 0.0)], 0.0, ring_s=4.0) is None
    assert estimated([], 0.0, ring_s=4.0) is None
    later = estimated([Stage(0.0, 0.0, 0, 0.0), busy(2, opens_s=60.0)], 0.0, ring_s=0.0)
    assert later is not None
    assert later.p10_s == 60.0


# the hit rate

TOLD = Estimate(10.4, 60.0, 120.2)


def judged(hits: HitRate) -> Silence | None:
    return hits.silence(least_outcomes=20, min_hit_rate=0.65)


@pytest.mark.parametrize(("waited_s", "hit"), [(9.9, 0), (10.0, 1), (60.0, 1), (121.0, 1), (121.1, 0)])
def test_an_answer_within_the_bounds_is_a_hit(waited_s: float, hit: int) -> None:
    hits = HitRate()
    hits.answered(TOLD, waited_s)
    assert (hits.n, hits.value) == (1, hit)


def test_who_gives_up_early_says_nothing_and_late_is_a_miss() -> None:
    hits = HitRate()
    for waited_s in (0.0, 60.0, 121.0):
        hits.broke_off(TOLD, waited_s)
    assert (hits.n, hits.value) == (0, None)
    hits.broke_off(TOLD, 121.5)
    assert (hits.n, hits.value) == (1, 0.0)


def test_silent_while_it_learns() -> None:
    hits = HitRate()
    for _ in range(19):
        hits.answered(TOLD, 60.0)
    assert judged(hits) is Silence.LEARNING
    hits.answered(TOLD, 60.0)
    assert judged(hits) is None


def test_silent_when_it_erred_too_often_and_audible_when_it_recovers() -> None:
    hits = HitRate()
    for _ in range(OUTCOMES):
        hits.answered(TOLD, 60.0)
    for _ in range(17):
        hits.answered(TOLD, 600.0)
    assert (hits.value, judged(hits)) == (0.66, None)
    hits.answered(TOLD, 1.0)
    assert (hits.value, judged(hits)) == (0.64, Silence.UNSURE)
    for _ in range(OUTCOMES - 18):
        hits.answered(TOLD, 60.0)  # the last hits of before are forgotten: no better than it was
    assert (hits.value, judged(hits)) == (0.64, Silence.UNSURE)
    hits.answered(TOLD, 60.0)
    assert (hits.value, judged(hits)) == (0.66, None)


def test_only_the_last_outcomes_count() -> None:
    hits = HitRate()
    for waited_s in [600.0] * 1000 + [60.0] * OUTCOMES:
        hits.answered(TOLD, waited_s)
    assert (hits.n, hits.value) == (OUTCOMES, 1.0)


# what it learns from


def test_a_mean_begins_with_what_is_believed_and_forgets() -> None:
    mean = Mean(memory=100)
    assert mean.value(240.0, weight=10) == 240.0
    mean.add(350.0)
    assert mean.value(240.0, weight=10) == pytest.approx(250.0)
    for _ in range(1000):
        mean.add(300.0)
    assert mean.value(240.0, weight=10) == pytest.approx(294.5, abs=0.1)
    for _ in range(1000):
        mean.add(100.0)
    assert mean.value(240.0, weight=0) == pytest.approx(100.0, abs=0.1)
