"""Which plan routes a call: that of the first rule of its number that holds, else the number's own."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Condition,
    Configuration,
    Hours,
    MotiveId,
    Number,
    Plan,
    PlanRule,
    Profile,
    ProfileId,
)
from cti_router.core.duty.due_dates import due_at
from cti_router.core.heard import Treatment
from cti_router.core.identity import Cli, Instant
from cti_router.core.tickets.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All that a rule may ask about. `arrived_at` is the call's: its plan does not change because it waits."""

    profile: ProfileId
    motive: MotiveId | None
    recognition: Recognition | None
    verified: Verified
    arrived_at: Instant


@dataclass(frozen=True, slots=True)
class Choice:
    """`rule` is the one that holds and `number` its place in the list, from 1; None and 0: the number's own plan."""

    plan: Plan
    rule: PlanRule | None = None
    number: int = 0


def choose_plan(configuration: Configuration, number: Number | None, of: Circumstances) -> Choice:
    """Without a number (a call of a former configuration's) the first plan there is."""
    if number is None:
        return Choice(next(iter(configuration.plans.values())))
    for place, rule in enumerate(number.rules, 1):
        if holds(configuration, rule.when, number, of):
            return Choice(configuration.plans[rule.plan], rule, place)
    return Choice(configuration.plans[number.plan])


def plan_of(configuration: Configuration, number: Number | None, ticket: Ticket, cli: Cli) -> Plan:
    """The plan a ticket was given, or would be given now."""
    known = configuration.plans.get(ticket.plan or "")
    return known or choose_plan(configuration, number, circumstances(configuration, ticket, cli)).plan


def treatment_of(configuration: Configuration, number: Number | None, ticket: Ticket, cli: Cli) -> Treatment | None:
    """What a ticket's caller hears while he waits, by its plan, else by his profile, else by the service."""
    profile = configuration.profiles.get(ticket.profile or "")
    return treatment_for(configuration, plan_of(configuration, number, ticket, cli), profile)


def treatment_for(configuration: Configuration, plan: Plan, profile: Profile | None) -> Treatment | None:
    named = plan.treatment or (profile.treatment if profile else None) or configuration.treatment
    return configuration.treatments.get(named or "")


def circumstances(configuration: Configuration, ticket: Ticket, cli: Cli) -> Circumstances:
    profile = ticket.profile or configuration.rules.unknown_profile
    return Circumstances(profile, ticket.motive, ticket.recognition, cli.verified, ticket.arrived_at)


def holds(configuration: Configuration, when: Condition, number: Number, of: Circumstances) -> bool:
    return (
        (not when.profiles or of.profile in when.profiles)
        and (not when.motives or of.motive in when.motives)
        and (not when.languages or number.language in when.languages)
        and (not when.recognitions or of.recognition in when.recognitions)
        and (not when.verified or of.verified in when.verified)
        and (not when.hours or in_hours(configuration, when.hours, of.arrived_at))
        and (not when.due or any(each.what.id in when.due for each in due_at(configuration, of.profile, of.arrived_at)))
    )


def in_hours(configuration: Configuration, hours: tuple[Hours, ...], at: Instant) -> bool:
    local = datetime.fromtimestamp(at, ZoneInfo(configuration.calendar.timezone))
    of_day = local.time()
    return any(
        local.weekday() in span.weekdays and span.start <= of_day and (of_day < span.end or span.end == time(0))
        for span in hours
    )
