"""What the whole service does with those who wait: what they are told, and when the duty moves or ends."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ExpectedWaitRules:
    """When an expected wait is told. `handling_s` is what a call takes (ring + talk + wrap-up) before any is known.

    A class of waits keeps silent before `least_outcomes`, and while its hit rate (0..1) is under `min_hit_rate`.
    """

    handling_s: float = 300.0
    min_hit_rate: float = 0.65
    least_outcomes: int = 20


class Drain(StrEnum):
    """What becomes of those who wait when the duty moves to another site."""

    MOVE = "move"  # they move with it, with their age
    STAY = "stay"  # the site that leaves duty serves them, with all that its plan's steps open


class AtClose(StrEnum):
    """What becomes of those who wait when the service closes."""

    SERVE = "serve"  # they are served as they were promised
    DISMISS = "dismiss"  # they hear that it is closed
