"""Whatever happens, in whatever order: what must hold between any two inputs."""

import os

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cti_router.core.advisors.advisor import Activity
from cti_router.core.aside import (
    CallRequest,
    CancelConsultation,
    ConnectConsultation,
    Consult,
    HangUpCall,
    Held,
    HoldCall,
    LegUntold,
    MoveFailed,
    RetrieveCall,
    Transfer,
)
from cti_router.core.configuration import Configuration, ExpectedWaitRules, Reach, Step
from cti_router.core.identity import call_of
from cti_router.core.inputs import (
    AnswerUndelivered,
    ExtendWrapUp,
    Last,
    PbxLost,
    PbxSynced,
    PhoneState,
    Presence,
    SetPresence,
    Stalled,
)
from cti_router.core.instructions import Accepted, Collect, Dial, Play, Refused, Release
from cti_router.core.order import Close, Force, GiveOrder, Notice, OrderTaken, PullTicket, Swap, UndoOrder
from cti_router.core.talk import Talk
from cti_router.core.tickets.ticket import TicketState
from tests.core.board import CONFIGURATION, Board, waiting_for_preferred, with_expected_wait, with_greeting
from tests.core.treated import EVERYTHING, treated

EAGER = with_expected_wait(
    ExpectedWaitRules(least_outcomes=0, min_hit_rate=0.0),
    Step(0.0, Reach.DUTY),
    Step(None, Reach.BACKUPS, expected_over_s=40.0),
    Step(60.0, Reach.ALL, 1, expected_over_s=100.0),
)
"""Steps that long expected waits open, and which speak from the first wait on."""

PATIENT = waiting_for_preferred(45.0)
"""A plan that waits for the advisor in charge of the file, else for the last one."""

TREATED = treated(EVERYTHING, with_greeting())
"""Callers are greeted, asked why they call, welcomed, and hear all that there is."""

ADVISORS = ("rose", "remi", "carl")
TIED = st.sampled_from([None, *ADVISORS])
PROFILES, SKILLS = ("employer", "health", "urgent"), ("employers", "health")
REQUESTS = (Consult, Transfer, HoldCall, ConnectConsultation, CancelConsultation, RetrieveCall, HangUpCall)
ORDERED = (
    Close("alerte", None, ("cti/alerte",)), Notice("grève", ("cti/greve",)), Close("alerte", "caen"),
    Close("alerte", "rouen", ("cti/alerte",)), Swap("caen", "rouen"),
    *[Force(advisor, presence) for advisor in ADVISORS for presence in (Presence.AVAILABLE, Presence.NOT_READY)],
)  # fmt: skip
FAILURES = (Last.NO_ANSWER, Last.BUSY, Last.UNREACHABLE, Last.CANCELLED)


