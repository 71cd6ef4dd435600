"""What is known only when it is said, as sounds: names of clips, the same in every language (`cti_router/voice`)."""

import math
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from typing import TypeAlias
from zoneinfo import ZoneInfo

from cti_router.core.heard import Value
from cti_router.core.identity import Instant

Sounds: TypeAlias = tuple[str, ...]

Known: TypeAlias = Callable[[Value], Sounds | None]
"""What a value is said by now; None: it is not known, or not to be told."""

SAY = "cti/say/"

HIGHEST_POSITION, MOST_MINUTES = 99, 60
_FIVE_MIN_S, _HOUR_S = 300, 3600.0
_VALUES = frozenset(Value)
_PIECE = re.compile(r"(.+)-([1-9][0-9]*)")


def spoken(sounds: Sounds, known: Known) -> Sounds:
    """The same with the values said. A prompt of which a value is not known is left out whole."""
    if _VALUES.isdisjoint(sounds):
        return sounds
    found: Sounds = ()
    for prompt in prompts_in(sounds):
        parts = [known(Value(sound)) if sound in _VALUES else (sound,) for sound in prompt]
        if None not in parts:
            found += tuple(sound for part in parts for sound in part or ())
    return found


def nothing_known(_: Value) -> None:
    """For whoever plays sounds without the router: the fallback."""


def prompts_in(sounds: Sounds) -> Iterator[Sounds]:
    """Sounds, prompt by prompt, as `heard.pieces_of` made them: `cti/NAME-1`, a value in the second place, …"""
    prompt: Sounds = ()
    for place, sound in enumerate(sounds):
        if prompt and not _goes_on(prompt, sounds[place:]):
            yield prompt
            prompt = ()
        prompt += (sound,)
    if prompt:
        yield prompt


def _goes_on(prompt: Sounds, following: Sounds) -> bool:
    """Is the next sound of the prompt? Values between two prompts are the second one's where it could begin so."""
    name, values = _name(prompt), sum(1 for _ in takewhile(_VALUES.__contains__, following))
    piece = _piece(following[values]) if values < len(following) else None
    goes_on = piece is not None and piece[1] == len(prompt) + values + 1 and name in ("", piece[0])
    if not values:
        return goes_on and not _VALUES.isdisjoint(prompt)
    begins_another = piece is not None and piece[1] == values + 1 and not goes_on
    return not begins_another and (prompt[0] in _VALUES or _piece(prompt[0]) == (name, 1))


def _name(prompt: Sounds) -> str:
    """What its pieces have in common; "" when there are but values yet."""
    return next((piece[0] for sound in prompt if sound not in _VALUES and (piece := _piece(sound))), "")


def _piece(sound: str) -> tuple[str, int] | None:
    found = _PIECE.fullmatch(sound)
    return (found[1], int(found[2])) if found else None


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────


def opening(at: Instant, now: Instant, zone: ZoneInfo) -> Sounds:
    """When it opens: "tomorrow", or the weekday and the date, unless it is today; then the time, five minutes' steps.

    A time between two of them is rounded up: nobody is to come too early.
    """
    local = datetime.fromtimestamp(math.ceil(at / _FIVE_MIN_S) * _FIVE_MIN_S, zone)
    today = datetime.fromtimestamp(now, zone).date()
    time = f"{SAY}time-{local:%H%M}"
    if local.date() == today:
        return (time,)
    if local.date() == today + timedelta(days=1):
        return (f"{SAY}tomorrow", time)
    return (f"{SAY}weekday-{local.isoweekday()}", f"{SAY}date-{local:%m%d}", time)


def position(place: int) -> Sounds | None:
    """His place in the queue, from 1; over 99 nobody wants to hear it."""
    return (f"{SAY}position-{place}",) if 1 <= place <= HIGHEST_POSITION else None


def wait(seconds: float) -> Sounds | None:
    """About how long he is still to wait: to the minute, above ten minutes to five; None: without end."""
    return None if math.isinf(seconds) else (f"{SAY}minutes-{_about(seconds)}",)


def _about(seconds: float) -> int:
    """0 is less than a minute, 60 more than an hour."""
    if seconds >= _HOUR_S:
        return MOST_MINUTES
    minutes = _minutes(seconds)
    return minutes if minutes <= 10 else min(5 * math.floor(minutes / 5 + 0.5), MOST_MINUTES - 5)


def _minutes(seconds: float) -> int:
    return 0 if seconds < 60 else math.floor(seconds / 60 + 0.5)


def number(e164: str) -> Sounds | None:
    """A telephone number (E.164 without the plus sign): a French one by pairs, another digit by digit after 00."""
    if not e164.isdecimal():
        return None
    if len(e164) == 11 and e164.startswith("33"):
        digits = "0" + e164[2:]
        pairs = (digits[at : at + 2] for at in range(0, 10, 2))
        # "zéro deux", but "soixante": what begins with a zero is said digit by digit.
        return tuple(f"{SAY}number-{part}" for pair in pairs for part in (pair if pair[0] == "0" else (pair,)))
    return tuple(f"{SAY}number-{digit}" for digit in "00" + e164)


# ── the advisor's whisper ────────────────────────────────────────────────────────────────────────────────────────


def whisper(profile: str | None, motive: str | None, waited_s: float) -> Sounds:
    """What an advisor is told of a caller: his profile, why he calls, how long he has waited."""
    named = (("profile", profile), ("motive", motive))
    lasting = min(_minutes(waited_s), MOST_MINUTES)
    return (*(f"cti/{kind}/{name}" for kind, name in named if name), f"{SAY}lasting-{lasting}")
