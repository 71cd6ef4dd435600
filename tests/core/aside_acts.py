"""The second level's part of the seeded driver: what advisors ask about their calls, and what PBXs make of it."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    CallRequest,
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    LegUntold,
    MoveFailed,
    RetrieveCall,
    Transfer,
)
from cti_router.core.inputs import EndWrapUp, Last, LegAsk, PhoneState, Presence, SetPresence
from cti_router.core.instructions import Accepted, Dial, Instruction, Refused
from cti_router.core.serving.call import Call
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketState
from tests.core.board import leg_of
from tests.core.callback_board import CallbackBoard

_Choice = TypeVar("_Choice")

LEG_LASTS = (
    Last.ARRIVED, Last.WAITED, Last.LEFT, Last.TALKED, Last.CUT, Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE,
    Last.NO_WAY, Last.CANCELLED,
)  # fmt: skip


class AsideActs:
    """Mixed into the driver, whose board, chance and callers it has."""

    board: CallbackBoard
    _chance: Random
    _told: dict[str, Instruction]
    _chosen: dict[str, Presence]

    def a_call_arrives(self) -> None:
        raise NotImplementedError

    def time_passes(self) -> None:
        raise NotImplementedError

    def _hear(self, call: str, told: Instruction) -> None:
        raise NotImplementedError

    def _phone(self, advisor: str, state: PhoneState) -> None:
        raise NotImplementedError

    def acts_aside(self) -> list[Callable[[], None]]:
        return [
            *[self.a_talk_begins] * 8, *[self.an_advisor_steps_aside] * 5, *[self.an_advisor_answers] * 4,
            *[self.a_transfer] * 2, *[self.a_consultation] * 3, *[self.a_hold] * 2, *[self.a_connection] * 3,
            self.a_cancellation, self.a_retrieval, self.a_hang_up_asked, *[self.a_pbx_moves_them] * 6,
            self.a_pbx_does_not_move_them, *[self.an_advisor_s_leg_asks] * 4, *[self.an_expert_answers] * 3,
            self.an_expert_is_alone, self.an_advisor_s_leg_is_gone, self.an_advisor_s_leg_is_not_told,
            self.a_strange_leg, self.a_held_caller_asks_out_of_turn,
        ]  # fmt: skip

    # how it comes to that

    def a_talk_begins(self) -> None:
        """All goes well: somebody is free, and picks up."""
        self._somebody_is_free()
        self.a_call_arrives()
        for call in self._calls_in(Talk.TOGETHER):
            if call.ticket.state is TicketState.OFFERED and not isinstance(self._told.get(call.id), Dial):
                self._hear(call.id, self.board.ask(call.id, Last.WAITED))
        self.an_advisor_answers()

    def an_advisor_steps_aside(self) -> None:
        """All goes well: his caller hears music, and somebody is free for his question, or nobody is."""
        self._somebody_is_free()
        self._chance.choice([self.a_consultation, self.a_consultation, self.a_hold])()
        for call in self._calls_in(Talk.PARTING):
            self._hear(call.id, self.board.ask(call.id, Last.CANCELLED, offer=call.ticket.offer or ""))
            if call.talk is Talk.ASIDE:
                self.board.leg_asks(call.id)
        if self._chance.random() < 0.7:
            self.an_expert_answers()
            self._chance.choice([self.a_connection, self.a_cancellation, self.an_expert_is_alone, self.time_passes])()

    def _somebody_is_free(self) -> None:
        states = self.board.switchboard.roster.states
        idle = [id_ for id_, state in states.items() if state.offer is None]
        for advisor in self._one_of(idle):
            if self.board.give(SetPresence(advisor, Presence.AVAILABLE)).answer == Accepted():
                self._chosen[advisor] = Presence.AVAILABLE
            self._phone(advisor, PhoneState.FREE)
            self.board.give(EndWrapUp(advisor))

    # what advisors ask

    def an_advisor_answers(self) -> None:
        ringing = [told for told in self._told.values() if isinstance(told, Dial)]
        for told in self._one_of([told for told in ringing if self._state_of(told.advisor) is Activity.OFFERED]):
            for state in (PhoneState.RINGING, PhoneState.IN_USE):
                self._phone(told.advisor, state)

    def a_transfer(self) -> None:
        self._ask_for(lambda advisor: Transfer(advisor, *self._wanted()))

    def a_consultation(self) -> None:
        self._ask_for(lambda advisor: Consult(advisor, *self._wanted()))

    def a_hold(self) -> None:
        self._ask_for(HoldCall)

    def a_connection(self) -> None:
        """Mostly the advisor's leg is seen to end before the expert's asks."""
        asked = [call for call in self._calls_in(Talk.ASIDE) if _asks_an_expert(call)]
        for call in self._one_of(asked):
            accepted = self.board.ask_for(ConnectConsultation(call.ticket.advisor or "")) == Accepted()
            if accepted and self._chance.random() < 0.7:
                self.board.leg_ends(call.id, call.leg)
            if accepted and call.consultation is None:
                self.board.leg_asks(call.id, Last.LEFT)
        self._ask_for(ConnectConsultation)

    def a_cancellation(self) -> None:
        self._ask_for(CancelConsultation)

    def a_retrieval(self) -> None:
        self._ask_for(RetrieveCall)

    def a_hang_up_asked(self) -> None:
        self._ask_for(HangUpCall)

    def _ask_for(self, request: Callable[[str], CallRequest]) -> None:
        """Mostly somebody who talks; whatever he asks, nobody's presence changes by it."""
        states = self.board.switchboard.roster.states
        talking = [id_ for id_, state in states.items() if state.activity is Activity.TALKING]
        for advisor in self._one_of(talking if talking and self._chance.random() < 0.95 else sorted(states)):
            before = {id_: state.presence for id_, state in states.items()}
            answer = self.board.ask_for(request(advisor))
            assert isinstance(answer, Accepted | Refused)
            assert all(states[id_].presence is was for id_, was in before.items() if id_ in states)

    def _wanted(self) -> tuple[str, int]:
        return self._chance.choice([("employers", 5), ("employers", 3), ("health", 4), ("health", 2), ("latin", 3)])

    # what PBXs do

    def a_pbx_moves_them(self) -> None:
        """The caller and the leg may ask in either order; or the advisor has put his handset down just before."""
        for call in self._one_of(self._calls_in(Talk.FETCHING, Talk.PARTING)):
            offer, parting = call.ticket.offer or "", call.talk is Talk.PARTING
            if parting and self._chance.random() < 0.3:
                self.board.leg_asks(call.id)
            last = Last.CANCELLED if self._chance.random() < 0.85 else Last.TALKED
            talked_s = 8.0 if last is Last.TALKED else 0.0
            self._hear(call.id, self.board.ask(call.id, last, offer=offer, talked_s=talked_s))
            if parting and call.talk is Talk.ASIDE and self._chance.random() < 0.8:
                self.board.leg_asks(call.id)

    def a_pbx_does_not_move_them(self) -> None:
        for call in self._one_of(self._calls_in(*Talk)):
            self.board.give(MoveFailed(call.id))

    def an_advisor_s_leg_asks(self) -> None:
        for call in self._one_of(self._calls_in(Talk.ASIDE)):
            expert_offer = (call.consultation.offer or "") if call.consultation else ""
            last = self._chance.choice(LEG_LASTS)
            talked_s = 5.0 if last in (Last.TALKED, Last.CUT) else 0.0
            self.board.leg_asks(call.id, last, expert_offer=expert_offer, talked_s=talked_s)

    def an_expert_answers(self) -> None:
        for call in self._one_of(self._calls_in(Talk.ASIDE)):
            offer = call.consultation.offer if call.consultation else None
            for state in list(self.board.switchboard.roster.states.values()):
                if offer is not None and state.offer == offer:
                    self._phone(state.who.id, PhoneState.RINGING)
                    self._phone(state.who.id, PhoneState.IN_USE)

    def an_expert_is_alone(self) -> None:
        consulted = [call for call in self._calls_in(*Talk) if call.consultation and call.consultation.offer]
        for call in self._one_of(consulted):
            if call.consultation is not None and call.consultation.state is TicketState.TALKING:
                self.board.leg_asks(call.id, Last.LEFT, offer=call.consultation.offer)

    def an_advisor_s_leg_is_gone(self) -> None:
        for call in self._one_of(self._calls_in(Talk.ASIDE)):
            self.board.leg_ends(call.id, call.leg)

    def an_advisor_s_leg_is_not_told(self) -> None:
        for call in self._one_of(self._calls_in(*Talk)):
            self.board.give(LegUntold(call.id, call.leg, max(0, call.leg_seq - self._chance.choice([0, 0, 1]))))

    def a_strange_leg(self) -> None:
        """Of a call that is over, or an offer that is."""
        for call in self._one_of(["gone", *self.board.switchboard.calls]):
            offer = f"{call}-1-99"
            self.board.give(LegAsk(call, "caen", leg_of(offer), 1, Last.LEFT, offer, "rose"))

    def a_held_caller_asks_out_of_turn(self) -> None:
        for call in self._one_of(self._calls_in(*Talk)):
            if call.ticket.state is TicketState.TALKING:
                last = self._chance.choice([Last.HELD, Last.LEFT, Last.CANCELLED])
                self._hear(call.id, self.board.ask(call.id, last, offer=call.ticket.offer or ""))

    def a_held_caller_goes_on(self, id_: str) -> None:
        """His music runs out; or a leg has taken him, and that talk is over."""
        call = self.board.call(id_)
        taken = call.talk is Talk.TOGETHER and call.ticket.answered_at is not None and self._chance.random() < 0.8
        if taken:
            self.time_passes()
        if id_ in self.board.switchboard.calls:
            last, offer = Last.TALKED if taken else Last.HELD, call.ticket.offer or ""
            self._hear(id_, self.board.ask(id_, last, offer=offer, talked_s=10.0 if taken else 0.0))

    # inside

    def _calls_in(self, *talks: Talk) -> list[Call]:
        calls = self.board.switchboard.calls
        theirs = [calls[id_] for id_ in sorted(calls) if calls[id_].callback is None]
        return [call for call in theirs if call.talk in talks]

    def _state_of(self, advisor: str) -> Activity | None:
        state = self.board.switchboard.roster.states.get(advisor)
        return None if state is None else state.activity

    def _one_of(self, choices: Sequence[_Choice]) -> list[_Choice]:
        return [self._chance.choice(choices)] if choices else []


def _asks_an_expert(call: Call) -> bool:
    return call.consultation is not None and call.consultation.state is TicketState.TALKING
