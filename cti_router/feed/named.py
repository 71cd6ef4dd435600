"""Whom a plan may call now. Who is not among them is *hors permanence*: no step of any plan names him. Pure."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_router.core.configuration import AdvisorId, Condition, Configuration, Number, PlanRule
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.duty.due_dates import due_at
from cti_router.core.identity import Instant
from cti_router.core.matching.kinds import Kinds
from cti_router.core.plans.plan import planned_steps, requirements_of
from cti_router.core.plans.plan_reach import routed
from cti_router.core.tickets.plan_choice import in_hours


class Named:
    """Works it out for one configuration: each duty's answer is kept as long as nothing that it hangs on changes."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self._kinds = Kinds.of(configuration)
        self._by_the_minute = any(rule.when.hours for number in configuration.numbers.values() for rule in number.rules)
        self._of: object = None
        self._named: frozenset[AdvisorId] = frozenset()

    def at(self, now: Instant, duty: Duty | Closed) -> frozenset[AdvisorId]:
        """Those whom some step of a plan names, of all that may be chosen for a call that arrives now."""
        if isinstance(duty, Closed):
            return frozenset()
        local = datetime.fromtimestamp(now, self._zone)
        of = (duty, local.date(), (local.hour, local.minute) if self._by_the_minute else None)
        if of != self._of:
            self._of, self._named = of, self._worked_out(now, duty)
        return self._named

    def _worked_out(self, now: Instant, duty: Duty) -> frozenset[AdvisorId]:
        configuration = self._configuration
        numbers = {dnis: _as_of(configuration, number, now) for dnis, number in configuration.numbers.items()}
        kinds = 0
        for plan, asked in {
            (each.plan, requirements_of(configuration, each.profile, each.motive))
            for each in routed(replace(configuration, numbers=numbers))
        }:
            demand = planned_steps(configuration, configuration.plans[plan], asked, duty)[-1].demand
            kinds |= self._kinds.eligible(demand).kinds
        return frozenset(advisor for advisor, kind in self._kinds.number_of.items() if kinds >> kind & 1)


def _as_of(configuration: Configuration, number: Number, now: Instant) -> Number:
    """The number with the rules that may hold for a call that arrives now, told without the time."""
    rules = []
    for rule in number.rules:
        when = rule.when
        if when.hours and not in_hours(configuration, when.hours, now):
            continue
        if when.due:
            asked = when.profiles or frozenset(configuration.profiles)
            profiles = frozenset(profile for profile in asked if _is_due(configuration, when, profile, now))
            if not profiles:
                continue
            when = replace(when, profiles=profiles, due=frozenset())
        rules.append(PlanRule(replace(when, hours=()), rule.plan))
    return replace(number, rules=tuple(rules))


def _is_due(configuration: Configuration, when: Condition, profile: str, now: Instant) -> bool:
    return any(each.what.id in when.due for each in due_at(configuration, profile, now))
