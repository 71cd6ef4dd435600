"""A question: what a caller is asked to key in, and what becomes of it."""

from dataclasses import dataclass
from enum import StrEnum

from cti_router.core.identity import Contributor


class Asked(StrEnum):
    """What is asked; each kind has one owner, who is told what was keyed."""

    WHO = "who"  # his SIRET or his account number
    WHICH = "which"  # the last five digits of the SIRET, to tell those who share his number apart
    MOTIVE = "motive"  # why he calls
    CALLBACK = "callback"  # whether he wants to be called back
    CALLBACK_NUMBER = "callback_number"  # at the number he calls from, or at another
    OTHER_NUMBER = "other_number"  # at which one
    RIGHT_NUMBER = "right_number"  # whether that was the one he meant


@dataclass(frozen=True, slots=True)
class Question:
    """`sounds`, then at most `digits` digits, # ends them sooner, or nothing within `timeout_s` after the last one.

    `interruptible`: an advisor who becomes free cuts it short; else nobody is sought while it is asked. `tries_left`:
    how often it may be asked, this time included. `among`: the contributors of whom he is to be one.
    """

    asked: Asked
    sounds: tuple[str, ...]
    digits: int
    timeout_s: float
    interruptible: bool = False
    tries_left: int = 1
    among: tuple[Contributor, ...] = ()
