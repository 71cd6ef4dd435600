"""Virtual time: a heap of (instant, order, act). The order makes ties deterministic; nothing is ever cancelled."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import ParamSpec

from cti_router.core.identity import Instant

Args = ParamSpec("Args")


class Agenda:
    """What will happen, and `now`. Who no longer wants an act checks that when it comes."""

    def __init__(self, now: Instant) -> None:
        self.now = now
        self._heap: list[tuple[Instant, int, Callable[[], None]]] = []
        self._count = 0

    def after(self, delay_s: float, act: Callable[Args, None], *args: Args.args, **kwargs: Args.kwargs) -> None:
        self._count += 1
        heappush(self._heap, (self.now + delay_s, self._count, lambda: act(*args, **kwargs)))

    def next_at(self) -> Instant | None:
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Go to the next instant and do what comes first there."""
        self.now, _, act = heappop(self._heap)
        act()
