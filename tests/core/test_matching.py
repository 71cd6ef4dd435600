"""Waiting tickets and ready advisors brought together: whose turn it is, on both sides."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.configuration import Advisor, AdvisorId, Requirement
from cti_router.core.matching import Kind, Matching
from cti_router.core.plan import Alternative, DemandClass

ADVISORS = (
    Advisor("rose", "Rose", "rouen", "201", {"employers": 5, "health": 2}),
    Advisor("remi", "Rémi", "rouen", "202", {"employers": 3}),
    Advisor("rita", "Rita", "rouen", "203", {"employers": 3}),
    Advisor("carl", "Carl", "caen", "101", {"employers": 4, "health": 5}),
)
EMPLOYERS = (Requirement("employers", 3),)


def _demand(*steps: tuple[str, tuple[Requirement, ...]]) -> DemandClass:
    return tuple(Alternative(frozenset(sites.split()), requirements) for sites, requirements in steps)


ROUEN = _demand(("rouen", EMPLOYERS))
ROUEN_THEN_CAEN = _demand(("rouen", EMPLOYERS), ("caen", EMPLOYERS))
ANYWHERE = _demand(("caen rouen", EMPLOYERS))
HEALTH = _demand(("caen rouen", (Requirement("health", 4),)))


def _all(_: str) -> bool:
    return True


def _best(
    matching: Matching, demand: DemandClass, in_charge: str | None = None, reachable: Callable[[str], bool] = _all
) -> AdvisorId | None:
    matching.enqueue((0.0, 1, "c"), demand)
    return matching.best_advisor("c", in_charge, reachable)


def _ready(**idle_since: float) -> Matching:
    matching = Matching(ADVISORS)
    for advisor, since in idle_since.items():
        matching.add_ready(advisor, since)
    return matching


# ── which advisor ────────────────────────────────────────────────────────────────────────────────────────────────


def test_competence_is_the_sum_of_the_levels_asked_for() -> None:
    rose = Kind.of(ADVISORS[0])
    both = Alternative(frozenset(("rouen",)), (Requirement("employers", 3), Requirement("health", 2)))
    assert rose.competence(both) == 7
    assert rose.competence(ROUEN[0]) == 5
    assert rose.competence(Alternative(frozenset(("rouen",)), ())) == 0
    assert rose.competence(HEALTH[0]) is None  # 2 is less than 4
    assert rose.competence(Alternative(frozenset(("caen",)), EMPLOYERS)) is None


def test_the_most_competent_goes_before_the_longest_idle() -> None:
    assert _best(_ready(remi=1.0, rose=9.0), ROUEN) == "rose"


def test_of_equals_the_longest_idle_then_the_first_by_name() -> None:
    assert _best(_ready(remi=2.0, rita=1.0), ROUEN) == "rita"
    assert _best(_ready(rita=1.0, remi=1.0), ROUEN) == "remi"


def test_an_earlier_step_goes_before_a_greater_competence() -> None:
    assert _best(_ready(remi=1.0, carl=0.0), ROUEN_THEN_CAEN) == "remi"
    assert _best(_ready(carl=0.0), ROUEN_THEN_CAEN) == "carl"


def test_nobody_ready_nobody_eligible() -> None:
    assert _best(_ready(), ROUEN) is None
    assert _best(_ready(rose=1.0, remi=1.0), HEALTH) is None


def test_the_one_in_charge_goes_before_all_of_his_step_but_not_of_an_earlier_one() -> None:
    assert _best(_ready(rose=1.0, remi=2.0), ROUEN, in_charge="remi") == "remi"
    assert _best(_ready(remi=1.0, carl=1.0), ROUEN_THEN_CAEN, in_charge="carl") == "remi"
    assert _best(_ready(rose=1.0), ROUEN, in_charge="remi") == "rose"  # he is not ready
    assert _best(_ready(rose=1.0), ROUEN, in_charge="nobody") == "rose"


def test_a_site_out_of_reach_is_left_out() -> None:
    assert _best(_ready(rose=1.0, carl=1.0), ANYWHERE, reachable=lambda site: site != "rouen") == "carl"
    assert (
        _best(_ready(rose=1.0, carl=1.0), ANYWHERE, in_charge="rose", reachable=lambda site: site == "caen") == "carl"
    )
    assert _best(_ready(rose=1.0), ANYWHERE, reachable=lambda _: False) is None


def test_who_is_ready_again_is_idle_since_then() -> None:
    matching = _ready(remi=1.0, rita=2.0)
    matching.add_ready("remi", 3.0)
    assert _best(matching, ROUEN) == "rita"
    matching.remove_ready("rita")
    matching.remove_ready("rita")
    assert _best(matching, ROUEN) == "remi"


# ── which ticket ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_place_among_all_the_demands_an_advisor_may_serve() -> None:
    matching = Matching(ADVISORS)
    matching.enqueue((3.0, 1, "anywhere"), ANYWHERE)
    matching.enqueue((2.0, 2, "rouen"), ROUEN)
    matching.enqueue((1.0, 3, "health"), HEALTH)
    assert matching.oldest_ticket("rose", _all) == "rouen"
    assert matching.oldest_ticket("carl", _all) == "health"
    assert matching.waiting() == ["health", "rouen", "anywhere"]


def test_a_ticket_that_cannot_be_served_is_passed_over_in_its_queue() -> None:
    matching = Matching(ADVISORS)
    matching.enqueue((1.0, 1, "a"), ROUEN)
    matching.enqueue((2.0, 2, "b"), ROUEN)
    assert matching.oldest_ticket("rose", lambda call: call != "a") == "b"
    assert matching.oldest_ticket("rose", lambda _: False) is None


def test_the_same_instant_is_served_in_order_of_arrival() -> None:
    matching = Matching(ADVISORS)
    matching.enqueue((1.0, 2, "a"), ROUEN)
    matching.enqueue((1.0, 1, "b"), ROUEN)
    assert matching.oldest_ticket("rose", _all) == "b"


def test_a_ticket_waits_in_one_queue_only() -> None:
    matching = Matching(ADVISORS)
    matching.enqueue((1.0, 1, "a"), HEALTH)
    matching.enqueue((1.0, 1, "a"), ROUEN)
    assert matching.oldest_ticket("carl", _all) is None
    assert matching.oldest_ticket("rose", _all) == "a"
    matching.dequeue("a")
    matching.dequeue("a")
    assert matching.oldest_ticket("rose", _all) is None
    assert not matching.is_waiting("a")
    assert matching.waiting() == []


_SKILLS = st.dictionaries(st.sampled_from(("employers", "health", "household")), st.integers(1, 5))
_PEOPLE = st.lists(st.tuples(st.sampled_from(("caen", "rouen")), _SKILLS, st.integers(0, 5)), min_size=1, max_size=12)
_NEEDS = st.lists(
    st.builds(Requirement, st.sampled_from(("employers", "health", "household")), st.integers(1, 5)), max_size=2
)
_STEPS = st.lists(
    st.tuples(st.sets(st.sampled_from(("caen", "rouen")), min_size=1), _NEEDS), min_size=1, max_size=3
)  # fmt: skip


@given(_PEOPLE, _STEPS, st.integers(0, 11))
def test_the_choice_is_that_of_a_look_at_everybody(
    people: list[tuple[str, dict[str, int], int]], steps: list[tuple[set[str], list[Requirement]]], charge: int
) -> None:
    advisors = [Advisor(f"a{n:02}", "", site, str(n), skills) for n, (site, skills, _) in enumerate(people)]
    demand = tuple(Alternative(frozenset(sites), tuple(needs)) for sites, needs in steps)
    matching = Matching(advisors)
    ranks = {}
    for n, advisor in enumerate(advisors):
        matching.add_ready(advisor.id, float(people[n][2]))
        for step, alternative in enumerate(demand):
            worth = Kind.of(advisor).competence(alternative)
            if worth is not None:
                ranks[advisor.id] = (step, advisor.id != f"a{charge:02}", -worth, people[n][2], advisor.id)
                break
    expected = min(ranks, key=ranks.__getitem__) if ranks else None
    assert _best(matching, demand, in_charge=f"a{charge:02}") == expected


@pytest.mark.parametrize("count", [1, 50])
def test_emptied_queues_leave_nothing_behind(count: int) -> None:
    matching = Matching(ADVISORS)
    for n in range(count):
        matching.enqueue((float(n), n, f"c{n}"), ANYWHERE)
    for n in range(count):
        assert matching.oldest_ticket("carl", _all) == f"c{n}"
        matching.dequeue(f"c{n}")
    assert matching.oldest_ticket("carl", _all) is None
