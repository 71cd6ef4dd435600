"""Advisors transfer, consult, hold; the PBX does what its dialplan says; the router dies: nobody is lost."""

import os
from collections.abc import Callable
from typing import TypeVar

import pytest

from cti_router.core.aside import (
    CallRequest,
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    HoldCall,
    RetrieveCall,
    Transfer,
)
from cti_router.core.calls.second_level import HELD_S
from cti_router.core.history import Outcome
from cti_router.core.inputs import SetPresence
from cti_router.core.instructions import Accepted
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketState
from tests.core.aside_channels import Channel, Person
from tests.core.aside_world import World

_Choice = TypeVar("_Choice")
DAYS, ACTS = int(os.environ.get("SOAK_DAYS", "100")), 60
FIRST = int(os.environ.get("SOAK_SEED", "0"))
NEAR_S = HELD_S + 1.0
"""Who hangs up as he is about to take his caller back is seen to be gone when the caller asks."""

MOMENT_S = 0.2
"""Who answers as his call ends may not be seen to have answered."""

BY_A_PERSON = ("person", "asked")


class Day(World):
    """`disturbed`: calls that a router has not seen from their beginning to their end."""

    def begin_day(self) -> None:
        self.disturbed: set[str] = set()
        self.done: dict[str, int] = {}
        self.start_router()
        self.run(3.0)

    def act(self, *, router_dies: bool) -> None:
        acts: list[Callable[[], object]] = [
            *[self.a_call] * 4, *[self.a_request] * 12, *[self.a_person_hangs_up] * 2, self.a_caller_hangs_up,
            *[self.a_choice] * 2, self.a_talk_is_ended,
        ]  # fmt: skip
        if router_dies:
            acts += [self.the_router_dies, *[self.the_router_is_back] * 2]
        self.chance.choice(acts)()
        self.run(self.chance.choice([0.005, 0.02, 0.05, 0.3, 1.0, 3.0, 8.0]))

    def a_call(self) -> None:
        if sum(caller.alive for caller in self.callers.values()) < 3:
            self.arrive(f"caen-{len(self.callers)}.0")

    def a_request(self) -> None:
        talking = self._talking()
        asking = [person for person in talking if self._asks_an_expert(person)]
        person = self._one(asking if asking and self.chance.random() < 0.4 else talking)
        if person is None:
            return
        skill, level = self.chance.choice([("employers", 3), ("employers", 4), ("employers", 5), ("health", 2)])
        of_a_call = (HoldCall, RetrieveCall)
        of_a_consultation = (ConnectConsultation, ConnectConsultation, CancelConsultation, HangUpCall)
        plain: list[CallRequest] = [
            kind(person.id) for kind in (of_a_consultation if self._asks_an_expert(person) else of_a_call)
        ]
        to_a_skill: list[CallRequest] = [Transfer(person.id, skill, level), *[Consult(person.id, skill, level)] * 3]
        request = self.chance.choice(plain if self._asks_an_expert(person) else [*plain, *to_a_skill])
        if self.ask_for(request) == Accepted():
            self.done[type(request).__name__] = self.done.get(type(request).__name__, 0) + 1

    def a_talk_is_ended(self) -> None:
        if (person := self._one(self._talking())) is not None:
            self.ask_for(HangUpCall(person.id))

    def a_person_hangs_up(self) -> None:
        if (person := self._one(self._talking())) is not None and person.leg is not None:
            self.hang_up(person.leg, "person")

    def a_caller_hangs_up(self) -> None:
        if (caller := self._one([caller for caller in self.callers.values() if caller.alive])) is not None:
            self.hang_up(caller, "person")

    def a_choice(self) -> None:
        """Who was set absent since he let it ring is back."""
        for person in self.people.values():
            self.give(SetPresence(person.id, person.presence))

    def the_router_dies(self) -> None:
        if self.router is not None:
            self._disturb()
            self.kill_router()

    def the_router_is_back(self) -> None:
        if self.router is None:
            self._disturb()
            self.start_router()

    def _disturb(self) -> None:
        over = {call for call, row in self.rows.items() if row.ended_at is not None}
        self.disturbed |= self.callers.keys() - over

    def _asks_an_expert(self, person: Person) -> bool:
        call = self.router.calls.get(person.leg.call) if self.router and person.leg else None
        return call is not None and call.consultation is not None and call.consultation.state is TicketState.TALKING

    def _talking(self) -> list[Person]:
        return [person for person in self.people.values() if person.leg and person.leg.answered_at is not None]

    def _one(self, choices: list[_Choice]) -> _Choice | None:
        return self.chance.choice(choices) if choices else None


