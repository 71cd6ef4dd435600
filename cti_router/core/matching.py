"""Waiting tickets and free advisors, each in order, brought together by what is asked and what is known.

Advisors stand in one pool a *kind*, tickets in one queue a *demand class* and site of entry: all in a queue are told
the same yes or no by the same advisor, so that a choice only ever looks at who stands first, and nothing here takes
longer for more advisors or more tickets.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any, TypeAlias

from sortedcontainers import SortedList

from cti_router.core.columns import Columns, Numbers, numbers_in
from cti_router.core.configuration import AdvisorId, Selection, SiteId
from cti_router.core.history import Counted, count
from cti_router.core.identity import Instant, TicketId
from cti_router.core.kinds import Eligible, Kinds, Opened
from cti_router.core.plan import DemandClass

Place: TypeAlias = tuple[float, int, TicketId]
"""A ticket's place: its key (arrival − bonus: priority that ages linearly never re-sorts), its order, its id."""

Reachable: TypeAlias = Callable[[SiteId], object]
"""Is there a way, now, between the site at hand and this one? Any truth will do: the way itself, or None."""

MANY_QUEUES = 4096
"""From here on a new queue takes the number of one that is empty, which is forgotten: else a router that runs for
months would know all there ever were."""


@dataclass(slots=True)
class _Queue:
    number: int
    demand: DemandClass
    origin: SiteId
    eligible: Eligible


@dataclass(slots=True)
class Candidate:
    """A ready advisor for a ticket: the step that opens him, the sum of his levels in what it asks.

    `following` would have been next, of another kind; None when there is nobody else.
    """

    advisor: AdvisorId
    kind: int
    opened: Opened
    competence: int
    following: "Candidate | None" = None


