"""A configuration's indexes, worked out beforehand: whoever has the time makes them, and a step only takes them."""

from collections.abc import Iterator

from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.duty.calendar import Duty
from cti_router.core.matching.kinds import Kinds
from cti_router.core.plans.plan import DemandClass, planned_steps, requirements_of
from cti_router.core.plans.plan_reach import routed


def prepared(configuration: Configuration) -> Kinds:
    """Its kinds of advisors, and for all that its plans may ask under any slot of the calendar who may serve it."""
    kinds = Kinds.of(configuration)
    for demand in _demands(configuration):
        kinds.eligible(demand)
    return kinds


def _demands(configuration: Configuration) -> Iterator[DemandClass]:
    duties = list(_duties(configuration))
    for call in routed(configuration):
        plan, asked = configuration.plans[call.plan], requirements_of(configuration, call.profile, call.motive)
        for duty in duties:
            yield from (step.demand for step in planned_steps(configuration, plan, asked, duty))


def _duties(configuration: Configuration) -> Iterator[Duty]:
    """One for each choice of a site and its backups: what a step asks depends on nothing else."""
    calendar, seen = configuration.calendar, set[tuple[SiteId, tuple[SiteId, ...]]]()
    slots = (*calendar.week, *(slot for day in calendar.exceptions.values() for slot in day.slots))
    for slot in slots:
        if (who := (slot.duty, slot.backups)) not in seen:
            seen.add(who)
            yield Duty(slot.duty, slot.backups, slot, 0.0, 0.0)
