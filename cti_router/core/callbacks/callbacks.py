"""Owner of the callbacks: who is to be called back, when, and what became of it.

A callback is a call without a caller: its ticket waits in its place like any other, as long as nothing keeps it from
being served. What happens to it is committed to the database, which survives the router.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.callback import (
    Callback,
    CallbackMoved,
    CallbackState,
    CallbackStored,
    Heard,
    StoreCallback,
    StoredCallback,
)
from cti_router.core.calls.identification import Identification
from cti_router.core.configuration import CallbackRules, Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.duties import Duties
from cti_router.core.effects import Remember
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Cli, Instant
from cti_router.core.ledger import ledger
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.callback_rules import next_allowed_at, retry_after_s
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.ticket import Ticket, TicketMoved, TicketState, ticket_from_text
from cti_router.core.turn import Turn

SAVE_AGAIN_AFTER_S = 5.0
"""The database was away: after what it is asked again to take what happened meanwhile."""

MOST_HEAD_START_S = 500_000.0
"""The age of a callback that counts for who calls again himself: about what a ticket can carry."""


_PLACED: Mapping[str, Outcome] = {
    Heard.NO_ANSWER: Outcome.NO_ANSWER,
    Heard.BUSY: Outcome.BUSY,
    Heard.UNREACHABLE: Outcome.UNREACHABLE,
    Heard.NO_WAY: Outcome.UNREACHABLE,
    Heard.CANCELLED: Outcome.CANCELLED,
}
"""How a call that was placed ends, by what became of it."""


class Callbacks:
    """`open` holds those that are, by the number to be called; `unsaved` what the database has not got yet.

    `placed` are the calls that advisors wanted, in order.
    """

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], matching: Matching, waiting: Waiting,
        identification: Identification, clerk: Clerk, duties: Duties, deadlines: Deadlines, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._calls = calls
        self._matching = matching
        self._waiting = waiting
        self._identification = identification
        self._clerk = clerk
        self._duties = duties
        self._deadlines = deadlines
        self._linked = linked
        self.unsaved: dict[CallId, StoredCallback] = {}
        self.open: dict[int, CallId] = {}
        self.placed: dict[CallId, None] = {}
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self.rules = configuration.callback or CallbackRules()

    def configure(self, configuration: Configuration, _: Turn) -> None:
        """Those that are noted stay so, even when no more are taken."""
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self.rules = configuration.callback or self.rules

    def of(self, id_: CallId) -> tuple[Call, Callback] | None:
        """An open callback, or a call that was placed."""
        call = self._calls.get(id_)
        return None if call is None or call.callback is None else (call, call.callback)

    def add(self, callback: Callback, ticket: Ticket, turn: Turn) -> Call:
        stored = callback.stored
        cli = Cli(f"+{stored.e164}", stored.e164)
        number = self._waiting.number(stored.dnis)
        call = Call(stored.id, stored.site, "", cli, stored.dnis, number, ticket, callback=callback, asked_at=turn.now)
        call.listening = stored.site in self._linked
        self._calls[call.id] = call
        if callback.placed:
            self.placed[call.id] = None
            return call
        self.open[stored.e164] = call.id
        call.say_why(ledger.why_callback(stored.author, stored.called_from))
        if ticket.opened_at is not None:
            call.say_why(ledger.why_promised(ticket.opened_at, str(self._zone)))
        self._deadlines.set(self._expires_at(call), Due.CALLBACK_DUE, call.id)
        return call

    def _expires_at(self, call: Call) -> Instant:
        assert call.callback is not None  # noqa: S101
        return max(call.callback.stored.asked_at, call.ticket.opened_at or 0.0) + self.rules.keep_for_s

    def store(self, call: Call, turn: Turn, **changes: Any) -> None:
        """What happened to a callback is committed; while the database is away, again and again."""
        if (callback := call.callback) is None or callback.placed:
            return
        revision, ticket = callback.stored.revision + 1, call.ticket.to_text()
        callback.stored = replace(callback.stored, revision=revision, ticket=ticket, **changes)
        self.unsaved[call.id] = callback.stored
        turn.emit(StoreCallback(callback.stored))

    def save_again(self, id_: CallId, turn: Turn) -> None:
        if (stored := self.unsaved.get(id_)) is not None:
            turn.emit(StoreCallback(stored))

    def saved(self, fact: CallbackStored, turn: Turn) -> None:
        if (stored := self.unsaved.get(fact.callback)) is None or stored.revision != fact.revision:
            return
        if fact.failed:
            self._deadlines.set(turn.now + SAVE_AGAIN_AFTER_S, Due.CALLBACK_UNSAVED, fact.callback)
        else:
            del self.unsaved[fact.callback]

    # waiting, resting

    def seek(self, call: Call, turn: Turn) -> None:
        """An advisor is sought when it is time, and when he may be called."""
        callback = call.callback
        if callback is None or callback.state is not CallbackState.RESTING:
            return
        expires_at = self._expires_at(call)
        if turn.now >= expires_at:
            self.close(call, Outcome.EXPIRED, turn)
            return
        earliest_at = max(turn.now, callback.stored.not_before_at)
        at = self.next_allowed_at(earliest_at)
        if at is None or at > turn.now:
            if at is not None and at < expires_at:
                self._deadlines.set(at, Due.CALLBACK_DUE, call.id)
            return
        if call.ticket.opened_at is not None:  # who came before that was not held
            self.hold_if_he_calls(call, callback, turn.now)
        if not callback.move(CallbackMoved.DUE):
            return
        call.listening = call.site in self._linked
        if call.ticket.profile is None:
            self._identification.identify(call, turn)
        else:
            self._waiting.plan(call, call.ticket, turn)

    def next_allowed_at(self, at: Instant) -> Instant | None:
        """The first instant, not before `at`, at which somebody may be called back."""
        return next_allowed_at(self._duties, self._zone, self.rules, at)

    def due(self, id_: CallId, turn: Turn) -> None:
        """A deadline came: he may be called now, or not any more."""
        if (found := self.of(id_)) is None:
            return
        call, callback = found
        if callback.state in (CallbackState.RESTING, CallbackState.SEEKING):
            self._put_off(call, callback)
            self.seek(call, turn)

    def follow(self, turn: Turn) -> None:
        """What others found out in this step, after everybody was matched who can be."""
        self._put_off_those(turn)
        self._met(turn)

    def _put_off_those(self, turn: Turn) -> None:
        """The service closed."""
        for id_ in turn.callbacks_put_off:
            if (found := self.of(id_)) is not None:
                self._put_off(*found)
                self.seek(found[0], turn)

    def _put_off(self, call: Call, callback: Callback) -> None:
        self._matching.dequeue(call.ticket.id)
        callback.move(CallbackMoved.PUT_OFF)

    def out_of_reach(self, sites: Collection[SiteId]) -> None:
        """No link to these PBXs: nobody could be rung for what rests with them."""
        for call in (self._calls[id_] for id_ in self.open.values()):
            if call.site in sites:
                self._waiting.unheard(call)

    def reachable(self, site: SiteId, turn: Turn) -> None:
        """A PBX can be asked to ring phones: what rests with it is sought again."""
        for call in [self._calls[id_] for id_ in self.open.values()]:
            if call.site == site:
                call.listening = True
                self._waiting.plan(call, call.ticket, turn)

    def attempt_over(self, call: Call, callback: Callback, heard: str, turn: Turn) -> None:
        """The contributor was called in vain, or may have been: again later, if ever."""
        if callback.placed:
            self.close(call, _PLACED.get(heard, Outcome.ENDED_UNSEEN), turn)
            return
        attempts = callback.stored.attempts + 1
        callback.move(CallbackMoved.ATTEMPT_OVER)
        self._clerk.ended(call, call.ticket, "not_reached", ledger.why_not_reached(heard), turn)
        if attempts >= self.rules.attempts:
            self.close(call, Outcome.UNREACHED, turn, attempts=attempts)
            return
        not_before_at = turn.now + retry_after_s(self.rules, attempts)
        self.store(call, turn, attempts=attempts, attempt="", not_before_at=not_before_at)
        self.seek(call, turn)

    # called again

    def _met(self, turn: Turn) -> None:
        """Who is to be called back calls himself."""
        for id_ in turn.met:
            own = self._calls.get(id_)
            if own is not None and (found := self.of(self.open.get(own.cli.e164 or 0, ""))) is not None:
                self._hold(*found, own, turn.now)

    def hold_if_he_calls(self, call: Call, callback: Callback, now: Instant) -> None:
        """He does already, by a call of his own."""
        for own in self._calls.values():
            if (own.callback is None or own.callback.placed) and own.cli.e164 == callback.stored.e164:
                self._hold(call, callback, own, now)

    def _hold(self, call: Call, callback: Callback, own: Call, now: Instant) -> None:
        """His call has the callback's age, which waits for what becomes of it. A promise for later stands."""
        if own.ticket.state is TicketState.LEAVING or now < (call.ticket.opened_at or 0.0):
            return
        if not callback.move(CallbackMoved.CONTRIBUTOR_CAME):
            return
        self._matching.dequeue(call.ticket.id)
        callback.held_by = own.id
        if own.ticket.profile is None and own.callback is None:  # else his ticket has it, or has its place by now
            age_s = own.ticket.arrived_at - call.ticket.arrived_at
            own.head_start_s = min(max(0.0, round(age_s)), MOST_HEAD_START_S)
            own.say_why(ledger.why_head_start(own.head_start_s))

    def look_again(self, turn: Turn) -> None:
        """What became of others in this step, before anybody is matched."""
        self._over(turn)
        if turn.duty_moved:
            for id_ in list(self.open.values()):
                self.seek(self._calls[id_], turn)

    def _over(self, turn: Turn) -> None:
        """A call is over. Only who was served needs not be called any more: a calling number proves nothing."""
        ended = dict(turn.over)
        for id_ in list(self.open.values()) if ended else ():
            call, callback = self._calls[id_], self._calls[id_].callback
            if callback is None or callback.held_by not in ended:
                continue
            outcome = ended[callback.held_by]
            promised_in_it = call.ticket.opened_at is not None and callback.held_by == callback.stored.asked_in
            callback.held_by = ""
            if outcome is Outcome.ANSWERED and not promised_in_it:
                self.close(call, Outcome.CALLED_AGAIN, turn)
            elif callback.move(CallbackMoved.CONTRIBUTOR_LEFT):
                self.seek(call, turn)

    # the end

    def close(self, call: Call, outcome: Outcome, turn: Turn, author: str = "", attempts: int | None = None) -> None:
        """Exactly one outcome. Whoever was offered to it is free before. `author`: who closed it."""
        if call.callback is None or not call.callback.move(CallbackMoved.CLOSED):
            return
        self._matching.dequeue(call.ticket.id)
        call.ticket.move(TicketMoved.CALLER_LEFT)
        call.outcome = outcome
        if call.callback.placed:
            self._placed_over(call, outcome, turn)
            return
        self._clerk.ended(call, call.ticket, str(outcome), ledger.why_callback_over(outcome, author), turn)
        made = call.callback.stored.attempts if attempts is None else attempts
        self.store(call, turn, attempt="", attempts=made, outcome=outcome, ended_at=turn.now)
        del self._calls[call.id]
        self.open.pop(call.callback.stored.e164, None)
        if outcome is not Outcome.NOT_NOTED:
            turn.emit(Remember(call.record(turn.now, ended=True)))

    def _placed_over(self, call: Call, outcome: Outcome, turn: Turn) -> None:
        """Who was to be called back, and spoke with an advisor who called him, has been."""
        self._clerk.ended(call, call.ticket, str(outcome), ledger.why_placed_over(outcome), turn)
        del self._calls[call.id], self.placed[call.id]
        turn.emit(Remember(call.record(turn.now, ended=True)))
        found = self.of(self.open.get(call.cli.e164 or 0, ""))
        if found is None or found[1].held_by != call.id:
            return
        found[1].held_by = ""
        if outcome is Outcome.ANSWERED:
            self.close(found[0], Outcome.ANSWERED, turn)
        elif found[1].move(CallbackMoved.CONTRIBUTOR_LEFT):
            self.seek(found[0], turn)

    # after a restart

    def read(self, rows: tuple[StoredCallback, ...], turn: Turn) -> None:
        """What the database has."""
        for row in rows:
            if row.outcome is not None or row.id in self._calls or row.e164 in self.open:
                continue
            ticket = ticket_from_text(row.id, row.ticket, max(row.asked_at, row.not_before_at), 0)
            callback = Callback(row)
            call = self.add(callback, ticket, turn)
            callback.move(CallbackMoved.RESTORED_IN_ATTEMPT if row.attempt else CallbackMoved.RESTORED)
            self.hold_if_he_calls(call, callback, turn.now)
            self.seek(call, turn)
