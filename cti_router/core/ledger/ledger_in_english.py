"""The ledger's reasons as sentences, in English, for whoever looks into a decision and has no French."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import PUBLIC, Tie
from cti_router.core.history import Outcome
from cti_router.core.identity import Instant
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.ledger.ledger_in_french import about, in_words
from cti_router.core.plans.callback_rules import NoCallback


def sentence(reason: Reason) -> str:
    return SENTENCES[reason.why](*reason.values)


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_TIES = {Tie.IN_CHARGE: "in charge of the file", Tie.LAST_ADVISOR: "who served the caller last"}
_STATES = {
    "logged_out": "not logged in",
    "not_ready": "absent",
    "offered": "being rung already",
    "talking": "talking",
    "wrap_up": "in wrap-up",
    "unreachable": "phone out of reach",
    "on_the_phone": "on the phone with something else",
    "elsewhere": "at none of the sites open to this call",
    "no_way": "no way to his phone",
    "too_long": "the time to wait for him is over",
}
_RECOGNISED = {
    Recognition.RECOGNISED: "recognised by his number",
    Recognition.KEYED: "identified by what he keyed, without proof",
    Recognition.SEVERAL: "several files for this number",
    Recognition.UNKNOWN: "unknown number",
    Recognition.MASKED: "hidden number",
}
_VERIFIED = {
    Verified.YES: ", vouched for by the carrier",
    Verified.NO: ", denied by the carrier",
    Verified.UNKNOWN: "",
}
_KEYED = {
    "nothing": "keyed nothing to say who he is",
    "wrong": "keyed nothing right to say who he is",
    "nobody": "the number keyed is nobody's",
}
_FAILED = {
    "busy": "busy",
    "unreachable": "phone out of reach",
    "no_way": "no way to his phone",
    "cancelled": "ringing broken off",
    "lost": "the call could not be brought to him",
    "withdrawn": "not available any more",
    "cut": "the line was cut, the call takes its place again",
}
_NO_CALLBACK = {
    NoCallback.NOT_CONFIGURED: "the service does not call back",
    NoCallback.NOT_READ: "the database is away",
    NoCallback.HIDDEN: "the number is hidden, or none to be called",
    NoCallback.NOT_ALLOWED: "a number that is not called back",
    NoCallback.OPEN_ALREADY: "a callback of this number is noted already",
    NoCallback.TOO_MANY: "too many callbacks wait",
    NoCallback.TOO_OFTEN: "asked too often from this number in 24 hours",
    NoCallback.NO_LINE: "no site has a line to the public network",
}
_NOT_REACHED = {
    "no_answer": "no answer",
    "busy": "busy",
    "unreachable": "out of reach",
    "no_way": "no way to his number",
    "cancelled": "the advisor hung up while it rang",
}
_CALLBACK_OVER = {
    Outcome.ANSWERED: "the contributor was called back",
    Outcome.UNREACHED: "callback given up: the contributor could not be reached",
    Outcome.CALLED_AGAIN: "callback needless: the contributor called again himself",
    Outcome.EXPIRED: "callback given up: too late",
    Outcome.NOT_NOTED: "callback not noted: the database is away",
}
_CONSULTATION_OVER = {
    "talked": "advice given, back to the caller",
    "cancelled": "advice no longer wanted",
    "unserved": "no advice: nobody could give it",
}
_ASKED: Mapping[str, Callable[[Any], str]] = {
    "profile": "profile {}".format,
    "motive": "motive {}".format,
    "language": "language {}".format,
    "recognition": lambda level: _RECOGNISED[level],
    "verified": lambda verified: f"number{_VERIFIED[verified] or ' the carrier says nothing of'}",
    "due": "due date {}".format,
    "hours": lambda span: f"{', '.join(_DAYS[day] for day in span[0])} {span[1]:%H:%M}–{span[2]:%H:%M}",
}


def _at(instant: Instant, timezone: str) -> datetime:
    return datetime.fromtimestamp(instant, ZoneInfo(timezone))


def _duty(
    site: str, from_at: Instant, until_at: Instant, timezone: str, swaps: tuple[tuple[str, str], ...],
    closed: tuple[str, ...],
) -> str:  # fmt: skip
    from_, until = _at(from_at, timezone), _at(until_at, timezone)
    swapped = "".join(f", swap {give} – {take}" for give, take in swaps)
    without = f", closed by order: {', '.join(closed)}" if closed else ""
    return f"{site} is on duty ({_DAYS[from_.weekday()]} {from_:%H:%M}–{until:%H:%M}{swapped}{without})"


def _kept(site: str, left_at: Instant, until_at: Instant | None, timezone: str) -> str:
    until = "" if until_at is None else f", until {_at(until_at, timezone):%H:%M}"
    return f"arrived before the end of the duty of {site} ({_at(left_at, timezone):%H:%M}), which keeps him{until}"


def _closed(because: str, until_at: Instant | None, timezone: str) -> str:
    reason = f"closed: {because}" if because else "outside the time slots"
    if until_at is None:
        return f"{reason}; no opening in sight"
    opening = _at(until_at, timezone)
    return f"{reason}; opens again on {_DAYS[opening.weekday()]} {opening:%Y-%m-%d} at {opening:%H:%M}"


def _advisor(name: str, step: int, tie: Tie | None, levels: tuple[tuple[str, int], ...], idle_s: float) -> str:
    tied = "" if tie is None else f", {_TIES[tie]}"
    known = ", ".join(f"{skill} {level}" for skill, level in levels) or "no skill asked"
    return f"{name}: step {step + 1}{tied}, {known}, free for {in_words(idle_s)}"


def _path(*sites: str) -> str:
    if len(sites) == 1:
        return f"at {sites[0]} itself"
    return "by the line " + " → ".join("public network" if site == PUBLIC else site for site in sites)


def _plan(plan: str, number: int, asked: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    if not number:
        return f"plan {plan}: no rule of the number holds"
    words = "; ".join(" or ".join(_ASKED[key](value) for value in values) for key, values in asked)
    return f"plan {plan}: rule {number} of the number ({words})"


def _due(name: str, on: date, bonus_s: float) -> str:
    worth = f": counts for {in_words(bonus_s)} of waiting more" if bonus_s else ""
    return f"due date {name} on {on:%Y-%m-%d}{worth}"


def _offer_failed(name: str, result: str, rang_s: float) -> str:
    if result == "no_answer":
        return f"{name}: no answer in {in_words(rang_s)}, set absent, the call keeps its place"
    return f"{name}: {_FAILED.get(result, result)}"


def _opened_early(step: int, expected_s: float | None) -> str:
    why = "nobody can answer before" if expected_s is None else f"expected wait {about(expected_s)}"
    return f"step {step + 1} opened early: {why}"


def _awaits(name: str, tie: Tie, until_at: Instant, timezone: str) -> str:
    return f"waits for {name}, {_TIES[tie]}, until {_at(until_at, timezone):%H:%M:%S} at most"


def _lacks(name: str, lacks: tuple[tuple[str, int, int], ...]) -> str:
    return f"{name}: " + ", ".join(f"{skill} {level or 'unknown'}, {wanted} asked" for skill, level, wanted in lacks)


def _kept_by(name: str, state: str, reason: str) -> str:
    why = {"": "", "rona": " (let a call ring)"}.get(reason, f" ({reason})")
    return f"{name}: {_STATES[state]}{why}"


def _callback(author: str, called_from: int | None = None) -> str:
    asked = f"callback asked for by {author}" if author else "callback asked for"
    return asked if called_from is None else f"{asked}, from +{called_from}"


def _callback_over(outcome: Outcome, author: str) -> str:
    cancelled = f"callback cancelled by {author}" if author else "callback cancelled: an advisor has answered"
    return _CALLBACK_OVER.get(outcome, cancelled)


_PLACED_OVER = {
    Outcome.ANSWERED: "the contributor answered",
    Outcome.NO_ANSWER: "the contributor did not answer",
    Outcome.BUSY: "the contributor is busy",
    Outcome.UNREACHABLE: "the contributor cannot be reached",
    Outcome.CANCELLED: "given up before the contributor answered",
}


def _plain(text: str) -> Callable[[], str]:
    return lambda: text


SENTENCES: Mapping[Why, Callable[..., str]] = {
    Why.DUTY: _duty,
    Why.KEPT: _kept,
    Why.CLOSED: _closed,
    Why.PROFILE: lambda name, level, verified: f"{_RECOGNISED[level]}{_VERIFIED[verified]}: {name}",
    Why.ADVISOR: _advisor,
    Why.PATH: _path,
    Why.PLAN: _plan,
    Why.DUE: _due,
    Why.OFFER_FAILED: _offer_failed,
    Why.LESS_COMPETENT: "{}: less competent ({} in all)".format,
    Why.LATER: lambda name, idle_s: f"{name}: as competent, but free for less time ({in_words(idle_s)})",
    Why.MORE_OCCUPIED: lambda name, busy_s: f"{name}: more occupied today ({in_words(busy_s)})",
    Why.LATER_STEP: lambda name, step: f"{name}: only called from step {step + 1} on",
    Why.SPARED: "{}: spared, the only one free who knows something else".format,
    Why.PREFERRED_AWAY: lambda name, tie, state: f"{name}, {_TIES[tie]}: {_STATES[state]}",
    Why.AFTER_PREFERRED: lambda name, best, tie: f"{name}: {best}, {_TIES[tie]}, goes first",
    Why.AWAITS: _awaits,
    Why.AWAITS_NO_MORE: lambda name, tie, state: f"waits no more for {name}, {_TIES[tie]}: {_STATES[state]}",
    Why.NOBODY_FREE: _plain("no competent advisor is free: waits"),
    Why.OPENED_EARLY: _opened_early,
    Why.DIRECTORY_AWAY: _plain("the directory is away: treated as unknown"),
    Why.KEYED: lambda what: _KEYED[what],
    Why.UNKNOWN_NUMBER: _plain("the number dialled is unknown to the configuration"),
    Why.PORTS_TAKEN: lambda site, following="": (
        f"every voice port of {site} is taken: " + (f"to be delivered at {following}" if following else "busy")
    ),
    Why.PLAN_ENDED: _plain("end of the routing plan: nobody could answer"),
    Why.CALLER_LEFT: _plain("the caller hung up"),
    Why.ENDED_UNSEEN: _plain("ended while the router did not listen"),
    Why.MOTIVE: "chose “{}”".format,
    Why.NO_MOTIVE: _plain("chose no motive"),
    Why.ADOPTED: _plain("taken over with its age after a restart of the router"),
    Why.TRANSFER: "{} transfers the call: {}, level {} at least".format,
    Why.CONSULTATION: "{} asks for advice: {}, level {} at least".format,
    Why.CONSULTATION_OVER: lambda result: _CONSULTATION_OVER.get(result, "no advice: back to the caller"),
    Why.CONNECTED: "the caller has passed to {}".format,
    Why.ADVISOR_LEFT: "{} left the call without giving it back: it waits again, with its age".format,
    Why.NO_LINE_OUT: _plain("no line free to the other number"),
    Why.PULLED: "given to {} by {}: {}".format,
    Why.CALLBACK: _callback,
    Why.PROMISED: lambda at, timezone: f"callback promised for {_at(at, timezone):%Y-%m-%d %H:%M}",
    Why.PLACED: lambda advisor, author: f"{advisor} calls out, asked for by {author or 'nobody known'}",
    Why.PLACED_OVER: lambda outcome: _PLACED_OVER.get(outcome, "unknown end"),
    Why.NO_CALLBACK: lambda why: f"no callback: {_NO_CALLBACK[why]}",
    Why.NOT_REACHED: lambda heard: f"callback without result: {_NOT_REACHED.get(heard, 'unknown end')}",
    Why.CALLBACK_OVER: _callback_over,
    Why.HEAD_START: lambda age_s: f"waited for a callback: keeps the age of his request ({in_words(age_s)})",
    Why.CHOSEN: "{}: the one to whom the call is offered".format,
    Why.NO_ADVISOR: "{}: unknown to the configuration".format,
    Why.NEVER_OPENED: "{}: no step of the plan opens {}".format,
    Why.LACKS: _lacks,
    Why.TAKEN: "{}: offered to call {} at the same instant, which comes first".format,
    Why.KEPT_BY: _kept_by,
    Why.NO_PATH: "{}: no way from {} to {}".format,
    Why.NO_LINE: "{}: no line free from {} to call back".format,
    Why.LEFT_TO: lambda name, awaited, tie: f"{name}: the call waits for {awaited}, {_TIES[tie]}",
    Why.TOLD: str,
}
