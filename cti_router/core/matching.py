"""Waiting tickets and free advisors, each in order, brought together by what is asked and what is known.

Advisors of one site with the same skills are one *kind*; tickets that ask for the same are one *demand class*. A choice
looks at kinds and classes, never at every advisor or ticket.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from sortedcontainers import SortedList

from cti_router.core.configuration import Advisor, AdvisorId, SiteId, SkillId
from cti_router.core.identity import CallId, Instant
from cti_router.core.plan import Alternative, DemandClass

Place: TypeAlias = tuple[float, int, CallId]
"""A ticket's place: its key (arrival − bonus: priority that ages linearly never re-sorts), its order, its call."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What two advisors share when either will do."""

    site: SiteId
    skills: tuple[tuple[SkillId, int], ...]

    @staticmethod
    def of(advisor: Advisor) -> "Kind":
        return Kind(advisor.site, tuple(sorted(advisor.skills.items())))

    def competence(self, alternative: Alternative) -> int | None:
        """The sum of the levels in the skills asked for; None when a requirement is not met."""
        if self.site not in alternative.sites:
            return None
        levels = dict(self.skills)
        if any(levels.get(wanted.skill, 0) < wanted.level for wanted in alternative.requirements):
            return None
        return sum(levels[wanted.skill] for wanted in alternative.requirements)


@dataclass(frozen=True, slots=True)
class Tier:
    """Kinds that suit a demand class equally well: opened by the same step, with the same competence."""

    step: int
    competence: int
    kinds: tuple[Kind, ...]


class Matching:
    """Owner of the queues and of the pools of ready advisors."""

    def __init__(self, advisors: Iterable[Advisor]) -> None:
        self.configure(advisors)

    def configure(self, advisors: Iterable[Advisor]) -> None:
        """Other advisors. The pools and queues are empty afterwards: their owners fill them again."""
        self._kind_of = {advisor.id: Kind.of(advisor) for advisor in advisors}
        self._kinds = tuple(dict.fromkeys(self._kind_of.values()))
        self._pools: dict[Kind, SortedList] = {kind: SortedList() for kind in self._kinds}
        self._idle_since: dict[AdvisorId, Instant] = {}
        self._queues: dict[DemandClass, SortedList] = {}
        self._places: dict[CallId, tuple[DemandClass, Place]] = {}
        self._tiers: dict[DemandClass, tuple[Tier, ...]] = {}
        self._wanted: dict[Kind, set[DemandClass]] = {kind: set() for kind in self._kinds}

    # advisors

    def add_ready(self, advisor: AdvisorId, idle_since: Instant) -> None:
        self.remove_ready(advisor)
        self._idle_since[advisor] = idle_since
        self._pools[self._kind_of[advisor]].add((idle_since, advisor))

    def remove_ready(self, advisor: AdvisorId) -> None:
        since = self._idle_since.pop(advisor, None)
        if since is not None:
            self._pools[self._kind_of[advisor]].remove((since, advisor))

    # tickets

    def enqueue(self, place: Place, demand: DemandClass) -> None:
        """Put a ticket in its queue; one that waits already moves, with its place."""
        self.dequeue(place[2])
        queue = self._queues.get(demand)
        if queue is None:
            queue = self._queues[demand] = SortedList()
            for tier in self.tiers(demand):
                for kind in tier.kinds:
                    self._wanted[kind].add(demand)
        queue.add(place)
        self._places[place[2]] = (demand, place)

    def dequeue(self, call: CallId) -> None:
        if (found := self._places.pop(call, None)) is None:
            return
        demand, place = found
        queue = self._queues[demand]
        queue.remove(place)
        if not queue:
            del self._queues[demand]
            for tier in self.tiers(demand):
                for kind in tier.kinds:
                    self._wanted[kind].discard(demand)

    def place(self, call: CallId) -> Place:
        """The place of a waiting call."""
        return self._places[call][1]

    def is_waiting(self, call: CallId) -> bool:
        return call in self._places

    def waiting(self) -> list[CallId]:
        """Every waiting call, in the order of their places."""
        return [place[2] for _, place in sorted(self._places.values(), key=lambda found: found[1])]

    # the two choices

    def tiers(self, demand: DemandClass) -> tuple[Tier, ...]:
        """Who may serve a demand class, best first: by the step that opened them, then by competence."""
        known = self._tiers.get(demand)
        if known is None:
            known = self._tiers[demand] = self._rank(demand)
        return known

    def best_advisor(
        self, call: CallId, in_charge: AdvisorId | None, reachable: Callable[[SiteId], bool]
    ) -> AdvisorId | None:
        """The ready advisor for a waiting call: the earliest step's; there the one in charge of the file, else the
        most competent, then the longest idle."""
        best: tuple[Instant, AdvisorId] | None = None
        demand, _ = self._places[call]
        for tier in self.tiers(demand):
            heads = [self._pools[kind][0] for kind in tier.kinds if self._pools[kind] and reachable(kind.site)]
            if not heads:
                continue
            best = min(heads)
            if in_charge in self._idle_since and self._opened_by(in_charge, demand) == tier.step:
                return in_charge if reachable(self._kind_of[in_charge].site) else best[1]
            return best[1]
        return None

    def oldest_ticket(self, advisor: AdvisorId, servable: Callable[[CallId], bool]) -> CallId | None:
        """The waiting call with the first place among those this advisor is eligible for."""
        best: Place | None = None
        for demand in self._wanted[self._kind_of[advisor]]:
            head = next((place for place in self._queues[demand] if servable(place[2])), None)
            if head is not None and (best is None or head < best):
                best = head
        return best[2] if best else None

    def _opened_by(self, advisor: AdvisorId | None, demand: DemandClass) -> int | None:
        kind = self._kind_of.get(advisor or "")
        return next((tier.step for tier in self.tiers(demand) if kind in tier.kinds), None)

    def _rank(self, demand: DemandClass) -> tuple[Tier, ...]:
        ranks: dict[tuple[int, int], list[Kind]] = {}
        for kind in self._kinds:
            for step, alternative in enumerate(demand):
                competence = kind.competence(alternative)
                if competence is not None:
                    ranks.setdefault((step, -competence), []).append(kind)
                    break
        return tuple(Tier(step, -worth, tuple(kinds)) for (step, worth), kinds in sorted(ranks.items()))
