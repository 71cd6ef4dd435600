"""A replay in words: how much was taken again, where it differs first, and what one call went through."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.identity import CallId
from cti_router.journal.codec import Plain
from cti_router.journal.replay import Again


@dataclass(slots=True)
class Report:
    """`steps` are those that name the call that was asked for."""

    inputs: int = 0
    segments: list[str] = field(default_factory=list)
    differences: int = 0
    first: Again | None = None
    steps: list[Again] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def read(self, replayed: Iterable[Again], call: CallId | None) -> "Report":
        """Count what was taken again; with a call, only what names it."""
        for again in replayed:
            if again.segment not in self.segments:
                self.segments.append(again.segment)
            if call is not None:
                if not any(_names(plain, call) for plain in (again.step.told, again.step.outcome, again.replayed)):
                    continue
                self.steps.append(again)
            self.inputs += 1
            if again.differs:
                self.differences += 1
                self.first = self.first or again
        return self


def as_plain(report: Report) -> dict[str, Any]:
    """For programs."""
    return {
        "segments": report.segments,
        "inputs": report.inputs,
        "differences": report.differences,
        "first": None if report.first is None else _plain(report.first),
        "steps": [_plain(again) for again in report.steps],
        "remarks": report.remarks,
    }


def as_text(report: Report) -> str:
    """For people."""
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    for again in report.steps:
        sign = "≠" if again.differs else " "
        yield f"{sign} {_when(again)}  {in_words(again.step.told)}"
        yield f"      {_outcome(again.step.outcome)}"
    yield from report.remarks
    told = f"{report.inputs} inputs in {len(report.segments)} segments"
    if report.first is None:
        yield f"{told}: decided again as they were"
        return
    first = report.first
    yield f"{told}: {report.differences} decided otherwise"
    yield f"The first is {first.segment}, line {first.line}, {_when(first)}:"
    yield f"  input     {in_words(first.step.told)}"
    yield f"  then      {_outcome(first.step.outcome)}"
    yield f"  now       {first.error or _outcome(first.replayed)}"
    yield f"  differs   {where_differs(first.step.outcome, first.replayed)}"
    yield "What comes after it may differ because of it."


def in_words(plain: Plain) -> str:
    """`Ask(call=c1, last=arrived)`: what is empty is left out."""
    match plain:
        case dict() if len(plain) == 1 and isinstance(next(iter(plain.values())), dict):
            ((name, inner),) = plain.items()
            return f"{name}({', '.join(_told(inner))})"
        case dict():
            return "; ".join(_told(plain)) or "{}"
        case list():
            return f"[{', '.join(map(in_words, plain))}]"
        case None:
            return "nothing"
    return str(plain)


def _outcome(plain: Plain) -> str:
    return "an error" if plain is None else in_words(plain)


def where_differs(then: Plain, now: Plain, where: str = "") -> str:
    """The first place where two plain values differ, and what stands there: `effects.0.Nudge.site: caen → rouen`."""
    match then, now:
        case dict(), dict() if then.keys() == now.keys():
            for key in then:
                if then[key] != now[key]:
                    return where_differs(then[key], now[key], f"{where}.{key}")
        case list(), list() if len(then) == len(now):
            for i, (was, is_) in enumerate(zip(then, now, strict=True)):
                if was != is_:
                    return where_differs(was, is_, f"{where}.{i}")
    return f"{where[1:]}: {in_words(then)} → {in_words(now)}"


def _told(inner: dict[str, Plain]) -> Iterator[str]:
    for name, value in inner.items():
        if value not in (None, "", [], {}, False):
            yield f"{name}={in_words(value)}"


def _plain(again: Again) -> dict[str, Any]:
    return {
        "segment": again.segment,
        "line": again.line,
        "at": again.step.at,
        "input": again.step.told,
        "then": again.step.outcome,
        "now": again.replayed,
        "error": again.error,
        "differs": again.differs,
    }


def _names(plain: Plain, call: CallId) -> bool:
    match plain:
        case dict():
            return any(_names(inner, call) for inner in plain.values())
        case list():
            return any(_names(inner, call) for inner in plain)
    return bool(plain == call)


def _when(again: Again) -> str:
    zone = ZoneInfo(again.configuration.calendar.timezone)
    return datetime.fromtimestamp(again.step.at, zone).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
