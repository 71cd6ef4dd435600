"""Owner of what an advisor asks about the call he has: each request is checked, then begun, or refused with a sentence.

`second_level.py` says what becomes of it.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

from cti_router.core import aside
from cti_router.core.advisors.roster import Roster
from cti_router.core.calls.second_level import TAKES_S, SecondLevel
from cti_router.core.configuration import AdvisorId, Configuration, Requirement, SiteId
from cti_router.core.duty.calendar import Closed
from cti_router.core.duty.duties import Duties
from cti_router.core.duty.hand_over import duty_for
from cti_router.core.identity import CallId, Instant
from cti_router.core.instructions import Accepted, Refused
from cti_router.core.serving.call import Call
from cti_router.core.serving.offers import Offers
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketState
from cti_router.core.turn import Turn

_MOVING = Refused("the call is being moved: try again in a moment")
_CONSULTS = Refused("a consultation is under way: connect it, or cancel it first")
_CONSULTS_NOT = Refused("no consultation is under way")


class CallRequests:
    def __init__(
        self, configuration: Configuration, calls: Mapping[CallId, Call], roster: Roster, offers: Offers,
        second_level: SecondLevel, duties: Duties, linked: Collection[SiteId],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._calls = calls
        self._roster = roster
        self._offers = offers
        self._second_level = second_level
        self._duties = duties
        self._linked = linked

    def configure(self, configuration: Configuration, _: Turn) -> None:
        self._configuration = configuration

    def inputs(self) -> dict[type, Callable[[Any, Turn], Accepted | Refused]]:
        return dict.fromkeys(get_args(aside.CallRequest), self.ask)

    def ask(self, request: aside.CallRequest, turn: Turn) -> Accepted | Refused:
        """What an advisor asks about the call he has."""
        call = self._served_by(request.advisor, to_end_it=isinstance(request, aside.HangUpCall))
        if isinstance(call, Refused):
            return call
        match request:
            case aside.Transfer():
                return self._transfer(request, call, turn)
            case aside.Consult():
                return self._consult(request, call, turn)
            case aside.ConnectConsultation():
                return self._connect(call, turn)
            case aside.CancelConsultation():
                return self._cancel(call, turn)
            case aside.HoldCall():
                return self._hold(call, turn)
            case aside.RetrieveCall():
                return self._retrieve(call, turn)
            case aside.HangUpCall():
                return self._hang_up(request, call, turn)

    def _transfer(self, request: aside.Transfer, call: Call, turn: Turn) -> Accepted | Refused:
        wanted = self._wanted(request, call, turn)
        if isinstance(wanted, Refused):
            return wanted
        if call.consultation is not None:
            return _CONSULTS
        if _is_taken(call, turn.now):
            return _MOVING
        return Accepted() if self._second_level.transfer(call, wanted, turn) else _MOVING

    def _consult(self, request: aside.Consult, call: Call, turn: Turn) -> Accepted | Refused:
        wanted = self._wanted(request, call, turn)
        if isinstance(wanted, Refused):
            return wanted
        if call.consultation is not None:
            return _CONSULTS
        if call.talk is Talk.FETCHING or _is_taken(call, turn.now):
            return _MOVING
        self._second_level.consult(call, wanted, turn)
        return Accepted()

    def _connect(self, call: Call, turn: Turn) -> Accepted | Refused:
        if call.consultation is None:
            return _CONSULTS_NOT
        if call.consultation.state is not TicketState.TALKING or call.talk is not Talk.ASIDE or not call.leg:
            return Refused("the expert has not answered yet")
        self._second_level.release_leg(call, turn)  # as if he hung up: the expert takes the caller
        return Accepted()

    def _cancel(self, call: Call, turn: Turn) -> Accepted | Refused:
        if call.consultation is None:
            return _CONSULTS_NOT
        self._second_level.cancel(call, turn)
        return Accepted()

    def _hold(self, call: Call, turn: Turn) -> Accepted | Refused:
        if call.talk is Talk.ASIDE:
            return Refused("the caller hears music already")
        if _is_taken(call, turn.now):
            return _MOVING
        return Accepted() if self._second_level.hold(call, turn) else _MOVING

    def _retrieve(self, call: Call, turn: Turn) -> Accepted | Refused:
        if call.held_until_at is None:
            return _CONSULTS if call.talk is Talk.ASIDE and call.consultation else Refused("the caller is not on hold")
        self._second_level.bring_back(call, turn)
        return Accepted()

    def _hang_up(self, request: aside.HangUpCall, call: Call, turn: Turn) -> Accepted | Refused:
        if call.callback is not None:
            if not call.channel:
                return _MOVING
            turn.emit(aside.HangUp(call.id, call.site, call.channel))
            return Accepted()
        served = self._roster.holds(request.advisor, call.ticket.offer or "")
        if call.talk is Talk.TOGETHER:
            turn.emit(aside.HangUp(call.id, call.site, call.channel, peer=True))
        elif call.talk is not Talk.ASIDE or not call.leg:
            return _MOVING
        else:
            turn.emit(aside.HangUp(call.id, call.site, call.leg, peer=not served, spares=call.channel))
        return Accepted()

    def _served_by(self, advisor: AdvisorId, *, to_end_it: bool) -> Call | Refused:
        """The call of an advisor who talks with a caller, at a PBX that can be asked to move it.

        An expert who is consulted, and who calls somebody, may only end it.
        """
        state = self._roster.states.get(advisor)
        if state is None:
            return Refused(f"unknown advisor {advisor!r}")
        offer = self._offers.of(state.offer)
        if offer is None or offer.ticket.state is not TicketState.TALKING:
            return Refused(f"{state.who.name} is not talking with a caller")
        call = self._calls[offer.call]
        if offer.ticket is not call.ticket and not to_end_it:
            return Refused(f"{state.who.name} is only being consulted: the caller is not his")
        if call.callback is not None and not to_end_it:
            return Refused("a contributor who was called can only be hung up on")
        if call.site not in self._linked:
            return Refused(f"the PBX of {call.site} is out of reach: try again in a moment")
        return call

    def _wanted(self, request: aside.Transfer | aside.Consult, call: Call, turn: Turn) -> Requirement | Refused:
        skill, level = request.skill, request.level
        if skill not in self._configuration.skills:
            return Refused(f"unknown skill {skill!r}; there are {', '.join(sorted(self._configuration.skills))}")
        if not 1 <= level <= 5:
            return Refused(f"level {level} is none of 1 to 5")
        others = (each for each in self._configuration.advisors.values() if each.id != request.advisor)
        if not any(each.skills.get(skill, 0) >= level for each in others):
            return Refused(f"nobody else has {skill} at level {level} or above")
        present, came_at, now = self._duties.at(turn.now), call.ticket.arrived_at, turn.now
        if isinstance(duty_for(self._configuration, came_at, now, now, present, self._duties.ordered), Closed):
            return Refused("it is closed: nobody is on duty to take the caller")
        return Requirement(skill, level)


def _is_taken(call: Call, now: Instant) -> bool:
    """His advisor's leg is taking the caller just now."""
    return call.talk is Talk.TOGETHER and now < call.taken_at + TAKES_S
