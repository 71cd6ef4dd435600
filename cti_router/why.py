"""Why a call went as it went, in sentences: its decision ledger, told in French. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, tzinfo
from typing import Any

from cti_router.core.history import CallRecord, Counted, DecisionRecord

_WHAT = {
    "waits": "attend",
    "widened": "élargi",
    "awaits": "attend son téléconseiller",
    "awaits_no_more": "n’attend plus son téléconseiller",
    "offered": "proposé",
    "pulled": "donné par un superviseur",
    "no_answer": "pas de réponse",
    "busy": "occupé",
    "unreachable": "poste injoignable",
    "no_way": "aucun chemin",
    "cancelled": "sonnerie interrompue",
    "lost": "non présenté",
    "withdrawn": "proposition retirée",
    "cut": "ligne coupée",
    "closed": "fermé",
    "unserved": "non servi",
    "unknown_number": "numéro inconnu",
    "refused": "refusé",
}
_RULES = {"most_competent": "le plus compétent", "least_occupied": "le moins occupé aujourd’hui"}


def ledger_of(record: CallRecord, zone: tzinfo) -> dict[str, Any]:
    """The decisions of a call as JSON types, instants as local ISO 8601."""
    decisions = [{**asdict(each), "at": _local(each, zone).isoformat()} for each in record.decisions]
    return {"call": record.id, "outcome": record.outcome, "decisions": decisions, "text": _text(record, zone)}


def _text(record: CallRecord, zone: tzinfo) -> str:
    return "\n".join(_lines(record, zone))


def _lines(record: CallRecord, zone: tzinfo) -> Iterator[str]:
    arrived = datetime.fromtimestamp(record.arrived_at, zone)
    yield f"Appel {record.id}, arrivé le {arrived:%d/%m/%Y à %H:%M:%S}"
    if not record.decisions:
        yield "  aucune décision"
    for decision in record.decisions:
        yield from _decision(decision, record.tickets, zone)


def _decision(decision: DecisionRecord, tickets: Sequence[object], zone: tzinfo) -> Iterator[str]:
    ticket = f", ticket {decision.ticket}" if len(tickets) > 1 else ""
    rule = f", règle : {_RULES.get(decision.rule, decision.rule)}" if decision.rule else ""
    what = _WHAT.get(decision.what, decision.what)
    yield f"{_local(decision, zone):%H:%M:%S}  {what}{ticket}{rule} (configuration {decision.version})"
    yield from (f"          {sentence}" for sentence in decision.because)
    yield from (f"          écarté : {sentence}" for sentence in decision.rejected)
    yield from (f"          {_counted(counted)}" for counted in decision.counted)


def _counted(counted: Counted) -> str:
    groups = "groupe compétent" if counted.eligible == 1 else "groupes compétents"
    return f"étape {counted.step + 1} : {counted.eligible} {groups}, dont {counted.free} avec quelqu’un de libre"


def _local(decision: DecisionRecord, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(decision.at, zone)
