"""Priority that ages, and for how long it can hold anybody up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.configuration import Advisor
from cti_router.core.matching.kinds import Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.plan import Alternative
from cti_router.core.plans.priority import key, starvation_bound_s

ANYBODY = (Alternative(frozenset(("caen",)), ()),)


@pytest.mark.parametrize(
    ("bonuses_s", "bound_s"), [((), 0.0), ((60.0,), 0.0), ((0.0, 60.0, 20.0), 60.0), ((30.0, 60.0), 30.0)]
)
def test_the_bound_is_the_largest_bonus_less_the_smallest(bonuses_s: tuple[float, ...], bound_s: float) -> None:
    assert starvation_bound_s(bonuses_s) == bound_s


def _order(arrivals: list[tuple[int, float]]) -> list[int]:
    """In which order one advisor serves them, each an instant and a bonus."""
    matching = Matching(Kinds([Advisor("carl", "Carl", "caen", "101", {})]))
    for order, (arrived_at, bonus_s) in enumerate(arrivals):
        matching.enqueue((key(arrived_at, bonus_s), order, str(order)), ANYBODY, "caen")
    served = []
    while (ticket := matching.oldest_ticket("carl", lambda _: True)) is not None:
        served.append(int(ticket))
        matching.dequeue(ticket)
    return served


def test_the_bound_is_reached() -> None:
    """Just within it he is overtaken; at it, or later, no more."""
    assert _order([(0, 0.0), (59, 60.0)]) == [1, 0]
    assert _order([(0, 0.0), (60, 60.0)]) == [0, 1]


@given(st.lists(st.tuples(st.integers(0, 200), st.sampled_from((0.0, 20.0, 60.0))), min_size=2, max_size=30))
def test_whoever_arrives_later_than_the_bound_overtakes_nobody(arrivals: list[tuple[int, float]]) -> None:
    arrivals.sort(key=lambda arrival: arrival[0])
    served = _order(arrivals)
    bound_s = starvation_bound_s([bonus_s for _, bonus_s in arrivals])
    for turn, first in enumerate(served):
        for later in served[turn + 1 :]:
            overtakes = arrivals[first][0] > arrivals[later][0]
            assert not overtakes or arrivals[first][0] - arrivals[later][0] < bound_s
            equal = arrivals[first][1] == arrivals[later][1]
            assert not (overtakes and equal)
