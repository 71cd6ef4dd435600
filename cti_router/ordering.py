"""Orders as people write and read them: words and local times into the core's inputs, and orders back into text."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.duty.calendar_orders import CalendarOrders, Closure, DutySwap
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.identity import Instant
from cti_router.core.order import Close, Force, GiveOrder, Notice, Order, Pull, PullTicket, Swap
from cti_router.core.presence import Presence

PRESENCES = {"available": Presence.AVAILABLE, "absent": Presence.NOT_READY, "logged_out": Presence.LOGGED_OUT}
"""The words people use."""

LONGEST_TEXT = 500
MOST_SOUNDS = 4
"""What still fits on one line of a PBX's manager."""

_DURATION = re.compile(r"([1-9][0-9]{0,6})(s|min|h|d)")
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "d": 86_400.0}
_SOUND = re.compile(r"[A-Za-z0-9_/-]{1,200}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class BadOrder(ValueError):
    """What was written is no order; the text says why, and what to write."""


# ── read ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def order_of(kind: str, body: Mapping[str, Any], now: Instant, zone: ZoneInfo) -> GiveOrder | PullTicket:
    """An order from its kind and its keys; times are local, or a duration from now. Raises `BadOrder`."""
    read = _Reading(body)
    if kind == "pull":
        pull = PullTicket(read.text("call"), read.text("to"), read.text("reason"), read.text("author"))
        read.nothing_else()
        return pull
    if kind not in _KINDS:
        raise BadOrder(f"no order is called {kind!r}; there are {', '.join((*_KINDS, 'pull'))}")
    what, author = _KINDS[kind](read), read.text("author")
    begin, end = read.text_or_none("from"), read.text("until")
    read.nothing_else()
    from_at = None if begin is None else moment(begin, now, zone, "from")
    return GiveOrder(what, author, moment(end, now, zone, "until"), from_at)


def moment(text: str, now: Instant, zone: ZoneInfo, key: str) -> Instant:
    """`12:30` today, `2026-11-23T12:30`, `2026-11-24` (its midnight), or `90min` from now. Raises `BadOrder`."""
    if found := _DURATION.fullmatch(text):
        return now + int(found[1]) * _UNITS[found[2]]
    try:
        if re.fullmatch(r"[0-9]{2}:[0-9]{2}", text):
            today = datetime.fromtimestamp(now, zone).date()
            return instant_of(today, time.fromisoformat(text), zone)
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return instant_of(date.fromisoformat(text), time(0), zone)
        local = datetime.fromisoformat(text)
    except ValueError:
        raise BadOrder(
            f"{key}: {text!r} is no time; write 12:30 (today), 2026-11-23T12:30, 2026-11-24 (its midnight),"
            f" or a duration from now: 90min, 2h, 1d"
        ) from None
    return local.timestamp() if local.tzinfo else instant_of(local.date(), local.time(), zone)


class _Reading:
    """The keys of an order, each looked at once."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._left = dict(body)

    def text_or_none(self, key: str) -> str | None:
        value = self._left.pop(key, None)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > LONGEST_TEXT or _CONTROL.search(value):
            raise BadOrder(f"{key}: must be a text of one line, of {LONGEST_TEXT} characters at most")
        return value.strip() or None

    def text(self, key: str) -> str:
        value = self.text_or_none(key)
        if value is None:
            raise BadOrder(f"{key}: is missing")
        return value

    def sounds(self) -> tuple[str, ...]:
        value = self._left.pop("sounds", None) or []
        if not isinstance(value, list) or len(value) > MOST_SOUNDS:
            raise BadOrder(f"sounds: must be a list of {MOST_SOUNDS} sounds at most")
        for sound in value:
            if not isinstance(sound, str) or not _SOUND.fullmatch(sound):
                raise BadOrder(
                    f"sounds: {sound!r} is no sound; write its name without its ending: letters, digits, _, - and /"
                )
        return tuple(value)

    def presence(self) -> Presence:
        word = self.text("presence")
        if word not in PRESENCES:
            raise BadOrder(f"presence: {word!r} is none of {', '.join(PRESENCES)}")
        return PRESENCES[word]

    def nothing_else(self) -> None:
        if self._left:
            raise BadOrder(f"{', '.join(sorted(map(str, self._left)))[:80]}: no such key")


_KINDS: Mapping[str, Callable[[_Reading], Close | Swap | Notice | Force]] = {
    "close": lambda read: Close(read.text("message"), read.text_or_none("site"), read.sounds()),
    "swap": lambda read: Swap(read.text("give"), read.text("take")),
    "notice": lambda read: Notice(read.text("message"), read.sounds()),
    "force": lambda read: Force(read.text("advisor"), read.presence(), read.text_or_none("reason") or "ordered"),
}

# ── told ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def order_to_json(order: Order, missing: str, zone: ZoneInfo) -> dict[str, Any]:
    """As JSON types; instants are local. `missing`: what it names that is not configured (any more)."""
    return {
        "id": order.id,
        "kind": type(order.what).__name__.lower(),
        "state": str(order.state),
        "author": order.author,
        "made_at": _local(order.made_at, zone),
        "from": _local(order.from_at, zone),
        "until": _local(order.until_at, zone),
        "over_at": None if order.over_at is None else _local(order.over_at, zone),
        "undone_by": order.undone_by,
        "missing": missing,
        "what": asdict(order.what),
        "text": _told(order),
    }


def calendar_orders(found: Iterable[Mapping[str, Any]]) -> CalendarOrders:
    """Those over the calendar that are not over, of what `order_to_json` told."""
    living = [each for each in found if each["over_at"] is None and not each["missing"]]

    def span(each: Mapping[str, Any]) -> tuple[Instant, Instant, str]:
        from_at, until_at = (datetime.fromisoformat(each[key]).timestamp() for key in ("from", "until"))
        return from_at, until_at, each["author"]

    return CalendarOrders(
        tuple(
            Closure(*span(each), what["message"], tuple(what["sounds"]), what["site"])
            for each in living
            if each["kind"] == "close" and (what := each["what"])
        ),
        tuple(
            DutySwap(*span(each), what["give"], what["take"])
            for each in living
            if each["kind"] == "swap" and (what := each["what"])
        ),
    )


def orders_as_text(found: Iterable[Mapping[str, Any]]) -> str:
    """One order a line, for people."""
    return "\n".join(_lines(found)) or "no orders"


def _lines(found: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for each in found:
        undone = f" by {each['undone_by']}" if each["undone_by"] else ""
        missing = f"; without effect: {each['missing']} is not configured" if each["missing"] else ""
        span = f"{_short(each['from'])} to {_short(each['until'])}"
        if each["kind"] == "pull":
            span = _short(each["from"])
        yield f"{each['id']}  {each['state']}{undone}  {span}  {each['text']} ({each['author']}){missing}"


def _told(order: Order) -> str:
    match order.what:
        case Close(message=message, site=site):
            return f"{site or 'the whole service'} closed: {message}"
        case Swap(give=give, take=take):
            return f"{take} takes the place of {give}, and {give} that of {take}"
        case Notice(message=message):
            return f"notice: {message}"
        case Force(advisor=advisor, presence=presence, reason=reason):
            return f"{advisor} is {presence}" + (f" ({reason})" if presence is Presence.NOT_READY else "")
        case Pull(call=call, advisor=advisor, reason=reason):
            return f"{call} given to {advisor}: {reason}"


def _local(at: Instant, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).isoformat(timespec="milliseconds")


def _short(iso: str) -> str:
    return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M")
