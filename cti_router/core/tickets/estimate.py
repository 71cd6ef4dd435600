"""The expected wait of one ticket, counting only those ahead, and how often what was told came true.

With `c` advisors who each need 1/µ seconds a call, and k tickets ahead, each of which leaves at a rate θ, the wait is a
sum of k + 1 independent exponential times with the rates cµ + jθ, j = 0 … k: M/M/c+M, told the length of the queue
(W. Whitt, "Predicting queueing delays", Management Science 45, 1999; the estimator QL_m of R. Ibrahim and W. Whitt,
"Real-time delay estimation in overloaded multiserver queues with abandonments", Management Science 55, 2009). Its
quantiles are taken from the gamma distribution with the same mean and variance, by the cube root that makes a gamma
variable nearly normal (E. B. Wilson and M. M. Hilferty, PNAS 17, 1931): between P10 and P90 lie 79 to 82 % of it.

A plan that widens is a race of such waits, none of which can end before its step opens. All are driven by the same
advisors, so they are taken as rising and falling together: a quantile of the race is the least of the quantiles.
"""

import math
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cti_router.core.configuration import PlanId
from cti_router.core.identity import Instant

OUTCOMES = 50
"""So many outcomes of what was told make a class's hit rate; older ones are forgotten."""

_Z90 = 1.2815515594600038
_LN2, _LN10, _P10_OF_ONE = math.log(2), math.log(10), -math.log(0.9)
_SUMMED = 8
"""So many of those ahead are added one by one; the others are an integral (midpoint rule), however many there are."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a ticket faces from one of its steps on.

    `opens_s`: seconds from now, 0 when the step is open. `ahead`: tickets with a better place, each by the share of it
    that these advisors will serve. `advisors` are logged in and available, busy or not; `pace` is how many calls a
    second they end all together when nobody is idle; `ready`: how many are free before the step opens.
    """

    opens_s: float
    ahead: float
    advisors: int
    pace: float
    ready: int = 0


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a ticket will wait from now until it is answered, in seconds. The bounds are P10 and P90."""

    p10_s: float
    median_s: float
    p90_s: float

    def holds(self, waited_s: float) -> bool:
        """Did the wait fall within the bounds? They are told in whole seconds, rounded outwards."""
        return math.floor(self.p10_s) <= waited_s <= math.ceil(self.p90_s)

    def is_over(self, waited_s: float) -> bool:
        """Is such a wait longer than the upper bound?"""
        return waited_s > math.ceil(self.p90_s)


def estimated(stages: Iterable[Stage], leaving: float, ring_s: float) -> Estimate | None:
    """The wait of a ticket that faces these stages; None when nobody works for it at any of them.

    `leaving`: abandons per second of one caller's waiting. `ring_s`: the mean time from an offer to its answer, taken
    as exponential; its quantiles are added, a little too wide for short waits.
    """
    low = middle = high = math.inf
    for stage in stages:
        if not stage.advisors:
            continue
        p10, p50, p90 = _quantiles(stage, leaving)
        low = min(low, max(stage.opens_s, p10))
        middle = min(middle, max(stage.opens_s, p50))
        high = min(high, max(stage.opens_s, p90))
    if high == math.inf:
        return None
    return Estimate(low + _P10_OF_ONE * ring_s, middle + _LN2 * ring_s, high + _LN10 * ring_s)


def _quantiles(stage: Stage, leaving: float) -> tuple[float, float, float]:
    """P10, median and P90 of the time until one of a stage's advisors is free for this ticket."""
    needed = stage.ahead + 1 - stage.ready
    if needed <= 0:
        return 0.0, 0.0, 0.0
    mean, variance = _moments(stage.pace, leaving, needed)
    ninth = variance / (9 * mean * mean)
    centre, spread = 1 - ninth, _Z90 * math.sqrt(ninth)
    return mean * max(0.0, centre - spread) ** 3, mean * centre**3, mean * (centre + spread) ** 3


def _moments(pace: float, leaving: float, needed: float) -> tuple[float, float]:
    """Mean and variance of the sum of `needed` exponential times with the rates pace + j × leaving, j = 0, 1, …

    A last one that is not whole counts for its part.
    """
    mean = variance = 0.0
    for j in range(min(math.ceil(needed), _SUMMED)):
        rate = pace + j * leaving
        part = min(1.0, needed - j) / rate
        mean += part
        variance += part / rate
    if needed > _SUMMED:
        first, last = pace + (_SUMMED - 0.5) * leaving, pace + (needed - 0.5) * leaving
        growth = (last - first) / first
        mean += (needed - _SUMMED) / first * (math.log1p(growth) / growth if growth > 1e-9 else 1.0)
        variance += (needed - _SUMMED) / (first * last)
    return mean, variance


class WaitClass(NamedTuple):
    """Waits that are judged together: of one plan, profile and motive, whichever site is on duty.

    `asks` is profile and motive, or the requirements of a ticket that has its own.
    """

    plan: PlanId
    asks: str


@dataclass(frozen=True, slots=True)
class Told:
    """What was expected when a wait began, to be held against what became of it."""

    of: WaitClass
    at: Instant
    estimate: Estimate


class Silence(StrEnum):
    """Why no expected wait is told."""

    NOBODY_WORKS = "nobody_works"  # for this ticket, at any step
    LEARNING = "learning"  # fewer outcomes than it takes to judge
    UNSURE = "unsure"  # the hit rate is under its bound
    AWAITS = "awaits"  # one advisor, and how long his present call will last is not known


class HitRate:
    """How often the waits of one class fell within the bounds told when they began: the last 50 outcomes.

    An answer within the bounds is a hit, one outside them, on either side, a miss. Who gives up after the upper bound
    is a miss; who gives up before says nothing (his wait is censored). When the formula is right, it is about 80 %.
    """

    def __init__(self) -> None:
        self._outcomes: deque[bool] = deque(maxlen=OUTCOMES)
        self._hits = 0

    @property
    def n(self) -> int:
        return len(self._outcomes)

    @property
    def value(self) -> float | None:
        """hits / outcomes; None before the first."""
        return self._hits / len(self._outcomes) if self._outcomes else None

    def answered(self, told: Estimate, waited_s: float) -> None:
        self._add(told.holds(waited_s))

    def broke_off(self, told: Estimate, waited_s: float) -> None:
        if told.is_over(waited_s):
            self._add(False)

    def silence(self, *, least_outcomes: int, min_hit_rate: float) -> Silence | None:
        """Why this class keeps silent; None when it may speak."""
        if self.n < least_outcomes:
            return Silence.LEARNING
        return Silence.UNSURE if self._hits < min_hit_rate * self.n else None

    def _add(self, hit: bool) -> None:
        if len(self._outcomes) == OUTCOMES:
            self._hits -= self._outcomes[0]
        self._outcomes.append(hit)
        self._hits += hit


class Mean:
    """A running mean that forgets: about the last `memory` values count."""

    __slots__ = ("_count", "_forgets", "_sum")

    def __init__(self, memory: int) -> None:
        self._forgets = 1 - 1 / memory
        self._sum = self._count = 0.0

    def add(self, value: float) -> None:
        self._sum = self._sum * self._forgets + value
        self._count = self._count * self._forgets + 1

    def value(self, prior: float, weight: float) -> float:
        """The mean, where `prior` counts as so many values more: what is believed before anything is known."""
        return (self._sum + weight * prior) / (self._count + weight)
