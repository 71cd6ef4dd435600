"""Waiting tickets and ready advisors brought together: whose turn it is, on both sides."""

from collections.abc import Callable

import pytest

from cti_router.core.configuration import Advisor, AdvisorId, Requirement, Selection
from cti_router.core.matching.kinds import Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.plan import Alternative, DemandClass

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


def _matching() -> Matching:
    return Matching(Kinds(ADVISORS, needs=(EMPLOYERS, HEALTH[0].requirements), selections=tuple(Selection)))


def _best(
    matching: Matching, demand: DemandClass, *preferred: AdvisorId, reachable: Callable[[str], bool] = _all,
    selection: Selection = Selection.MOST_COMPETENT, spare_experts: bool = False,
) -> AdvisorId | None:  # fmt: skip
    matching.enqueue((0.0, 1, "c"), demand, "caen")
    best = matching.best_advisor("c", reachable, preferred=preferred, selection=selection, spare_experts=spare_experts)
    return best.advisor if best else None


def _ready(**idle_since: float) -> Matching:
    matching = _matching()
    for advisor, since in idle_since.items():
        matching.add_ready(advisor, since)
    return matching


def _waiting(**demands: DemandClass) -> Matching:
    """In this order, all from Caen."""
    matching = _matching()
    for order, (ticket, demand) in enumerate(demands.items()):
        matching.enqueue((float(order), order, ticket), demand, "caen")
    return matching


# ── which advisor ────────────────────────────────────────────────────────────────────────────────────────────────


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


def test_of_those_preferred_the_first_who_is_ready_in_the_same_step() -> None:
    assert _best(_ready(rose=1.0, remi=2.0, rita=3.0), ROUEN, "carl", "rita", "remi") == "rita"
    assert _best(_ready(rose=1.0, remi=2.0), ROUEN, "rita", "remi") == "remi"


def test_the_one_in_charge_goes_before_all_of_his_step_but_not_of_an_earlier_one() -> None:
    assert _best(_ready(rose=1.0, remi=2.0), ROUEN, "remi") == "remi"
    assert _best(_ready(remi=1.0, carl=1.0), ROUEN_THEN_CAEN, "carl") == "remi"
    assert _best(_ready(rose=1.0), ROUEN, "remi") == "rose"  # he is not ready
    assert _best(_ready(rose=1.0), ROUEN, "nobody") == "rose"


def test_a_site_out_of_reach_is_left_out() -> None:
    assert _best(_ready(rose=1.0, carl=1.0), ANYWHERE, reachable=lambda site: site != "rouen") == "carl"
    assert _best(_ready(rose=1.0, carl=1.0), ANYWHERE, "rose", reachable=lambda site: site == "caen") == "carl"
    assert _best(_ready(rose=1.0), ANYWHERE, reachable=lambda _: False) is None


def test_who_is_ready_again_is_idle_since_then() -> None:
    matching = _ready(remi=1.0, rita=2.0)
    matching.add_ready("remi", 3.0)
    assert _best(matching, ROUEN) == "rita"
    matching.remove_ready("rita")
    matching.remove_ready("rita")
    assert _best(matching, ROUEN) == "remi"


# ── least occupied ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_least_occupied_then_the_longest_idle_whatever_the_competence() -> None:
    matching = _matching()
    matching.add_ready("rose", 1.0, occupied_s=60.0)
    matching.add_ready("remi", 3.0, occupied_s=30.0)
    matching.add_ready("rita", 2.0, occupied_s=30.0)
    assert _best(matching, ROUEN, selection=Selection.LEAST_OCCUPIED) == "rita"
    matching.remove_ready("rita")
    assert _best(matching, ROUEN, selection=Selection.LEAST_OCCUPIED) == "remi"
    assert _best(matching, ROUEN, selection=Selection.MOST_COMPETENT) == "rose"


