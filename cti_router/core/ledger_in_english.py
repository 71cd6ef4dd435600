"""The reasons why an advisor does not get a call as sentences, in English."""

from collections.abc import Callable, Mapping

from cti_router.core.configuration import Tie
from cti_router.core.ledger import Reason, Why
from cti_router.core.ledger_in_french import in_words


def sentence(reason: Reason) -> str:
    return SENTENCES[reason.why](*reason.values)


_TIES = {Tie.IN_CHARGE: "in charge of the file", Tie.LAST_ADVISOR: "who served the caller last"}

_STATES = {
    "logged_out": "not logged in",
    "not_ready": "absent",
    "offered": "being rung already",
    "talking": "talking",
    "wrap_up": "in wrap-up",
    "unreachable": "phone out of reach",
    "on_the_phone": "on the phone with something else",
}


def _lacks(name: str, lacks: tuple[tuple[str, int, int], ...]) -> str:
    return f"{name}: " + ", ".join(f"{skill} {level or 'unknown'}, {wanted} asked" for skill, level, wanted in lacks)


def _kept_by(name: str, state: str, reason: str) -> str:
    why = {"": "", "rona": " (let a call ring)"}.get(reason, f" ({reason})")
    return f"{name}: {_STATES[state]}{why}"


def _left_to(name: str, awaited: str, tie: Tie) -> str:
    return f"{name}: the call waits for {awaited}, {_TIES[tie]}"


SENTENCES: Mapping[Why, Callable[..., str]] = {
    Why.AFTER_PREFERRED: lambda name, best, tie: f"{name}: {best}, {_TIES[tie]}, goes first",
    Why.LATER_STEP: lambda name, step: f"{name}: only called from step {step + 1} on",
    Why.LESS_COMPETENT: "{}: less competent ({} in all)".format,
    Why.LATER: lambda name, idle_s: f"{name}: as competent, but free for less time ({in_words(idle_s)})",
    Why.MORE_OCCUPIED: lambda name, busy_s: f"{name}: more occupied today ({in_words(busy_s)})",
    Why.SPARED: "{}: spared, the only one free who knows something else".format,
    Why.CHOSEN: "{}: the one to whom the call is offered".format,
    Why.NO_ADVISOR: "{}: unknown to the configuration".format,
    Why.NEVER_OPENED: "{}: no step of the plan opens {}".format,
    Why.LACKS: _lacks,
    Why.TAKEN: "{}: offered to call {} at the same instant, which comes first".format,
    Why.KEPT_BY: _kept_by,
    Why.NO_PATH: "{}: no way from {} to {}".format,
    Why.NO_LINE: "{}: no line free from {} to call back".format,
    Why.LEFT_TO: _left_to,
    Why.PULLED: "given to {} by {}: {}".format,
}
