"""Whatever happens, in whatever order: what must hold between any two inputs."""

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cti_router.core.advisor import Activity
from cti_router.core.configuration import ExpectedWaitRules, Reach, Step
from cti_router.core.identity import call_of
from cti_router.core.model import (
    AnswerUndelivered,
    Dial,
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Play,
    Presence,
    Release,
    Stalled,
)
from cti_router.core.ticket import TicketState
from tests.core.board import Board, with_expected_wait

EAGER = with_expected_wait(
    ExpectedWaitRules(least_outcomes=0, min_hit_rate=0.0),
    Step(0.0, Reach.DUTY),
    Step(None, Reach.BACKUPS, expected_over_s=40.0),
    Step(60.0, Reach.ALL, 1, expected_over_s=100.0),
)
"""Steps that long expected waits open, and which speak from the first wait on."""

ADVISORS = ("rose", "remi", "carl")
FAILURES = (Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.CANCELLED)


class Switchboards(RuleBasedStateMachine):
    """Callers and advisors do what they like; the dialplan obeys its instructions, and sometimes loses one."""

    def __init__(self) -> None:
        super().__init__()
        self.board = Board()
        self.arrived = 0
        self.told: dict[str, object] = {}

    @initialize(available=st.sets(st.sampled_from(ADVISORS)), eager=st.booleans())
    def opens(self, available: set[str], eager: bool) -> None:
        if eager:
            self.board = Board(EAGER)
        self.board.open(*sorted(available))

    def _calls(self) -> list[str]:
        return sorted(self.board.switchboard.calls)

    def _ask(self, call: str, last: Last, **changes: object) -> None:
        self.told[call] = self.board.ask(call, last, **changes)
        if isinstance(self.told[call], Release):
            self.board.hang_up(call)

    @precondition(lambda self: len(self._calls()) < 6)
    @rule(profile=st.sampled_from([None, "employer", "health", "urgent"]), masked=st.booleans())
    def a_call_arrives(self, profile: str | None, masked: bool) -> None:
        self.arrived += 1
        call = f"c{self.arrived}"
        self.told[call] = self.board.arrive(call, cli="" if masked else "0261910101", profile=profile)

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data(), outcome=st.sampled_from([*FAILURES, Last.TALKED]), phone_tells=st.booleans())
    def a_call_goes_on(self, data: st.DataObject, outcome: Last, phone_tells: bool) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        told = self.told.get(call)
        if isinstance(told, Dial):
            if outcome is Last.TALKED and phone_tells:
                self.board.phone(told.advisor, PhoneState.IN_USE)
                self.board.wait(10)
                self.board.phone(told.advisor, PhoneState.FREE)
            self._ask(call, outcome, offer=told.offer, talked_s=10.0 if outcome is Last.TALKED else 0.0)
        else:
            self._ask(call, Last.PLAYED if isinstance(told, Play) else Last.WAITED)

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data())
    def an_answer_is_lost(self, data: st.DataObject) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        self.board.give(AnswerUndelivered(call, self.board.call(call).seq))
        self.told[call] = self.board.ask_again(call)

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data(), by_ami=st.booleans())
    def a_caller_hangs_up(self, data: st.DataObject, by_ami: bool) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        if by_ami:
            self.board.leave(call)
        else:
            self.board.hang_up(call)
        assert self.board.history()[call].outcome is not None

    @rule(advisor=st.sampled_from(ADVISORS), state=st.sampled_from(PhoneState))
    def a_phone_changes(self, advisor: str, state: PhoneState) -> None:
        self.board.phone(advisor, state)

    @rule(advisor=st.sampled_from(ADVISORS), presence=st.sampled_from(Presence))
    def an_advisor_chooses(self, advisor: str, presence: Presence) -> None:
        self.board.present(advisor, presence)

    @rule(seconds=st.sampled_from([0.3, 1.0, 4.0, 15.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        for call in self.board.switchboard.calls:
            if isinstance(self.told.get(call), Dial | Play):
                self.board.silent.add(call)
        self.board.wait(seconds)
        self.board.silent.clear()

    @rule(site=st.sampled_from(["caen", "rouen"]), back=st.booleans())
    def a_link_is_cut(self, site: str, back: bool) -> None:
        self.board.give(PbxLost(site))
        if back:
            phones = {"101": PhoneState.FREE} if site == "caen" else {"201": PhoneState.FREE, "202": PhoneState.FREE}
            self.board.give(PbxSynced(site, (), phones, {}))

    @rule()
    def the_router_stands_still(self) -> None:
        self.board.give(Stalled(5.0))

    # what must hold

    @invariant()
    def each_call_is_in_exactly_one_place(self) -> None:
        switchboard = self.board.switchboard
        for call in switchboard.calls.values():
            queued = switchboard.matching.is_waiting(call.ticket.id)
            assert not queued or call.ticket.state is TicketState.WAITING
            assert (call.ticket.offer is not None) == (call.ticket.state in (TicketState.OFFERED, TicketState.TALKING))
            assert call.ticket.state is not TicketState.ENDED

    @invariant()
    def at_most_one_offer_per_advisor_and_per_call(self) -> None:
        offers = [call.ticket.offer for call in self.board.switchboard.calls.values() if call.ticket.offer]
        held = [state.offer for state in self.board.switchboard.roster.states.values() if state.offer]
        assert len(set(held)) == len(held)
        assert set(held) <= set(offers)

    @invariant()
    def an_idle_advisor_holds_no_offer(self) -> None:
        for state in self.board.switchboard.roster.states.values():
            assert (state.offer is None) == (state.activity in (Activity.IDLE, Activity.WRAP_UP))

    @invariant()
    def no_caller_waits_beside_a_ready_eligible_advisor_he_can_reach(self) -> None:
        switchboard = self.board.switchboard
        if not switchboard.is_open:
            return
        for ticket in switchboard.matching.waiting():
            origin = switchboard.calls[call_of(ticket)].site

            def reachable(site: str, origin: str = origin) -> bool:
                return switchboard.trunks.path(origin, site) is not None

            assert switchboard.matching.best_advisor(ticket, reachable) is None

    @invariant()
    def nobody_was_passed_over(self) -> None:
        assert self.board.switchboard.matching.inversions == 0

    @invariant()
    def what_is_expected_of_a_wait_counts_those_who_work_and_those_ahead(self) -> None:
        switchboard, now = self.board.switchboard, self.board.now
        working = sum(state.works() for state in switchboard.roster.states.values())
        waiting = switchboard.matching.waiting()
        for behind, ticket_id in enumerate(waiting):
            ticket = switchboard.calls[call_of(ticket_id)].ticket
            said = switchboard.expected.of(ticket, now)
            assert said.advisors <= working
            assert 0 <= said.ahead <= behind
            if said.estimate is not None:
                assert 0 <= said.estimate.p10_s <= said.estimate.median_s <= said.estimate.p90_s

    @invariant()
    def every_trunk_carries_only_living_offers(self) -> None:
        switchboard = self.board.switchboard
        living = sum(
            len(switchboard.offers.path_of(call.ticket.offer)) - 1
            for call in switchboard.calls.values()
            if call.ticket.offer
        )
        assert sum(line.in_use for line in switchboard.trunks.lines().values()) == living


TestSwitchboards = Switchboards.TestCase
TestSwitchboards.settings = settings(
    max_examples=int(os.environ.get("SOAK_EXAMPLES", "150")), stateful_step_count=40, deadline=None
)
