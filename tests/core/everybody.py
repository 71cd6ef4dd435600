"""The choices of the matching by a look at everybody, one after the other: what it must agree with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cti_router.core.configuration import Advisor, AdvisorId, Requirement, Selection, SiteId
from cti_router.core.identity import Instant, TicketId
from cti_router.core.matching.kinds import Kind
from cti_router.core.matching.queues import Place, Reachable
from cti_router.core.plans.plan import Alternative, DemandClass


@dataclass(frozen=True)
class Ready:
    who: Advisor
    idle_since: Instant
    occupied_s: float

    def meets(self, requirements: tuple[Requirement, ...], sites: Iterable[SiteId]) -> bool:
        return Kind.of(self.who).competence(Alternative(frozenset(sites), requirements)) is not None


@dataclass(frozen=True)
class Waits:
    place: Place
    demand: DemandClass
    origin: SiteId
    awaits: AdvisorId | None = None

    def step_of(self, advisor: Advisor) -> int | None:
        """The first step that opens him."""
        kind = Kind.of(advisor)
        return next((n for n, opened in enumerate(self.demand) if kind.competence(opened) is not None), None)


@dataclass
class Everybody:
    needs: Sequence[tuple[Requirement, ...]] = ()
    ready: dict[AdvisorId, Ready] = field(default_factory=dict)
    waiting: dict[TicketId, Waits] = field(default_factory=dict)

    def best_advisor(
        self, ticket: TicketId, reachable: Reachable, preferred: Sequence[AdvisorId], selection: Selection,
        spare_experts: bool,
    ) -> AdvisorId | None:  # fmt: skip
        waits = self.waiting[ticket]
        if waits.awaits is not None:
            awaited = self.ready.get(waits.awaits)
            return waits.awaits if awaited is not None and reachable(awaited.who.site) else None
        steps = {
            id_: step
            for id_, ready in self.ready.items()
            if (step := waits.step_of(ready.who)) is not None and reachable(ready.who.site)
        }
        if not steps:
            return None
        step = min(steps.values())
        candidates = [self.ready[id_] for id_ in steps if steps[id_] == step]
        for id_ in preferred:
            if any(ready.who.id == id_ for ready in candidates):
                return id_
        if spare_experts:
            sites = {site for opened in waits.demand[: step + 1] for site in opened.sites}
            others = [ready for ready in candidates if not self._is_the_only_one(ready, waits, sites)]
            candidates = others or candidates

        def rank(ready: Ready) -> tuple[float, float, AdvisorId]:
            competence = Kind.of(ready.who).competence(waits.demand[step])
            assert competence is not None
            first = -competence if selection is Selection.MOST_COMPETENT else ready.occupied_s
            return (first, ready.idle_since, ready.who.id)

        return min(candidates, key=rank).who.id

    def _is_the_only_one(self, ready: Ready, waits: Waits, sites: set[SiteId]) -> bool:
        """Free, at these sites, to meet what another profile asks."""
        needs = [need for need in self.needs if need and need != waits.demand[0].requirements]
        return any([other for other in self.ready.values() if other.meets(need, sites)] == [ready] for need in needs)

    def oldest_ticket(self, advisor: Advisor, reachable: Reachable) -> TicketId | None:
        mine = [
            waits.place
            for waits in self.waiting.values()
            if waits.step_of(advisor) is not None and reachable(waits.origin) and waits.awaits in (None, advisor.id)
        ]
        return min(mine)[2] if mine else None
