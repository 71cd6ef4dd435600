"""Waiting tickets: one queue a demand class and site of entry, each in the order of its places.

All in a queue are told the same yes or no by the same advisor, so that whoever looks for a ticket looks at those who
stand first, and nothing here takes longer for more tickets.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from itertools import takewhile
from operator import or_
from typing import Any, NamedTuple, TypeAlias

from sortedcontainers import SortedList

from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.identity import TicketId
from cti_router.core.matching.columns import Columns, Numbers
from cti_router.core.matching.kinds import Eligible, Kinds
from cti_router.core.plans.plan import DemandClass

Place: TypeAlias = tuple[float, int, TicketId]
"""A ticket's place: its key (arrival − bonus: priority that ages linearly never re-sorts), its order, its id."""

Reachable: TypeAlias = Callable[[SiteId], Any]
"""Is there a way, now, between the site at hand and this one? Any truth will do: the way itself, or None."""

MANY_QUEUES = 4096
"""From here on a new queue takes the number of one that is empty, which is forgotten: else a router that runs for
months would know all there ever were."""


@dataclass(slots=True)
class Queue:
    number: int
    demand: DemandClass
    origin: SiteId
    eligible: Eligible


class Standing(NamedTuple):
    """A place and the queue it is in: where a waiting ticket stands. It comes as its place does."""

    key: float
    order: int
    ticket: TicketId
    queue: Queue


