"""Owner of a call's tickets after its first: each waits in the same place; the one before is counted to its end."""

from cti_router.core.configuration import Configuration, Requirement
from cti_router.core.effects import Remember
from cti_router.core.identity import Instant
from cti_router.core.inputs import Last
from cti_router.core.ledger import ledger
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.offers import Offers
from cti_router.core.serving.waiting import Waiting
from cti_router.core.talk import TalkMoved
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketState
from cti_router.core.turn import Turn


class FurtherTickets:
    def __init__(self, configuration: Configuration, offers: Offers, waiting: Waiting, clerk: Clerk) -> None:
        self._configuration = configuration
        self._offers = offers
        self._waiting = waiting
        self._clerk = clerk

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def transfer(self, call: Call, wanted: Requirement, talked_s: float, turn: Turn) -> None:
        """The caller waits for somebody else."""
        why = ledger.why_transfer(self._configuration, self._name(call), wanted)
        self._clerk.ended(call, call.ticket, "transferred", why, turn)
        self._follow(call, self._open(call, TicketKind.TRANSFER, (wanted,), turn), talked_s, turn)

    def consult(self, call: Call, wanted: Requirement, turn: Turn) -> None:
        """The advisor waits for an expert, and goes on with his caller meanwhile."""
        why = ledger.why_consultation(self._configuration, self._name(call), wanted)
        self._clerk.ended(call, call.ticket, "consults", why, turn)
        call.consultation = self._open(call, TicketKind.CONSULTATION, (wanted,), turn)
        self._waiting.plan(call, call.consultation, turn)
        turn.emit(Remember(call.record(turn.now)))

    def wait_for_expert(self, call: Call, talked_s: float, turn: Turn) -> None:
        """The advisor left before his expert came: the caller waits in his stead."""
        if (ticket := call.consultation) is None:
            return
        if ticket.state is TicketState.OFFERED:
            self._offers.ended(ticket, Last.CANCELLED, 0.0, turn)
        ticket.kind, call.consultation = TicketKind.TRANSFER, None
        self._clerk.ended(call, call.ticket, "left", ledger.why_advisor_left(self._name(call)), turn)
        self._follow(call, ticket, talked_s, turn)

    def wait_again(self, call: Call, turn: Turn) -> None:
        """The advisor let his caller wait, and left."""
        self._clerk.ended(call, call.ticket, "left", ledger.why_advisor_left(self._name(call)), turn)
        ticket = self._open(call, TicketKind.TRANSFER, call.ticket.requirements, turn)
        self._follow(call, ticket, talked_so_far_s(call.ticket, turn.now), turn)

    def hand_to_expert(self, call: Call, turn: Turn) -> None:
        """The advisor left, the expert is there: the caller is his from now on."""
        if (ticket := call.consultation) is None:
            return
        if ticket.state is TicketState.OFFERED and ticket.offer is not None:
            self._offers.answered(ticket.offer, turn.now, turn)  # no phone told that he answered
        self._close(call, talked_so_far_s(call.ticket, turn.now), turn)
        call.ticket, call.consultation = ticket, None
        ticket.serves_since_at = turn.now
        self._clerk.ended(call, ticket, "connected", ledger.why_connected(self._name(call)), turn)
        turn.emit(Remember(call.record(turn.now)))

    def end_consultation(self, call: Call, turn: Turn, result: str = "cancelled") -> None:
        """No expert any more; how long he was rung, or was asked his advice, is counted."""
        if (ticket := call.consultation) is None:
            return
        if ticket.state is TicketState.OFFERED:
            self._offers.ended(ticket, Last.CANCELLED, 0.0, turn)
        elif ticket.state is TicketState.TALKING:
            self._offers.ended(ticket, Last.TALKED, talked_so_far_s(ticket, turn.now), turn)
            result = str(Last.TALKED)
        self._waiting.close_consultation(call, ledger.why_consultation_over(result), turn)

    def _open(
        self, call: Call, kind: TicketKind, requirements: tuple[Requirement, ...] | None, turn: Turn
    ) -> Ticket:  # fmt: skip
        former = call.ticket
        in_charge = None if former.in_charge == former.advisor else former.in_charge
        return Ticket(
            call.id, call.next_ticket_number(), former.arrived_at, former.order, kind, opened_at=turn.now,
            requirements=requirements, bonus_s=former.bonus_s, profile=former.profile, recognition=former.recognition,
            motive=former.motive, contributor=former.contributor, in_charge=in_charge,
        )  # fmt: skip

    def _follow(self, call: Call, ticket: Ticket, talked_s: float, turn: Turn) -> None:
        """The ticket by which the caller was served is over, and he waits with this one."""
        self._close(call, talked_s, turn)
        call.ticket = ticket
        call.transfer_to = call.held_until_at = None
        call.leg = ""
        call.move(TalkMoved.OVER, turn.now)
        self._waiting.plan(call, ticket, turn)
        turn.emit(Remember(call.record(turn.now)))

    def _close(self, call: Call, talked_s: float, turn: Turn) -> None:
        self._offers.ended(call.ticket, Last.TALKED, talked_s, turn)
        call.former += (call.ticket.record(turn.now),)

    def _name(self, call: Call) -> str:
        offer = self._offers.of(call.ticket.offer)
        return offer.name if offer else ""


def talked_so_far_s(ticket: Ticket, now: Instant) -> float:
    """How long whoever answered a ticket has been taken by it."""
    return 0.0 if ticket.answered_at is None else max(0.0, now - ticket.answered_at)
