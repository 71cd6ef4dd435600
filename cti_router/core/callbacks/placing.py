"""Owner of what an advisor asks: to speak with somebody now. His phone rings, then the number, by way of a callback.

Nobody else is sought for it, it does not wait, and it is tried once. No row is written before it: his phone rings as he
asked, and the number only at the answer to the ask of his leg. Its open row of the history tells another router of it.
"""

from collections.abc import Collection

from cti_router.core.advisors.advisor import Activity, AdvisorState
from cti_router.core.advisors.roster import Roster
from cti_router.core.callback import UNDER_WAY, Callback, CallbackState, PlaceCall, StoredCallback
from cti_router.core.callbacks.callbacks import Callbacks
from cti_router.core.configuration import PUBLIC, Configuration, Number, SiteId
from cti_router.core.effects import Remember
from cti_router.core.history import CallRecord
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import PhoneState, Presence
from cti_router.core.instructions import Refused
from cti_router.core.ledger import ledger
from cti_router.core.plans.callback_rules import why_not_called
from cti_router.core.serving.call import Call
from cti_router.core.serving.offers import Offers
from cti_router.core.tickets.plan_choice import plan_of
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketState
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks, outward


class Placing:
    def __init__(
        self, configuration: Configuration, callbacks: Callbacks, offers: Offers, roster: Roster, trunks: Trunks,
        linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._callbacks = callbacks
        self._offers = offers
        self._roster = roster
        self._trunks = trunks
        self._linked = linked
        self._last_ms = 0

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def place(self, request: PlaceCall, turn: Turn) -> tuple[Call, Callback] | Refused:
        """The call, with an offer to the advisor that is to be rung; or why not."""
        state = self._roster.states.get(request.advisor)
        if state is None:
            return Refused(f"unknown advisor {request.advisor[:80]!r}")
        if (why_not := self._why_not(state, request.e164)) is not None:
            return Refused(why_not)
        number = next(iter(self._configuration.numbers.values()))
        path = self._way(state.who.site, number)
        if isinstance(path, Refused):
            return path
        call, callback = self._begin(request, path[0], number, turn)
        call.say_why(ledger.why_placed(state.who.name, request.author))
        self._roster.cut_wrap_up(state.who.id, turn)
        plan = plan_of(self._configuration, number, call.ticket, call.cli)
        self._offers.make(call, call.ticket, state.who.id, path, plan, turn)
        turn.met += (call.id,)  # if he is to be called back, that waits for what becomes of this
        turn.emit(Remember(call.record(turn.now)))
        return call, callback

    def _why_not(self, state: AdvisorState, e164: int) -> str | None:
        rules, name = self._configuration.callback, state.who.name
        if rules is None:
            return "nobody is called from here: add a “callback” section to the configuration"
        if (never := why_not_called(rules, e164)) is not None:
            return f"+{e164} {never}"
        if not self._offers.is_open:
            return "no offers are made yet: the PBXs have not told what is there"
        if state.presence is Presence.LOGGED_OUT:
            return f"{name} cannot call: he is logged out"
        if state.activity not in (Activity.IDLE, Activity.WRAP_UP):
            return f"{name} cannot call: he is {state.activity}"
        if state.phone is not PhoneState.FREE:
            return f"{name} cannot call: his phone is {state.phone or 'not known, its PBX is out of reach'}"
        return "he is being called now" if self._is_called(e164) else None

    def _is_called(self, e164: int) -> bool:
        """By us, in this moment: placed, or called back."""
        waits = self._callbacks.open.get(e164, "")
        each = (self._callbacks.of(id_) for id_ in (waits, *self._callbacks.placed))
        return any(
            found is not None and found[0].cli.e164 == e164 and found[1].state in UNDER_WAY for found in each
        )  # fmt: skip

    def _way(self, there: SiteId, number: Number) -> tuple[SiteId, ...] | Refused:
        """From a PBX with a line out to the advisor's phone; his own PBX is the best."""
        lines = [site for site, peer in self._trunks.lines() if peer == PUBLIC]
        if not lines:
            return Refused("no PBX has a line to the public network: tell “public_calls” of a site")
        for site in dict.fromkeys((there, *number.entries, *self._configuration.sites)):
            if site in lines and site in self._linked and (path := self._trunks.path(outward(site), there)):
                return path
        return Refused("no line to the public network is free now, or it cannot be reached: try again in a moment")

    def _begin(self, request: PlaceCall, site: SiteId, number: Number, turn: Turn) -> tuple[Call, Callback]:
        id_, now = self._new_id(site, turn.now), round(turn.now, 3)
        ticket = Ticket(id_, 1, now, 0, TicketKind.OUTGOING, contributor=request.contributor, state=TicketState.WAITING)
        stored = StoredCallback(
            id_, request.e164, site, str(number.dnis), "", now, now, 0, attempt=_offer(id_), author=request.author
        )
        callback = Callback(stored, CallbackState.RINGING, placed=True)
        return self._callbacks.add(callback, ticket, turn), callback

    def _new_id(self, site: SiteId, now: Instant) -> CallId:
        self._last_ms = max(round(now * 1000), self._last_ms + 1)
        return f"{site}-out{self._last_ms}"

    # after a restart

    def restore(self, record: CallRecord, turn: Turn) -> Call | None:
        """One that a former router placed, as its open row has it: its PBX is about to tell. None for any other row."""
        placed = any(each.kind == TicketKind.OUTGOING for each in record.tickets)
        if not placed or record.entry_site not in self._configuration.sites:
            return None
        ticket = Ticket(
            record.id, 1, record.arrived_at, 0, TicketKind.OUTGOING, contributor=record.contributor, offers_made=1
        )
        stored = StoredCallback(
            record.id, int(record.cli.removeprefix("+")), record.entry_site, record.dnis, "", record.arrived_at,
            record.arrived_at, 0, attempt=_offer(record.id), author=record.author,
        )  # fmt: skip
        return self._callbacks.add(Callback(stored, CallbackState.UNSEEN, placed=True), ticket, turn)


def _offer(call: CallId) -> str:
    """There is one only."""
    return f"{call}-1-1"