def test_an_earlier_step_goes_before_less_occupation() -> None:
    matching = _matching()
    matching.add_ready("rose", 1.0, occupied_s=60.0)
    matching.add_ready("carl", 1.0, occupied_s=0.0)
    assert _best(matching, ROUEN_THEN_CAEN, selection=Selection.LEAST_OCCUPIED) == "rose"
    assert _best(matching, ANYWHERE, selection=Selection.LEAST_OCCUPIED) == "carl"


# ── sparing experts ──────────────────────────────────────────────────────────────────────────────────────────────

SAME_STEP = _demand(("caen rouen", (Requirement("employers", 1),)))


def test_the_only_free_expert_is_left_for_those_who_need_him() -> None:
    assert _best(_ready(carl=1.0, remi=2.0), SAME_STEP) == "carl"
    assert _best(_ready(carl=1.0, remi=2.0), SAME_STEP, spare_experts=True) == "remi"


def test_when_nobody_else_is_free_the_only_expert_serves() -> None:
    assert _best(_ready(carl=1.0), SAME_STEP, spare_experts=True) == "carl"


def test_his_own_callers_get_the_expert() -> None:
    assert _best(_ready(carl=1.0), HEALTH, spare_experts=True) == "carl"


def test_when_all_are_the_only_ones_for_something_the_usual_order_counts() -> None:
    health, household = (Requirement("health", 2),), (Requirement("household", 2),)
    advisors = [
        Advisor("henri", "Henri", "caen", "1", {"employers": 2, "household": 2}),
        Advisor("hilda", "Hilda", "caen", "2", {"employers": 3, "health": 2}),
    ]
    for first, second in (("henri", "hilda"), ("hilda", "henri")):
        matching = Matching(Kinds(advisors, needs=(health, household)))
        matching.add_ready(first, 1.0)
        matching.add_ready(second, 2.0)
        assert _best(matching, SAME_STEP, spare_experts=True) == "hilda"


def test_another_expert_at_a_site_opened_before_frees_the_one_at_hand() -> None:
    health = (Requirement("health", 2),)
    advisors = [
        Advisor("hugo", "Hugo", "rouen", "1", {"health": 3}),
        Advisor("carl", "Carl", "caen", "2", {"employers": 4, "health": 5}),
        Advisor("cleo", "Cléo", "caen", "3", {"employers": 3}),
    ]
    matching = Matching(Kinds(advisors, needs=(health,)))
    matching.add_ready("carl", 1.0)
    matching.add_ready("cleo", 1.0)
    assert _best(matching, ROUEN_THEN_CAEN, spare_experts=True) == "cleo"
    matching.add_ready("hugo", 1.0)
    assert _best(matching, ROUEN_THEN_CAEN, spare_experts=True) == "carl"
    assert _best(matching, _demand(("caen", EMPLOYERS)), spare_experts=True) == "cleo"


def test_who_is_preferred_is_not_spared() -> None:
    assert _best(_ready(carl=1.0, remi=2.0), SAME_STEP, "carl", spare_experts=True) == "carl"


def test_nobody_of_a_later_step_is_taken_to_spare_an_expert() -> None:
    demand = _demand(("caen", (Requirement("employers", 1),)), ("rouen", EMPLOYERS))
    assert _best(_ready(carl=1.0, remi=2.0), demand, spare_experts=True) == "carl"


# ── which ticket ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_place_among_all_the_demands_an_advisor_may_serve() -> None:
    matching = _waiting(health=HEALTH, rouen=ROUEN, anywhere=ANYWHERE)
    assert matching.oldest_ticket("rose", _all) == "rouen"
    assert matching.oldest_ticket("carl", _all) == "health"
    assert matching.waiting() == ["health", "rouen", "anywhere"]


def test_tickets_that_came_in_where_there_is_no_way_are_passed_over() -> None:
    matching = _matching()
    matching.enqueue((1.0, 1, "a"), ROUEN, "caen")
    matching.enqueue((2.0, 2, "b"), ROUEN, "dieppe")
    assert matching.oldest_ticket("rose", lambda origin: origin != "caen") == "b"
    assert matching.oldest_ticket("rose", lambda _: False) is None