class Matching:
    """Owner of the queues and of the pools of ready advisors.

    A ticket may await one advisor: until it is queued otherwise, nobody else is chosen for it.

    `inversions`: matches that passed over a ticket with an earlier place whom the same advisor could have served. An
    older ticket of equal priority has an earlier place, so that none of them waits behind a younger one while this
    is 0; it always should be. `passed_awaiting`: matches that passed over such a one which awaits somebody else; that
    is what it awaits him for, and no inversion.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.inversions = 0
        self.passed_awaiting = 0
        self.configure(kinds)

    def configure(self, kinds: Kinds) -> None:
        """Other advisors. The pools and queues are empty afterwards: their owners fill them again."""
        self._kinds = kinds
        self._pools: dict[Selection, Columns[Any]] = {
            selection: Columns(len(kinds.all)) for selection in kinds.selections
        }
        self._ready: dict[AdvisorId, tuple[Instant, float]] = {}
        self._queues: list[_Queue] = []
        self._queue_of: dict[tuple[DemandClass, SiteId], _Queue] = {}
        self._from: dict[SiteId, Numbers] = {}
        self._waiting: Columns[Place] = Columns()
        self._aside: Columns[Place] = Columns()  # of the same queues, those who await somebody
        self._awaited_by: dict[AdvisorId, SortedList] = {}
        self._awaits: dict[TicketId, AdvisorId] = {}
        self._places: dict[TicketId, tuple[_Queue, Place]] = {}
        self._wanted: list[Numbers] = [0] * len(kinds.all)  # by kind: the queues it may serve

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
        pools = next(iter(self._pools.values()))
        return sum(pools.length(kind) for kind in numbers_in(kinds & pools.filled))

    # tickets

    def enqueue(
        self, place: Place, demand: DemandClass, origin: SiteId, awaits: AdvisorId | None = None
    ) -> None:  # fmt: skip
        """Put a ticket that came in at `origin` in its queue; one that waits already moves, with its place.

        `awaits`: the advisor for whom it is left, who must be eligible.
        """
        if (found := self._places.get(place[2])) is not None:
            same = found[0].demand is demand and found[0].origin == origin and found[1] == place
            if same and self._awaits.get(place[2]) == awaits:
                return
            self.dequeue(place[2])
        queue = self._queue_of.get((demand, origin)) or self._new_queue(demand, origin)
        self._places[place[2]] = (queue, place)
        if awaits is None:
            self._waiting.add(queue.number, place)
        else:
            self._aside.add(queue.number, place)
            self._awaits[place[2]] = awaits
            self._awaited_by.setdefault(awaits, SortedList()).add(place)

    def dequeue(self, ticket: TicketId) -> None:
        found = self._places.pop(ticket, None)
        if found is None:
            return
        queue, place = found
        awaited = self._awaits.pop(ticket, None) if self._awaits else None
        if awaited is None:
            self._waiting.remove(queue.number, place)
            return
        self._aside.remove(queue.number, place)
        self._awaited_by[awaited].remove(place)
        if not self._awaited_by[awaited]:
            del self._awaited_by[awaited]

    def place(self, ticket: TicketId) -> Place:
        """The place of a waiting ticket."""
        return self._places[ticket][1]

    def is_waiting(self, ticket: TicketId) -> bool:
        return ticket in self._places

    def awaiting(self, advisor: AdvisorId) -> list[TicketId]:
        """The tickets that await him, in the order of their places."""
        return [place[2] for place in self._awaited_by.get(advisor, ())]

    def awaited(self, tickets: Iterable[TicketId]) -> set[AdvisorId]:
        """Whom any of these await."""
        return {self._awaits[ticket] for ticket in tickets if ticket in self._awaits}

    def waiting(self) -> list[TicketId]:
        """Every waiting ticket, in the order of their places: to be looked at, and when all are planned anew."""
        return [place[2] for _, place in sorted(self._places.values(), key=lambda found: found[1])]

    def ahead(self, place: Place) -> Iterator[tuple[Numbers, int]]:
        """How many wait with an earlier place: for each queue of them, the kinds that may serve it.

        Those who await one advisor count for his kind.
        """
        for advisor, places in self._awaited_by.items():
            if before := places.bisect_left(place):
                yield 1 << self._kinds.number_of[advisor], before
        for first in self._waiting.firsts():
            if first >= place:
                break
            queue = self._places[first[2]][0]
            yield queue.eligible.kinds, self._waiting.before(queue.number, place)

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
            there = awaited in self._ready and reachable(self._kinds.all[self._kinds.number_of[awaited]].site)
            return self.candidate(ticket, awaited, selection, reachable) if there else None
        eligible, pools = self._places[ticket][0].eligible, self._pools[selection]
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
        steps, kind = self._places[ticket][0].eligible.steps, self._kinds.number_of[advisor]
        opened = next(each for each in steps if each.kinds >> kind & 1)
        line = self._line(steps, selection, reachable)
        following = next((each for each in line if each.kind != kind), None)
        return Candidate(advisor, kind, opened, opened.competence(kind), following)

    def counted(self, ticket: TicketId) -> tuple[Counted, ...]:
        """What the ledger keeps of all the others: each step's kinds, and how many of them have somebody free."""
        eligible, ready = self._places[ticket][0].eligible, next(iter(self._pools.values())).filled
        if not eligible.kinds & ready:
            return eligible.nobody_free
        return tuple([count(step.step, step.size, (step.kinds & ready).bit_count()) for step in eligible.steps])

    def standing(self, advisor: AdvisorId) -> tuple[Instant, float]:
        """Since when a ready advisor is idle, and how long he was occupied today."""
        return self._ready[advisor]

    def may_serve(self, ticket: TicketId, advisor: AdvisorId) -> bool:
        """Is he eligible for a waiting ticket, ready or not?"""
        kind = self._kinds.number_of.get(advisor)
        return kind is not None and bool(self._places[ticket][0].eligible.kinds >> kind & 1)

    def oldest_ticket(self, advisor: AdvisorId, reachable: Reachable) -> TicketId | None:
        """The waiting ticket with the first place among those this advisor is eligible for and has a way to.

        `reachable` says from which sites a call has a way to his. A ticket that awaits somebody else is left to him.
        """
        first = self._first_for(advisor, self._waiting, reachable)
        for place in self._awaited_by.get(advisor, ()) if self._awaited_by else ():
            if first is not None and first < place:
                break
            if reachable(self._places[place[2]][0].origin):
                return place[2]  # type: ignore[no-any-return]
        return None if first is None else first[2]

    def _first_for(self, advisor: AdvisorId, line: Columns[Place], reachable: Reachable) -> Place | None:
        among = self._wanted[self._kinds.number_of[advisor]]
        while (first := line.first(among)) is not None:
            origin = self._places[first[2]][0].origin
            if reachable(origin):
                return first
            among &= ~self._from[origin]
        return None

    def serve_all(self, serve: Callable[[TicketId], bool]) -> None:
        """Somebody may have a way now who had none: hand over tickets in the order of their places.

        `serve` makes an offer of one, so that it waits no more, or says False: then the rest of its queue, which nobody
        else would serve either, is left out.
        """
        ready = next(iter(self._pools.values())).filled
        heads = [place for place in self._waiting.firsts() if self._places[place[2]][0].eligible.kinds & ready]
        heads += [place for advisor, line in self._awaited_by.items() if advisor in self._ready for place in line]
        heapify(heads)
        while heads:
            ticket = heappop(heads)[2]
            queue, awaits = self._places[ticket][0], ticket in self._awaits
            if serve(ticket) and not awaits and (following := self._waiting.first_of(queue.number)) is not None:
                heappush(heads, following)

    def count_inversion(self, ticket: TicketId, advisor: AdvisorId, reachable: Reachable) -> None:
        """To be told of each match before it is carried out; `reachable` as for `oldest_ticket`."""
        place = self._places[ticket][1]
        if self._waiting.first_of_all() != place or self._awaits:
            oldest = self.oldest_ticket(advisor, reachable)
            if oldest is not None and self._places[oldest][1] < place:
                self.inversions += 1
        self.count_passed_awaiting(ticket, advisor, reachable)

    def count_passed_awaiting(self, ticket: TicketId, advisor: AdvisorId, reachable: Reachable) -> None:
        """The same for an advisor who takes the oldest he may: that is no inversion."""
        if self._awaits:
            theirs = self._first_for(advisor, self._aside, reachable)
            if theirs is not None and theirs < self._places[ticket][1] and self._awaits[theirs[2]] != advisor:
                self.passed_awaiting += 1

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
                    if reachable(all_kinds[kind].site):
                        yield Candidate(advisor, kind, opened, rank.competence)

    def _preferred(
        self, preferred: Sequence[AdvisorId], first: Candidate, reachable: Reachable
    ) -> Candidate | None:  # fmt: skip
        """The first of them who is ready and opened by the same step."""
        for advisor in preferred:
            kind = self._kinds.number_of.get(advisor) if advisor in self._ready else None
            if kind is not None and first.opened.kinds >> kind & 1 and reachable(self._kinds.all[kind].site):
                return Candidate(advisor, kind, first.opened, first.opened.competence(kind))
        return None

    # which queues an advisor may serve

    def _new_queue(self, demand: DemandClass, origin: SiteId) -> _Queue:
        number = self._forget_an_empty_queue() if len(self._queues) >= MANY_QUEUES else None
        queue = _Queue(len(self._queues), demand, origin, self._kinds.eligible(demand))
        if number is None:
            self._waiting.append()
            self._aside.append()
            self._queues.append(queue)
        else:
            queue.number = number
            self._queues[number] = queue
        bit = 1 << queue.number
        self._queue_of[demand, origin] = queue
        self._from[origin] = self._from.get(origin, 0) | bit
        for kind in queue.eligible.numbers:
            self._wanted[kind] |= bit
        return queue

    def _forget_an_empty_queue(self) -> int | None:
        """The number of one that is forgotten; None when somebody waits in each."""
        filled = self._waiting.filled | self._aside.filled
        empty = ~filled & (1 << len(self._queues)) - 1
        if not empty:
            return None
        bit = empty & -empty
        forgotten = self._queues[bit.bit_length() - 1]
        del self._queue_of[forgotten.demand, forgotten.origin]
        self._from[forgotten.origin] ^= bit
        for kind in forgotten.eligible.numbers:
            self._wanted[kind] ^= bit
        return forgotten.number


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
