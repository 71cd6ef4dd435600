"""Owner of the advisors: what they chose, what they do, and who is ready."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.advisors.absence import not_absent_so
from cti_router.core.advisors.advisor import Activity, AdvisorState, Forced, Moved
from cti_router.core.advisors.phones import Phones
from cti_router.core.configuration import AdvisorId, Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.effects import PresenceChanged
from cti_router.core.identity import Instant, OfferId
from cti_router.core.inputs import EndWrapUp, ExtendWrapUp, PhoneState, Presence, SetPresence, StoredPresence
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.matching.matching import Matching
from cti_router.core.order import Force, OrderId
from cti_router.core.presence import LONGEST_ABSENCE_S, REASON_ABSENT, REASON_RONA
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.turn import Turn

REST_S = 5.0
"""How long an advisor whose phone could not be rung is left alone."""


class Roster:
    """Each change ends in `_settle`, the only place that says who is ready."""

    def __init__(
        self, configuration: Configuration, matching: Matching, expected: ExpectedWaits, deadlines: Deadlines
    ) -> None:
        self._rules, self._reasons = configuration.rules, configuration.reasons
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self._configured = configuration.advisors
        self._phones = Phones(configuration)
        self._gone: dict[AdvisorId, StoredPresence] = {}
        self._matching = matching
        self._expected = expected
        self._deadlines = deadlines
        self.states = {advisor.id: AdvisorState(advisor) for advisor in configuration.advisors.values()}
        self._phones.configure(configuration, self.states.values())
        self._ready: set[AdvisorId] = set()

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """Advisors come, change and go; the pools are filled again.

        One who is gone finishes what he is doing; when he comes back he is what he last chose to be.
        """
        former, self._ready = self.states, set()
        self._rules, self._reasons = configuration.rules, configuration.reasons
        self._configured = configuration.advisors
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self.states = {id_: state for id_, state in former.items() if state.offer is not None}
        self._gone |= {id_: state.stored() for id_, state in former.items() if id_ not in configuration.advisors}
        back = []
        for advisor in configuration.advisors.values():
            state = self.states[advisor.id] = former.get(advisor.id) or AdvisorState(advisor)
            state.who = advisor
            presence = self._gone.pop(advisor.id, None)
            if presence is not None and advisor.id not in former:
                back.append(presence)
        self._phones.configure(configuration, self.states.values())
        self._expected.employ_all(id_ for id_ in configuration.advisors if self.states[id_].works())
        for state in list(self.states.values()):
            if state.offer is not None or state.ready(turn.now):
                self._settle(state, turn)
        self.restore(back, turn)

    # what people ask

    def set_presence(self, request: SetPresence, turn: Turn) -> Accepted | Refused:
        state = self.states.get(request.advisor)
        if state is None:
            return Refused(f"unknown advisor {request.advisor!r}")
        forced = state.forced
        if forced is not None and request.presence not in (forced.presence, Presence.LOGGED_OUT):
            return Refused(
                f"{state.who.name} is kept {forced.presence} by the order {forced.order}: undo it first"
                f" (cti-router undo {forced.order})"
            )
        if refused := not_absent_so(request, self._reasons) or self._phones.not_for(state, request):
            return refused
        if request.presence is Presence.LOGGED_OUT:
            state.phone_today = ""
        elif request.phone:
            own = self._configured.get(state.who.id)
            state.phone_today = request.phone if own is None or request.phone != own.phone else ""
        lasts_s = request.for_s
        if lasts_s is None and request.presence is Presence.NOT_READY and request.reason in self._reasons:
            lasts_s = self._reasons[request.reason].lasts_s
        until_at = None if lasts_s is None else turn.now + lasts_s
        self._present(state, request.presence, request.reason, turn, until_at)
        return Accepted()

    def end_wrap_up(self, request: EndWrapUp, turn: Turn) -> Accepted | Refused:
        state = self.states.get(request.advisor)
        if state is None:
            return Refused(f"unknown advisor {request.advisor!r}")
        if state.activity is not Activity.WRAP_UP:
            return Refused(f"{state.who.name} is not in wrap-up, but {state.activity}")
        self._wrap_up_ended(state, turn)
        turn.emit(PresenceChanged(state.stored()))
        return Accepted()

    def extend_wrap_up(self, request: ExtendWrapUp, turn: Turn) -> Accepted | Refused:
        """As far as the configuration lets him; refused when there is nothing left."""
        state = self.states.get(request.advisor)
        if state is None:
            return Refused(f"unknown advisor {request.advisor!r}")
        if state.activity is not Activity.WRAP_UP or state.wrap_up_until_at is None:
            return Refused(f"{state.who.name} is not in wrap-up, but {state.activity}")
        if not request.by_s > 0:
            return Refused(f"a wrap-up is put off by some seconds, and not by {request.by_s:g}")
        most_s = max(self._rules.wrap_up_s, self._rules.wrap_up_most_s)
        until = min(state.wrap_up_until_at + request.by_s, state.wrap_up_since_at + most_s)
        if until <= state.wrap_up_until_at:
            return Refused(f"a wrap-up lasts at most {most_s / 60:g} min: {state.who.name} has no more")
        self._wrap_up_until(state, until)
        turn.emit(PresenceChanged(state.stored()))
        return Accepted()

    def phone_code(self, site: SiteId, phone: str, code: str, turn: Turn) -> Accepted | Refused:
        """`*1` available, `*2` absent, `*3` wrap-up over, dialled on an advisor's phone."""
        state = self._phones.of(site, phone)
        if state is None:
            return Refused(f"no advisor has phone {phone} at {site}")
        match code:
            case "1":
                return self.set_presence(SetPresence(state.who.id, Presence.AVAILABLE, author="phone"), turn)
            case "2":
                return self.set_presence(SetPresence(state.who.id, Presence.NOT_READY, REASON_ABSENT, "phone"), turn)
            case "3":
                return self.end_wrap_up(EndWrapUp(state.who.id, author="phone"), turn)
        return Refused(f"unknown phone code *{code}")

    # what is ordered

    def force(self, order: OrderId, what: Force, since_at: Instant, turn: Turn) -> None:
        """By order he is this now, whatever he chose; what he became since the order began (logged out, RONA) stays."""
        state = self.states.get(what.advisor)
        if state is None or (state.forced is not None and state.forced.order == order):
            return
        own = state.stored()
        state.forced = Forced(order, what.presence, own)
        if own.since_at <= since_at:
            self._show(state, what.presence, what.reason, turn.now, turn)

    def release(self, order: OrderId, advisor: AdvisorId, turn: Turn) -> None:
        """The order is over: he is again what he chose himself."""
        state = self.states.get(advisor)
        if state is None or state.forced is None or state.forced.order != order:
            return
        own, state.forced = state.forced.own, None
        self._show(state, own.presence, own.reason, own.since_at, turn, own.until_at)

    def not_ready_because(self, advisor: AdvisorId, now: Instant) -> str:
        """Why no offer can be made to him now, for people; "" when he is ready."""
        state = self.states[advisor]
        if state.presence is not Presence.AVAILABLE:
            return f"he is {state.presence}" + (f" ({state.reason})" if state.reason else "")
        if state.activity is not Activity.IDLE:
            return f"he is {state.activity}"
        if not state.who.phone:
            return f"his phone {self._phones.due_to(state)} is somebody else's today"
        if state.phone is not PhoneState.FREE:
            return f"his phone is {state.phone or 'not known: its PBX is out of reach'}"
        return "" if state.ready(now) else "his phone could not be rung a moment ago"

    def restore(self, stored: Iterable[StoredPresence], turn: Turn) -> None:
        """What advisors chose before we came; kept for those who are not configured now, and may be again."""
        for presence in stored:
            if (state := self.states.get(presence.advisor)) is None:
                self._gone[presence.advisor] = presence
                continue
            state.presence, state.reason, state.forced = presence.presence, presence.reason, None
            state.presence_since_at = state.idle_since_at = min(presence.since_at, turn.now)
            state.phone_today, state.until_at = presence.phone, None
            if presence.until_at is not None:  # one that ended meanwhile falls due at once
                self._absent_until(state, min(presence.until_at, turn.now + LONGEST_ABSENCE_S))
            if presence.wrap_up_until_at is not None and presence.wrap_up_until_at > turn.now:
                state.activity = Activity.WRAP_UP
                until, usual = presence.wrap_up_until_at, turn.now + self._rules.wrap_up_s
                # Never longer than a wrap-up is, whatever the clocks did meanwhile.
                put_off = usual < until <= turn.now + self._rules.wrap_up_most_s
                state.wrap_up_since_at = min(turn.now, until - self._rules.wrap_up_s)
                self._wrap_up_until(state, until if put_off else min(until, usual))
            self._share_out(state, turn)
            self._settle(state, turn)

    # what phones show

    def phone_changed(self, site: SiteId, phone: str, shows: PhoneState | None, turn: Turn) -> AdvisorState | None:
        """The advisor whose phone it is; None when it is nobody's."""
        state = self._phones.changed(site, phone, shows)
        if state is not None:
            self._settle(state, turn)
        return state

    def phones_synced(self, site: SiteId, phones: Mapping[str, PhoneState] | None, turn: Turn) -> list[AdvisorState]:
        """All phones of a site at once; None: its PBX is out of reach, so nothing is known of them. Whose they are."""
        there = self._phones.synced(site, phones)
        for state in there:
            self._settle(state, turn)
        return there

    def holds(self, advisor: AdvisorId, offer: OfferId) -> bool:
        state = self.states.get(advisor)
        return state is not None and state.offer == offer

    def knows_phone_of(self, advisor: AdvisorId) -> bool:
        state = self.states.get(advisor)
        return state is not None and state.phone is not None

    def is_ready(self, advisor: AdvisorId, now: Instant) -> bool:
        state = self.states.get(advisor)
        return state is not None and state.ready(now)

    def is_on_the_phone(self, advisor: AdvisorId) -> bool:
        state = self.states.get(advisor)
        return state is not None and state.phone is PhoneState.IN_USE

    def fit_for_offer(self, advisor: AdvisorId) -> bool:
        """Whether an offer that was made may still be told."""
        state = self.states[advisor]
        return state.presence is Presence.AVAILABLE and state.phone is PhoneState.FREE

    # what offers do

    def offered(self, advisor: AdvisorId, offer: OfferId, since: Instant | None, turn: Turn) -> None:
        """`since`: None when it was made before we came."""
        state = self.states[advisor]
        state.offer, state.offered_at = offer, since
        state.move(Moved.OFFER_MADE)
        if advisor in self._ready:
            self._ready.discard(advisor)
            self._matching.remove_ready(advisor)
        else:
            self._settle(state, turn)

    def cut_wrap_up(self, advisor: AdvisorId, turn: Turn) -> None:
        """He goes on to something else."""
        state = self.states[advisor]
        if state.activity is Activity.WRAP_UP:
            self._wrap_up_ended(state, turn)
            turn.emit(PresenceChanged(state.stored()))

    def answered(self, advisor: AdvisorId, turn: Turn) -> None:
        state = self.states[advisor]
        state.missed = 0
        state.move(Moved.ANSWERED)
        self._settle(state, turn)

    def talk_ended(self, advisor: AdvisorId, turn: Turn) -> None:
        state = self.states[advisor]
        state.offer, state.missed = None, 0
        self._share_out(state, turn)
        if not state.move(Moved.TALK_ENDED):
            return
        if not self._rules.wrap_up_s:
            self._wrap_up_ended(state, turn)
        else:
            state.wrap_up_since_at = turn.now
            self._wrap_up_until(state, turn.now + self._rules.wrap_up_s)
            turn.emit(PresenceChanged(state.stored()))
            self._settle(state, turn)

    def offer_failed(self, advisor: AdvisorId, turn: Turn, *, missed: bool = False, rest: bool = False) -> None:
        """`missed`: he let it ring (RONA). `rest`: his phone could not be rung."""
        state = self.states[advisor]
        state.offer = state.offered_at = None
        self._share_out(state, turn)
        state.move(Moved.OFFER_FAILED)
        if rest:
            state.rests_until_at = turn.now + REST_S
            self._deadlines.set(state.rests_until_at, Due.REST_OVER, advisor)
        if missed:
            state.missed += 1
            if state.missed >= self._rules.rona_after and state.presence is Presence.AVAILABLE:
                self._present(state, Presence.NOT_READY, REASON_RONA, turn)
        self._settle(state, turn)

    # what time does

    def wrap_up_due(self, advisor: AdvisorId, turn: Turn) -> None:
        state = self.states.get(advisor)
        until = state.wrap_up_until_at if state else None
        if state is not None and until is not None and until <= turn.now:
            self._wrap_up_ended(state, turn)  # already stored with its end: nothing to write

    def absence_due(self, advisor: AdvisorId, turn: Turn) -> None:
        state = self.states.get(advisor)
        if state is None or (own := state.stored()).until_at is None or own.until_at > turn.now:
            return
        if state.forced is None:
            self._present(state, Presence.AVAILABLE, "", turn)
            return
        # The order goes on; what he chose counts as chosen when it was, so that the order outlives a restart.
        state.until_at = None
        state.forced = replace(
            state.forced, own=replace(own, presence=Presence.AVAILABLE, reason="", until_at=None)
        )  # fmt: skip
        turn.emit(PresenceChanged(state.stored()))

    def rest_due(self, advisor: AdvisorId, turn: Turn) -> None:
        if (state := self.states.get(advisor)) is not None:
            self._settle(state, turn)

    def watch_day(self, turn: Turn) -> None:
        midnight = instant_of(self._day(turn) + timedelta(days=1), time(0), self._zone)
        self._deadlines.set(midnight, Due.DAY_BEGUN)

    def day_begun(self, _: str, turn: Turn) -> None:
        """Nobody was occupied yet today: who is ready over midnight stands anew."""
        for advisor in self._ready:
            state = self.states[advisor]
            if state.occupied_on is not None:
                self._matching.add_ready(advisor, state.idle_since_at, state.occupied_today_s(self._day(turn)))
        self.watch_day(turn)

    # the one place

    def _settle(self, state: AdvisorState, turn: Turn) -> None:
        advisor = state.who.id
        if state.offer is not None:
            turn.doubtful_offers.append(state.offer)
        ready = state.ready(turn.now)
        if not (ready or state.awaitable(turn.now)):
            turn.lost_advisors.append(advisor)
        if advisor in self._configured:
            self._expected.employ(advisor, ready or state.works())
        if advisor not in self._configured:
            if state.offer is None and self.states.pop(advisor, None) is not None:
                self._gone[advisor] = state.stored()
        elif ready:
            if advisor not in self._ready:
                self._ready.add(advisor)
                self._matching.add_ready(advisor, state.idle_since_at, state.occupied_today_s(self._day(turn)))
            turn.free_advisors.append(advisor)
        elif advisor in self._ready:
            self._ready.discard(advisor)
            self._matching.remove_ready(advisor)

    def _day(self, turn: Turn) -> date:
        return datetime.fromtimestamp(turn.now, self._zone).date()

    def _share_out(self, state: AdvisorState, turn: Turn) -> None:
        """Where he has not the phone he should have, those of his site are shared out. He is to be settled after."""
        if state.who.phone != self._phones.due_to(state) or state.who.id not in self._configured:
            site = state.who.site
            there = [other for other in self.states.values() if other.who.site == site]
            for other in self._phones.share_out(site, there):
                if other is not state:
                    self._settle(other, turn)

    def _present(
        self, state: AdvisorState, presence: Presence, reason: str, turn: Turn, until_at: Instant | None = None
    ) -> None:
        if (forced := state.forced) is not None:
            kept = reason if presence is Presence.NOT_READY else ""
            own = StoredPresence(state.who.id, presence, kept, turn.now, until_at=until_at)
            if reason != REASON_RONA or forced.own.presence is Presence.AVAILABLE:
                state.forced = replace(forced, own=own)
        self._show(state, presence, reason, turn.now, turn, until_at)
        turn.emit(PresenceChanged(state.stored()))

    def _show(
        self, state: AdvisorState, presence: Presence, reason: str, since_at: Instant, turn: Turn,
        until_at: Instant | None = None,
    ) -> None:  # fmt: skip
        if presence is Presence.AVAILABLE and state.presence is not presence and state.activity is Activity.IDLE:
            state.idle_since_at = turn.now
        state.presence, state.presence_since_at, state.missed = presence, since_at, 0
        state.reason, state.until_at = reason if presence is Presence.NOT_READY else "", None
        if until_at is not None:
            self._absent_until(state, until_at)
        self._share_out(state, turn)
        self._settle(state, turn)

    def _absent_until(self, state: AdvisorState, until: Instant) -> None:
        state.until_at = until
        self._deadlines.set(until, Due.ABSENCE_OVER, state.who.id)

    def _wrap_up_until(self, state: AdvisorState, until: Instant) -> None:
        state.wrap_up_until_at = until
        self._deadlines.set(until, Due.WRAP_UP_OVER, state.who.id)

    def _wrap_up_ended(self, state: AdvisorState, turn: Turn) -> None:
        if not state.move(Moved.WRAP_UP_ENDED):
            return
        if state.offered_at is not None and state.who.id in self._configured:
            self._expected.handled(state.who.id, turn.now - state.offered_at)
            state.occupy(turn.now - state.offered_at, self._day(turn))
        state.offered_at, state.wrap_up_until_at, state.idle_since_at = None, None, turn.now
        self._settle(state, turn)
