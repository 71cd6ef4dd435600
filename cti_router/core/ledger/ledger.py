"""Why: each decision's reasons as data. Words come later, outside a decision: `ledger_in_french.py`."""

import math
from enum import StrEnum, auto
from typing import NamedTuple

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    PUBLIC,
    Advisor,
    Calendar,
    Condition,
    Configuration,
    Motive,
    Profile,
    Requirement,
    SiteId,
    Tie,
)
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.duty.due_dates import FallingDue
from cti_router.core.duty.hand_over import Kept
from cti_router.core.history import Outcome
from cti_router.core.identity import Instant
from cti_router.core.plans.callback_rules import NoCallback
from cti_router.core.tickets.plan_choice import Choice


class Why(StrEnum):
    """A kind of reason; each has its sentence in French."""

    DUTY = auto()
    KEPT = auto()
    CLOSED = auto()
    PROFILE = auto()
    ADVISOR = auto()
    PATH = auto()
    PLAN = auto()
    DUE = auto()
    OFFER_FAILED = auto()
    LESS_COMPETENT = auto()
    LATER = auto()
    MORE_OCCUPIED = auto()
    LATER_STEP = auto()
    SPARED = auto()
    PREFERRED_AWAY = auto()
    AFTER_PREFERRED = auto()
    AWAITS = auto()
    AWAITS_NO_MORE = auto()
    NOBODY_FREE = auto()
    OPENED_EARLY = auto()
    DIRECTORY_AWAY = auto()
    KEYED = auto()
    UNKNOWN_NUMBER = auto()
    PORTS_TAKEN = auto()
    PLAN_ENDED = auto()
    CALLER_LEFT = auto()
    ENDED_UNSEEN = auto()
    ADOPTED = auto()
    TRANSFER = auto()
    CONSULTATION = auto()
    CONSULTATION_OVER = auto()
    CONNECTED = auto()
    ADVISOR_LEFT = auto()
    NO_LINE_OUT = auto()
    MOTIVE = auto()
    NO_MOTIVE = auto()
    PULLED = auto()
    CALLBACK = auto()
    PROMISED = auto()
    PLACED = auto()
    PLACED_OVER = auto()
    NO_CALLBACK = auto()
    NOT_REACHED = auto()
    CALLBACK_OVER = auto()
    HEAD_START = auto()
    CHOSEN = auto()
    NO_ADVISOR = auto()
    NEVER_OPENED = auto()
    LACKS = auto()
    TAKEN = auto()
    KEPT_BY = auto()
    NO_PATH = auto()
    NO_LINE = auto()
    LEFT_TO = auto()
    TOLD = auto()  # a sentence of a former router


class Reason(NamedTuple):
    """`values` are what its sentence needs: names as they were at the time, durations in seconds."""

    why: Why
    values: tuple[object, ...] = ()


NOBODY_FREE = Reason(Why.NOBODY_FREE)
DIRECTORY_AWAY = Reason(Why.DIRECTORY_AWAY)
UNKNOWN_NUMBER = Reason(Why.UNKNOWN_NUMBER)
PLAN_ENDED = Reason(Why.PLAN_ENDED)
CALLER_LEFT = Reason(Why.CALLER_LEFT)
ENDED_UNSEEN = Reason(Why.ENDED_UNSEEN)
ADOPTED = Reason(Why.ADOPTED)
NO_LINE_OUT = Reason(Why.NO_LINE_OUT)
NO_MOTIVE = Reason(Why.NO_MOTIVE)


def why_motive(motive: Motive) -> Reason:
    """He was asked why he calls, and chose this."""
    return Reason(Why.MOTIVE, (motive.name,))


def why_keyed(what: str) -> Reason:
    """His keys told nothing: there were none ("nothing"), "wrong" ones each time, or they are "nobody"'s number."""
    return Reason(Why.KEYED, (what,))


def why_pulled(advisor: str, author: str, reason: str) -> Reason:
    """A supervisor gave the call to this advisor."""
    return Reason(Why.PULLED, (advisor, author, reason))


def why_refused(configuration: Configuration, site: SiteId, next_site: SiteId | None) -> Reason:
    """Every voice port of a PBX is taken; the carrier delivers the call at `next_site`, None: nowhere."""
    return Reason(Why.PORTS_TAKEN, tuple(configuration.sites[at].name for at in (site, next_site) if at))


def why_transfer(configuration: Configuration, advisor: str, wanted: Requirement) -> Reason:
    return Reason(Why.TRANSFER, (advisor, configuration.skills[wanted.skill].name, wanted.level))


def why_consultation(configuration: Configuration, advisor: str, wanted: Requirement) -> Reason:
    return Reason(Why.CONSULTATION, (advisor, configuration.skills[wanted.skill].name, wanted.level))


def why_consultation_over(result: str) -> Reason:
    """`result`: what became of the expert's ringing, or "talked", "cancelled", "unserved"."""
    return Reason(Why.CONSULTATION_OVER, (result,))


def why_connected(expert: str) -> Reason:
    return Reason(Why.CONNECTED, (expert,))


