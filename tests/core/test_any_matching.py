"""Whoever comes, waits and goes, however the lines stand: the matching chooses as a look at everybody would."""

from collections.abc import Callable
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from cti_router.core.configuration import Advisor, AdvisorId, Requirement, Selection, SiteId, SkillId
from cti_router.core.identity import TicketId
from cti_router.core.matching import queues
from cti_router.core.matching.kinds import Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.plan import DemandClass
from tests.core.everybody import Everybody, Ready, Waits
from tests.core.test_kinds import DEMANDS, NEEDS, PEOPLE, SITES, advisors

WAYS = st.sets(st.tuples(st.sampled_from(SITES), st.sampled_from(SITES)))
"""From which site to which there is no way."""


@given(
    people=PEOPLE,
    times=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), min_size=12, max_size=12),
    demand=DEMANDS,
    needs=st.lists(NEEDS, max_size=3),
    own=st.booleans(),
    away=st.sets(st.sampled_from(SITES), max_size=2),
    preferred=st.lists(st.integers(0, 13).map(lambda n: f"a{n:02}"), max_size=2),
    selection=st.sampled_from(Selection),
    spare_experts=st.booleans(),
)
@settings(max_examples=1000)
def test_the_advisors_are_chosen_in_the_order_in_which_a_look_at_everybody_would(
    people: list[tuple[SiteId, dict[SkillId, int]]], times: list[tuple[int, int]], demand: DemandClass,
    needs: list[tuple[Requirement, ...]], own: bool, away: set[SiteId], preferred: list[AdvisorId],
    selection: Selection, spare_experts: bool,
) -> None:  # fmt: skip
    needs += [demand[0].requirements] if own else []
    everybody = Everybody(needs)
    chooses = Matching(Kinds(advisors(people).values(), needs=needs, selections=tuple(Selection)))
    for who, (idle_since, occupied_s) in zip(advisors(people).values(), times, strict=False):
        everybody.ready[who.id] = Ready(who, float(idle_since), float(occupied_s))
        chooses.add_ready(who.id, float(idle_since), float(occupied_s))
    everybody.waiting["t"] = Waits((0.0, 0, "t"), demand, "caen")
    chooses.enqueue((0.0, 0, "t"), demand, "caen")
    while True:
        chosen = chooses.best_advisor(
            "t", lambda site: site not in away, preferred=preferred, selection=selection, spare_experts=spare_experts
        )
        best = chosen.advisor if chosen else None
        expected = everybody.best_advisor("t", lambda site: site not in away, preferred, selection, spare_experts)
        assert best == expected
        if best is None:
            return
        chooses.remove_ready(best)
        del everybody.ready[best]


