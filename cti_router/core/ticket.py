"""A ticket: what waits in the queue. Everything that moves its state is in one table."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from cti_router.core.configuration import ProfileId
from cti_router.core.history import OfferRecord
from cti_router.core.identity import Instant, OfferId
from cti_router.core.plan import PlannedStep

_TICKET = re.compile(r"\d{1,4}/\d{1,15}/\d{1,6}/(-|[a-z][a-z0-9_]{0,63})/(-|\d{1,18})/\d{1,6}")


class TicketState(StrEnum):
    ARRIVED = "arrived"  # not offerable yet: who calls is being looked up, or a greeting is running
    WAITING = "waiting"
    OFFERED = "offered"
    TALKING = "talking"
    LEAVING = "leaving"  # nothing more to route: farewell and release
    ENDED = "ended"


class TicketMoved(StrEnum):
    """What moves a ticket."""

    PLANNED = "planned"
    OFFER_MADE = "offer_made"
    OFFER_FAILED = "offer_failed"
    ANSWERED = "answered"
    TALK_ENDED = "talk_ended"
    DISMISSED = "dismissed"
    CALLER_LEFT = "caller_left"


TICKET: dict[tuple[TicketState, TicketMoved], TicketState] = {
    (TicketState.ARRIVED, TicketMoved.PLANNED): TicketState.WAITING,
    (TicketState.WAITING, TicketMoved.PLANNED): TicketState.WAITING,
    (TicketState.WAITING, TicketMoved.OFFER_MADE): TicketState.OFFERED,
    (TicketState.OFFERED, TicketMoved.OFFER_FAILED): TicketState.WAITING,
    (TicketState.TALKING, TicketMoved.OFFER_FAILED): TicketState.WAITING,
    (TicketState.OFFERED, TicketMoved.ANSWERED): TicketState.TALKING,
    (TicketState.OFFERED, TicketMoved.TALK_ENDED): TicketState.LEAVING,
    (TicketState.TALKING, TicketMoved.TALK_ENDED): TicketState.LEAVING,
    (TicketState.ARRIVED, TicketMoved.DISMISSED): TicketState.LEAVING,
    (TicketState.WAITING, TicketMoved.DISMISSED): TicketState.LEAVING,
    **{(state, TicketMoved.CALLER_LEFT): TicketState.ENDED for state in TicketState},
}


@dataclass(slots=True)
class Ticket:
    """One wait of one call. Its place is its arrival less its bonus, whatever happens to it meanwhile."""

    number: int
    arrived_at: Instant
    order: int
    bonus_s: float = 0.0
    profile: ProfileId | None = None
    contributor: int | None = None
    state: TicketState = TicketState.ARRIVED
    steps: tuple[PlannedStep, ...] = ()
    step: int = 0
    next_step_at: Instant | None = None
    offer: OfferId | None = None
    offers_made: int = 0
    offers: list[OfferRecord] = field(default_factory=list)

    def move(self, moved: TicketMoved) -> bool:
        """Follow the table. False when this cannot happen in the present state: nothing changes then."""
        following = TICKET.get((self.state, moved))
        if following is None:
            return False
        self.state = following
        return True

    def to_text(self) -> str:
        """What the channel carries, enough for a router that has never seen the call to go on with it."""
        arrived_ms, bonus_s = round(self.arrived_at * 1000), round(self.bonus_s)
        who = (self.profile or "-", self.contributor or "-")
        parts = (self.number, arrived_ms, bonus_s, *who, self.offers_made)
        return "/".join(str(part) for part in parts)


def ticket_from_text(text: str, latest_at: Instant, order: int) -> Ticket:
    """The ticket a channel carries. The unreadable gives a new one, arrived at `latest_at`: nobody arrives later."""
    if not _TICKET.fullmatch(text):
        # To the millisecond, as the channel carries it: the same arrival before and after a restart.
        return Ticket(number=1, arrived_at=round(latest_at, 3), order=order)
    number, arrived_ms, bonus_s, profile, contributor, offers_made = text.split("/")
    return Ticket(
        number=int(number),
        arrived_at=min(int(arrived_ms) / 1000, latest_at),
        order=order,
        bonus_s=float(bonus_s),
        profile=None if profile == "-" else profile,
        contributor=None if contributor == "-" else int(contributor),
        offers_made=int(offers_made),
    )
