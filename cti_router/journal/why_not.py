"""“Why not me?”, of one call and one advisor: at each of its choices, what kept him from it, by the journal."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from cti_router.core.configuration import AdvisorId
from cti_router.core.explaining.why_not import CHOICES, why_not
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Instant
from cti_router.core.ledger import ledger_in_english, ledger_in_french
from cti_router.core.ledger.decision import Decision
from cti_router.core.ledger.ledger import Reason
from cti_router.journal.replay import Remark, replay_decisions
from cti_router.journal.segments import Unreadable


@dataclass(frozen=True, slots=True)
class Answer:
    """Why not he, `at` an instant, about a `ticket` of the call: who was `chosen`, None while it waits."""

    at: Instant
    ticket: int
    what: str
    chosen: str | None
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Words, and how a reason is said."""

    say: Callable[[Reason], str]
    title: str
    offered: str
    waits: str
    awaits: str
    ticket: str
    nothing: str
    unknown: str


FRENCH = Language(
    ledger_in_french.sentence,
    "Appel {call} : pourquoi pas {advisor} ?",
    "proposé à {chosen}",
    "attend",
    "attend son téléconseiller",
    "ticket",
    "rien ne s’y opposait : c’est un défaut du routeur, à signaler",
    "aucune décision de cet appel n’est au journal",
)
ENGLISH = Language(
    ledger_in_english.sentence,
    "Call {call}: why not {advisor}?",
    "offered to {chosen}",
    "waits",
    "waits for its advisor",
    "ticket",
    "nothing was in the way: that is a defect of the router, please report it",
    "the journal has no decision of this call",
)


def answers(place: Path, call: CallId, advisor: AdvisorId, remark: Remark) -> Iterator[Answer]:
    """One for each choice, unless it says again what the one before said. Raises OSError, `Unreadable`."""
    last: Answer | None = None
    for decided in replay_decisions(place, call, remark):
        decision, switchboard = decided.decision, decided.switchboard
        if decided.call is None or decision.what not in CHOICES:
            continue
        offers = [each.offer for each in decided.call.live_tickets() if each.number == decision.ticket]
        offer = switchboard.offers.of(offers[0]) if offers else None
        because = why_not(switchboard, decision, decided.call, advisor)
        answer = Answer(decision.at, decision.ticket, decision.what, offer.name if offer else None, because)
        if last is None or (answer.ticket, answer.what, answer.because) != (last.ticket, last.what, last.because):
            yield answer
        last = answer


def record_in_english(place: Path, call: CallId, remark: Remark) -> CallRecord:
    """A call with its decisions in English, as far as the journal has them. Raises OSError, `Unreadable`."""
    record, told = CallRecord(call, 0.0, "", "", ""), list[Decision]()
    for decided in replay_decisions(place, call, remark):
        if not (told and decided.decision.repeats(told[-1])):
            told.append(decided.decision)
        if decided.call is not None:
            record = decided.call.record(decided.decision.at)
    if not told:
        raise Unreadable(f"{place}: the journal has no decision of call {call}")
    return replace(record, decisions=tuple(decision.told(ledger_in_english.sentence) for decision in told))


def as_plain(
    call: CallId, advisor: AdvisorId, found: Iterable[Answer], zone: tzinfo, language: Language
) -> dict[str, Any]:
    """For programs, with the text for people."""
    found = list(found)
    return {
        "call": call,
        "advisor": advisor,
        "answers": [
            {
                "at": datetime.fromtimestamp(answer.at, zone).isoformat(),
                "ticket": answer.ticket,
                "what": answer.what,
                "chosen": answer.chosen,
                "because": [language.say(reason) for reason in answer.because],
            }
            for answer in found
        ],
        "text": "\n".join(_lines(call, advisor, found, zone, language)),
    }


def _lines(call: CallId, advisor: AdvisorId, found: list[Answer], zone: tzinfo, language: Language) -> Iterator[str]:
    yield language.title.format(call=call, advisor=advisor)
    if not found:
        yield f"  {language.unknown}"
    several = len({answer.ticket for answer in found}) > 1
    for answer in found:
        at = datetime.fromtimestamp(answer.at, zone)
        offered = language.offered.format(chosen=answer.chosen)
        what = {"offered": offered, "pulled": offered, "awaits": language.awaits}
        ticket = f", {language.ticket} {answer.ticket}" if several else ""
        yield f"{at:%H:%M:%S}  {what.get(answer.what, language.waits)}{ticket}"
        yield from (f"          {language.say(reason)}" for reason in answer.because)
        if not answer.because:
            yield f"          {language.nothing}"
