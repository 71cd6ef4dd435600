"""Priority ages linearly: a bonus is a head start of so many seconds of waiting, the same for as long as one waits.

A ticket's key is its arrival less its bonus. It never changes, so that nothing is sorted again as time passes; of two
tickets that the same advisor may serve, the smaller key is served first, the older ticket when they are equal.
"""

from collections.abc import Collection

from cti_router.core.identity import Instant


def key(arrived_at: Instant, bonus_s: float) -> Instant:
    return arrived_at - bonus_s if bonus_s else arrived_at


def starvation_bound_s(bonuses_s: Collection[float]) -> float:
    """For how long, in seconds, younger tickets can overtake one: the largest bonus less the smallest.

    A ticket that arrives at t with bonus b is only overtaken by those whose key t' − b' is smaller, so t' < t + b' − b.
    Even with the smallest bonus it is therefore served before whoever arrives max(bonuses) − min(bonuses) after it, or
    later: nobody starves, whatever comes in. Among equal bonuses nobody is overtaken at all.
    """
    return max(bonuses_s, default=0.0) - min(bonuses_s, default=0.0)
