"""Owner of the offers: one advisor's phone rung for one ticket, from the match to what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from cti_router.core.advisors.advisor import Activity, AdvisorState
from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import PUBLIC, AdvisorId, Configuration, Plan, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import Noticed, Nudge, Pop
from cti_router.core.history import OfferRecord
from cti_router.core.identity import CallId, Instant, OfferId
from cti_router.core.inputs import Last, PhoneChanged, PhoneState
from cti_router.core.instructions import Dial
from cti_router.core.ledger import ledger
from cti_router.core.matching.matching import Matching
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.talk import Talk
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.tickets.plan_choice import plan_of
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketMoved, TicketState
from cti_router.core.treating.spoken import Sounds, whisper
from cti_router.core.turn import Turn
from cti_router.core.ways.trunk_watch import TrunkWatch
from cti_router.core.ways.trunks import Trunks
from cti_router.core.ways.voice_ports import VoicePorts

TELL_WITHIN_S = 4.0
"""A caller who has not come for his news by then is not there, or out of the PBX link's reach."""

RESULT_GRACE_S = 10.0
"""A dial reports within its ring time and this, or its report is lost."""


NOT_REACHED = "not_reached"
"""The advisor came to the phone, and the contributor did not."""

MISSES_BY_ONE_CALL = 3
"""So many advisors may be set absent because they let the same call ring."""


@dataclass(slots=True)
class Offer:
    id: OfferId
    call: CallId
    ticket: Ticket
    advisor: AdvisorId
    name: str
    phone: str
    path: tuple[SiteId, ...]
    ring_s: float
    made_at: Instant
    told_at: Instant | None = None
    rang: bool = False
    sip: str = ""


