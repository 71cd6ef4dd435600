"""The history's rows outside the core: as they are kept, and as `cti-router calls --json` prints them.

Instants leave the core as ISO 8601 in UTC, to the microsecond, which is what PostgreSQL keeps.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, TypeAlias

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.history import CallRecord, Counted, DecisionRecord, Direction, OfferRecord, Outcome, TicketRecord
from cti_router.core.identity import Instant

Stored: TypeAlias = Mapping[str, Any]
"""A row as it is kept: JSON types."""


def record_to_json(record: CallRecord, zone: tzinfo = UTC) -> dict[str, Any]:
    """What is printed: as kept, but in local time, and `because` is one string, its sentences joined by " ; ".

    Without the decisions, which `cti-router why` tells.
    """
    stored = record_to_stored(record)
    del stored["decisions"]
    return {
        **stored,
        "arrived_at": _iso(record.arrived_at, zone),
        "ended_at": None if record.ended_at is None else _iso(record.ended_at, zone),
        "because": " ; ".join(record.because),
    }


def record_to_stored(record: CallRecord) -> dict[str, Any]:
    """What is kept, as JSON types; `record_from_stored` is its exact inverse, down to the microsecond."""
    return {
        "id": record.id,
        "arrived_at": _iso(record.arrived_at),
        "ended_at": None if record.ended_at is None else _iso(record.ended_at),
        "cli": record.cli,
        "dnis": record.dnis,
        "contributor": record.contributor,
        "profile": record.profile,
        "recognition": record.recognition and record.recognition.value,
        "entry_site": record.entry_site,
        "duty_site": record.duty_site,
        "advisor": record.advisor,
        "advisor_site": record.advisor_site,
        "path": list(record.path),
        "waited_s": record.waited_s,
        "talked_s": record.talked_s,
        "outcome": record.outcome and record.outcome.value,
        "because": list(record.because),
        "tickets": [_ticket_to_stored(ticket) for ticket in record.tickets],
        "sip": record.sip,
        "verified": record.verified.value,
        "decisions": [_decision_to_stored(decision) for decision in record.decisions],
        "motive": record.motive,
        "message": record.message,
        "direction": record.direction.value,
        "author": record.author,
    }


def record_from_stored(stored: Stored) -> CallRecord:
    """Raises KeyError or ValueError for what `record_to_stored` never made."""
    return CallRecord(
        id=stored["id"],
        arrived_at=_instant(stored["arrived_at"]),
        ended_at=stored["ended_at"] and _instant(stored["ended_at"]),
        cli=stored["cli"],
        dnis=stored["dnis"],
        contributor=stored["contributor"],
        profile=stored["profile"],
        recognition=stored["recognition"] and Recognition(stored["recognition"]),
        entry_site=stored["entry_site"],
        duty_site=stored["duty_site"],
        advisor=stored["advisor"],
        advisor_site=stored["advisor_site"],
        path=tuple(stored["path"]),
        waited_s=stored["waited_s"],
        talked_s=stored["talked_s"],
        outcome=stored["outcome"] and Outcome(stored["outcome"]),
        because=tuple(stored["because"]),
        tickets=tuple(_ticket_from_stored(ticket) for ticket in stored["tickets"]),
        # The spool of a former version has none of these.
        sip=stored.get("sip", ""),
        verified=Verified(stored.get("verified", "unknown")),
        decisions=tuple(_decision_from_stored(decision) for decision in stored.get("decisions", ())),
        motive=stored.get("motive"),
        message=stored.get("message", ""),
        direction=Direction(stored.get("direction", "in")),
        author=stored.get("author", ""),
    )


def to_datetime(instant: Instant) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def to_instant(moment: datetime) -> Instant:
    return moment.timestamp()


def _iso(instant: Instant, zone: tzinfo = UTC) -> str:
    return to_datetime(instant).astimezone(zone).isoformat(timespec="microseconds")


def _instant(iso: str) -> Instant:
    return to_instant(datetime.fromisoformat(iso))


def _decision_to_stored(decision: DecisionRecord) -> dict[str, Any]:
    return {
        "at": _iso(decision.at),
        "ticket": decision.ticket,
        "what": decision.what,
        "version": decision.version,
        "because": list(decision.because),
        "rejected": list(decision.rejected),
        "counted": [[counted.step, counted.eligible, counted.free] for counted in decision.counted],
        "rule": decision.rule,
    }


def _decision_from_stored(stored: Mapping[str, Any]) -> DecisionRecord:
    return DecisionRecord(
        at=_instant(stored["at"]),
        ticket=stored["ticket"],
        what=stored["what"],
        version=stored["version"],
        because=tuple(stored["because"]),
        rejected=tuple(stored["rejected"]),
        counted=tuple(Counted(*counted) for counted in stored["counted"]),
        rule=stored["rule"],
    )


def _ticket_to_stored(ticket: TicketRecord) -> dict[str, Any]:
    offers = [
        {
            "advisor": offer.advisor,
            "offered_at": _iso(offer.offered_at),
            "result": offer.result,
            "rang_s": offer.rang_s,
            "sip": offer.sip,
        }
        for offer in ticket.offers
    ]
    return {
        "number": ticket.number,
        "kind": ticket.kind,
        "opened_at": None if ticket.opened_at is None else _iso(ticket.opened_at),
        "waited_s": ticket.waited_s,
        "advisor": ticket.advisor,
        "path": list(ticket.path),
        "answered_at": None if ticket.answered_at is None else _iso(ticket.answered_at),
        "talked_s": ticket.talked_s,
        "served_s": ticket.served_s,
        "offers": offers,
    }


def _ticket_from_stored(stored: Mapping[str, Any]) -> TicketRecord:
    offers = tuple(
        OfferRecord(
            offer["advisor"], _instant(offer["offered_at"]), offer["result"], offer["rang_s"], offer.get("sip", "")
        )
        for offer in stored["offers"]
    )
    if "opened_at" not in stored:  # a former version wrote no more
        return TicketRecord(stored["number"], stored["kind"], offers)
    return TicketRecord(
        number=stored["number"],
        kind=stored["kind"],
        offers=offers,
        opened_at=stored["opened_at"] and _instant(stored["opened_at"]),
        waited_s=stored["waited_s"],
        advisor=stored["advisor"],
        path=tuple(stored["path"]),
        answered_at=stored["answered_at"] and _instant(stored["answered_at"]),
        talked_s=stored["talked_s"],
        served_s=stored["served_s"],
    )
