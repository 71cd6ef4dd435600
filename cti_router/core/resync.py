"""After a restart or a cut: what the PBXs show is the truth, and what is known is brought in line with it."""

from collections.abc import Iterable
from dataclasses import replace

from cti_router.core.aside import AsideSeen
from cti_router.core.callbacks.attempts import Attempts
from cti_router.core.callbacks.callbacks import Callbacks
from cti_router.core.calls.arrivals import Arrivals
from cti_router.core.calls.calls import AFTER_TALK_S, Calls
from cti_router.core.calls.second_level import SecondLevel
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.effects import Remember
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import Ask, ChannelSeen, Last, PbxLost, PbxSynced, Stalled, TrunkChanged
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger_in_french import sentence, sentences
from cti_router.core.serving.call import Call
from cti_router.core.serving.endings import message_file
from cti_router.core.serving.offers import Offers
from cti_router.core.tickets.ticket import TicketState, ticket_from_text
from cti_router.core.treating.treatment import adopted
from cti_router.core.turn import Turn
from cti_router.core.ways.trunk_watch import TrunkWatch

SETTLE_S = 2.0
"""How long after a start, or a standstill, the PBXs may take to tell what is there. No offer before."""

FRESH_S = 3.0
"""A call that asked this recently may be younger than the PBX's list."""