def test_the_same_instant_is_served_in_order_of_arrival() -> None:
    matching = _matching()
    matching.enqueue((1.0, 2, "a"), ROUEN, "caen")
    matching.enqueue((1.0, 1, "b"), ROUEN, "caen")
    assert matching.oldest_ticket("rose", _all) == "b"


def test_a_ticket_waits_in_one_queue_only() -> None:
    matching = _waiting(a=HEALTH)
    matching.enqueue((1.0, 1, "a"), ROUEN, "caen")
    assert matching.oldest_ticket("carl", _all) is None
    assert matching.oldest_ticket("rose", _all) == "a"
    matching.dequeue("a")
    matching.dequeue("a")
    assert matching.oldest_ticket("rose", _all) is None
    assert not matching.is_waiting("a")
    assert matching.waiting() == []


@pytest.mark.parametrize("count", [1, 50])
def test_emptied_queues_leave_nothing_behind(count: int) -> None:
    matching = _waiting(**{f"c{n}": ANYWHERE for n in range(count)})
    for n in range(count):
        assert matching.oldest_ticket("carl", _all) == f"c{n}"
        matching.dequeue(f"c{n}")
    assert matching.oldest_ticket("carl", _all) is None


def test_empty_queues_are_forgotten_when_they_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_router.core.matching.queues.MANY_QUEUES", 3)
    matching = _waiting(a=HEALTH, b=ROUEN, c=ANYWHERE)
    assert [matching.oldest_ticket(advisor, _all) for advisor in ("rose", "carl")] == ["b", "a"]
    matching.dequeue("a")
    matching.dequeue("b")
    matching.enqueue((9.0, 9, "d"), ROUEN, "dieppe")
    assert [matching.oldest_ticket(advisor, _all) for advisor in ("rose", "carl")] == ["c", "c"]
    assert matching.oldest_ticket("rose", lambda origin: origin == "dieppe") == "d"
    assert matching.oldest_ticket("carl", lambda origin: origin == "dieppe") is None


# ── inversions ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_older_ticket_passed_over_is_an_inversion() -> None:
    matching = _waiting(old=ROUEN, young=ANYWHERE)
    matching.count_inversion("old", "rose", _all)
    assert matching.inversions == 0
    matching.count_inversion("young", "rose", _all)
    assert matching.inversions == 1


def test_who_could_not_have_been_served_was_not_passed_over() -> None:
    matching = _waiting(old=HEALTH, older=ROUEN, young=ANYWHERE)
    matching.count_inversion("young", "carl", lambda _: False)
    matching.dequeue("older")
    matching.count_inversion("young", "rose", _all)
    assert matching.inversions == 0


# ── a line is free again ─────────────────────────────────────────────────────────────────────────────────────────


def test_queues_are_served_in_the_order_of_places_until_they_can_be_no_more() -> None:
    matching = _waiting(a=HEALTH, b=ROUEN, c=ROUEN, d=ANYWHERE, e=ROUEN)
    matching.add_ready("rose", 0.0)
    matching.add_ready("carl", 0.0)
    asked = []

    def serve(ticket: str) -> bool:
        asked.append(ticket)
        if ticket in ("a", "b"):
            matching.dequeue(ticket)
        return ticket in ("a", "b")

    matching.serve_all(serve)
    assert asked == ["a", "b", "c", "d"]


def test_nobody_is_asked_for_whom_nobody_is_ready() -> None:
    matching = _waiting(a=HEALTH, b=ROUEN)
    matching.add_ready("rose", 0.0)
    asked = []
    matching.serve_all(lambda ticket: bool(asked.append(ticket)))  # type: ignore[func-returns-value]
    assert asked == ["b"]