class Queues:
    """Owner of the places of all who wait. A ticket may await one advisor: it stands aside from its queue then.

    Who has just come stands in line when somebody looks: most find an advisor at once and never wait.

    `inversions`: matches that passed over a ticket with an earlier place whom the same advisor could have served. An
    older ticket of equal priority has an earlier place, so that none of them waits behind a younger one while this
    is 0; it always should be. `passed_awaiting`: matches that passed over such a one which awaits somebody else; that
    is what it awaits him for, and no inversion.
    """

    def __init__(self, kinds: Kinds) -> None:
        self.inversions = 0
        self.passed_awaiting = 0
        self._empty(kinds)

    def _empty(self, kinds: Kinds) -> None:
        """Other advisors: nobody waits any more, until the tickets' owners queue them again."""
        self._kinds = kinds
        self._queues: list[Queue] = []
        self._queue_of: dict[tuple[DemandClass, SiteId], Queue] = {}
        self._from: dict[SiteId, Numbers] = {}
        self._arriving: dict[TicketId, Standing] = {}
        self._waiting: Columns[Standing] = Columns()
        self._aside: Columns[Standing] = Columns()  # of the same queues, those who await somebody
        self._awaited_by: dict[AdvisorId, SortedList] = {}
        self._awaits: dict[TicketId, AdvisorId] = {}
        self._places: dict[TicketId, Standing] = {}
        self._of_demand: list[Numbers] = []  # by demand class: its queues
        self._wanted: list[tuple[int, Numbers]] = [(0, 0)] * len(
            kinds.all
        )  # by kind: as of when, the queues it may serve
        self._made = 0

    def enqueue(
        self, place: Place, demand: DemandClass, origin: SiteId, awaits: AdvisorId | None = None
    ) -> None:  # fmt: skip
        """Put a ticket that came in at `origin` in its queue; one that waits already moves, with its place.

        `awaits`: the advisor for whom it is left, who must be eligible.
        """
        key, order, ticket = place
        if (found := self._places.get(ticket)) is not None:
            queue = found.queue
            same = queue.demand is demand and queue.origin == origin and found.key == key and found.order == order
            if same and self._awaits.get(ticket) == awaits:
                return
            self.dequeue(ticket)
        queue = self._queue_of.get((demand, origin)) or self._new_queue(demand, origin)
        standing = self._places[ticket] = Standing(key, order, ticket, queue)
        if awaits is None:
            self._arriving[ticket] = standing
        else:
            self._aside.add(queue.number, standing)
            self._awaits[ticket] = awaits
            self._awaited_by.setdefault(awaits, SortedList()).add(standing)

    def dequeue(self, ticket: TicketId) -> None:
        standing = self._places.pop(ticket, None)
        if standing is None:
            return
        awaited = self._awaits.pop(ticket, None) if self._awaits else None
        if awaited is None:
            if self._arriving.pop(ticket, None) is None:
                self._waiting.remove(standing.queue.number, standing)
            return
        self._aside.remove(standing.queue.number, standing)
        self._awaited_by[awaited].remove(standing)
        if not self._awaited_by[awaited]:
            del self._awaited_by[awaited]

    def place(self, ticket: TicketId) -> Place:
        """The place of a waiting ticket."""
        return self._places[ticket][:3]

    def is_waiting(self, ticket: TicketId) -> bool:
        return ticket in self._places

    def awaiting(self, advisor: AdvisorId) -> list[TicketId]:
        """The tickets that await him, in the order of their places."""
        return [standing.ticket for standing in self._awaited_by.get(advisor, ())]

    def awaited(self, tickets: Iterable[TicketId]) -> set[AdvisorId]:
        """Whom any of these await."""
        return {self._awaits[ticket] for ticket in tickets if ticket in self._awaits}

    def waiting(self) -> list[TicketId]:
        """Every waiting ticket, in the order of their places: to be looked at, and when all are planned anew."""
        return [standing.ticket for standing in sorted(self._places.values())]

    def ahead(self, place: Place) -> Iterator[tuple[Numbers, int]]:
        """How many wait with an earlier place: for each queue of them, the kinds that may serve it.

        Those who await one advisor count for his kind.
        """
        for advisor, standing in self._awaited_by.items():
            if before := standing.bisect_left(place):
                yield 1 << self._kinds.number_of[advisor], before
        for first in self._lined_up().firsts():
            if first >= place:
                break
            queue = first.queue
            yield queue.eligible.kinds, self._waiting.before(queue.number, place)

    # whom an advisor may serve

    def may_serve(self, ticket: TicketId, advisor: AdvisorId) -> bool:
        """Is he eligible for a waiting ticket, ready or not?"""
        kind = self._kinds.number_of.get(advisor)
        return kind is not None and bool(self._places[ticket].queue.eligible.kinds >> kind & 1)

    def oldest_ticket(self, advisor: AdvisorId, reachable: Reachable) -> TicketId | None:
        """The waiting ticket with the first place among those this advisor is eligible for and has a way to.

        `reachable` says from which sites a call has a way to his. A ticket that awaits somebody else is left to him.
        """
        first = self._first_for(advisor, self._lined_up(), reachable)
        for standing in self._awaited_by.get(advisor, ()) if self._awaited_by else ():
            if first is not None and first < standing:
                break
            if reachable(standing.queue.origin):
                return standing.ticket  # type: ignore[no-any-return]
        return None if first is None else first.ticket

    def _first_for(self, advisor: AdvisorId, line: Columns[Standing], reachable: Reachable) -> Standing | None:
        among = self._wanted_by(self._kinds.number_of[advisor])
        while (first := line.first(among)) is not None:
            origin = first.queue.origin
            if reachable(origin):
                return first
            among &= ~self._from[origin]
        return None

    def may_pass_over_others(self, ticket: TicketId) -> bool:
        """Is it not sure that nobody waits with an earlier place?"""
        first = self._waiting.first_of_all()
        others_come = len(self._arriving) - (ticket in self._arriving)
        return bool(others_come or self._awaits or (first is not None and first < self._places[ticket]))

    def count_inversion(self, ticket: TicketId, advisor: AdvisorId, reachable: Reachable) -> None:
        """To be told of each match that may pass over others, before it is carried out."""
        oldest = self.oldest_ticket(advisor, reachable)
        if oldest is not None and self._places[oldest] < self._places[ticket]:
            self.inversions += 1
        self.count_passed_awaiting(ticket, advisor, reachable)

    def count_passed_awaiting(self, ticket: TicketId, advisor: AdvisorId, reachable: Reachable) -> None:
        """The same for an advisor who takes the oldest he may: that is no inversion."""
        if self._awaits:
            theirs = self._first_for(advisor, self._aside, reachable)
            if theirs is not None and theirs < self._places[ticket] and self._awaits[theirs.ticket] != advisor:
                self.passed_awaiting += 1

    def _lined_up(self) -> Columns[Standing]:
        """Everybody in line, those too who have just come."""
        if self._arriving:
            for standing in self._arriving.values():
                self._waiting.add(standing.queue.number, standing)
            self._arriving.clear()
        return self._waiting

    def _new_queue(self, demand: DemandClass, origin: SiteId) -> Queue:
        number = self._forget_an_empty_queue() if len(self._queues) >= MANY_QUEUES else None
        queue = Queue(len(self._queues), demand, origin, self._kinds.eligible(demand))
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
        while len(self._of_demand) <= queue.eligible.number:
            self._of_demand.append(0)
        self._of_demand[queue.eligible.number] |= bit
        self._made += 1
        return queue

    def _wanted_by(self, kind: int) -> Numbers:
        """The queues a kind may serve. Worked out again, when it is of interest, after a queue was made."""
        made, wanted = self._wanted[kind]
        if made != self._made:
            asked = takewhile(len(self._of_demand).__gt__, self._kinds.asked_of[kind])
            wanted = reduce(or_, map(self._of_demand.__getitem__, asked), 0)
            self._wanted[kind] = (self._made, wanted)
        return wanted

    def _forget_an_empty_queue(self) -> int | None:
        """The number of one that is forgotten; None when somebody waits in each."""
        filled = self._lined_up().filled | self._aside.filled
        empty = ~filled & (1 << len(self._queues)) - 1
        if not empty:
            return None
        bit = empty & -empty
        forgotten = self._queues[bit.bit_length() - 1]
        del self._queue_of[forgotten.demand, forgotten.origin]
        self._from[forgotten.origin] ^= bit
        self._of_demand[forgotten.eligible.number] ^= bit
        return forgotten.number
