"""What must happen at an instant if nothing else does first."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappop, heappush

from cti_router.core.identity import Instant


class Due(StrEnum):
    """What falls due; each kind has one owner in the switchboard."""

    SETTLED = "settled"
    DUTY_CHANGED = "duty_changed"
    DAY_BEGUN = "day_begun"
    DRAIN_OVER = "drain_over"
    LOOKUP_LATE = "lookup_late"
    KEYED_LATE = "keyed_late"
    STEP_REACHED = "step_reached"
    WAIT_BEGUN = "wait_begun"
    OFFER_LOST = "offer_lost"
    CALL_SILENT = "call_silent"
    WRAP_UP_OVER = "wrap_up_over"
    ABSENCE_OVER = "absence_over"
    REST_OVER = "rest_over"
    TRUNK_RESTED = "trunk_rested"
    PROBE_LATE = "probe_late"
    MOVE_LATE = "move_late"
    ORDER_DUE = "order_due"
    CALLBACK_UNNOTED = "callback_unnoted"
    CALLBACK_DUE = "callback_due"
    CALLBACK_UNSAVED = "callback_unsaved"
    CALLBACK_SILENT = "callback_silent"


@dataclass(slots=True)
class Deadlines:
    """A heap of (instant, what, about). Never cancelled: its owner checks that it still holds. Where the owner can tell
    beforehand that what one is about is over for good, nobody is woken for it.
    """

    _heap: list[tuple[Instant, Due, str]] = field(default_factory=list)
    _over: dict[Due, Callable[[str], bool]] = field(default_factory=dict)

    def lapse(self, due: Due, is_over: Callable[[str], bool]) -> None:
        """Those of this kind lapse when `is_over` says so of what they are about."""
        self._over[due] = is_over

    def set(self, at: Instant, due: Due, about: str = "") -> None:
        heappush(self._heap, (at, due, about))

    def drop_lapsed(self) -> None:
        """The next one holds; after this, those behind it may not."""
        while self._heap:
            _, due, about = self._heap[0]
            if (is_over := self._over.get(due)) is None or not is_over(about):
                return
            heappop(self._heap)

    def next_at(self) -> Instant | None:
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now: Instant) -> tuple[Due, str] | None:
        """The oldest deadline that is not later than `now`, removed; None when there is none."""
        if not self._heap or self._heap[0][0] > now:
            return None
        _, due, about = heappop(self._heap)
        return due, about
