"""Owner of the expected waits: what is expected of each wait, what became of it, and whether that may be believed."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cti_router.core.configuration import AdvisorId, Configuration, ExpectedWaitRules
from cti_router.core.identity import Instant
from cti_router.core.matching.columns import Numbers, numbers_in
from cti_router.core.matching.kinds import Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.tickets.estimate import Estimate, HitRate, Mean, Silence, Stage, Told, WaitClass, estimated
from cti_router.core.tickets.ticket import Ticket, TicketKind

JUDGED_EVERY_S = 0.25
"""At most so often a wait that begins is taken to be judged: where calls are many, a sample is enough."""

_MEMORY = 100
"""About so many handling times of a kind of advisors count, so many rings, and ten times as many waits."""

_PRIOR_WEIGHT = 10
"""What is believed at first counts as so many observations: the handling time of the configuration, and these."""

_KNOWN_AT_MOST = 4096
"""So many sets of kinds are counted once, until somebody comes or goes."""

_PRIOR_RING_S, _PRIOR_WAIT_S, _PRIOR_LEFT = 5.0, 60.0, 0.1


@dataclass(frozen=True, slots=True)
class ExpectedWait:
    """What is expected of a wait from now on, and on what grounds.

    `silent` says why it is not to be told, None when it is. `ahead` and `advisors` are those of the step reached: how
    many have a better place, each by the share of it that these advisors will serve. `hit_rate` is of the last
    `outcomes` waits of this class, None before the first.
    """

    of: WaitClass
    estimate: Estimate | None
    silent: Silence | None
    ahead: float
    advisors: int
    hit_rate: float | None
    outcomes: int

    @property
    def known_median_s(self) -> float | None:
        """The median if it may be relied on: without end where nobody works, None while it is silent."""
        if self.silent is Silence.NOBODY_WORKS:
            return math.inf
        return self.told.median_s if self.told else None

    @property
    def told(self) -> Estimate | None:
        """The estimate, unless it is better to keep silent."""
        return None if self.silent else self.estimate


def estimated_at_first(rules: ExpectedWaitRules, steps: Iterable[tuple[float | None, int]]) -> Estimate | None:
    """What is expected before anything is learned, while everybody is busy and nobody ahead.

    `steps`: when each opens, in seconds from now (None: at no time), and how many advisors may serve from then on.
    """
    stages = [Stage(at_s, 0.0, count, count / rules.handling_s) for at_s, count in steps if at_s is not None]
    return estimated(stages, _PRIOR_LEFT / _PRIOR_WAIT_S, _PRIOR_RING_S)


class ExpectedWaits:
    """Learns from every call that is answered, and from every wait; it judges itself by the waits that begin."""

    def __init__(self, configuration: Configuration, kinds: Kinds, matching: Matching) -> None:
        self.hit_rates: dict[WaitClass, HitRate] = {}
        self._matching = matching
        self._handling, self._ring = Mean(_MEMORY), Mean(_MEMORY)
        self._left, self._wait = Mean(10 * _MEMORY), Mean(10 * _MEMORY)
        self._judged_at: Instant | None = None
        self._kinds = kinds
        self._handling_of = [Mean(_MEMORY) for _ in kinds.all]
        self.configure(configuration, kinds)

    def configure(self, configuration: Configuration, kinds: Kinds) -> None:
        """Nobody works any more: the roster tells anew who does. What was learned stays."""
        learned = dict(zip(self._kinds.all, self._handling_of, strict=True))
        self._rules, self._kinds = configuration.rules.expected_wait, kinds
        self._handling_of = [learned.get(kind) or Mean(_MEMORY) for kind in kinds.all]
        self._working: set[AdvisorId] = set()
        self._workers = [0] * len(kinds.all)
        self._employed: Numbers = 0
        self._workers_among: dict[Numbers, int] = {}
        self._pace_of: dict[Numbers, float] = {}

    # what advisors do

    def employ(self, advisor: AdvisorId, works: bool) -> None:
        """He is logged in, available and within reach, busy or not; or he is not any more."""
        if works == (advisor in self._working):
            return
        (self._working.add if works else self._working.discard)(advisor)
        kind = self._kinds.number_of[advisor]
        self._workers[kind] += 1 if works else -1
        self._employed = self._employed & ~(1 << kind) | bool(self._workers[kind]) << kind
        self._workers_among.clear()
        self._pace_of.clear()

    def employ_all(self, advisors: Iterable[AdvisorId]) -> None:
        """These do, and nobody else yet."""
        self._working = set(advisors)
        for kind, count in Counter(map(self._kinds.number_of.__getitem__, self._working)).items():
            self._workers[kind] = count
            self._employed |= 1 << kind

    def handled(self, advisor: AdvisorId, took_s: float) -> None:
        """He is done with a call: ring, talk and wrap-up took so long."""
        self._handling.add(took_s)
        self._handling_of[self._kinds.number_of[advisor]].add(took_s)
        self._pace_of.clear()

    # what is expected

    def of(self, ticket: Ticket, now: Instant) -> ExpectedWait:
        """What is expected of a ticket that is planned, from now on."""
        ahead: dict[Numbers, int] = {}  # many queues are of the same kinds
        for theirs, count in self._matching.ahead(ticket.place):
            ahead[theirs] = ahead.get(theirs, 0) + count
        stages = []
        for index, step in enumerate(ticket.steps[ticket.step :]):
            after_s = -math.inf if index == 0 else step.after_s
            if after_s is not None:
                opens_s = max(0.0, ticket.waits_since_at + after_s - now)
                stages.append(self._stage(self._kinds.eligible(step.demand).kinds, ahead, opens_s, index == 0))
        estimate = estimated(stages, self._leaving(), self._ring.value(_PRIOR_RING_S, _PRIOR_WEIGHT))
        hits = self.hit_rates.get(ticket.wait_class)
        silent = Silence.NOBODY_WORKS if estimate is None else self.silence(ticket.wait_class)
        if ticket.awaits is not None:
            silent = Silence.AWAITS
        return ExpectedWait(
            ticket.wait_class, estimate, silent, stages[0].ahead, stages[0].advisors,
            hits.value if hits else None, hits.n if hits else 0,
        )  # fmt: skip

    def position(self, ticket: Ticket) -> int | None:
        """Where a ticket stands: 1 is served next, and nobody is ahead whom its advisors could not serve as well.

        None when that cannot be said: it is not in the queue, it awaits one advisor, or nobody works for it yet.
        """
        if ticket.awaits is not None or not self._matching.is_waiting(ticket.id):
            return None
        able = self._kinds.eligible(ticket.steps[ticket.step].demand).kinds
        if not self._count(able):
            return None
        return 1 + sum(count for theirs, count in self._matching.ahead(ticket.place) if self._count(able & theirs))

    def silence(self, of: WaitClass) -> Silence | None:
        """Why a class keeps silent; None when it may speak."""
        rules, hits = self._rules, self.hit_rates.get(of) or HitRate()
        return hits.silence(least_outcomes=rules.least_outcomes, min_hit_rate=rules.min_hit_rate)

    def _stage(self, able: Numbers, ahead: Mapping[Numbers, int], opens_s: float, is_open: bool) -> Stage:
        """A free advisor of an open step is no help: the matcher could not bring him and the ticket together."""
        shared = 0.0
        for theirs, count in ahead.items():
            if both := self._count(able & theirs):
                shared += count * both / self._count(theirs)
        return Stage(opens_s, shared, self._count(able), self._pace(able), 0 if is_open else self._matching.ready(able))

    def _count(self, kinds: Numbers) -> int:
        """How many advisors of these kinds work."""
        kinds &= self._employed
        known = self._workers_among.get(kinds)
        if known is None:
            if len(self._workers_among) >= _KNOWN_AT_MOST:
                self._workers_among.clear()
            known = self._workers_among[kinds] = sum(self._workers[kind] for kind in numbers_in(kinds))
        return known

    def _pace(self, kinds: Numbers) -> float:
        """Calls a second that those of these kinds who work end, when nobody is idle."""
        known = self._pace_of.get(kinds)
        if known is None:
            anybody_s = self._handling.value(self._rules.handling_s, _PRIOR_WEIGHT)
            known = self._pace_of[kinds] = sum(
                self._workers[kind] / self._handling_of[kind].value(anybody_s, _PRIOR_WEIGHT)
                for kind in numbers_in(kinds & self._employed)
            )
        return known

    def _leaving(self) -> float:
        """Abandons per second of a caller's waiting: of exponential patience, censored by the answer, the likeliest."""
        return self._left.value(_PRIOR_LEFT, _PRIOR_WEIGHT) / self._wait.value(_PRIOR_WAIT_S, _PRIOR_WEIGHT)

    # what became of it

    def is_to_be_judged(self, ticket: Ticket, now: Instant) -> bool:
        """Nobody is free for this ticket. Will what is expected of its wait be held against what becomes of it?"""
        if (
            ticket.judged
            or ticket.kind is TicketKind.CALLBACK
            or (self._judged_at is not None and abs(now - self._judged_at) < JUDGED_EVERY_S)
        ):
            return False
        ticket.judged, self._judged_at = True, now
        return True

    def begins(self, ticket: Ticket, now: Instant) -> None:
        """The wait of a ticket that is to be judged begins."""
        if (estimate := self.of(ticket, now).estimate) is not None:
            ticket.told = Told(ticket.wait_class, now, estimate)

    def begins_anew(self, ticket: Ticket, now: Instant) -> None:
        """A step was opened for it before its time: what was expected before is censored, and expected anew."""
        self.broke_off(ticket, now, left=False)
        ticket.judged = False

    def answered(self, ticket: Ticket, at: Instant, rang_s: float) -> None:
        """An advisor answered at `at`, after so many seconds of ringing."""
        if ticket.told is not None:
            self._ring.add(rang_s)
        self._ends(ticket, at, answered=True)

    def broke_off(self, ticket: Ticket, at: Instant, *, left: bool) -> None:
        """He hung up (`left`), or his plan came to its end: he would have waited longer."""
        self._ends(ticket, at, answered=False, left=left)

    def _ends(self, ticket: Ticket, at: Instant, *, answered: bool, left: bool = False) -> None:
        if (told := ticket.told) is None:
            return
        ticket.told = None
        waited_s = max(0.0, at - told.at)
        self._left.add(float(left))
        self._wait.add(waited_s)
        hits = self.hit_rates.setdefault(told.of, HitRate())
        (hits.answered if answered else hits.broke_off)(told.estimate, waited_s)
