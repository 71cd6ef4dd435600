"""From a plan to what a ticket asks for: steps add, levels sink to 1 and no lower."""

from datetime import time

from cti_router.core.configuration import Plan, Profile, Reach, Requirement, Slot, Step
from cti_router.core.duty.calendar import Duty
from cti_router.core.plans.plan import Alternative, next_step_after, planned_steps, step_opened_early, step_reached
from tests.core.board import CONFIGURATION

SLOT = Slot(0, time(8, 30), time(12, 30), "rouen", ("caen",))
DUTY = Duty("rouen", ("caen",), SLOT, 0.0, 1.0)
PROFILE = Profile("p", "P", (Requirement("employers", 3), Requirement("health", 1)))


def _plan(*steps: Step) -> Plan:
    return Plan("plan", steps, ring_s=15.0, end_after_s=600.0, end_sounds=())


def test_each_step_opens_the_sites_of_its_role() -> None:
    plan = _plan(Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(60.0, Reach.ALL), Step(90.0, ("caen",)))
    steps = planned_steps(CONFIGURATION, plan, PROFILE.requirements, DUTY)
    assert [step.after_s for step in steps] == [0.0, 20.0, 60.0, 90.0]
    assert [sorted(step.demand[-1].sites) for step in steps] == [["rouen"], ["caen"], ["caen", "rouen"], ["caen"]]


def test_a_step_adds_to_those_before_it_and_takes_nothing_back() -> None:
    steps = planned_steps(
        CONFIGURATION,
        _plan(Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(60.0, Reach.ALL, 1)),
        PROFILE.requirements,
        DUTY,
    )
    assert [len(step.demand) for step in steps] == [1, 2, 3]
    assert steps[1].demand[:1] == steps[0].demand
    assert steps[2].demand[:2] == steps[1].demand


def test_lowered_levels_stop_at_one() -> None:
    (step,) = planned_steps(CONFIGURATION, _plan(Step(0.0, Reach.DUTY, lower_levels=2)), PROFILE.requirements, DUTY)
    assert step.demand == (
        Alternative(frozenset(("rouen",)), (Requirement("employers", 1), Requirement("health", 1))),
    )  # fmt: skip


def test_the_same_plan_profile_and_duty_give_one_demand_class() -> None:
    plan = _plan(Step(0.0, Reach.DUTY), Step(20.0, Reach.ALL))
    first, second = (planned_steps(CONFIGURATION, plan, PROFILE.requirements, DUTY) for _ in range(2))
    assert {step.demand for step in first} == {step.demand for step in second}
    assert hash(first[1].demand) == hash(second[1].demand)


def test_steps_of_the_same_time_are_reached_together() -> None:
    plan = _plan(Step(0.0, Reach.DUTY), Step(0.0, Reach.BACKUPS), Step(30.0, Reach.ALL), Step(30.0, Reach.ALL, 1))
    steps = planned_steps(CONFIGURATION, plan, PROFILE.requirements, DUTY)
    assert [step_reached(steps, waited_s) for waited_s in (0.0, 29.0, 30.0)] == [1, 1, 3]


def test_a_step_is_reached_at_its_very_instant() -> None:
    steps = planned_steps(
        CONFIGURATION,
        _plan(Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(60.0, Reach.ALL)),
        PROFILE.requirements,
        DUTY,
    )
    reached = [step_reached(steps, waited_s) for waited_s in (-1.0, 0.0, 19.999, 20.0, 59.999, 60.0, 9999.0)]
    assert reached == [0, 0, 0, 1, 1, 2, 2]


def test_a_step_without_a_time_opens_with_a_later_one_or_by_a_long_expected_wait() -> None:
    steps = planned_steps(
        CONFIGURATION,
        _plan(
            Step(0.0, Reach.DUTY),
            Step(None, Reach.BACKUPS, expected_over_s=60.0),
            Step(40.0, Reach.ALL, expected_over_s=180.0),
            Step(None, Reach.ALL, 1, expected_over_s=300.0),
        ),
        PROFILE.requirements,
        DUTY,
    )
    assert [step_reached(steps, waited_s) for waited_s in (0.0, 39.0, 40.0, 9999.0)] == [0, 0, 2, 2]
    assert [next_step_after(steps, step) for step in range(4)] == [40.0, 40.0, None, None]
    assert [step_opened_early(steps, 0, expected_s) for expected_s in (60.0, 60.1, 180.0, 181.0, 301.0)] == [
        0,
        1,
        1,
        2,
        3,
    ]
    assert step_opened_early(steps, 2, 61.0) == 2