class Resync:
    """Knows which PBXs are linked, and which open calls of the last router have not been seen again yet."""

    def __init__(
        self, configuration: Configuration, calls: Calls, arrivals: Arrivals, offers: Offers, second_level: SecondLevel,
        trunk_watch: TrunkWatch, callbacks: Callbacks, attempts: Attempts, deadlines: Deadlines, linked: set[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._arrivals = arrivals
        self._offers = offers
        self._trunk_watch = trunk_watch
        self._second_level = second_level
        self._callbacks = callbacks
        self._attempts = attempts
        self._deadlines = deadlines
        self._settles_at: Instant = 0.0
        self._unclosed: dict[CallId, CallRecord] = {}
        self._in_fallback: set[CallId] = set()
        self.linked = linked

    def restore(self, records: Iterable[CallRecord], turn: Turn) -> None:
        for record in records:
            if (call := self._attempts.restore(record, turn)) is not None:
                _continue(call, record)
            else:
                self._unclosed[record.id] = record

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def begin(self, turn: Turn) -> None:
        """Nothing is sure any more: no offer until every PBX has told, or `SETTLE_S` is over."""
        self._offers.is_open = False
        self.linked.clear()
        self._callbacks.out_of_reach(self._configuration.sites)
        self._settles_at = turn.now + SETTLE_S
        self._deadlines.set(self._settles_at, Due.SETTLED)

    def stalled(self, _: Stalled, turn: Turn) -> None:
        self.begin(turn)

    def settle_due(self, _: str, turn: Turn) -> None:
        if not self._offers.is_open and turn.now >= self._settles_at:
            self._offers.open(turn)

    def synced(self, fact: PbxSynced, turn: Turn) -> None:
        """All that is on one PBX: calls are adopted or closed, phones and trunks take their state."""
        self.linked.add(fact.site)
        for peer, reachable in fact.trunks.items():
            self._trunk_watch.changed(TrunkChanged(fact.site, peer, reachable), turn)
        # Channels first: an advisor who is talking to one of our callers must not look busy with something else.
        self._attempts.synced(fact, turn)
        via = {leg.call: leg.peer for leg in fact.legs if leg.call}
        for seen in fact.channels:
            self._see(fact.site, seen, [leg for leg in fact.aside if leg.call == seen.call], via.get(seen.call), turn)
        self._second_level.reachable(fact.site, turn)
        self._callbacks.reachable(fact.site, turn)
        self._trunk_watch.legs_synced(fact.site, fact.legs, set(self._calls.calls))
        for call_id in self._offers.phones_synced(fact.site, fact.phones, turn):
            self._calls.due(self._calls.calls[call_id], turn.now + AFTER_TALK_S)
        there = {seen.call for seen in fact.channels}
        for call in list(self._calls.calls.values()):
            here = call.site == fact.site and call.callback is None
            if here and call.id not in there and call.asked_at < turn.now - fact.took_s - FRESH_S:
                self._calls.end(call, turn, Outcome.ENDED_UNSEEN)
        for record in list(self._unclosed.values()):
            if record.entry_site == fact.site and record.id not in there:
                self._close_unseen(record, turn)
        if not self._offers.is_open and self.linked >= set(self._configuration.sites):
            self._offers.open(turn)

    def lost(self, fact: PbxLost, turn: Turn) -> None:
        """No link: that PBX's advisors are not offered meanwhile."""
        self.linked.discard(fact.site)
        self._calls.unreachable(fact.site)
        self._callbacks.out_of_reach((fact.site,))
        self._offers.phones_synced(fact.site, None, turn)

    def heard(self, ask: Ask, call: Call | None, turn: Turn) -> None:
        """An ask about a call the last router had opened: its row goes on, or is closed."""
        record = self._unclosed.pop(ask.call, None)
        if record is None:
            return
        if call is not None:
            _continue(call, record)
        elif ask.ended:
            self._close(self._as_told(record, ask, turn.now), turn)

    def left(self, call: CallId, turn: Turn) -> None:
        """The channel of a call nobody has asked about since the restart is gone."""
        if (record := self._unclosed.pop(call, None)) is not None:
            outcome = Outcome.FALLBACK if call in self._in_fallback else Outcome.ENDED_UNSEEN
            self._close(replace(record, outcome=outcome, ended_at=turn.now), turn)

    def _see(self, site: SiteId, seen: ChannelSeen, aside: list[AsideSeen], via: SiteId | None, turn: Turn) -> None:
        call = self._calls.calls.get(seen.call)
        if seen.state == "fallback":
            self._in_fallback.add(seen.call)
            if call is not None:
                self._calls.found_in_fallback(call)
            return
        if call is None:
            adoptable = seen.state in _ADOPTABLE or _is_held(seen, aside)
            if not adoptable or not seen.ticket or self._calls.is_gone(seen.call, turn.now):
                return  # he will ask by himself, or is not there any more
            call = self._adopt(site, seen, aside, via, turn)
        elif _is_held(seen, aside):
            self._second_level.legs_seen(call, aside, turn)
        elif seen.state == "join" and seen.bridged:
            self._second_level.joined(call, seen, turn)
        if call.ticket.state is TicketState.OFFERED and seen.bridged and call.ticket.offer == seen.offer:
            self._offers.answered(seen.offer, turn.now, turn)

    def _adopt(self, site: SiteId, seen: ChannelSeen, aside: list[AsideSeen], via: SiteId | None, turn: Turn) -> Call:
        ticket = ticket_from_text(seen.call, seen.ticket, turn.now, self._arrivals.next_order())
        number = self._configuration.numbers.get(int(seen.dnis)) if seen.dnis.isdecimal() else None
        # seq 0: whatever he asks next is news.
        call = Call(seen.call, site, seen.channel, seen.cli, seen.dnis, number, ticket, asked_at=turn.now)
        call.heard = adopted(ticket.number, turn.now)
        call.say_why(ledger.ADOPTED)
        self._calls.calls[call.id] = call
        known = seen.advisor in self._configuration.advisors and bool(seen.offer)
        if _is_held(seen, aside) and known:
            self._calls.found_held(call, seen, next((leg.via for leg in aside if leg.offer == seen.offer), None), turn)
            self._second_level.legs_seen(call, aside, turn)
        elif seen.state in ("dial", "join") and known:
            ticket.state = TicketState.WAITING
            talked_s = seen.talked_s if seen.bridged else None
            self._offers.adopt(call, ticket, seen.offer, seen.advisor, via, talked_s, turn)
        else:
            self._calls.found_waiting(call, turn)
        if (record := self._unclosed.pop(call.id, None)) is not None:
            _continue(call, record)
        turn.met += (call.id,)
        turn.emit(Remember(call.record(turn.now)))
        return call

    def _close_unseen(self, record: CallRecord, turn: Turn) -> None:
        del self._unclosed[record.id]
        self._close(replace(record, outcome=Outcome.ENDED_UNSEEN, ended_at=turn.now), turn)

    def _as_told(self, record: CallRecord, ask: Ask, now: Instant) -> CallRecord:
        """What the last ask of a call tells to a router that has never seen it."""
        if ask.last is Last.MESSAGE_TAKEN:
            return replace(record, outcome=Outcome.VOICEMAIL, message=message_file(record.id), ended_at=now)
        if ask.last not in (Last.TALKED, Last.FORWARDED):
            return replace(record, outcome=Outcome.ENDED_UNSEEN, ended_at=now)
        advisor = self._configuration.advisors.get(ask.advisor) if ask.last is Last.TALKED else None
        return replace(
            record,
            outcome=Outcome.ANSWERED if ask.last is Last.TALKED else Outcome.FORWARDED,
            ended_at=now,
            talked_s=ask.talked_s,
            waited_s=max(0.0, round(now - ask.talked_s - record.arrived_at, 3)),
            advisor=advisor.id if advisor else None,
            advisor_site=advisor.site if advisor else None,
        )

    @staticmethod
    def _close(record: CallRecord, turn: Turn) -> None:
        turn.emit(Remember(replace(record, because=(*record.because, sentence(ledger.ENDED_UNSEEN)))))


def _is_held(seen: ChannelSeen, aside: Iterable[AsideSeen]) -> bool:
    """He hears music for an advisor who is aside; he may be asking, in vain as long as no router answered."""
    his_leg = any(leg.offer == seen.offer and leg.state in ("dial", "hold") for leg in aside)
    return seen.state == "held" or (seen.state in ("ask", "missed") and his_leg)


def _continue(call: Call, record: CallRecord) -> None:
    call.duty_site, call.sip = record.duty_site, call.sip or record.sip
    call.ticket.recognition = call.ticket.recognition or record.recognition
    call.decided_before = record.decisions
    before = tuple(ledger.told(said) for said in record.because if said not in sentences(call.because))
    call.because = before + call.because
    present = {ticket.number: ticket for ticket in call.live_tickets()}
    for kept in record.tickets:
        if (ticket := present.get(kept.number)) is not None:
            ticket.offers = kept.offers + ticket.offers
            if kept.answered_at is not None and kept.advisor == ticket.advisor:
                ticket.answered_before(kept.answered_at)
        else:
            call.former += (kept,)


_ADOPTABLE = ("wait", "dial", "held", "join")
