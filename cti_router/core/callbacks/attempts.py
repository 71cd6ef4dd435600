"""Owner of the attempts to call back: the advisor's phone first, then the contributor's.

An attempt is committed before a phone rings. The contributor is only ever rung at the answer to the ask of an advisor's
leg that bears the offer of the moment: an attempt that was lost, and turns up after all, rings nobody.
"""

from collections.abc import Callable, Collection
from typing import Any

from cti_router.core.advisors.roster import Roster
from cti_router.core.aside import HangUp
from cti_router.core.callback import (
    AdvisorNotReached,
    Callback,
    CallbackAnswer,
    CallbackAsk,
    CallbackMoved,
    CallbackSeen,
    CallbacksRead,
    CallbackState,
    CallbackStored,
    CallOut,
    Heard,
    PlaceCall,
    RingAdvisor,
)
from cti_router.core.callbacks.callbacks import Callbacks
from cti_router.core.callbacks.noting import Noting
from cti_router.core.callbacks.placing import Placing
from cti_router.core.configuration import PUBLIC, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import CallId, OfferId
from cti_router.core.inputs import Last, PbxSynced
from cti_router.core.instructions import Accepted, Refused, Said
from cti_router.core.serving.call import Call
from cti_router.core.serving.offers import NOT_REACHED, Offers
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn
from cti_router.core.ways.trunk_watch import TrunkWatch
from cti_router.core.ways.trunks import Trunks

AGAIN_AFTER_S = 5.0
"""No attempt could be begun, as the database or the PBX was away: when the next is tried."""

SILENT_AFTER_S = 15.0
"""The advisor's phone is free, but nobody told how the call to the contributor ended: how long that may last."""

TOLD_WITHIN_S = 1.0
"""The leg to the advisor is gone: how long its PBX may take to tell why it was not answered."""

UNSEEN = "unseen"
"""How an attempt ended of which nobody saw the end."""

FRESH_S = 3.0
"""A phone that was let ring this recently may ring since the PBX made its list."""

_OF_THE_ADVISOR = {
    Heard.NO_ANSWER: Last.NO_ANSWER,
    Heard.BUSY: Last.BUSY,
    Heard.UNREACHABLE: Last.UNREACHABLE,
    Heard.NO_WAY: Last.NO_WAY,
    Heard.CANCELLED: Last.CANCELLED,
}