class Switchboards(RuleBasedStateMachine):
    """Callers and advisors do what they like; the dialplan obeys its instructions, and sometimes loses one."""

    board_type: type[Board] = Board

    def __init__(self) -> None:
        super().__init__()
        self.board = self.board_type()
        self.arrived = 0
        self.told: dict[str, object] = {}

    @initialize(
        available=st.sets(st.sampled_from(ADVISORS)),
        configuration=st.sampled_from([CONFIGURATION, EAGER, PATIENT, TREATED, TREATED]),
        profiles=st.lists(st.sampled_from(PROFILES), max_size=3),
    )  # fmt: skip
    def opens(self, available: set[str], configuration: Configuration, profiles: list[str]) -> None:
        """Some advisors are there, some of them in a talk."""
        self.board = self.board_type(configuration)
        self.board.open(*sorted(available))
        for profile in profiles:
            self.a_call_arrives(profile, masked=False, ties=(None, None))
            self._ask(f"c{self.arrived}", Last.WAITED)
            self._answer(f"c{self.arrived}")

    def _calls(self) -> list[str]:
        return sorted(self.board.switchboard.calls)

    def _ask(self, call: str, last: Last, **changes: object) -> None:
        self.told[call] = self.board.ask(call, last, **changes)
        if isinstance(self.told[call], Release):
            self.board.hang_up(call)

    @precondition(lambda self: len(self._calls()) < 6)
    @rule(profile=st.sampled_from([None, *PROFILES]), masked=st.booleans(), ties=st.tuples(TIED, TIED))
    def a_call_arrives(self, profile: str | None, masked: bool, ties: tuple[str | None, str | None]) -> None:
        self.arrived += 1
        call = f"c{self.arrived}"
        self.told[call] = self.board.arrive(call, cli="" if masked else "0261910101", profile=profile, ties=ties)

    @precondition(lambda self: bool(self._calls()))
    @rule(
        data=st.data(), outcome=st.sampled_from([*FAILURES, Last.TALKED]), phone_tells=st.booleans(),
        keys=st.sampled_from(["", "1", "2", "9"]),
    )  # fmt: skip
    def a_call_goes_on(self, data: st.DataObject, outcome: Last, phone_tells: bool, keys: str) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        told = self.told.get(call)
        if isinstance(told, Dial):
            if outcome is Last.TALKED and phone_tells:
                self.board.phone(told.advisor, PhoneState.IN_USE)
                self.board.wait(10)
                self.board.phone(told.advisor, PhoneState.FREE)
            self._ask(call, outcome, offer=told.offer, talked_s=10.0 if outcome is Last.TALKED else 0.0)
        elif isinstance(told, Held):
            self._ask(call, Last.HELD, offer=self.board.call(call).ticket.offer or "")
        elif isinstance(told, Collect):
            self._ask(call, Last.KEYED, keys=keys)
        else:
            self._ask(call, Last.PLAYED if isinstance(told, Play) else Last.WAITED)

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data())
    def an_advisor_answers(self, data: st.DataObject) -> None:
        self._answer(data.draw(st.sampled_from(self._calls())))

    def _answer(self, call: str) -> None:
        told = self.told.get(call)
        if isinstance(told, Dial):
            self.board.phone(told.advisor, PhoneState.RINGING)
            self.board.phone(told.advisor, PhoneState.IN_USE)

    # the second level

    @precondition(lambda self: bool(self._talking()))
    @rule(data=st.data(), kind=st.sampled_from(REQUESTS), skill=st.sampled_from(SKILLS), level=st.integers(1, 5))
    def an_advisor_asks(self, data: st.DataObject, kind: type[CallRequest], skill: str, level: int) -> None:
        advisor = data.draw(st.sampled_from(self._talking()))
        presence = {name: self.board.state(name).presence for name in ADVISORS}
        request = kind(advisor, skill, level) if kind in (Transfer, Consult) else kind(advisor)  # type: ignore[call-arg]
        answer = self.board.ask_for(request)
        assert isinstance(answer, Accepted | Refused)
        assert presence == {name: self.board.state(name).presence for name in ADVISORS}

    def _talking(self) -> list[str]:
        states = self.board.switchboard.roster.states
        return [name for name in ADVISORS if states[name].activity is Activity.TALKING]

    @precondition(lambda self: bool(self._talking()))
    @rule(data=st.data(), expert=st.sampled_from(ADVISORS), skill=st.sampled_from(SKILLS))
    def an_advisor_steps_aside(self, data: st.DataObject, expert: str, skill: str) -> None:
        """All goes well: somebody is free for the question, or nobody is, and the caller is only held."""
        advisor = data.draw(st.sampled_from(self._talking()))
        if expert not in self._talking():
            self.board.give(SetPresence(expert, Presence.AVAILABLE))
            self.board.phone(expert, PhoneState.FREE)
        for request in (HoldCall(advisor), Consult(advisor, skill, 1)):
            self.board.ask_for(request)
        for call in self._moving():
            self._ask(call, Last.CANCELLED, offer=self.board.call(call).ticket.offer or "")
        for call in self._aside():
            self.board.leg_asks(call)

    def _moving(self) -> list[str]:
        return [id_ for id_ in self._calls() if self.board.call(id_).talk in (Talk.FETCHING, Talk.PARTING)]

    def _aside(self) -> list[str]:
        return [id_ for id_ in self._calls() if self.board.call(id_).talk is Talk.ASIDE]

    @precondition(lambda self: bool(self._moving()))
    @rule(data=st.data(), leg_first=st.booleans(), put_down=st.booleans())
    def a_pbx_moves_them(self, data: st.DataObject, leg_first: bool, put_down: bool) -> None:
        call = data.draw(st.sampled_from(self._moving()))
        offer = self.board.call(call).ticket.offer or ""
        if leg_first:
            self.board.leg_asks(call)
        self._ask(call, Last.TALKED if put_down else Last.CANCELLED, offer=offer)

    @precondition(lambda self: bool(self._moving()))
    @rule(data=st.data())
    def a_pbx_does_not_move_them(self, data: st.DataObject) -> None:
        self.board.give(MoveFailed(data.draw(st.sampled_from(self._moving()))))

    @precondition(lambda self: bool(self._aside()))
    @rule(data=st.data(), last=st.sampled_from([Last.ARRIVED, Last.WAITED, Last.LEFT, Last.TALKED, *FAILURES]))
    def a_leg_asks(self, data: st.DataObject, last: Last) -> None:
        call = self.board.call(data.draw(st.sampled_from(self._aside())))
        expert_offer = (call.consultation.offer or "") if call.consultation else ""
        self.board.leg_asks(call.id, last, expert_offer=expert_offer, talked_s=1.0 if last is Last.TALKED else 0.0)

    @precondition(lambda self: bool(self._aside()))
    @rule(data=st.data())
    def an_expert_answers(self, data: st.DataObject) -> None:
        consultation = self.board.call(data.draw(st.sampled_from(self._aside()))).consultation
        for name in ADVISORS:
            if consultation is not None and self.board.state(name).offer == consultation.offer is not None:
                self.board.phone(name, PhoneState.IN_USE)

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data())
    def an_expert_is_left_alone(self, data: st.DataObject) -> None:
        call = self.board.call(data.draw(st.sampled_from(self._calls())))
        if call.consultation is not None and (offer := call.consultation.offer) is not None:
            self.board.leg_asks(call.id, Last.LEFT, offer=offer)

    @precondition(lambda self: bool(self._aside()))
    @rule(data=st.data(), told=st.booleans())
    def a_leg_is_gone_or_was_not_told(self, data: st.DataObject, told: bool) -> None:
        call = self.board.call(data.draw(st.sampled_from(self._aside())))
        if told:
            self.board.leg_ends(call.id, call.leg)
        else:
            self.board.give(LegUntold(call.id, call.leg, call.leg_seq))

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data(), last=st.sampled_from([Last.HELD, Last.LEFT, Last.FALLBACK, Last.CANCELLED]))
    def a_caller_asks_out_of_turn(self, data: st.DataObject, last: Last) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        self._ask(call, last, offer=self.board.call(call).ticket.offer or "")

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
        said = self.board.give(SetPresence(advisor, presence)).answer
        state = self.board.state(advisor)
        assert said == Accepted() or state.forced is not None or not state.who.phone

    @rule(advisor=st.sampled_from(ADVISORS), for_s=st.sampled_from([0.3, 20.0, 61.0, 50_000.0]))
    def an_advisor_is_absent_for_a_while(self, advisor: str, for_s: float) -> None:
        said = self.board.give(SetPresence(advisor, Presence.NOT_READY, "pause", for_s=for_s)).answer
        if said == Accepted():
            assert self.board.state(advisor).stored().until_at == self.board.now + for_s

    @rule(advisor=st.sampled_from(ADVISORS), phone=st.sampled_from(["101", "201", "202"]))
    def an_advisor_sits_elsewhere(self, advisor: str, phone: str) -> None:
        if self.board.give(SetPresence(advisor, Presence.AVAILABLE, phone=phone)).answer == Accepted():
            assert self.board.state(advisor).who.phone == phone

    @rule(advisor=st.sampled_from(ADVISORS), by_s=st.sampled_from([1.0, 30.0, 9000.0]))
    def a_wrap_up_is_put_off(self, advisor: str, by_s: float) -> None:
        self.board.give(ExtendWrapUp(advisor, by_s))

    @rule(
        what=st.sampled_from(ORDERED), lasts=st.sampled_from([1.0, 20.0, 90.0]),
        in_s=st.sampled_from([None, 5.0]),
    )  # fmt: skip
    def something_is_ordered(self, what: Close | Swap | Force | Notice, lasts: float, in_s: float | None) -> None:
        now = self.board.now
        until_at = now + lasts + (in_s or 0.0)
        self.board.give(GiveOrder(what, "helene", until_at, None if in_s is None else now + in_s))

    @precondition(lambda self: bool(self.board.switchboard.orders.known()))
    @rule(data=st.data())
    def an_order_is_undone(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from([each.id for each in self.board.switchboard.orders.known()]))
        self.board.give(UndoOrder(order, "irene"))

    @precondition(lambda self: bool(self._calls()))
    @rule(data=st.data(), advisor=st.sampled_from(ADVISORS))
    def a_supervisor_pulls(self, data: st.DataObject, advisor: str) -> None:
        call = data.draw(st.sampled_from(self._calls()))
        if isinstance(self.board.give(PullTicket(call, advisor, "rappel", "helene")).answer, OrderTaken):
            assert self.board.state(advisor).offer is not None

    @rule(seconds=st.sampled_from([0.3, 1.0, 4.0, 15.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        for call in self.board.switchboard.calls:
            if isinstance(self.told.get(call), Dial | Play | Collect):
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
    def each_phone_is_one_advisor_s(self) -> None:
        had = [(state.who.site, state.who.phone) for state in self.board.switchboard.roster.states.values()]
        had = [place for place in had if place[1]]
        assert len(had) == len(set(had)), had
        for state in self.board.switchboard.roster.states.values():
            assert state.who.phone or not state.ready(self.board.now)

    @invariant()
    def each_call_is_in_exactly_one_place(self) -> None:
        switchboard = self.board.switchboard
        for call in switchboard.calls.values():
            for ticket in call.live_tickets():
                queued = switchboard.matching.is_waiting(ticket.id)
                assert not queued or ticket.state is TicketState.WAITING
                assert (ticket.offer is not None) == (ticket.state in (TicketState.OFFERED, TicketState.TALKING))
                assert ticket.state is not TicketState.ENDED

    @invariant()
    def only_who_is_served_is_moved_or_waits_while_his_advisor_asks_around(self) -> None:
        for call in self.board.switchboard.calls.values():
            if call.talk is not Talk.TOGETHER or call.consultation is not None:
                assert call.ticket.state is TicketState.TALKING
            if call.consultation is not None and call.consultation.state is TicketState.TALKING:
                assert call.talk is Talk.ASIDE
            numbers = [each.number for each in call.former] + [each.number for each in call.live_tickets()]
            assert len(set(numbers)) == len(numbers)
            assert all(each.answered_at is not None or each.kind == "consultation" for each in call.former)

    @invariant()
    def who_hears_or_keys_what_may_not_be_cut_is_offered_to_nobody(self) -> None:
        switchboard = self.board.switchboard
        for call in switchboard.calls.values():
            if call.is_taken_up:
                assert not switchboard.matching.is_waiting(call.ticket.id)
                assert call.ticket.offer is None

    @invariant()
    def whose_keys_are_wanted_is_still_to_be_served(self) -> None:
        for call in self.board.switchboard.calls.values():
            if call.question is not None and call.is_taken_up:
                assert call.ticket.state in (TicketState.ARRIVED, TicketState.WAITING)

    @invariant()
    def at_most_one_offer_per_advisor_and_per_call(self) -> None:
        calls = self.board.switchboard.calls.values()
        offers = [ticket.offer for call in calls for ticket in call.live_tickets() if ticket.offer]
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
            origin = switchboard.calls[call_of(ticket)].origin

            def reachable(site: str, origin: str = origin) -> bool:
                return switchboard.trunks.path(origin, site) is not None

            assert switchboard.matching.best_advisor(ticket, reachable) is None

    @invariant()
    def only_who_works_and_is_taken_is_awaited_and_in_time(self) -> None:
        switchboard = self.board.switchboard
        for ticket_id in switchboard.matching.waiting():
            ticket = switchboard.calls[call_of(ticket_id)].live_ticket(ticket_id)
            assert ticket is not None
            assert switchboard.matching.awaited([ticket_id]) == ({ticket.awaits} if ticket.awaits else set())
            if ticket.awaits is not None and switchboard.is_open:
                state = switchboard.roster.states[ticket.awaits]
                assert state.works()
                assert not state.ready(self.board.now)
                assert switchboard.matching.may_serve(ticket_id, ticket.awaits)
                assert self.board.now < ticket.awaits_until_at

    @invariant()
    def nobody_was_passed_over(self) -> None:
        assert self.board.switchboard.matching.inversions == 0

    @invariant()
    def what_is_expected_of_a_wait_counts_those_who_work_and_those_ahead(self) -> None:
        switchboard, now = self.board.switchboard, self.board.now
        working = sum(state.works() for state in switchboard.roster.states.values())
        waiting = switchboard.matching.waiting()
        for behind, ticket_id in enumerate(waiting):
            ticket = switchboard.calls[call_of(ticket_id)].live_ticket(ticket_id)
            assert ticket is not None
            said = switchboard.expected.of(ticket, now)
            assert said.advisors <= working
            assert 0 <= said.ahead <= behind
            if said.estimate is not None:
                assert 0 <= said.estimate.p10_s <= said.estimate.median_s <= said.estimate.p90_s

    @invariant()
    def every_trunk_carries_only_living_offers(self) -> None:
        switchboard = self.board.switchboard
        living = sum(
            len(switchboard.offers.path_of(ticket.offer)) - 1 + (call.callback is not None)
            for call in switchboard.calls.values()
            for ticket in call.live_tickets()
            if ticket.offer
        )
        assert sum(line.in_use for line in switchboard.trunks.lines().values()) == living


TestSwitchboards = Switchboards.TestCase
TestSwitchboards.settings = settings(
    max_examples=int(os.environ.get("SOAK_EXAMPLES", "150")), stateful_step_count=40, deadline=None
)
