"""How long things take, in seconds: always the same, or by chance around a mean."""

import math
from dataclasses import dataclass
from random import Random
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Fixed:
    mean_s: float

    def draw(self, _chance: Random) -> float:
        return self.mean_s


@dataclass(frozen=True, slots=True)
class Exponential:
    mean_s: float

    def draw(self, chance: Random) -> float:
        return chance.expovariate(1 / self.mean_s)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """`spread` is the coefficient of variation: standard deviation / mean. Talks have about 1."""

    mean_s: float
    spread: float = 1.0

    def draw(self, chance: Random) -> float:
        variance = math.log1p(self.spread**2)
        return chance.lognormvariate(math.log(self.mean_s) - variance / 2, math.sqrt(variance))


Span: TypeAlias = Fixed | Exponential | LogNormal

NEVER = Fixed(math.inf)