class Offers:
    """Makes offers from matches and follows them. No offer before `open()`: first the PBXs tell what is there."""

    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], matching: Matching, expected: ExpectedWaits,
        roster: Roster, clerk: Clerk, trunks: Trunks, trunk_watch: TrunkWatch, voice_ports: VoicePorts,
        deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._matching = matching
        self._expected = expected
        self._roster = roster
        self._clerk = clerk
        self._trunks = trunks
        self._trunk_watch = trunk_watch
        self._voice_ports = voice_ports
        self._deadlines = deadlines
        deadlines.lapse(Due.OFFER_LOST, self._is_over)
        self._offers: dict[OfferId, Offer] = {}
        self._untold: dict[OfferId, Offer] = {}
        self.is_open = False

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def open(self, turn: Turn) -> None:
        """From now on offers are made; all who wait are served in the order of their places."""
        self.is_open = True
        turn.waiting_tickets[:] = self._matching.waiting()
        turn.free_advisors.clear()

    def make(
        self, call: Call, ticket: Ticket, advisor: AdvisorId, path: tuple[SiteId, ...], plan: Plan, turn: Turn
    ) -> None:  # fmt: skip
        """An advisor who is ready and a ticket that waits were brought together."""
        who = self._roster.states[advisor].who
        ticket.offers_made += 1
        offer = Offer(
            f"{ticket.id}-{ticket.offers_made}", call.id, ticket, who.id, who.name, who.phone, path, plan.ring_s,
            turn.now,
        )  # fmt: skip
        self._register(offer, turn.now, turn)
        self._deadlines.set(turn.now + TELL_WITHIN_S, Due.OFFER_LOST, offer.id)
        self._untold[offer.id] = offer
        turn.emit(Pop(call.id, offer.id, who.id))
        if ticket is call.consultation:
            turn.experts_found += (call.id,)
        elif call.callback is not None:
            turn.callbacks_found += (call.id,)
        elif call.id != turn.asking and call.listening:
            turn.emit(Nudge(call.id, call.site, call.channel))

    def withdraw(self, turn: Turn) -> None:
        """An offer nobody was told of yet ends when its advisor is not ready for it any more."""
        for offer_id in turn.doubtful_offers:
            offer = self._untold.get(offer_id)
            if offer is not None and not self._roster.fit_for_offer(offer.advisor):
                self._failed(offer.ticket, "withdrawn", turn)

    def take_back(self, ticket: Ticket, turn: Turn) -> None:
        """The caller cannot be told of his offer, or comes from elsewhere."""
        if ticket.state is TicketState.OFFERED:
            self._failed(ticket, "lost", turn)

    def dial(self, ticket: Ticket, turn: Turn) -> Dial:
        """The instruction that carries out the pending offer of a ticket."""
        offer = self._offers[ticket.offer or ""]
        if offer.told_at is None:
            offer.told_at = turn.now
            self._untold.pop(offer.id, None)
            self._deadlines.set(turn.now + offer.ring_s + RESULT_GRACE_S, Due.OFFER_LOST, offer.id)
        number = ""
        if PUBLIC in offer.path:
            number = self._configuration.sites[offer.path[-1]].direct_numbers.format(phone=offer.phone)
        told = self._whisper(ticket, offer.told_at)
        return Dial(offer.id, offer.advisor, offer.phone, offer.path, offer.ring_s, number, told)

    def _whisper(self, ticket: Ticket, at: Instant) -> Sounds:
        """What the advisor hears of the caller himself; an expert is told by who asks him."""
        if not self._configuration.whisper or self._calls[ticket.call].ticket is not ticket:
            return ()
        profile = ticket.profile if ticket.profile in self._configuration.profiles else None
        motive = ticket.motive if ticket.motive in self._configuration.motives else None
        return whisper(profile, motive, at - ticket.waits_since_at)

    def path_of(self, offer: OfferId) -> tuple[SiteId, ...]:
        """The sites a pending offer's call passes."""
        return self._offers[offer].path

    def dialled(self, offer: OfferId, sip: str) -> None:
        """The SIP Call-ID of the leg that was dialled for an offer."""
        self._offers[offer].sip = sip

    @staticmethod
    def was_cut(ticket: Ticket) -> bool:
        """The line to an advisor has died under this ticket before."""
        return any(offer.result == Last.CUT for offer in ticket.offers)

    def phone_changed(self, fact: PhoneChanged, turn: Turn) -> CallId | None:
        """The phone tells when the talk begins, and that its advisor's part of it is over.

        The call whose talk is over by what the phone shows: its caller must ask soon.
        """
        state = self._roster.phone_changed(fact.site, fact.phone, fact.state, turn)
        return None if state is None else self._follow(state, turn)

    def phones_synced(self, site: SiteId, phones: Mapping[str, PhoneState] | None, turn: Turn) -> list[CallId]:
        """All phones of a site at once (None: nothing is known of them); as `phone_changed` for each."""
        over = [self._follow(state, turn) for state in self._roster.phones_synced(site, phones, turn)]
        return [call for call in over if call is not None]

    def of(self, offer: OfferId | None) -> Offer | None:
        """An offer that was made and is not over."""
        return self._offers.get(offer or "")

    def holds(self, ticket: Ticket) -> bool:
        """Is who answered a ticket still on the phone with it, by what his phone shows?"""
        offer = self._offers.get(ticket.offer or "")
        return offer is not None and self._roster.holds(offer.advisor, offer.id)

    def is_taken(self, advisor: AdvisorId) -> bool:
        """Has he an offer, or a talk that came of one?"""
        return self._roster.states[advisor].offer is not None

    def _follow(self, state: AdvisorState, turn: Turn) -> CallId | None:
        if state.offer is None:
            return None
        offer, shows = self._offers[state.offer], state.phone
        offer.rang |= offer.told_at is not None and shows in (PhoneState.RINGING, PhoneState.IN_USE)
        if state.activity is Activity.OFFERED and shows is PhoneState.IN_USE and offer.told_at is not None:
            self.answered(offer.id, turn.now, turn)
        elif state.activity is Activity.TALKING and shows is PhoneState.FREE:
            self._roster.talk_ended(offer.advisor, turn)
            call = self._calls[offer.call]
            if call.callback is not None:
                turn.callbacks_hung_up += (call.id,)
                return None
            return call.id if offer.ticket is call.ticket and call.talk is Talk.TOGETHER else None
        return None

    def answered(self, offer_id: OfferId, at: Instant, turn: Turn) -> None:
        offer = self._offers[offer_id]
        serves = offer.ticket is self._calls[offer.call].ticket
        self._expected.answered(offer.ticket, at, at - offer.made_at)
        offer.ticket.move(TicketMoved.ANSWERED)
        offer.ticket.answered_by(offer.advisor, offer.path, at, serves=serves)
        self._roster.answered(offer.advisor, turn)
        self._voice_ports.give_back(offer.call)

    def ended(self, ticket: Ticket, last: Last, talked_s: float, turn: Turn) -> None:
        """The dialplan's word on the pending offer of a ticket. After a failure it waits on in its place."""
        if last is Last.TALKED:
            self._talk_ended(ticket, talked_s, turn)
        elif last is Last.NO_ANSWER and not self._may_have_rung(self._offers[ticket.offer or ""]):
            self._failed(ticket, str(Last.NO_WAY), turn)
        else:
            self._failed(ticket, str(last), turn)

    def not_called_out(self, ticket: Ticket, result: str, turn: Turn) -> None:
        """The advisor came to the phone for a callback, and nobody answered him: it is not he who failed."""
        if ticket.offer is not None:
            self._failed(ticket, result, turn)

    def _may_have_rung(self, offer: Offer) -> bool:
        """A phone that its PBX never showed ringing was not let ring by anybody: the way to it is broken."""
        return offer.rang or not self._roster.knows_phone_of(offer.advisor)

    def _talk_ended(self, ticket: Ticket, talked_s: float, turn: Turn) -> None:
        offer = self._offers.pop(ticket.offer or "")
        began_at = min(turn.now - talked_s, ticket.answered_at or turn.now)
        if ticket.answered_at is None:
            serves = ticket is self._calls[offer.call].ticket
            ticket.answered_by(offer.advisor, offer.path, began_at, serves=serves)
        ticket.talk_ended(began_at, talked_s)
        self._expected.answered(ticket, began_at, began_at - offer.made_at)
        self._trunks.carried(offer.path)
        self._close(offer, "answered", began_at, turn)
        ticket.move(TicketMoved.TALK_ENDED)
        if self._roster.holds(offer.advisor, offer.id):
            self._roster.talk_ended(offer.advisor, turn)

    def _failed(self, ticket: Ticket, result: str, turn: Turn) -> None:
        offer = self._offers.pop(ticket.offer or "")
        call = self._calls[offer.call]
        self._untold.pop(offer.id, None)
        rang_s = self._close(offer, result, turn.now, turn)
        ticket.unanswered()
        self._clerk.ended(call, ticket, result, ledger.why_offer_failed(offer.name, result, rang_s), turn)
        ticket.move(TicketMoved.OFFER_FAILED)
        turn.unserved_tickets.append(ticket.id)
        if self._roster.holds(offer.advisor, offer.id):
            no_trunk = result in (Last.NO_WAY, Last.CUT) and len(offer.path) > 1
            if no_trunk:
                self._trunk_watch.failed(offer.path, turn)
            if ticket.kind is TicketKind.OUTGOING and result == NOT_REACHED:
                self._roster.talk_ended(offer.advisor, turn)  # he was there, and has to write it down
                return
            rest = result in (Last.BUSY, Last.UNREACHABLE, Last.NO_WAY) and not no_trunk
            missed = result == Last.NO_ANSWER
            if missed and self._rings_in_vain(ticket, turn):
                missed, rest = False, True
            self._roster.offer_failed(offer.advisor, turn, missed=missed, rest=rest)

    def _rings_in_vain(self, ticket: Ticket, turn: Turn) -> bool:
        """One call must not set a whole office absent: when nobody picks it up, it is not the advisors."""
        in_vain = sum(offer.result == Last.NO_ANSWER for offer in ticket.offers) > MISSES_BY_ONE_CALL
        if in_vain:
            turn.emit(Noticed("rings_in_vain", ticket.call))
        return in_vain

    def lost(self, offer_id: OfferId, turn: Turn) -> Ticket | None:
        """A deadline of an offer came: the ticket whose people did not come for their news, None when all is well."""
        offer = self._offers.get(offer_id)
        call = self._calls.get(offer.call) if offer else None
        if offer is None or call is None or offer.ticket.state is not TicketState.OFFERED:
            return None
        if offer.told_at is not None and turn.now < offer.told_at + offer.ring_s + RESULT_GRACE_S:
            return None  # it was told in time; the later deadline watches the ringing
        if offer.told_at is not None and self._roster.is_on_the_phone(offer.advisor):
            self.answered(offer_id, turn.now, turn)  # they talk; we missed the beginning
            return None
        turn.emit(Noticed("offer_lost", offer_id))
        self._failed(offer.ticket, "lost", turn)
        return offer.ticket

    def _is_over(self, offer_id: OfferId) -> bool:
        """Answered, or gone: nobody need look after it."""
        offer = self._offers.get(offer_id)
        return offer is None or offer.ticket.state is not TicketState.OFFERED

    def adopt(
        self, call: Call, ticket: Ticket, offer_id: OfferId, advisor: AdvisorId, via: SiteId | None,
        talked_s: float | None, turn: Turn,
    ) -> None:  # fmt: skip
        """An offer found under way on a channel after a restart. `via`: where its leg goes first, None if not seen;
        `talked_s`: None while it rings."""
        who = self._roster.states[advisor].who
        path: tuple[SiteId, ...] = (call.site,) if call.site == who.site else (call.site, who.site)
        if len(path) > 1 and via not in (None, who.site):
            path = (call.site, via, who.site)
        offer = Offer(
            offer_id,
            call.id,
            ticket,
            advisor,
            who.name,
            who.phone,
            path,
            self._plan(call, call.ticket).ring_s,
            turn.now,
            turn.now,
        )
        self._register(offer, None, turn)
        if ticket is call.ticket and call.callback is None:
            self._voice_ports.take(call.id, call.site)
            self._voice_ports.told(call.id, self.dial(ticket, turn))
        if talked_s is not None:
            self.answered(offer_id, turn.now - talked_s, turn)
        else:
            self._deadlines.set(turn.now + offer.ring_s + RESULT_GRACE_S, Due.OFFER_LOST, offer.id)

    def _register(self, offer: Offer, since: Instant | None, turn: Turn) -> None:
        self._offers[offer.id] = offer
        ticket = offer.ticket
        ticket.offer = offer.id
        ticket.move(TicketMoved.OFFER_MADE)
        self._matching.dequeue(ticket.id)
        self._trunks.reserve(offer.path, offer.id)
        call = self._calls[offer.call]
        if call.callback is not None:
            self._trunks.reserve((call.site, PUBLIC), call.id)
        self._roster.offered(offer.advisor, offer.id, since, turn)

    def _close(self, offer: Offer, result: str, at: Instant, turn: Turn) -> float:
        """The offer is over: its trunk is free, its line in the history written. How long it rang, in seconds."""
        rang_s = 0.0 if offer.told_at is None else max(0.0, round(at - offer.told_at, 3))
        turn.way_opened |= self._trunks.free(offer.path, offer.id)
        call = self._calls[offer.call]
        if call.callback is not None:
            turn.way_opened |= self._trunks.free((call.site, PUBLIC), call.id)
        offer.ticket.offer = None
        offer.ticket.offers += (OfferRecord(offer.advisor, offer.made_at, result, rang_s, offer.sip),)
        return rang_s

    def _plan(self, call: Call, ticket: Ticket) -> Plan:
        return plan_of(self._configuration, call.number, ticket, call.cli)
