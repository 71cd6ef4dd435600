"""The call an advisor has, or is being rung for: who is with whom. Pure."""

from typing import NamedTuple

from cti_router.core.advisors.advisor import AdvisorState
from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import CallId, Instant, OfferId
from cti_router.core.switchboard import Switchboard
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketKind, TicketState


class TalkNow(NamedTuple):
    """`serves`: the caller is his own; else he is only asked about him. `state`: offered or talking, since `since_at`.

    `caller` is where caller and advisor are, `held` that the caller was put on hold. `consultation` is the state of the
    question to an `expert`, who is known once one was found.
    """

    call: CallId
    offer: OfferId
    kind: TicketKind
    state: TicketState
    since_at: Instant
    serves: bool
    caller: Talk
    held: bool
    consultation: TicketState | None
    expert: AdvisorId | None


def talk_of(switchboard: Switchboard, advisor: AdvisorState) -> TalkNow | None:
    """None while he has no call, and none is offered to him."""
    offer = switchboard.offers.of(advisor.offer)
    if offer is None or offer.ticket.state not in (TicketState.OFFERED, TicketState.TALKING):
        return None
    call, ticket = switchboard.calls[offer.call], offer.ticket
    consultation = call.consultation
    asked = switchboard.offers.of(consultation.offer) if consultation else None
    since_at = offer.made_at if ticket.answered_at is None else ticket.answered_at
    return TalkNow(
        call.id, offer.id, ticket.kind, ticket.state, since_at, ticket is call.ticket, call.talk,
        call.held_until_at is not None, consultation.state if consultation else None, asked.advisor if asked else None,
    )  # fmt: skip
