"""What each step's wait costs: the service level as configured, and without that wait, for the very same callers."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from statistics import fmean, stdev

from cti_router.core.configuration import Calendar, Configuration, Number, Plan, PlanId, Reach, SiteId, Slot, Step
from cti_router.sim.day import simulate
from cti_router.sim.figures import WITHIN_S, DayFigures, figures
from cti_router.sim.load import calls_per_hour, fitting_mix
from cti_router.sim.people import People

DAYS = 8
"""Simulated days, each with its own callers: their spread gives the standard error."""

CALLS = 400
"""Expected calls of a day that count."""

WARM_UP_CALLS_PER_ADVISOR = 3
_MIDNIGHT = datetime(2026, 1, 5, tzinfo=UTC).timestamp()  # a Monday: any will do, each day has one endless slot
_DNIS = 1


@dataclass(frozen=True, slots=True)
class StepCost:
    """One step's wait. Service levels are shares answered within 20 s; `step` counts from 1, as people do.

    `cost` = `without_wait` − `as_is`, and `standard_error` is the cost's: below two of these it may be chance.
    `extra_wait_s` is what the wait adds to the mean wait of those answered (ASA): a wait that ends well before the
    threshold costs little service level, and still this.
    """

    plan: PlanId
    step: int
    after_s: float
    reach: Reach | tuple[SiteId, ...]
    load: float
    as_is: float
    without_wait: float
    standard_error: float
    extra_wait_s: float

    @property
    def cost(self) -> float:
        return self.without_wait - self.as_is

    def __str__(self) -> str:
        sites = str(self.reach) if isinstance(self.reach, Reach) else ", ".join(self.reach)
        which = f"plan {self.plan}, step {self.step} ({sites} after {self.after_s:g} s)"
        load, as_is, without = (f"{100 * share:.0f} %" for share in (self.load, self.as_is, self.without_wait))
        if self.cost < 2 * self.standard_error or self.cost <= 0:
            return f"{which}: costs nothing measurable at {load} load ({as_is} answered within {WITHIN_S:g} s)"
        return (
            f"{which}: costs {100 * self.cost:.0f} points of service level at {load} load "
            f"({without} → {as_is} answered within {WITHIN_S:g} s)"
        )


def step_costs(
    configuration: Configuration, load: float = 0.85, *, people: People | None = None, days: int = DAYS,
    calls: int = CALLS,
) -> tuple[StepCost, ...]:  # fmt: skip
    """What every wait of every plan costs, when that plan's calls keep all advisors busy for the share `load` (0..1).

    Without the wait, the step counts from 0 s on, and with it all before it; a step without a time of its own is left
    out. `people` says how callers and advisors
    behave (its rate and number are set here); by default callers are those the advisors' skills fit, and enter evenly
    at every site. Empty when there are no advisors who could answer, or nobody is ever on duty.
    `days` must be at least 2, for the error.
    """
    mix = fitting_mix(configuration)
    if not mix or not configuration.calendar.week:
        return ()
    if people is None:
        people = People(0.0, _DNIS, mix, dict.fromkeys(configuration.sites, 1.0))
    people = replace(people, dnis=_DNIS, per_hour=calls_per_hour(configuration, people, load))
    costs = []
    for plan in configuration.plans.values():
        waits = [i for i, step in enumerate(plan.steps) if i and step.after_s]
        if not waits:
            continue
        as_is = _days(configuration, plan, people, days, calls)
        for i in waits:
            at_once = _with_step(plan, i, replace(plan.steps[i], after_s=0.0))
            costs.append(_compare(plan, i, load, as_is, _days(configuration, at_once, people, days, calls)))
    return tuple(costs)


def _compare(plan: Plan, i: int, load: float, as_is: list[DayFigures], without: list[DayFigures]) -> StepCost:
    pairs = list(zip(as_is, without, strict=True))
    gains = [after.service_level - before.service_level for before, after in pairs]
    return StepCost(
        plan.id, i + 1, plan.steps[i].after_s or 0.0, plan.steps[i].reach, load,
        as_is=fmean(day.service_level for day in as_is),
        without_wait=fmean(day.service_level for day in without),
        standard_error=stdev(gains) / math.sqrt(len(gains)),
        extra_wait_s=fmean(before.asa_s - after.asa_s for before, after in pairs),
    )  # fmt: skip


def _days(configuration: Configuration, plan: Plan, people: People, days: int, calls: int) -> list[DayFigures]:
    """One day after the other; the same day has the same callers under every plan."""
    warm_up_s = WARM_UP_CALLS_PER_ADVISOR * len(configuration.advisors) * 3600 / people.per_hour
    for_s = warm_up_s + calls * 3600 / people.per_hour
    found = []
    for seed, slot in enumerate(_sample(configuration.calendar, days)):
        trial = _under_one_duty(configuration, plan, slot)
        day = simulate(trial, people, seed=seed, from_at=_MIDNIGHT, for_s=for_s)
        found.append(figures(day, trial, warm_up_s=warm_up_s))
    return found


def _with_step(plan: Plan, index: int, step: Step) -> Plan:
    return replace(plan, steps=(*plan.steps[:index], step, *plan.steps[index + 1 :]))


def _under_one_duty(configuration: Configuration, plan: Plan, slot: Slot) -> Configuration:
    """This plan alone, and this duty for ever: a steady state. Callers hear music, and are asked nothing."""
    greetings = [n.greeting_sounds for n in configuration.numbers.values() if n.plan == plan.id]
    number = Number(_DNIS, plan.id, plan.id, greetings[0] if greetings else (), ())
    week = tuple(replace(slot, weekday=weekday, start=time(0), end=time(0), timezone="") for weekday in range(7))
    trial = replace(configuration, treatments={}, information=(), identity=None)
    return replace(trial, plans={plan.id: plan}, numbers={_DNIS: number}, calendar=Calendar("UTC", week, {}))


def _sample(calendar: Calendar, days: int) -> Iterator[Slot]:
    """As many slots of the week, taken evenly over its open time: a long slot weighs more."""
    lengths = [slot.length_s for slot in calendar.week]
    slots = iter(zip(calendar.week, lengths, strict=True))
    slot, ends_at_s = next(slots)
    for day in range(days):
        while ends_at_s < (day + 0.5) / days * sum(lengths):
            slot, length_s = next(slots)
            ends_at_s += length_s
        yield slot