class Matchings(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.patch = patch.object(queues, "MANY_QUEUES", 3)
        self.patch.start()
        self.tickets = 0

    def teardown(self) -> None:
        self.patch.stop()

    @initialize(people=PEOPLE, needs=st.lists(NEEDS, max_size=4))
    def begins(self, people: list[tuple[SiteId, dict[SkillId, int]]], needs: list[tuple[Requirement, ...]]) -> None:
        self.kinds = self._configured(people, needs)
        self.matching = Matching(self.kinds)

    @rule(people=PEOPLE, needs=st.lists(NEEDS, max_size=4))
    def is_configured_anew(
        self, people: list[tuple[SiteId, dict[SkillId, int]]], needs: list[tuple[Requirement, ...]]
    ) -> None:
        self.kinds = self._configured(people, needs)
        self.matching.configure(self.kinds)

    def _configured(
        self, people: list[tuple[SiteId, dict[SkillId, int]]], needs: list[tuple[Requirement, ...]]
    ) -> Kinds:
        self.advisors = advisors(people)
        self.everybody = Everybody(needs)
        return Kinds(self.advisors.values(), needs=needs, selections=tuple(Selection))

    @rule(data=st.data(), idle_since=st.integers(0, 5), occupied_s=st.integers(0, 3), many=st.integers(1, 5))
    def advisors_are_ready(self, data: st.DataObject, idle_since: int, occupied_s: int, many: int) -> None:
        for _ in range(many):
            who = self.advisors[data.draw(st.sampled_from(sorted(self.advisors)))]
            self.matching.add_ready(who.id, float(idle_since), float(occupied_s))
            self.everybody.ready[who.id] = Ready(who, float(idle_since), float(occupied_s))

    @rule(data=st.data())
    def an_advisor_is_not_ready(self, data: st.DataObject) -> None:
        advisor = data.draw(st.sampled_from(sorted(self.advisors)))
        self._goes(advisor)

    @rule(
        data=st.data(), demand=DEMANDS, origins=st.lists(st.sampled_from(SITES), min_size=1, max_size=4),
        key=st.integers(0, 5),
    )  # fmt: skip
    def tickets_come(self, data: st.DataObject, demand: DemandClass, origins: list[SiteId], key: int) -> None:
        for origin in origins:
            self.tickets += 1
            place = (float(key), self.tickets, f"t{self.tickets}")
            self._waits(Waits(place, demand, origin, self._draw_awaited(data, demand)))

    def _draw_awaited(self, data: st.DataObject, demand: DemandClass) -> AdvisorId | None:
        able = [id_ for id_, who in self.advisors.items() if Waits((0.0, 0, ""), demand, "").step_of(who) is not None]
        return data.draw(st.sampled_from([None, None, *sorted(able)]))

    @precondition(lambda self: self.everybody.waiting)
    @rule(data=st.data(), demand=DEMANDS)
    def a_ticket_reaches_its_next_step(self, data: st.DataObject, demand: DemandClass) -> None:
        waits = self.everybody.waiting[self._draw_ticket(data)]
        demand = (*waits.demand, *demand)
        self._waits(Waits(waits.place, demand, waits.origin, self._draw_awaited(data, demand)))

    @rule(left=st.integers(0, 1))
    def nearly_all_tickets_go(self, left: int) -> None:
        for ticket in sorted(self.everybody.waiting)[left:]:
            self._leaves(ticket)

    # what must agree

    @rule(cut=WAYS)
    def a_ticket_is_chosen(self, cut: set[tuple[SiteId, SiteId]]) -> None:
        for id_, advisor in self.advisors.items():
            reachable = self._to(advisor, cut)
            assert self.matching.oldest_ticket(id_, reachable) == self.everybody.oldest_ticket(advisor, reachable)

    @rule(cut=WAYS, selection=st.sampled_from(Selection), spare_experts=st.booleans())
    def all_are_served_who_can_be(
        self, cut: set[tuple[SiteId, SiteId]], selection: Selection, spare_experts: bool
    ) -> None:
        expected: list[tuple[TicketId, AdvisorId]] = []
        before = Everybody(self.everybody.needs, dict(self.everybody.ready), dict(self.everybody.waiting))
        for ticket in sorted(before.waiting, key=lambda ticket: before.waiting[ticket].place):
            best = before.best_advisor(ticket, self._from(ticket, cut), (), selection, spare_experts)
            if best is not None:
                expected.append((ticket, best))
                del before.ready[best], before.waiting[ticket]
        served: list[tuple[TicketId, AdvisorId]] = []

        def serve(ticket: TicketId) -> bool:
            chosen = self.matching.best_advisor(
                ticket, self._from(ticket, cut), selection=selection, spare_experts=spare_experts
            )
            if chosen is None:
                return False
            best = chosen.advisor
            served.append((ticket, best))
            self.matching.count_inversion(ticket, best, self._to(self.advisors[best], cut))
            self._goes(best)
            self._leaves(ticket)
            return True

        self.matching.serve_all(serve)
        assert served == expected

    @rule(data=st.data(), cut=WAYS)
    def an_inversion_is_counted_when_it_is_one(self, data: st.DataObject, cut: set[tuple[SiteId, SiteId]]) -> None:
        advisor = self.advisors[data.draw(st.sampled_from(sorted(self.advisors)))]
        reachable = self._to(advisor, cut)
        for ticket, waits in self.everybody.waiting.items():
            before, passed = self.matching.inversions, self.matching.passed_awaiting
            self.matching.count_inversion(ticket, advisor.id, reachable)
            passed_over = [
                other
                for other in self.everybody.waiting.values()
                if other.place < waits.place and other.step_of(advisor) is not None and reachable(other.origin)
            ]
            theirs = [other for other in passed_over if other.awaits in (None, advisor.id)]
            assert self.matching.inversions - before == bool(theirs)
            if not theirs:  # where he takes the first he may, it is told exactly
                assert self.matching.passed_awaiting - passed == bool(passed_over)
            self.matching.inversions = before

    @rule()
    def who_waits_is_known(self) -> None:
        in_order = sorted(self.everybody.waiting.values(), key=lambda waits: waits.place)
        assert self.matching.waiting() == [waits.place[2] for waits in in_order]
        for id_ in self.advisors:
            theirs = [waits.place[2] for waits in in_order if waits.awaits == id_]
            assert self.matching.awaiting(id_) == theirs
            assert self.matching.awaited(theirs) == ({id_} if theirs else set())
        assert self.matching.inversions == 0

    # doing the same to both

    def _goes(self, advisor: AdvisorId) -> None:
        self.matching.remove_ready(advisor)
        self.everybody.ready.pop(advisor, None)

    def _waits(self, waits: Waits) -> None:
        self.matching.enqueue(waits.place, waits.demand, waits.origin, waits.awaits)
        self.everybody.waiting[waits.place[2]] = waits

    def _leaves(self, ticket: TicketId) -> None:
        self.matching.dequeue(ticket)
        del self.everybody.waiting[ticket]

    def _draw_ticket(self, data: st.DataObject) -> TicketId:
        return data.draw(st.sampled_from(sorted(self.everybody.waiting)))

    def _from(self, ticket: TicketId, cut: set[tuple[SiteId, SiteId]]) -> Callable[[SiteId], bool]:
        origin = self.everybody.waiting[ticket].origin
        return lambda site: (origin, site) not in cut

    @staticmethod
    def _to(advisor: Advisor, cut: set[tuple[SiteId, SiteId]]) -> Callable[[SiteId], bool]:
        return lambda site: (site, advisor.site) not in cut


TestMatchings = Matchings.TestCase
TestMatchings.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
