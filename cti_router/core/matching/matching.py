"""Waiting tickets and free advisors, each in order, brought together by what is asked and what is known.

Advisors stand in one pool a *kind*, as tickets do in their queues, so that a choice only ever looks at who stands
first, and nothing here takes longer for more advisors or more tickets.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any

from cti_router.core.configuration import AdvisorId, Selection
from cti_router.core.history import Counted, count
from cti_router.core.identity import Instant, TicketId
from cti_router.core.matching.columns import Columns, Numbers, numbers_in
from cti_router.core.matching.kinds import Kinds, Opened
from cti_router.core.matching.queues import Queues, Reachable


@dataclass(slots=True)
class Candidate:
    """A ready advisor for a ticket: the step that opens him, the sum of his levels in what it asks.

    `way` is what `reachable` said of his site. `following` would have been next, of another kind; None when there is
    nobody else.
    """

    advisor: AdvisorId
    kind: int
    opened: Opened
    competence: int
    way: Any
    following: "Candidate | None" = None


class Matching(Queues):
    """Owner of the queues and of the pools of ready advisors; until a ticket that awaits somebody is queued otherwise,
    nobody else is chosen for it."""

    def __init__(self, kinds: Kinds) -> None:
        super().__init__(kinds)
        self.configure(kinds)

    def configure(self, kinds: Kinds) -> None:
        """Other advisors. The pools and queues are empty afterwards: their owners fill them again."""
        self._empty(kinds)
        self._pools: dict[Selection, Columns[Any]] = {
            selection: Columns(len(kinds.all)) for selection in kinds.selections
        }
        self._anybody = next(iter(self._pools.values()))  # whoever is ready stands in each of them
        self._ready: dict[AdvisorId, tuple[Instant, float]] = {}

    # advisors

    def add_ready(self, advisor: AdvisorId, idle_since: Instant, occupied_s: float = 0.0) -> None:
        """`occupied_s`: how long he talked and wrapped up today."""
        self.remove_ready(advisor)
        self._ready[advisor] = (idle_since, occupied_s)
        kind = self._kinds.number_of[advisor]
        for selection, pools in self._pools.items():
            pools.add(kind, _standing(selection, advisor, idle_since, occupied_s))

    def remove_ready(self, advisor: AdvisorId) -> None:
        standing = self._ready.pop(advisor, None)
        if standing is not None:
            kind = self._kinds.number_of[advisor]
            for selection, pools in self._pools.items():
                pools.remove(kind, _standing(selection, advisor, *standing))

    def ready(self, kinds: Numbers) -> int:
        """How many advisors of these kinds are ready."""
        pools = self._anybody
        return sum(pools.length(kind) for kind in numbers_in(kinds & pools.filled))

    # the choices

    def best_advisor(
        self, ticket: TicketId, reachable: Reachable, *, preferred: Sequence[AdvisorId] = (),
        selection: Selection = Selection.MOST_COMPETENT, spare_experts: bool = False,
    ) -> Candidate | None:  # fmt: skip
        """The ready advisor for a waiting ticket; `reachable` says which sites a call has a way to from where it is.

        Of the earliest step that has anybody: the first of the `preferred` who is ready; else, when experts are
        spared, somebody who is not the only one free, at the sites opened so far, to meet what another profile asks
        (if there is nobody else, he too); of these whom `selection` names. One that awaits somebody: him or nobody.
        """
        if self._awaits and (awaited := self._awaits.get(ticket)) is not None:
            his = self.candidate(ticket, awaited, selection, reachable) if awaited in self._ready else None
            return his if his and his.way else None
        eligible, pools = self._places[ticket].queue.eligible, self._pools[selection]
        if not eligible.kinds & pools.filled:
            return None
        line = self._line(eligible.steps, selection, reachable)
        first = next(line, None)
        if first is None:
            return None
        chosen = self._preferred(preferred, first, reachable) if preferred else None
        if chosen is None and spare_experts and _is_the_only_one(first, pools):
            others = self._line((first.opened,), selection, reachable)
            chosen = next((each for each in others if not _is_the_only_one(each, pools)), None)
        if chosen is None:
            first.following = next(line, None)
            return first
        chosen.following = first if first.kind != chosen.kind else next(line, None)
        return chosen

    def candidate(
        self, ticket: TicketId, advisor: AdvisorId, selection: Selection, reachable: Reachable
    ) -> Candidate:  # fmt: skip
        """An advisor who is eligible for a waiting ticket, as `best_advisor` would tell of him."""
        eligible, kind = self._places[ticket].queue.eligible, self._kinds.number_of[advisor]
        opened = next(each for each in eligible.steps if each.kinds >> kind & 1)
        following = None
        if eligible.kinds & self._anybody.filled & ~(1 << kind):
            line = self._line(eligible.steps, selection, reachable)
            following = next((each for each in line if each.kind != kind), None)
        way = reachable(self._kinds.all[kind].site)
        return Candidate(advisor, kind, opened, opened.competence(kind), way, following)

    def counted(self, ticket: TicketId) -> tuple[Counted, ...]:
        """What the ledger keeps of all the others: each step's kinds, and how many of them have somebody free."""
        eligible, ready = self._places[ticket].queue.eligible, self._anybody.filled
        if not eligible.kinds & ready:
            return eligible.nobody_free
        return tuple([count(step.step, step.size, (step.kinds & ready).bit_count()) for step in eligible.steps])

    def standing(self, advisor: AdvisorId) -> tuple[Instant, float]:
        """Since when a ready advisor is idle, and how long he was occupied today."""
        return self._ready[advisor]

    def serve_all(self, serve: Callable[[TicketId], bool]) -> None:
        """Somebody may have a way now who had none: hand over tickets in the order of their places.

        `serve` makes an offer of one, so that it waits no more, or says False: then the rest of its queue, which nobody
        else would serve either, is left out.
        """
        ready = self._anybody.filled
        heads = [standing for standing in self._lined_up().firsts() if standing.queue.eligible.kinds & ready]
        heads += [place for advisor, line in self._awaited_by.items() if advisor in self._ready for place in line]
        heapify(heads)
        while heads:
            ticket = heappop(heads).ticket
            queue, awaits = self._places[ticket].queue, ticket in self._awaits
            if serve(ticket) and not awaits and (following := self._waiting.first_of(queue.number)) is not None:
                heappush(heads, following)

    def _line(self, steps: Iterable[Opened], selection: Selection, reachable: Reachable) -> Iterator[Candidate]:
        """Who stands first in his kind, of each kind to which there is a way, in the order in which they are taken."""
        pools, number_of, all_kinds = self._pools[selection], self._kinds.number_of, self._kinds.all
        by_competence = selection is Selection.MOST_COMPETENT
        for opened in steps:
            if not opened.kinds & pools.filled:
                continue
            for rank in opened.by_competence if by_competence else opened.all_alike:
                for first in pools.in_order(rank.kinds, rank.one_by_one):
                    advisor: AdvisorId = first[-1]
                    kind = number_of[advisor]
                    if way := reachable(all_kinds[kind].site):
                        yield Candidate(advisor, kind, opened, rank.competence, way)

    def _preferred(
        self, preferred: Sequence[AdvisorId], first: Candidate, reachable: Reachable
    ) -> Candidate | None:  # fmt: skip
        """The first of them who is ready and opened by the same step."""
        for advisor in preferred:
            kind = self._kinds.number_of.get(advisor) if advisor in self._ready else None
            if kind is not None and first.opened.kinds >> kind & 1 and (way := reachable(self._kinds.all[kind].site)):
                return Candidate(advisor, kind, first.opened, first.opened.competence(kind), way)
        return None


def _is_the_only_one(candidate: Candidate, pools: Columns[Any]) -> bool:
    """Is he the only one free who meets some need of another profile?"""
    if pools.length(candidate.kind) > 1:
        return False
    bit, ready = 1 << candidate.kind, pools.filled
    return any(able & ready == bit for able in candidate.opened.guarded)


def _standing(selection: Selection, advisor: AdvisorId, idle_since: Instant, occupied_s: float) -> tuple[Any, ...]:
    """Where an advisor stands in the pool of his kind."""
    if selection is Selection.LEAST_OCCUPIED:
        return (occupied_s, idle_since, advisor)
    return (idle_since, advisor)