class Attempts:
    def __init__(
        self, noting: Noting, placing: Placing, callbacks: Callbacks, offers: Offers, roster: Roster, trunks: Trunks,
        trunk_watch: TrunkWatch, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._noting = noting
        self._placing = placing
        self._callbacks = callbacks
        self._offers = offers
        self._roster = roster
        self._trunks = trunks
        self._trunk_watch = trunk_watch
        self._deadlines = deadlines
        self._linked = linked
        self._seen: dict[SiteId, dict[str, CallbackSeen]] = {}
        self._talked: dict[OfferId, CallbackAsk] = {}
        self._legs: dict[str, CallId] = {}

    def inputs(self) -> dict[type, Callable[[Any, Turn], Said]]:
        return {
            **self._noting.inputs(),
            CallbacksRead: self.read,
            CallbackStored: self.stored,
            CallbackAsk: self.asks,
            AdvisorNotReached: self.advisor_not_reached,
            PlaceCall: self.place,
        }

    def deadlines(self) -> dict[Due, Callable[[str, Turn], None]]:
        return {
            Due.CALLBACK_UNNOTED: self._noting.unnoted,
            Due.CALLBACK_DUE: self._callbacks.due,
            Due.CALLBACK_UNSAVED: self._callbacks.save_again,
            Due.CALLBACK_SILENT: self.silent,
        }

    def place(self, request: PlaceCall, turn: Turn) -> Accepted | Refused:
        """An advisor wants to speak with somebody: his phone rings at once, and needs no word of the database first."""
        placed = self._placing.place(request, turn)
        if isinstance(placed, Refused):
            return placed
        self._ring(*placed, turn)
        return Accepted(placed[0].id)

    def restore(self, record: CallRecord, turn: Turn) -> Call | None:
        """A call that a former router placed, and of which its PBX will tell; None for any other."""
        return self._placing.restore(record, turn)

    # an advisor is found, or lost

    def follow(self, turn: Turn) -> None:
        """What others found out in this step, after everybody was matched who can be."""
        if turn.callbacks_found:
            self._found(turn)
        if turn.callbacks_hung_up:
            self._hung_up(turn)
        if turn.callbacks_put_off or turn.met:
            self._callbacks.follow(turn)
        if turn.callbacks_wanted:
            self._noting.wanted(turn)

    def _found(self, turn: Turn) -> None:
        """For these an advisor is free: the attempt is committed first."""
        for id_ in turn.callbacks_found:
            if (found := self._callbacks.of(id_)) is None:
                continue
            call, callback = found
            if callback.placed:
                continue  # he is rung already
            callback.move(CallbackMoved.ADVISOR_FOUND)
            self._callbacks.store(call, turn, attempt=call.ticket.offer or "")

    def look_again(self, turn: Turn) -> None:
        """What became of others in this step, before anybody is matched."""
        if turn.unserved_tickets:
            self._advisors_lost(turn)
        if turn.over or turn.duty_moved:
            self._callbacks.look_again(turn)

    def _advisors_lost(self, turn: Turn) -> None:
        """Their offers failed, and they are sought for again."""
        for ticket in turn.unserved_tickets:
            found = self._callbacks.of(ticket.rpartition("-")[0])
            if found is not None and found[1].placed:
                self._callbacks.close(found[0], Outcome.CANCELLED, turn)
            elif found is not None and found[1].move(CallbackMoved.ADVISOR_LOST):
                self._callbacks.store(found[0], turn, attempt="")

    def stored(self, fact: CallbackStored, turn: Turn) -> Accepted | Refused | None:
        said = self._noting.stored(fact, turn)
        if (found := self._callbacks.of(fact.callback)) is None:
            return said
        call, callback = found
        if callback.state is not CallbackState.FOUND or fact.revision != callback.stored.revision:
            return said
        if fact.failed or call.ticket.offer != callback.stored.attempt:
            self._not_begun(call, callback, turn)
            return said
        callback.move(CallbackMoved.WRITTEN)
        self._ring(call, callback, turn)
        return said

    def _ring(self, call: Call, callback: Callback, turn: Turn) -> None:
        dial = self._offers.dial(call.ticket, turn)
        call.channel, call.asked_at = "", turn.now
        self._legs[_channel(call, callback)] = call.id
        shows, called_from = str(callback.stored.e164), str(callback.stored.called_from or "")
        turn.emit(
            RingAdvisor(call.id, dial.offer, dial.advisor, dial.phone, dial.path, dial.ring_s, shows, called_from)
        )

    def _not_begun(self, call: Call, callback: Callback, turn: Turn) -> None:
        callback.move(CallbackMoved.PUT_OFF)
        self._offers.take_back(call.ticket, turn)
        self._callbacks.store(call, turn, attempt="", not_before_at=turn.now + AGAIN_AFTER_S)
        self._callbacks.seek(call, turn)

    def advisor_not_reached(self, fact: AdvisorNotReached, turn: Turn) -> None:
        """As a `Dial` that failed: a missed ring costs his presence, and the ticket keeps its place."""
        found = self._callbacks.of(fact.callback)
        if found is None or found[0].ticket.offer != fact.offer or found[1].state is not CallbackState.RINGING:
            return
        if found[1].placed and fact.why is Heard.NO_ANSWER:  # nobody misses but himself
            self._offers.not_called_out(found[0].ticket, "not_taken", turn)
            return
        self._offers.ended(found[0].ticket, _OF_THE_ADVISOR.get(fact.why, Last.UNREACHABLE), 0.0, turn)

    # what the advisor's leg asks

    def asks(self, ask: CallbackAsk, turn: Turn) -> CallbackAnswer:
        """Ring the contributor, or hear what became of it. A leg whose attempt is over is let go."""
        found = self._callbacks.of(ask.callback)
        if found is None:
            if ask.heard is Heard.TALKED and not self._noting.are_read:
                self._talked[ask.offer] = ask  # the database has not told yet of this one, and will
            return CallbackAnswer(None)
        call, callback = found
        if callback.state is CallbackState.UNSEEN and ask.offer == callback.stored.attempt:
            calling = ask.heard is not Heard.ARRIVED
            seen = CallbackSeen(call.id, ask.offer, ask.advisor, ask.channel, calling, talked_s=ask.talked_s)
            self._adopt(call, callback, seen, turn)
            if callback.state is CallbackState.UNSEEN:  # his advisor is none any more
                if ask.heard is Heard.TALKED:
                    self._callbacks.close(call, Outcome.ANSWERED, turn)
                else:
                    self._callbacks.attempt_over(call, callback, ask.heard, turn)
                return CallbackAnswer(None)
        if not ask.offer or ask.offer != call.ticket.offer or callback.state not in _RUNG:
            return CallbackAnswer(None)
        call.channel = ask.channel
        if call.ticket.state is TicketState.OFFERED:
            self._offers.answered(ask.offer, turn.now, turn)
        if ask.heard is Heard.TALKED:
            self._talked_with(call, ask.talked_s, turn)
        elif ask.heard is Heard.ARRIVED and ask.ended:
            self._offers.not_called_out(call.ticket, "left", turn)  # he was never rung: sought for again
        elif ask.heard is Heard.ARRIVED:
            callback.move(CallbackMoved.ADVISOR_ANSWERED)
            return CallbackAnswer(CallOut(str(callback.stored.e164), self._callbacks.rules.ring_s, call.dnis))
        else:
            if ask.heard is Heard.NO_WAY:
                self._trunk_watch.failed((call.site, PUBLIC), turn)
            self._over(call, callback, ask.heard, turn)
        return CallbackAnswer(None)

    def _talked_with(self, call: Call, talked_s: float, turn: Turn) -> None:
        self._trunks.carried((call.site, PUBLIC))
        self._offers.ended(call.ticket, Last.TALKED, talked_s, turn)
        self._callbacks.close(call, Outcome.ANSWERED, turn)

    def _over(self, call: Call, callback: Callback, heard: str, turn: Turn) -> None:
        """The contributor was rung, or may have been."""
        callback.move(CallbackMoved.ADVISOR_ANSWERED)
        self._offers.not_called_out(call.ticket, NOT_REACHED, turn)
        self._callbacks.attempt_over(call, callback, heard, turn)

    # what is seen of it

    def left(self, channel: str, turn: Turn) -> None:
        """A channel is gone from its PBX: `channel` is the site's and its unique id, which is the offer's."""
        for seen in self._seen.values():
            seen.pop(channel, None)
        found = self._callbacks.of(self._legs.pop(channel, ""))
        if found is None or channel != _channel(*found):
            return
        call, callback = found
        if callback.state is CallbackState.CALLING:
            self._over(call, callback, UNSEEN, turn)
        elif callback.state is CallbackState.UNSEEN:
            self._callbacks.attempt_over(call, callback, UNSEEN, turn)
        else:  # how it ended is about to be told
            self._deadlines.set(turn.now + TOLD_WITHIN_S, Due.CALLBACK_SILENT, callback.stored.attempt)

    def _hung_up(self, turn: Turn) -> None:
        """Their advisors' phones are free: what became of it must be told soon."""
        for id_ in turn.callbacks_hung_up:
            if (found := self._callbacks.of(id_)) is not None and found[0].ticket.offer is not None:
                self._deadlines.set(turn.now + SILENT_AFTER_S, Due.CALLBACK_SILENT, found[0].ticket.offer)

    def silent(self, offer_id: OfferId, turn: Turn) -> None:
        """A deadline came: nobody told how this attempt ended."""
        offer = self._offers.of(offer_id)
        found = self._callbacks.of(offer.call) if offer else None
        if offer is None or found is None:
            return
        if found[1].state is CallbackState.RINGING:
            self._offers.not_called_out(found[0].ticket, "lost", turn)
        elif not self._roster.holds(offer.advisor, offer_id):
            call, callback = found
            turn.emit(HangUp(call.id, call.site, call.channel))  # if it is there after all: nobody is rung twice
            self._over(call, callback, UNSEEN, turn)

    def synced(self, fact: PbxSynced, turn: Turn) -> None:
        """What goes on at a PBX, and what does not any more. Before it told, nobody is rung again."""
        self._seen[fact.site] = {f"{fact.site}-{seen.offer}": seen for seen in fact.callbacks}
        for id_ in [*self._callbacks.open.values(), *self._callbacks.placed]:
            if (found := self._callbacks.of(id_)) is not None and found[0].site == fact.site:
                self._look(*found, found[0].asked_at < turn.now - fact.took_s - FRESH_S, turn)

    def read(self, fact: CallbacksRead, turn: Turn) -> None:
        """The database told; perhaps after the PBXs did."""
        self._noting.read(fact.rows)
        self._callbacks.read(fact.rows, turn)
        for id_ in list(self._callbacks.open.values()):
            if (found := self._callbacks.of(id_)) is not None and found[0].site in self._linked:
                self._look(*found, True, turn)
        self._talked.clear()

    def _look(self, call: Call, callback: Callback, sure: bool, turn: Turn) -> None:
        seen = self._seen.get(call.site, {}).get(_channel(call, callback))
        if callback.state is CallbackState.UNSEEN:
            if (told := self._talked.get(callback.stored.attempt)) is not None:
                self.asks(told, turn)
            elif seen is not None:
                self._adopt(call, callback, seen, turn)
            else:
                self._callbacks.attempt_over(call, callback, UNSEEN, turn)
        elif callback.state is CallbackState.CALLING and seen is None and sure:
            self._over(call, callback, UNSEEN, turn)
        elif callback.state is CallbackState.RINGING and seen is None and sure:
            self._offers.take_back(call.ticket, turn)

    def _adopt(self, call: Call, callback: Callback, seen: CallbackSeen, turn: Turn) -> None:
        """An attempt that another router began goes on."""
        call.channel, self._legs[_channel(call, callback)] = seen.channel, call.id
        state = self._roster.states.get(seen.advisor)
        if state is None or state.offer is not None:
            return
        call.ticket.state = TicketState.WAITING
        callback.move(CallbackMoved.SEEN_CALLING if seen.calling else CallbackMoved.SEEN_RINGING)
        talked_s = seen.talked_s if seen.calling else None
        self._offers.adopt(call, call.ticket, seen.offer, seen.advisor, seen.via, talked_s, turn)


def _channel(call: Call, callback: Callback) -> str:
    """How the end of an attempt's leg is told: its unique id is the offer's."""
    return f"{call.site}-{callback.stored.attempt}"


_RUNG = (CallbackState.RINGING, CallbackState.CALLING)
