"""Owner of the advisors: what they chose, what their phones show, and who is ready."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cti_router.core.advisors.advisor import REASON_RONA, Activity, AdvisorState, Forced, Moved
from cti_router.core.configuration import AdvisorId, Configuration, SiteId
from cti_router.core.deadlines import Deadlines, Due
from cti_router.core.duty.wall_clock import instant_of
from cti_router.core.effects import PresenceChanged
from cti_router.core.identity import Instant, OfferId
from cti_router.core.inputs import EndWrapUp, PhoneState, Presence, SetPresence, StoredPresence
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.matching.matching import Matching
from cti_router.core.order import Force, OrderId
from cti_router.core.tickets.expected_wait import ExpectedWaits
from cti_router.core.turn import Turn

REST_S = 5.0
"""How long an advisor whose phone could not be rung is left alone."""


class Roster:
    """Each change ends in `_settle`, the only place that says who is ready."""

    def __init__(
        self, configuration: Configuration, matching: Matching, expected: ExpectedWaits, deadlines: Deadlines
    ) -> None:
        self._rules = configuration.rules
        self._zone = ZoneInfo(configuration.calendar.timezone)
        self._configured = configuration.advisors
        self._gone: dict[AdvisorId, StoredPresence] = {}
        self._matching = matching
        self._expected = expected
        self._deadlines = deadlines
        self._shown: dict[tuple[SiteId, str], PhoneState | None] = {}
        self.states = {advisor.id: AdvisorState(advisor) for advisor in configuration.advisors.values()}
        self._by_phone = {(state.who.site, state.who.phone): state for state in self.states.values()}
        self._ready: set[AdvisorId] = set()

    def configure(self, configuration: Configuration, turn: Turn) -> None:
        """Advisors come, change and go; the pools are filled again.

        One who is gone finishes what he is doing; when he comes back he is what he last chose to be.
        """
        former, self._ready = self.states, set()
        self._rules, self._configured = configuration.rules, configuration.advisors
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
        self._by_phone = {(state.who.site, state.who.phone): state for state in self.states.values()}
        for state in self.states.values():
            state.phone = self._shown.get((state.who.site, state.who.phone))
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
        self._present(state, request.presence, request.reason, turn)
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

    def phone_code(self, site: SiteId, phone: str, code: str, turn: Turn) -> Accepted | Refused:
        """`*1` available, `*2` absent, `*3` wrap-up over, dialled on an advisor's phone."""
        state = self._by_phone.get((site, phone))
        if state is None:
            return Refused(f"no advisor has phone {phone} at {site}")
        match code:
            case "1":
                return self.set_presence(SetPresence(state.who.id, Presence.AVAILABLE, author="phone"), turn)
            case "2":
                return self.set_presence(SetPresence(state.who.id, Presence.NOT_READY, "absent", "phone"), turn)
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
        self._show(state, own.presence, own.reason, own.since_at, turn)

    def not_ready_because(self, advisor: AdvisorId, now: Instant) -> str:
        """Why no offer can be made to him now, for people; "" when he is ready."""
        state = self.states[advisor]
        if state.presence is not Presence.AVAILABLE:
            return f"he is {state.presence}" + (f" ({state.reason})" if state.reason else "")
        if state.activity is not Activity.IDLE:
            return f"he is {state.activity}"
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
            if presence.wrap_up_until_at is not None and presence.wrap_up_until_at > turn.now:
                state.activity = Activity.WRAP_UP
                # Never longer than a wrap-up is, whatever the clocks did meanwhile.
                self._wrap_up_until(state, min(presence.wrap_up_until_at, turn.now + self._rules.wrap_up_s))
            self._settle(state, turn)

    # what phones show

    def phone_changed(self, site: SiteId, phone: str, shows: PhoneState | None, turn: Turn) -> AdvisorState | None:
        """The advisor whose phone it is; None when it is nobody's."""
        self._shown[site, phone] = shows
        state = self._by_phone.get((site, phone))
        if state is not None:
            state.phone = shows
            self._settle(state, turn)
        return state

    def phones_synced(self, site: SiteId, phones: Mapping[str, PhoneState] | None, turn: Turn) -> list[AdvisorState]:
        """All phones of a site at once; None: its PBX is out of reach, so nothing is known of them. Whose they are."""
        self._shown = {place: shows for place, shows in self._shown.items() if place[0] != site}
        self._shown |= {(site, phone): shows for phone, shows in (phones or {}).items()}
        there = [state for state in self._by_phone.values() if state.who.site == site]
        for state in there:
            state.phone = None if phones is None else phones.get(state.who.phone, PhoneState.UNREACHABLE)
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
        if not state.move(Moved.TALK_ENDED):
            return
        if not self._rules.wrap_up_s:
            self._wrap_up_ended(state, turn)
        else:
            self._wrap_up_until(state, turn.now + self._rules.wrap_up_s)
            turn.emit(PresenceChanged(state.stored()))
            self._settle(state, turn)

    def offer_failed(self, advisor: AdvisorId, turn: Turn, *, missed: bool = False, rest: bool = False) -> None:
        """`missed`: he let it ring (RONA). `rest`: his phone could not be rung."""
        state = self.states[advisor]
        state.offer = state.offered_at = None
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

    def _present(self, state: AdvisorState, presence: Presence, reason: str, turn: Turn) -> None:
        if (forced := state.forced) is not None:
            own = StoredPresence(state.who.id, presence, reason if presence is Presence.NOT_READY else "", turn.now)
            if reason != REASON_RONA or forced.own.presence is Presence.AVAILABLE:
                state.forced = replace(forced, own=own)
        self._show(state, presence, reason, turn.now, turn)
        turn.emit(PresenceChanged(state.stored()))

    def _show(self, state: AdvisorState, presence: Presence, reason: str, since_at: Instant, turn: Turn) -> None:
        if presence is Presence.AVAILABLE and state.presence is not presence and state.activity is Activity.IDLE:
            state.idle_since_at = turn.now
        state.presence, state.presence_since_at, state.missed = presence, since_at, 0
        state.reason = reason if presence is Presence.NOT_READY else ""
        self._settle(state, turn)

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
