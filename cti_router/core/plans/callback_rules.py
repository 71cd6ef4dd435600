"""Who may be called back, and when."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cti_router.core.configuration import CallbackRules, Hours
from cti_router.core.duty.calendar import Closed
from cti_router.core.duty.duties import Duties
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant

A_DAY_S = 86_400.0

_LONGEST, _SHORTEST = 15, 8
"""Digits, by ITU-T E.164; what is shorter is an operator's service, or nobody's number."""

_LENGTHS = {"33": 11}
"""Digits of a whole number, where they are always as many."""

_LOOKED_AHEAD = 32
"""So many openings and spans are looked at for the next instant."""


class NoCallback(StrEnum):
    """Why a callback is not noted."""

    NOT_CONFIGURED = "not_configured"
    NOT_READ = "not_read"  # the database has not told yet who is to be called back
    HIDDEN = "hidden"
    NOT_ALLOWED = "not_allowed"
    OPEN_ALREADY = "open_already"
    TOO_MANY = "too_many"
    TOO_OFTEN = "too_often"
    NO_LINE = "no_line"


def why_not_called(rules: CallbackRules, e164: int) -> str | None:
    """Why a number is never called back, as the end of a sentence; None when it may be."""
    digits = str(e164)
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return f"has {len(digits)} digits: it is no subscriber's"
    allowed = max((len(prefix) for prefix in rules.allow if digits.startswith(prefix)), default=0)
    refused = max((len(prefix) for prefix in rules.refuse if digits.startswith(prefix)), default=0)
    if not allowed:
        return f"begins with none of +{', +'.join(rules.allow)}: “allow” names those that may be called"
    if refused >= allowed:
        return f"begins with +{digits[:refused]}, which “refuse” names"
    wanted = next((length for country, length in _LENGTHS.items() if digits.startswith(country)), len(digits))
    return None if len(digits) == wanted else f"has {len(digits)} digits instead of {wanted}"


def next_allowed_at(duties: Duties, zone: ZoneInfo, rules: CallbackRules, at: Instant) -> Instant | None:
    """The first instant, not before `at`, at which the service is open and calls back. None: none in sight."""
    for _ in range(_LOOKED_AHEAD):
        duty = duties.at(at)
        if isinstance(duty, Closed):
            if duty.until_at is None:
                return None
            at = duty.until_at
        elif (begins_at := _next_in_hours(rules.hours, zone, at)) > at:
            at = begins_at
        else:
            return at
    return None


def retry_after_s(rules: CallbackRules, attempts: int) -> float:
    """How long after so many attempts the next one comes."""
    return rules.retry_after_s[min(attempts, len(rules.retry_after_s)) - 1]


def _next_in_hours(hours: tuple[Hours, ...], zone: ZoneInfo, at: Instant) -> Instant:
    if not hours:
        return at
    local = datetime.fromtimestamp(at, zone)
    begins = []
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        for span in hours:
            if day.weekday() not in span.weekdays:
                continue
            start = instant_of(day, span.start, zone)
            last = day + timedelta(days=1) if span.end == time(0) else day
            if at < instant_of(last, span.end, zone):
                begins.append(max(at, start))
    return min(begins)
