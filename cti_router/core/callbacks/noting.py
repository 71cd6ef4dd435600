"""Owner of what is asked: who may be called back, and that it is committed before anybody hears that it is noted."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.callback import (
    UNDER_WAY,
    AskCallback,
    Callback,
    CallbackMoved,
    CallbackState,
    CallbackStored,
    CancelCallback,
    StoreCallback,
    StoredCallback,
)
from cti_router.core.callbacks.callbacks import Callbacks
from cti_router.core.configuration import PUBLIC, Configuration, Number, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.wall_clock import in_numbers
from cti_router.core.history import Outcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.instructions import Accepted, Refused, Said
from cti_router.core.ledger import ledger
from cti_router.core.plans.callback_rules import A_DAY_S, NoCallback, why_not_called
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import Clerk
from cti_router.core.serving.endings import Endings
from cti_router.core.serving.waiting import Waiting
from cti_router.core.tickets.ticket import Ticket, TicketKind, TicketState
from cti_router.core.turn import Turn
from cti_router.core.ways.trunks import Trunks

NOTED_WITHIN_S = 5.0
"""A callback that is not committed by then is not noted."""

JUST_OVER_S = 60.0
"""An instant so recent is meant as “now”: whoever typed it took a moment."""

_NOT_SERVED = (TicketState.ARRIVED, TicketState.WAITING)


class Noting:
    """Nothing is noted before the database told what it has (`are_read`), and nothing while it is away."""

    def __init__(
        self, configuration: Configuration, calls: dict[CallId, Call], callbacks: Callbacks, waiting: Waiting,
        endings: Endings, clerk: Clerk, trunks: Trunks, deadlines: Deadlines,
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._callbacks = callbacks
        self._waiting = waiting
        self._endings = endings
        self._clerk = clerk
        self._trunks = trunks
        self._deadlines = deadlines
        self._asked: deque[tuple[Instant, int]] = deque()
        self.are_read = False
        self._last_ms = 0

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def inputs(self) -> dict[type, Callable[[Any, Turn], Said]]:
        return {AskCallback: self.ask, CancelCallback: self.cancel}

    def read(self, rows: tuple[StoredCallback, ...]) -> None:
        """What the database has: who asked, and how often."""
        self.are_read = True
        self._asked.extend(sorted((row.asked_at, row.e164) for row in rows))

    def ask(self, request: AskCallback, turn: Turn) -> Refused | None:
        """None: it is being committed; the answer comes with `CallbackStored`."""
        if (refused := self._why_not_then(request.not_before_at, turn.now)) is not None:
            return refused
        if not request.call:
            numbers = self._configuration.numbers
            number = numbers.get(request.dnis) if request.dnis else next(iter(numbers.values()))
            if number is None:
                return Refused(f"+{request.dnis} is none of the service's numbers")
            if request.profile is not None and request.profile not in self._configuration.profiles:
                return Refused(f"unknown profile {request.profile!r}")
            opened_at = _later(request.not_before_at, turn.now)
            ticket = Ticket("", 1, round(turn.now, 3), 0, TicketKind.CALLBACK, opened_at, profile=request.profile)
            return self._in_words(self._note(number, ticket, request.e164, None, request.author, turn), request.e164)
        call = self._calls.get(request.call)
        if call is None or call.callback is not None:
            return Refused(f"no call {request.call!r} is in progress")
        if call.ticket.state not in (*_NOT_SERVED, TicketState.TALKING):
            return Refused(f"call {call.id} does not wait, and nobody talks with its caller: it is {call.ticket.state}")
        if call.noting:
            return Refused(f"the caller of {call.id} has asked for it himself just now")
        opened_at = _later(request.not_before_at, turn.now)
        noted = self._note_call(call, call.cli.e164, request.author, turn, opened_at)
        return self._in_words(noted, call.cli.e164 or 0)

    def _why_not_then(self, at: Instant | None, now: Instant) -> Refused | None:
        """Why nobody can be promised to be called back at this instant."""
        rules, zone = self._callbacks.rules, ZoneInfo(self._configuration.calendar.timezone)
        if at is None:
            return None
        if at < now - JUST_OVER_S:
            return Refused(f"{in_numbers(at, zone)} is over")
        if at > now + rules.ahead_s:
            until = in_numbers(now + rules.ahead_s, zone)
            return Refused(f"nobody is called back that far ahead: {until} is the last that “ahead” allows")
        allowed_at = self._callbacks.next_allowed_at(max(at, now))
        if allowed_at is None:
            return Refused(f"nobody is called back at {in_numbers(at, zone)}: no other time is known")
        if allowed_at > max(at, now):
            next_at = in_numbers(allowed_at, zone)
            return Refused(f"nobody is called back at {in_numbers(at, zone)}: the next time is {next_at}")
        return None

    def wanted(self, turn: Turn) -> None:
        """The plans of these calls end with a callback."""
        for call in (self._calls[id_] for id_ in turn.callbacks_wanted):
            if self._stands(call.cli.e164):
                self._endings.noted(call, self._callbacks.rules.noted_sounds, turn)
            elif (refused := self._note_call(call, call.cli.e164, "", turn)) is not None:
                self._clerk.ended(call, call.ticket, "no_callback", ledger.why_no_callback(refused), turn)
                self._endings.noted(call, None, turn)

    # by key

    def note_by_key(self, call: Call, e164: int, turn: Turn) -> None:
        """He asked for it while he waits, which he does until it is committed; if it cannot be, after that too."""
        if self._stands(e164):
            self._dismiss(call, "", turn)
        elif (refused := self._note_call(call, e164, "", turn)) is not None:
            self.refuse(call, refused, turn)
        else:
            call.noting = True

    def refuse(self, call: Call, why: NoCallback, turn: Turn) -> None:
        """He hears that it cannot be, and waits on in his place."""
        self._clerk.ended(call, call.ticket, "no_callback", ledger.why_no_callback(why), turn)
        if call.wish is not None:
            self._waiting.say(call, call.wish.offer.impossible, turn)

    def _stands(self, e164: int | None) -> bool:
        """A callback of this number is noted already, and keeps its age. One that is being committed is not, yet."""
        found = self._callbacks.of(self._callbacks.open.get(e164 or 0, ""))
        return found is not None and found[1].state is not CallbackState.ASKED

    def _dismiss(self, call: Call, author: str, turn: Turn) -> None:
        """Who waited does not wait any more on the telephone."""
        call.noting = False
        sounds = self._callbacks.rules.noted_sounds
        self._waiting.dismiss(call, Outcome.CALLBACK, sounds, ledger.why_callback(author), turn)

    def _note_call(
        self, call: Call, e164: int | None, author: str, turn: Turn, opened_at: Instant | None = None
    ) -> NoCallback | None:
        """`opened_at`: what he was promised. Whoever talks with him now will be preferred then."""
        if e164 is None:
            return NoCallback.HIDDEN
        served_by = call.ticket.advisor
        if served_by is not None and opened_at is None:
            opened_at = round(turn.now, 3)
        ticket = replace(
            call.ticket, number=1, order=call.ticket.order, kind=TicketKind.CALLBACK, opened_at=opened_at, plan=None,
            state=TicketState.ARRIVED, steps=(), step=0, opened_early=0, next_step_at=None, judged=False, told=None,
            offer=None, offers_made=0, offers=(), awaits=None, last_advisor=served_by or call.ticket.last_advisor,
            advisor=None, path=(), answered_at=None, serves_since_at=None,
        )  # fmt: skip
        return self._note(call.number, ticket, e164, call, author, turn)

    def _note(
        self, number: Number | None, ticket: Ticket, e164: int, origin: Call | None, author: str, turn: Turn
    ) -> NoCallback | None:
        if (refused := self.why_not(e164, turn.now)) is not None:
            return refused
        site = self._calls_out_from(origin.site if origin else None, number)
        if site is None or number is None:
            return NoCallback.NO_LINE
        id_ = self._new_id(site, turn.now)
        ticket = replace(ticket, call=id_)
        stored = StoredCallback(
            id_, e164, site, str(number.dnis), ticket.to_text(), turn.now, max(turn.now, ticket.opened_at or 0.0), 1,
            asked_in=origin.id if origin else "", author=author, called_from=_called_from(origin, e164),
        )  # fmt: skip
        in_talk = origin is not None and origin.ticket.state is TicketState.TALKING
        self._callbacks.add(Callback(stored, in_talk=in_talk), ticket, turn)
        self._asked.append((turn.now, e164))
        self._deadlines.set(turn.now + NOTED_WITHIN_S, Due.CALLBACK_UNNOTED, id_)
        turn.emit(StoreCallback(stored))
        return None

    def why_not(self, e164: int, now: Instant) -> NoCallback | None:
        """Why nobody would be called back at this number; None: somebody would."""
        rules = self._configuration.callback
        if rules is None:
            return NoCallback.NOT_CONFIGURED
        if not self.are_read:
            return NoCallback.NOT_READ
        if why_not_called(rules, e164) is not None:
            return NoCallback.NOT_ALLOWED
        if e164 in self._callbacks.open:
            return NoCallback.OPEN_ALREADY
        if len(self._callbacks.open) >= rules.at_most:
            return NoCallback.TOO_MANY
        while self._asked and self._asked[0][0] <= now - A_DAY_S:
            self._asked.popleft()
        if sum(asked == e164 for _, asked in self._asked) >= rules.per_day:
            return NoCallback.TOO_OFTEN
        return None

    def _in_words(self, refused: NoCallback | None, e164: int) -> Refused | None:
        if refused is None:
            return None
        said = {
            NoCallback.NOT_CONFIGURED: "nobody is called back: add a “callback” section to the configuration",
            NoCallback.NOT_READ: "the database has not told yet who is to be called back: nothing can be noted",
            NoCallback.HIDDEN: "his number is hidden, or none that can be called",
            NoCallback.NOT_ALLOWED: f"+{e164} {why_not_called(self._callbacks.rules, e164)}",
            NoCallback.OPEN_ALREADY: f"+{e164} is to be called back already",
            NoCallback.TOO_MANY: f"{len(self._callbacks.open)} callbacks are open, as many as “at_most” allows",
            NoCallback.TOO_OFTEN: f"+{e164} was noted in the last 24 hours as often as “per_day” allows",
            NoCallback.NO_LINE: "no PBX has a line to the public network: tell “public_calls” of a site",
        }
        return Refused(said[refused])

    def _calls_out_from(self, site: SiteId | None, number: Number | None) -> SiteId | None:
        """Where the call came in, if its PBX has a line out; else another entry of the number's, else any."""
        preferred = (*((site,) if site else ()), *(number.entries if number else ()), *self._configuration.sites)
        return next((each for each in preferred if (each, PUBLIC) in self._trunks.lines()), None)

    def _new_id(self, site: SiteId, now: Instant) -> CallId:
        self._last_ms = max(round(now * 1000), self._last_ms + 1)
        return f"{site}-cb{self._last_ms}"

    # committed, or not

    def stored(self, fact: CallbackStored, turn: Turn) -> Accepted | Refused | None:
        """The database's word on what it was to commit."""
        self._callbacks.saved(fact, turn)
        if (found := self._callbacks.of(fact.callback)) is None:
            return None
        call, callback = found
        if callback.state is not CallbackState.ASKED:
            return None
        return self._not_noted(call, turn) if fact.failed else self._noted(call, callback, turn)

    def unnoted(self, id_: CallId, turn: Turn) -> None:
        """A deadline came: a callback should be noted by now."""
        if (found := self._callbacks.of(id_)) is not None and found[1].state is CallbackState.ASKED:
            self._not_noted(found[0], turn)

    def _noted(self, call: Call, callback: Callback, turn: Turn) -> Accepted | Refused:
        origin = self._calls.get(callback.stored.asked_in)
        callback.move(CallbackMoved.NOTED)
        if origin is not None and origin.ticket.state in _NOT_SERVED:
            self._dismiss(origin, callback.stored.author, turn)
        elif callback.in_talk:
            pass  # the talk goes on, or is over by now
        elif origin is not None and origin.ticket.state in (TicketState.OFFERED, TicketState.TALKING):
            origin.noting = False
            self._callbacks.close(call, Outcome.CANCELLED, turn)
            return Refused("an advisor took his call meanwhile")
        elif origin is not None and origin.noting:
            self._endings.noted(origin, self._callbacks.rules.noted_sounds, turn)
        self._callbacks.hold_if_he_calls(call, callback, turn.now)
        self._callbacks.seek(call, turn)
        return Accepted()

    def _not_noted(self, call: Call, turn: Turn) -> Refused:
        """It may be in the database for all that: nobody is told so, so nobody is called."""
        assert call.callback is not None  # noqa: S101
        origin = self._calls.get(call.callback.stored.asked_in)
        self._callbacks.close(call, Outcome.NOT_NOTED, turn)
        if origin is not None and origin.noting:
            self._clerk.ended(origin, origin.ticket, "no_callback", ledger.why_callback_over(Outcome.NOT_NOTED), turn)
            if origin.ticket.state is TicketState.LEAVING:
                self._endings.noted(origin, None, turn)
            elif origin.ticket.state in _NOT_SERVED and origin.wish is not None:
                self._waiting.say(origin, origin.wish.offer.impossible, turn)
            origin.noting = False
        return Refused("the database is away: nothing is noted")

    def cancel(self, request: CancelCallback, turn: Turn) -> Accepted | Refused:
        if (found := self._callbacks.of(request.callback)) is None:
            return Refused(f"no callback {request.callback!r} is open")
        call, callback = found
        if callback.state in UNDER_WAY:
            return Refused("he is being called now")
        self._callbacks.close(call, Outcome.CANCELLED, turn, author=request.author or "?")
        return Accepted()


def _later(at: Instant | None, now: Instant) -> Instant | None:
    """To the millisecond, as a channel carries it: the same before and after a restart."""
    return None if at is None else round(max(at, now), 3)


def _called_from(origin: Call | None, e164: int) -> int | None:
    """The number he called from, where it is another than the one to be called."""
    return None if origin is None or origin.cli.e164 == e164 else origin.cli.e164