def _settled(day: Day) -> None:
    """Nobody does anything any more, and a router is there."""
    day.the_router_is_back()
    day.run(40.0)
    while day.router and any(call.talk in (Talk.PARTING, Talk.FETCHING) for call in day.router.calls.values()):
        day.run(1.0)
    assert day.router is not None
    for caller in day.callers.values():
        if caller.alive:
            _is_where_the_router_believes(day, caller)
        else:
            _was_not_dropped(day, caller)
            _is_told(day, caller)
    for leg in day.legs:
        if leg.alive:
            assert leg.caller is not None
            with_a_colleague = leg.peer is not None and leg.peer.who is not None
            if not leg.caller.alive and with_a_colleague and leg.call in day.disturbed:
                continue  # their caller left while no router was there: they are let go when one of them hangs up
            assert leg.caller.alive, f"{leg.name} is left over"
            assert leg.peer is not None or leg.caller.holder is leg or leg.answered_at is None, (
                f"{leg.name} hangs about"
            )
    for person in day.people.values():
        if person.leg is None:
            state = day.router.roster.states[person.id]
            offer = day.router.offers.of(state.offer)
            assert offer is None or offer.ticket.state is TicketState.OFFERED, f"{person.id} talks with nobody"


def _is_where_the_router_believes(day: Day, caller: Channel) -> None:
    assert day.router is not None
    if caller.call in day.disturbed and caller.state == "join" and caller.call not in day.router.calls:
        return  # taken by an expert before he could ask the new router: he is told of when he asks
    call = day.router.calls[caller.call]
    legs = [leg for leg in day.legs if leg.alive and leg.caller is caller]
    if caller.peer is not None:
        assert caller.peer.who is not None
        assert (call.talk, call.ticket.state) == (Talk.TOGETHER, TicketState.TALKING), caller.call
        assert (call.ticket.offer, call.ticket.advisor) == (caller.peer.offer, caller.peer.who.id)
    elif caller.state == "held" or (caller.state == "ask" and call.talk is Talk.ASIDE):
        assert caller.holder is not None
        assert caller.holder.alive
        assert caller.holder.who is not None
        assert call.talk is Talk.ASIDE
        assert call.ticket.advisor == caller.holder.who.id
        with_ = caller.holder.peer
        if with_ is not None and with_.who is not None:
            assert call.consultation is not None
            assert (call.consultation.state, call.consultation.advisor) == (TicketState.TALKING, with_.who.id)
    else:
        assert caller.state in ("wait", "dial", "ask", "play"), f"{caller.call} is in {caller.state}"
        assert call.talk is Talk.TOGETHER, f"{caller.call} is not moved any more"
        assert all(leg is caller.rings for leg in legs), f"{caller.call} waits, and a leg is left over"


def _was_not_dropped(day: Day, caller: Channel) -> None:
    """Who ended, ended it himself, was let go by his advisor, or had waited to the end of his plan."""
    if caller.ended_by == "person" or caller.call not in day.rows or day.rows[caller.call].outcome is Outcome.UNSERVED:
        return
    assert caller.left_by is not None, f"{caller.call} was dropped"
    assert caller.left_by.ended_by in BY_A_PERSON, f"{caller.call} was dropped"


def _is_told(day: Day, caller: Channel) -> None:
    """Who answered, and how long he was on the call."""
    if (row := day.rows.get(caller.call)) is None:
        assert caller.seq == 1, f"{caller.call} is not in the history"  # no router ever answered him
        return
    assert row.outcome is not None
    assert row.arrived_at == pytest.approx(day.arrivals[caller.call], abs=0.2)
    if caller.call in day.disturbed:
        return
    told = {each.number: (each.advisor, each.talked_s) for each in row.tickets if each.advisor is not None}
    answered = [leg for leg in day.legs if leg.caller is caller and leg.answered_at is not None]
    by_number = {int(leg.offer.rsplit("-", 2)[1]): leg for leg in answered}
    sure = {number for number, leg in by_number.items() if _talked_s(day, leg) > MOMENT_S}
    assert sure <= set(told) <= set(by_number), f"{caller.call}: {told}, and in truth {sorted(by_number)}"
    for number, (advisor, talked_s) in told.items():
        leg = by_number[number]
        assert leg.who is not None
        assert leg.answered_at is not None
        assert advisor == leg.who.id
        assert talked_s == pytest.approx(_talked_s(day, leg), abs=NEAR_S), (caller.call, number)


def _talked_s(day: Day, leg: Channel) -> float:
    return 0.0 if leg.answered_at is None else (leg.ended_at or day.now) - leg.answered_at


@pytest.mark.parametrize("router_dies", [False, True])
def test_whatever_advisors_do_and_whenever_the_router_dies_nobody_is_lost(router_dies: bool) -> None:
    done: dict[str, int] = {}
    for seed in range(FIRST, FIRST + DAYS):
        day = Day(seed)
        day.begin_day()
        for _ in range(ACTS):
            day.act(router_dies=router_dies)
        _settled(day)
        done = {what: done.get(what, 0) + day.done.get(what, 0) for what in {*done, *day.done}}
    assert all(
        done[kind.__name__] >= 5 for kind in (Transfer, Consult, ConnectConsultation, CancelConsultation, HoldCall)
    )
