"""Rows to test with."""

from datetime import UTC, datetime
from typing import Any

from cti_router.core.certainty import Recognition
from cti_router.core.history import CallRecord, OfferRecord, Outcome, TicketRecord
from cti_router.core.inputs import Presence, StoredPresence

MONDAY = datetime(2026, 3, 2, 9, 30, tzinfo=UTC).timestamp()


def open_call(id: str = "lyon-1", arrived_at: float = MONDAY, **changes: Any) -> CallRecord:
    return CallRecord(
        **{"id": id, "arrived_at": arrived_at, "cli": "0261910001", "dnis": "3957", "entry_site": "lyon", **changes}
    )


def ended_call(id: str = "lyon-1", arrived_at: float = MONDAY, **changes: Any) -> CallRecord:
    offer = OfferRecord("sophie", arrived_at + 11.25, "talked", 4.5, "b2f0@192.0.2.1")
    path, answered_at = ("lyon", "brest"), arrived_at + 15.75
    ticket = TicketRecord(1, "inbound", (offer,), arrived_at, 15.75, "sophie", path, answered_at, 62.0, 62.0)
    return open_call(
        id,
        arrived_at,
        **{
            "contributor": 7,
            "profile": "employer",
            "recognition": Recognition.RECOGNISED,
            "duty_site": "brest",
            "advisor": "sophie",
            "advisor_site": "brest",
            "path": ("lyon", "brest"),
            "waited_s": 15.75,
            "talked_s": 62.0,
            "outcome": Outcome.ANSWERED,
            "because": ("Brest est d’accueil.", "Sophie est libre ; elle a le niveau 4."),
            "tickets": (ticket,),
            "ended_at": arrived_at + 77.75,
            **changes,
        },
    )


def presence(advisor: str = "sophie", chosen: Presence = Presence.AVAILABLE, **changes: Any) -> StoredPresence:
    return StoredPresence(**{"advisor": advisor, "presence": chosen, "reason": "", "since_at": MONDAY, **changes})
