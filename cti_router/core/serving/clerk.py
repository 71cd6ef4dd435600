"""The clerk of the decision ledger: writes down each decision as it is taken, with what it was taken from."""

from itertools import takewhile

from cti_router.core.advisors.advisor import Activity, AdvisorState
from cti_router.core.advisors.roster import Roster
from cti_router.core.configuration import AdvisorId, Configuration, Plan, Selection, SiteId, Tie
from cti_router.core.effects import Decided
from cti_router.core.history import Counted
from cti_router.core.identity import Instant
from cti_router.core.inputs import PhoneState, Presence
from cti_router.core.ledger import ledger
from cti_router.core.ledger.decision import Decision
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.matching.matching import Candidate, Matching
from cti_router.core.serving.call import Call
from cti_router.core.tickets.ticket import Ticket
from cti_router.core.turn import Turn

_NOBODY_FREE = (ledger.NOBODY_FREE,)


class Clerk:
    def __init__(self, configuration: Configuration, matching: Matching, roster: Roster) -> None:
        self._configuration = configuration
        self._matching = matching
        self._roster = roster
        self._paths: dict[tuple[SiteId, ...], Reason] = {}

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration
        self._paths.clear()

    def offered(self, call: Call, ticket: Ticket, chosen: Candidate, plan: Plan, turn: Turn) -> None:
        """To be told before the offer is carried out: the ticket still waits, the advisor is still ready."""
        state = self._roster.states[chosen.advisor]
        asked = ticket.steps[ticket.step].demand[0].requirements
        idle_s = turn.now - state.idle_since_at
        tie: Tie | None = None
        rejected: tuple[Reason, ...] = ()
        if preferred := ticket.preferred(plan.prefer):
            tie, rejected = ticket.tie_to(chosen.advisor), self._preferred(ticket, preferred, chosen.advisor, turn)
        why = ledger.why_advisor(self._configuration, state.who, asked, tie, ticket.step, idle_s)
        because = (why, self._why_path(chosen.way))
        call.because += because if because[1] not in call.because else (why,)
        if chosen.following is not None:
            rejected += (self._not_taken(chosen, chosen.following, tie, plan, turn),)
        decision = Decision(
            turn.now, ticket.number, "offered", self._configuration.version, because, rejected,
            self._matching.counted(ticket.id), plan.selection,
        )  # fmt: skip
        call.decisions += (decision,)  # it never repeats the one before
        turn.emit(Decided(call.id, decision))

    def pulled(self, call: Call, ticket: Ticket, path: tuple[SiteId, ...], why: Reason, turn: Turn) -> None:
        """A supervisor chose the advisor."""
        because = (why, self._why_path(path))
        for reason in because:
            call.say_why(reason)
        self._write(call, ticket, "pulled", because, turn)

    def waits(self, call: Call, ticket: Ticket, plan: Plan, turn: Turn) -> None:
        """Nobody was found, or the one whom the ticket awaits is not free."""
        if ticket.awaits is not None:
            self._awaits(call, ticket, ticket.awaits, turn)
            return
        counted = self._matching.counted(ticket.id)
        if call.decisions and call.decisions[-1].says(ticket.number, "waits", _NOBODY_FREE, counted):
            return  # as at the last attempt: most asks of who waits change nothing
        call.say_why(ledger.NOBODY_FREE)
        preferred = ticket.preferred(plan.prefer)
        rejected = self._preferred(ticket, preferred, None, turn) if preferred else ()
        self._write(call, ticket, "waits", _NOBODY_FREE, turn, rejected, counted, plan.selection)

    def _awaits(self, call: Call, ticket: Ticket, advisor: AdvisorId, turn: Turn) -> None:
        name, zone = self._roster.states[advisor].who.name, self._configuration.calendar.timezone
        why = Reason(Why.AWAITS, (name, ticket.tie_to(advisor), ticket.awaits_until_at, zone))
        self.ended(call, ticket, "awaits", why, turn)

    def awaits_no_more(
        self, call: Call, ticket: Ticket, advisor: AdvisorId, turn: Turn, *, too_long: bool
    ) -> None:  # fmt: skip
        """The one a ticket awaited cannot take it, or not in time."""
        if (state := self._roster.states.get(advisor)) is not None:
            if too_long:
                now = "too_long"
            elif not self._matching.may_serve(ticket.id, advisor):
                now = "elsewhere"
            else:
                now = "no_way" if state.ready(turn.now) else what_keeps(state, turn.now)
            why = Reason(Why.AWAITS_NO_MORE, (state.who.name, ticket.tie_to(advisor), now))
            self.ended(call, ticket, "awaits_no_more", why, turn)

    def widened(self, call: Call, ticket: Ticket, why: Reason, turn: Turn) -> None:
        """A step was opened before its time."""
        call.say_why(why)
        self._write(call, ticket, "widened", (why,), turn)

    def ended(self, call: Call, ticket: Ticket, what: str, why: Reason, turn: Turn) -> None:
        """What became of an offer, or of the whole wait."""
        call.say_why(why)
        self._write(call, ticket, what, (why,), turn)

    def _write(
        self, call: Call, ticket: Ticket, what: str, because: tuple[Reason, ...], turn: Turn,
        rejected: tuple[Reason, ...] = (), counted: tuple[Counted, ...] = (), rule: str = "",
    ) -> None:  # fmt: skip
        version = self._configuration.version
        decision = Decision(turn.now, ticket.number, what, version, because, rejected, counted, rule)
        call.decide(decision)
        turn.emit(Decided(call.id, decision))

    def _why_path(self, path: tuple[SiteId, ...]) -> Reason:
        why = self._paths.get(path)
        if why is None:
            why = self._paths[path] = ledger.why_path(self._configuration, path)
        return why

    def _preferred(
        self, ticket: Ticket, preferred: tuple[AdvisorId, ...], chosen: AdvisorId | None, turn: Turn
    ) -> tuple[Reason, ...]:  # fmt: skip
        """Why those who are preferred to the one chosen were not taken."""
        before = takewhile(lambda advisor: advisor != chosen, preferred)
        states = (self._roster.states.get(advisor) for advisor in before)
        return tuple(
            Reason(Why.PREFERRED_AWAY, (state.who.name, ticket.tie_to(state.who.id), what_keeps(state, turn.now)))
            for state in states
            if state is not None
        )

    def _not_taken(
        self, chosen: Candidate, other: Candidate, tie: Tie | None, plan: Plan, turn: Turn
    ) -> Reason:  # fmt: skip
        """Why the one who would have been next was not the first."""
        name = self._roster.states[other.advisor].who.name
        if tie in plan.prefer:
            return Reason(Why.AFTER_PREFERRED, (name, self._roster.states[chosen.advisor].who.name, tie))
        if other.opened is not chosen.opened:
            return Reason(Why.LATER_STEP, (name, other.opened.step))
        idle_since, occupied_s = self._matching.standing(other.advisor)
        if plan.selection is Selection.LEAST_OCCUPIED:
            return Reason(Why.MORE_OCCUPIED, (name, occupied_s))
        if other.competence < chosen.competence:
            return Reason(Why.LESS_COMPETENT, (name, other.competence))
        if other.competence > chosen.competence:
            return Reason(Why.SPARED, (name,))
        return Reason(Why.LATER, (name, turn.now - idle_since))


def what_keeps(state: AdvisorState, now: Instant) -> str:
    """What an advisor does who is not ready; "elsewhere" for one who is."""
    if state.presence is not Presence.AVAILABLE:
        return str(state.presence)
    if state.activity is not Activity.IDLE:
        return str(state.activity)
    if state.phone is PhoneState.IN_USE:
        return "on_the_phone"
    return "elsewhere" if state.ready(now) else "unreachable"
