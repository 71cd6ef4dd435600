"""Which calls each plan may get, known before anybody calls: for whoever looks over a configuration."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import time

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import (
    Condition,
    Configuration,
    Hours,
    MotiveId,
    Number,
    PlanId,
    ProfileId,
    Slot,
)
from cti_router.core.heard import TreatmentId

_NAMES_NOBODY = frozenset((Recognition.UNKNOWN, Recognition.MASKED))
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Routed:
    """Calls of one profile and one motive that a plan may get."""

    plan: PlanId
    profile: ProfileId
    motive: MotiveId | None


def routed(configuration: Configuration) -> tuple[Routed, ...]:
    """Everything that any plan may get, each once."""
    found: dict[Routed, None] = {}
    for number in configuration.numbers.values():
        for place, plan in enumerate((*(rule.plan for rule in number.rules), number.plan)):
            asked = number.rules[place].when.motives if place < len(number.rules) else frozenset[MotiveId]()
            for profile in profiles_left(configuration, number, place):
                for motive in motives_of(configuration, number, (profile,)):
                    if not asked or motive in asked:
                        found[Routed(plan, profile, motive)] = None
    return tuple(found)


def motives_of(
    configuration: Configuration, number: Number, profiles: Iterable[ProfileId] | None = None
) -> tuple[MotiveId | None, ...]:
    """Why callers of a number may call: its own motive, else none, or one of those that a menu lets them choose.

    `profiles`: theirs, None for any.
    """
    if number.motive is not None:
        return (number.motive,)
    heard = (
        () if number.relay else _heard(configuration, number, configuration.profiles if profiles is None else profiles)
    )
    menus = (treatment.menu for name in heard if (treatment := configuration.treatments.get(name or "")) is not None)
    chosen = dict.fromkeys(motive for menu in menus if menu is not None for motive in menu.keys.values())
    return (None, *chosen)


def _heard(
    configuration: Configuration, number: Number, profiles: Iterable[ProfileId]
) -> tuple[TreatmentId | None, ...]:  # fmt: skip
    """The treatments that callers of these profiles may come to hear, whichever of its plans the number gives them."""
    plans = [configuration.plans[plan] for plan in (*(rule.plan for rule in number.rules), number.plan)]
    theirs = [configuration.profiles[profile].treatment or configuration.treatment for profile in profiles]
    return tuple(dict.fromkeys(name for plan in plans for name in ([plan.treatment] if plan.treatment else theirs)))


def profiles_left(configuration: Configuration, number: Number, place: int) -> Iterator[ProfileId]:
    """The profiles of which calls may come to the rule at this place (from 0; after the last: the number's plan)."""
    when = number.rules[place].when if place < len(number.rules) else Condition()
    for profile in configuration.profiles:
        taken = any(_takes_all(rule.when, number, profile) for rule in number.rules[:place])
        if not taken and not why_never(configuration, number, when) and _may_be(configuration, when, profile):
            yield profile


def why_never(configuration: Configuration, number: Number, when: Condition) -> str:
    """Why a rule of a number can hold for no call whatever its profile; "" when it can."""
    if when.languages and number.language not in when.languages:
        return f"the number's language is “{number.language}”"
    if when.motives and when.motives.isdisjoint(motives_of(configuration, number)):
        return f"the number's motive is “{number.motive}”" if number.motive else "the number has no motive"
    if when.recognitions == {Recognition.KEYED} and (configuration.identity is None or number.relay):
        return "nobody who calls it is asked who he is"
    if when.hours and not _answers_within(configuration, when.hours):
        return "nobody is ever on duty in its hours"
    return ""


def _may_be(configuration: Configuration, when: Condition, profile: ProfileId) -> bool:
    """Could a caller of this profile be one of whom the rule holds?"""
    if when.profiles and profile not in when.profiles:
        return False
    if when.recognitions and when.recognitions <= _NAMES_NOBODY and profile != configuration.rules.unknown_profile:
        return False
    return not when.due or any(profile in configuration.due_dates[due].profiles for due in when.due)


def _takes_all(when: Condition, number: Number, profile: ProfileId) -> bool:
    """Does the rule hold for every call of this profile, whoever calls and whenever?"""
    return (
        (not when.profiles or profile in when.profiles)
        and (not when.motives or number.motive in when.motives)
        and (not when.languages or number.language in when.languages)
        and not (when.recognitions or when.verified or when.due or when.hours)
    )


def _answers_within(configuration: Configuration, hours: tuple[Hours, ...]) -> bool:
    """Is anybody ever on duty in these hours, in the week or on an exceptional day?

    Slots of another time zone are taken to be: when they come in local time changes with the season.
    """
    calendar = configuration.calendar
    slots = [
        *((slot.weekday, slot) for slot in calendar.week),
        *((day.weekday(), slot) for day, exception in calendar.exceptions.items() for slot in exception.slots),
    ]
    return any(slot.timezone not in ("", calendar.timezone) for _, slot in slots) or any(
        weekday in span.weekdays and starts < _end_minute(span.end) and _minute(span.start) < ends
        for day, slot in slots
        for weekday, starts, ends in _days_of(day, slot)
        for span in hours
    )


def _days_of(weekday: int, slot: Slot) -> Iterator[tuple[int, int, int]]:
    """A slot's part of each weekday it lies in, in minutes. One that does not end after it starts passes midnight."""
    starts, ends = _minute(slot.start), _end_minute(slot.end)
    if starts < ends:
        yield weekday, starts, ends
    else:
        yield weekday, starts, _DAY
        yield (weekday + 1) % 7, 0, ends


def _minute(of_day: time) -> int:
    return of_day.hour * 60 + of_day.minute


def _end_minute(of_day: time) -> int:
    return _minute(of_day) or _DAY
