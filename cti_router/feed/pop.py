"""What pops before an advisor’s phone rings: who calls, what he went through, and why he comes to him. Pure."""

from typing import Any

from cti_router.core.configuration import AdvisorId
from cti_router.core.serving.call import Call
from cti_router.core.serving.offers import Offer
from cti_router.core.switchboard import Switchboard
from cti_router.core.tickets.ticket import TicketKind
from cti_router.feed.journey_in_french import journey_of, why_to_him
from cti_router.feed.journeys import Journey


def pop_of(switchboard: Switchboard, offer: Offer, journey: Journey) -> dict[str, Any]:
    """Of an offer that was made and is not over: the keys are those of docs/live-events.md."""
    call, ticket = switchboard.calls[offer.call], offer.ticket
    about = call.ticket
    known = about.contributor
    return {
        "advisor": offer.advisor,
        "call": call.id,
        "offer": offer.id,
        "kind": ticket.kind,
        "cli": f"+{call.cli.e164}" if call.cli.e164 is not None else "",
        "verified": call.cli.verified,
        "recognition": about.recognition,
        "contributors": [known] if known is not None else list(journey.contributors),
        "profile": about.profile,
        "motive": about.motive,
        "dnis": call.dnis,
        "entry_site": call.site,
        "arrived_at": about.arrived_at,
        "offered_at": offer.made_at,
        "from_advisor": _from_advisor(call, ticket.kind),
        "because": list(why_to_him(call, ticket)),
        "journey": [line._asdict() for line in journey_of(switchboard.configuration, call, journey, ticket)],
    }


def _from_advisor(call: Call, kind: TicketKind) -> AdvisorId | None:
    """Who transfers the caller, or asks about him."""
    if kind is TicketKind.CONSULTATION:
        return call.ticket.advisor
    if kind is not TicketKind.TRANSFER:
        return None
    return next((former.advisor for former in reversed(call.former) if former.served_s and former.advisor), None)