def why_advisor_left(advisor: str) -> Reason:
    return Reason(Why.ADVISOR_LEFT, (advisor,))


def why_callback(author: str, called_from: int | None = None) -> Reason:
    """Somebody is to be called back. `author` asked for it, "" for the caller, who called from another number."""
    return Reason(Why.CALLBACK, (author,) if called_from is None else (author, called_from))


def why_promised(at: Instant, timezone: str) -> Reason:
    """He is to be called back then, not before."""
    return Reason(Why.PROMISED, (at, timezone))


def why_placed(advisor: str, author: str) -> Reason:
    """An advisor wanted to speak with somebody; `author` asked for it."""
    return Reason(Why.PLACED, (advisor, author))


def why_placed_over(outcome: Outcome) -> Reason:
    return Reason(Why.PLACED_OVER, (outcome,))


def why_no_callback(why: NoCallback) -> Reason:
    return Reason(Why.NO_CALLBACK, (why,))


def why_not_reached(heard: str) -> Reason:
    """What became of a call to somebody who was to be called back: a `Heard`, or "unseen"."""
    return Reason(Why.NOT_REACHED, (heard,))


def why_callback_over(outcome: Outcome, author: str = "") -> Reason:
    return Reason(Why.CALLBACK_OVER, (outcome, author))


def why_head_start(age_s: float) -> Reason:
    """He calls again before he was called back."""
    return Reason(Why.HEAD_START, (age_s,))


def told(sentence: str) -> Reason:
    return Reason(Why.TOLD, (sentence,))


def why_duty(configuration: Configuration, duty: Duty) -> Reason:
    sites = configuration.sites
    swaps = tuple((sites[swap.give].name, sites[swap.take].name) for swap in duty.swaps)
    closed = tuple(sites[site].name for site in duty.without)
    return Reason(
        Why.DUTY, (sites[duty.site].name, duty.from_at, duty.until_at, configuration.calendar.timezone, swaps, closed)
    )


def why_kept(configuration: Configuration, kept: Kept) -> Reason:
    site, calendar = configuration.sites[kept.duty.site].name, configuration.calendar
    return Reason(Why.KEPT, (site, kept.duty.until_at, kept.until_at, calendar.timezone))


def why_closed(calendar: Calendar, closed: Closed) -> Reason:
    return Reason(Why.CLOSED, (closed.because, closed.until_at, calendar.timezone))


def why_profile(profile: Profile, recognition: Recognition, verified: Verified = Verified.UNKNOWN) -> Reason:
    """What the carrier says is about the number, not about what was keyed."""
    said = Verified.UNKNOWN if recognition is Recognition.KEYED else verified
    return Reason(Why.PROFILE, (profile.name, recognition, said))


def why_plan(configuration: Configuration, choice: Choice) -> Reason:
    """Why this plan: the rule of the number that holds, with all that it asks; else that none does."""
    asked = told_condition(configuration, choice.rule.when) if choice.rule else ()
    return Reason(Why.PLAN, (choice.plan.id, choice.number, asked))


def told_condition(configuration: Configuration, when: Condition) -> tuple[tuple[str, tuple[object, ...]], ...]:
    """What a rule asks, key by key, with the names of what it names."""
    found: dict[str, tuple[object, ...]] = {
        "profile": tuple(configuration.profiles[profile].name for profile in sorted(when.profiles)),
        "motive": tuple(configuration.motives[motive].name for motive in sorted(when.motives)),
        "language": tuple(sorted(when.languages)),
        "recognition": tuple(sorted(when.recognitions)),
        "verified": tuple(sorted(when.verified)),
        "due": tuple(configuration.due_dates[due].name for due in sorted(when.due)),
        "hours": tuple((tuple(sorted(span.weekdays)), span.start, span.end) for span in when.hours),
    }
    return tuple((key, values) for key, values in found.items() if values)


def why_due(due: FallingDue) -> Reason:
    return Reason(Why.DUE, (due.what.name, due.on, due.what.bonus_s))


def why_advisor(
    configuration: Configuration,
    advisor: Advisor,
    asked: tuple[Requirement, ...],
    tie: Tie | None,
    step: int,
    idle_s: float,
) -> Reason:
    """Why this advisor: the step that opened him, his tie to the caller, his levels in what is asked, since when he is
    free."""
    skills, his = configuration.skills, advisor.skills
    levels = tuple([(skills[each.skill].name, his.get(each.skill, 0)) for each in asked])
    return Reason(Why.ADVISOR, (advisor.name, step, tie, levels, idle_s))


def why_opened_early(step: int, expected_s: float) -> Reason:
    """A step, counted from 0, that did not wait for its time, as so long a wait was expected (inf: without end)."""
    return Reason(Why.OPENED_EARLY, (step, None if math.isinf(expected_s) else expected_s))


def why_path(configuration: Configuration, path: tuple[SiteId, ...]) -> Reason:
    sites = configuration.sites
    return Reason(Why.PATH, tuple(PUBLIC if site == PUBLIC else sites[site].name for site in path))


def why_offer_failed(name: str, result: str, rang_s: float) -> Reason:
    return Reason(Why.OFFER_FAILED, (name, result, rang_s))
