"""After a restart or a cut: what the PBXs show is the truth, and what is known is brought in line with it."""

from collections.abc import Iterable
from dataclasses import replace

from cti_router.core import ledger
from cti_router.core.call import Call
from cti_router.core.calls import Calls
from cti_router.core.configuration import Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.model import Ask, ChannelSeen, PbxSynced, Remember
from cti_router.core.offers import Offers
from cti_router.core.roster import Roster
from cti_router.core.ticket import TicketState, ticket_from_text
from cti_router.core.turn import Turn

SETTLE_S = 2.0
"""How long after a start, or a standstill, the PBXs may take to tell what is there. No offer before."""

FRESH_S = 3.0
"""A call that asked this recently may be younger than the PBX's list."""


class Resync:
    """Knows which PBXs are linked, and which open calls of the last router have not been seen again yet."""

    def __init__(
        self, configuration: Configuration, calls: Calls, offers: Offers, roster: Roster, deadlines: Deadlines
    ) -> None:
        self._configuration = configuration
        self._calls = calls
        self._offers = offers
        self._roster = roster
        self._deadlines = deadlines
        self._settles_at: Instant = 0.0
        self._unclosed: dict[CallId, CallRecord] = {}
        self.linked: set[SiteId] = set()

    def restore(self, records: Iterable[CallRecord]) -> None:
        self._unclosed = {record.id: record for record in records}

    def configure(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def begin(self, turn: Turn) -> None:
        """Nothing is sure any more: no offer until every PBX has told, or `SETTLE_S` is over."""
        self._offers.is_open = False
        self.linked.clear()
        self._settles_at = turn.now + SETTLE_S
        self._deadlines.set(self._settles_at, Due.SETTLED)

    def settle_due(self, turn: Turn) -> None:
        if not self._offers.is_open and turn.now >= self._settles_at:
            self._offers.open(turn)

    def synced(self, fact: PbxSynced, turn: Turn) -> None:
        """All that is on one PBX: calls are adopted or closed, phones and trunks take their state."""
        self.linked.add(fact.site)
        for peer, reachable in fact.trunks.items():
            self._offers.trunk_changed(fact.site, peer, reachable, turn)
        # Channels first: an advisor who is talking to one of our callers must not look busy with something else.
        for seen in fact.channels:
            self._see(fact.site, seen, turn)
        self._roster.phones_synced(fact.site, fact.phones, turn)
        there = {seen.call for seen in fact.channels}
        for call in list(self._calls.calls.values()):
            if call.site == fact.site and call.id not in there and call.asked_at < turn.now - FRESH_S:
                self._calls.end(call, turn, Outcome.ENDED_UNSEEN)
        for record in list(self._unclosed.values()):
            if record.entry_site == fact.site and record.id not in there:
                self._close_unseen(record, turn)
        if not self._offers.is_open and self.linked >= set(self._configuration.sites):
            self._offers.open(turn)

    def lost(self, site: SiteId, turn: Turn) -> None:
        """No link: that PBX's advisors are not offered meanwhile."""
        self.linked.discard(site)
        self._roster.phones_synced(site, None, turn)

    def heard(self, ask: Ask, call: Call | None, turn: Turn) -> None:
        """An ask about a call the last router had opened: its row goes on, or is closed."""
        record = self._unclosed.pop(ask.call, None)
        if record is None:
            return
        if call is not None:
            _continue(call, record)
        elif ask.ended:
            outcome = Outcome.ANSWERED if ask.talked_s else Outcome.ENDED_UNSEEN
            self._close(record, outcome, ask.talked_s, turn.now, turn)

    def _see(self, site: SiteId, seen: ChannelSeen, turn: Turn) -> None:
        call = self._calls.calls.get(seen.call)
        if call is None:
            if seen.state not in ("wait", "dial") or not seen.ticket:
                return  # he will ask by himself, and in the fallback his own PBX cares for him
            call = self._adopt(site, seen, turn)
        elif seen.state == "fallback":
            self._calls.undelivered(call.id, call.seq, turn)
            return
        if call.ticket.state is TicketState.OFFERED and seen.bridged and call.ticket.offer == seen.offer:
            self._offers.answered(seen.offer, turn.now, turn)

    def _adopt(self, site: SiteId, seen: ChannelSeen, turn: Turn) -> Call:
        ticket = ticket_from_text(seen.ticket, turn.now, self._calls.next_order())
        number = self._configuration.numbers.get(int(seen.dnis)) if seen.dnis.isdecimal() else None
        # seq 0: whatever he asks next is news.
        call = Call(seen.call, site, seen.channel, seen.cli, seen.dnis, number, ticket, asked_at=turn.now)
        call.say_why(ledger.ADOPTED)
        self._calls.calls[call.id] = call
        if (record := self._unclosed.pop(call.id, None)) is not None:
            _continue(call, record)
        if seen.state == "dial" and seen.advisor in self._configuration.advisors and seen.offer:
            ticket.state = TicketState.WAITING
            self._offers.adopt(call, seen.offer, seen.advisor, seen.bridged, turn)
        else:
            self._calls.found_waiting(call, turn)
        turn.emit(Remember(call.record(turn.now)))
        return call

    def _close_unseen(self, record: CallRecord, turn: Turn) -> None:
        del self._unclosed[record.id]
        self._close(record, Outcome.ENDED_UNSEEN, 0.0, turn.now, turn)

    @staticmethod
    def _close(record: CallRecord, outcome: Outcome, talked_s: float, at: Instant, turn: Turn) -> None:
        turn.emit(
            Remember(
                replace(
                    record, outcome=outcome, talked_s=talked_s, ended_at=at,
                    because=(*record.because, ledger.ENDED_UNSEEN),
                )
            )
        )  # fmt: skip


def _continue(call: Call, record: CallRecord) -> None:
    call.recognition, call.duty_site = record.recognition, record.duty_site
    call.because[:0] = [sentence for sentence in record.because if sentence not in call.because]
    if record.tickets:
        call.ticket.offers[:0] = record.tickets[0].offers
