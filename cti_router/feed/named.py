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
    """Of one configuration. `names` are those whom some step of a plan names, as it was worked out last.

    That takes milliseconds where there are a thousand advisors: it may be done in a thread of its own.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.names: frozenset[AdvisorId] = frozenset()
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self._kinds = Kinds.of(configuration)
        self._by_the_minute = any(rule.when.hours for number in configuration.numbers.values() for rule in number.rules)
        self._of: object = None

    def holds(self, now: Instant, duty: Duty | Closed) -> bool:
        """Has nothing changed since that it hangs on?"""
        return self._of == self._hangs_on(now, duty)

    def work_out(self, now: Instant, duty: Duty | Closed) -> None:
        """Of all that may be chosen for a call that arrives now."""
        self.names = frozenset() if isinstance(duty, Closed) else self._worked_out(now, duty)
        self._of = self._hangs_on(now, duty)

    def _hangs_on(self, now: Instant, duty: Duty | Closed) -> object:
        if isinstance(duty, Closed):
            return None, ()
        local = datetime.fromtimestamp(now, self._zone)
        return duty, (local.date(), (local.hour, local.minute) if self._by_the_minute else None)

    def _worked_out(self, now: Instant, duty: Duty) -> frozenset[AdvisorId]:
        configuration = self.configuration
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
