"""What a step's wait costs: big where few are on duty for all, nothing where it opens nobody new."""

from dataclasses import replace
from datetime import time

from cti_router.core.configuration import Calendar, Plan, Reach, Slot, Step
from cti_router.sim.step_cost import StepCost, _sample, step_costs
from tests.sim.organisation import SITES, WIDENING, six_sites


def test_one_site_on_duty_for_six_waits_out_the_timer() -> None:
    backups, everybody = step_costs(six_sites(), calls=200)
    assert (backups.plan, backups.step, backups.after_s) == ("general", 2, 20.0)
    assert (everybody.step, everybody.after_s) == (3, 60.0)
    assert backups.as_is == everybody.as_is < backups.without_wait
    assert backups.cost > 0.5 > 20 * backups.standard_error
    assert str(backups).startswith("plan general, step 2 (backups after 20 s): costs ")
    assert "points of service level at 85 % load (" in str(backups)


def test_the_sentence() -> None:
    cost = StepCost(
        "general", 2, 20.0, Reach.BACKUPS, 0.85, as_is=0.68, without_wait=0.8, standard_error=0.01, extra_wait_s=9.0
    )
    assert str(cost) == (
        "plan general, step 2 (backups after 20 s): costs 12 points of service level at 85 % load "
        "(80 % → 68 % answered within 20 s)"
    )


def test_a_step_that_opens_nobody_costs_nothing() -> None:
    (again,) = step_costs(six_sites((Step(0.0, Reach.ALL), Step(20.0, Reach.BACKUPS))), calls=100, days=2)
    assert again.cost == 0.0
    assert "costs nothing measurable at 85 % load (" in str(again)


def test_a_shorter_wait_costs_less() -> None:
    short, long = (
        step_costs(six_sites((Step(0.0, Reach.DUTY), Step(after_s, Reach.ALL))), calls=120, days=3)[0]
        for after_s in (5.0, 20.0)
    )
    assert 0 < short.cost < long.cost
    assert 0 < short.extra_wait_s < long.extra_wait_s
    assert short.without_wait == long.without_wait


def test_each_plan_is_measured_alone_and_steps_without_a_wait_are_left_out() -> None:
    configuration = six_sites()
    plans = {
        "general": configuration.plans["general"],
        "flat": Plan("flat", (Step(0.0, Reach.DUTY), Step(0.0, Reach.ALL)), 20.0, 600.0, ()),
        "named": Plan("named", (Step(0.0, Reach.DUTY), Step(40.0, SITES[:2])), 20.0, 600.0, ()),
    }
    costs = step_costs(replace(configuration, plans=plans), calls=50, days=2)
    assert [(cost.plan, cost.step) for cost in costs] == [("general", 2), ("general", 3), ("named", 2)]
    assert "(alencon, caen after 40 s)" in str(costs[2])


def test_nobody_to_answer_or_nobody_on_duty_is_no_cost() -> None:
    configuration = six_sites(WIDENING)
    assert step_costs(replace(configuration, advisors={})) == ()
    assert step_costs(replace(configuration, calendar=Calendar("UTC", (), {}))) == ()


def test_a_long_slot_is_sampled_more_often() -> None:
    morning, day = Slot(0, time(8), time(10), "caen", ()), Slot(1, time(18), time(0), "rouen", ())
    assert [slot.duty for slot in _sample(Calendar("UTC", (morning, day), {}), 4)] == [
        "caen",
        "rouen",
        "rouen",
        "rouen",
    ]
