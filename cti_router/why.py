"""Why a call went as it went, in sentences: its decision ledger, told in French or English. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from typing import Any

from cti_router.core.history import CallRecord, DecisionRecord


@dataclass(frozen=True, slots=True)
class Words:
    """What stands around a decision's own sentences. `counted` tells (step, groups, of them with somebody free)."""

    title: str
    arrived: str
    nothing: str
    rule: str
    passed_over: str
    counted: Callable[[int, int, int], str]
    what: Mapping[str, str]
    rules: Mapping[str, str]


def _counted_in_french(step: int, eligible: int, free: int) -> str:
    groups = "groupe compétent" if eligible == 1 else "groupes compétents"
    return f"étape {step} : {eligible} {groups}, dont {free} avec quelqu’un de libre"


def _counted_in_english(step: int, eligible: int, free: int) -> str:
    groups = "competent group" if eligible == 1 else "competent groups"
    return f"step {step}: {eligible} {groups}, {free} with somebody free"


FRENCH = Words(
    title="Appel {}, arrivé le {}",
    arrived="%d/%m/%Y à %H:%M:%S",
    nothing="aucune décision",
    rule="règle : ",
    passed_over="écarté : ",
    counted=_counted_in_french,
    what={
        "waits": "attend",
        "widened": "élargi",
        "motive": "motif",
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
    },
    rules={"most_competent": "le plus compétent", "least_occupied": "le moins occupé aujourd’hui"},
)
ENGLISH = Words(
    title="Call {}, arrived on {}",
    arrived="%Y-%m-%d at %H:%M:%S",
    nothing="no decision",
    rule="rule: ",
    passed_over="passed over: ",
    counted=_counted_in_english,
    what={
        "awaits": "waits for its advisor",
        "awaits_no_more": "waits no more for its advisor",
        "pulled": "given by a supervisor",
        "no_answer": "no answer",
        "unreachable": "phone out of reach",
        "no_way": "no way",
        "cancelled": "ringing broken off",
        "lost": "not brought to him",
        "withdrawn": "offer withdrawn",
        "cut": "line cut",
        "unserved": "not served",
        "unknown_number": "unknown number",
    },
    rules={"most_competent": "the most competent", "least_occupied": "the least occupied today"},
)


def ledger_of(record: CallRecord, zone: tzinfo, words: Words = FRENCH) -> dict[str, Any]:
    """The decisions of a call as JSON types, instants as local ISO 8601."""
    decisions = [{**asdict(each), "at": _local(each, zone).isoformat()} for each in record.decisions]
    text = "\n".join(_lines(record, zone, words))
    return {"call": record.id, "outcome": record.outcome, "decisions": decisions, "text": text}


def _lines(record: CallRecord, zone: tzinfo, words: Words) -> Iterator[str]:
    arrived = datetime.fromtimestamp(record.arrived_at, zone)
    yield words.title.format(record.id, arrived.strftime(words.arrived))
    if not record.decisions:
        yield f"  {words.nothing}"
    for decision in record.decisions:
        yield from _decision(decision, record.tickets, zone, words)


def _decision(
    decision: DecisionRecord, tickets: Sequence[object], zone: tzinfo, words: Words
) -> Iterator[str]:  # fmt: skip
    ticket = f", ticket {decision.ticket}" if len(tickets) > 1 else ""
    rule = f", {words.rule}{words.rules.get(decision.rule, decision.rule)}" if decision.rule else ""
    what = words.what.get(decision.what, decision.what)
    yield f"{_local(decision, zone):%H:%M:%S}  {what}{ticket}{rule} (configuration {decision.version})"
    yield from (f"          {sentence}" for sentence in decision.because)
    yield from (f"          {words.passed_over}{sentence}" for sentence in decision.rejected)
    for counted in decision.counted:
        yield f"          {words.counted(counted.step + 1, counted.eligible, counted.free)}"


def _local(decision: DecisionRecord, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(decision.at, zone)
