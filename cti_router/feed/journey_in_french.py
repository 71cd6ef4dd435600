"""What a caller went through and why he comes to somebody, in French, for who is about to answer him. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cti_router.core.configuration import AdvisorId, Configuration
from cti_router.core.history import TicketRecord
from cti_router.core.identity import Instant
from cti_router.core.ledger.decision import Decision
from cti_router.core.ledger.ledger import Why
from cti_router.core.ledger.ledger_in_french import in_words, sentence
from cti_router.core.question import Asked
from cti_router.core.serving.call import Call
from cti_router.core.tickets.ticket import Ticket
from cti_router.feed.journeys import Answered, Journey, Note, Reply, What

_ASKED: Mapping[Asked, str] = {
    Asked.MOTIVE: "motif demandé",
    Asked.WHO: "SIRET ou numéro de compte demandé",
    Asked.WHICH: "fin du SIRET demandée",
    Asked.CALLBACK: "rappel proposé",
    Asked.CALLBACK_NUMBER: "numéro de rappel demandé",
    Asked.OTHER_NUMBER: "autre numéro de rappel demandé",
    Asked.RIGHT_NUMBER: "numéro de rappel relu",
}
_REPLIED: Mapping[Asked, Mapping[Reply, str]] = {
    Asked.WHO: {Reply.YES: "SIRET ou numéro de compte saisi"},
    Asked.WHICH: {Reply.YES: "fin du SIRET saisie"},
    Asked.CALLBACK: {Reply.YES: "rappel proposé, accepté", Reply.NO: "rappel proposé, refusé"},
    Asked.CALLBACK_NUMBER: {Reply.YES: "numéro de rappel choisi"},
    Asked.OTHER_NUMBER: {Reply.YES: "autre numéro de rappel saisi"},
    Asked.RIGHT_NUMBER: {Reply.YES: "numéro de rappel relu"},
}
_WHO_CALLS = (Why.KEYED, Why.DIRECTORY_AWAY, Why.PROFILE)
_WHY_HERE = (
    Why.CALLBACK, Why.HEAD_START, Why.KEPT, Why.DUTY, Why.PLAN, Why.DUE, Why.TRANSFER, Why.CONSULTATION,
)  # fmt: skip
_UNTOLD = ("offered", "pulled")
"""They are why the call comes to somebody; what became of them is told."""


class Line(NamedTuple):
    at: Instant
    what: str


def journey_of(configuration: Configuration, call: Call, journey: Journey, ticket: Ticket) -> tuple[Line, ...]:
    """All that came before an offer of `ticket`, in order of time; of one moment, in the order of these."""
    after = [
        *(Line(note.at, _note(note)) for note in journey.notes),
        *_known(call, journey),
        *_decided(call, journey),
        *_talked(configuration, call, ticket),
    ]
    lines = (*_arrived(configuration, call), *sorted(after, key=lambda line: round(line.at - call.ticket.arrived_at)))
    return tuple(Line(line.at, _capital(line.what)) for line in lines)


def why_to_him(call: Call, ticket: Ticket) -> tuple[str, ...]:
    """Why the call comes to who is offered it now."""
    last = next((each for each in reversed(call.decisions) if each.ticket == ticket.number), None)
    chosen = last.because if last is not None and last.what in _UNTOLD else ()
    reasons = [reason for reason in call.because if reason.why in _WHY_HERE and reason not in chosen]
    return tuple(_capital(sentence(reason)) for reason in (*reasons, *chosen))


def _arrived(configuration: Configuration, call: Call) -> Iterator[Line]:
    if call.callback is not None:
        yield from (
            Line(call.callback.stored.asked_at, sentence(why)) for why in call.because if why.why is Why.CALLBACK
        )
        return
    site = configuration.sites[call.site].name if call.site in configuration.sites else call.site
    dialled = f", sur « {call.number.name} »" if call.number is not None else ""
    yield Line(call.ticket.arrived_at, f"appel arrivé à {site}{dialled}")


def _known(call: Call, journey: Journey) -> Iterator[Line]:
    if journey.known_at is not None:
        yield from (Line(journey.known_at, sentence(why)) for why in call.because if why.why in _WHO_CALLS)


def _decided(call: Call, journey: Journey) -> Iterator[Line]:
    told_motive = any(isinstance(note.value, Answered) and note.value.asked is Asked.MOTIVE for note in journey.notes)
    for former in call.decided_before:
        if former.what not in _UNTOLD:
            yield from (Line(former.at, each) for each in former.because)
    before: Decision | None = None
    for decision in call.decisions:
        again = decision.what == "waits" and before is not None and before.what == "waits"
        before = decision
        if decision.what in _UNTOLD or again or (decision.what == "motive" and told_motive):
            continue
        yield from (Line(decision.at, sentence(reason)) for reason in decision.because)


def _talked(configuration: Configuration, call: Call, ticket: Ticket) -> Iterator[Line]:
    """Who has served him in this call."""
    for former in call.former:
        if former.answered_at is not None and former.advisor is not None:
            yield Line(former.answered_at, f"{_answered(configuration, former)} pendant {in_words(former.talked_s)}")
    serving = call.ticket
    if serving is not ticket and serving.answered_at is not None and serving.advisor is not None:
        yield Line(serving.answered_at, f"répondu par {_name(configuration, serving.advisor)}")


def _answered(configuration: Configuration, former: TicketRecord) -> str:
    name = _name(configuration, former.advisor or "")
    return f"répondu par {name}," if former.served_s else f"avis de {name},"


def _name(configuration: Configuration, advisor: AdvisorId) -> str:
    known = configuration.advisors.get(advisor)
    return known.name if known is not None else advisor


def _note(note: Note) -> str:
    match note.what, note.value:
        case What.ANSWERED, Answered() as answered:
            return _reply(answered)
        case What.ASKED, Asked() as asked:
            return _ASKED[asked]
        case What.PLACE_TOLD, int() as place:
            return f"place annoncée : {place}"
        case What.WAIT_TOLD, int() as minutes:
            return f"attente annoncée : {wait_in_words(minutes)}"
        case What.INFORMED, _:
            return "information du jour diffusée"
        case _:
            return "message d’accueil diffusé"


def _reply(answered: Answered) -> str:
    if answered.asked is Asked.MOTIVE:
        if not answered.keys:
            return "motif demandé, aucune touche"
        return f"touche {answered.keys} : {answered.motive or 'aucun motif'}"
    if answered.reply is Reply.NOTHING:
        return f"{_ASKED[answered.asked]}, sans réponse"
    return _REPLIED[answered.asked][answered.reply]


def wait_in_words(minutes: int) -> str:
    """As `spoken.wait` has it said."""
    match minutes:
        case 0:
            return "moins d’une minute"
        case 1:
            return "environ une minute"
        case 60:
            return "plus d’une heure"
    return f"environ {minutes} minutes"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
