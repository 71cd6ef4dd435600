"""What the pages cost the router's process: each step observed, the banner compared, everything told anew.

All in one process and without a socket: what is timed is for what the event loop does nothing else meanwhile, by the
processor time of its thread. One listens, as the pages' process does, however many consoles are open. Alone:
`python -m tests.bench.feed`.
"""

import asyncio
import time
from collections.abc import Iterator
from statistics import mean

from cti_router.core.configuration import Configuration
from cti_router.core.effects import Pop, StepOutcome
from cti_router.core.inputs import Input
from cti_router.feed.feed import Feed
from tests.bench.figures import percentile
from tests.bench.life import Life, Regime
from tests.bench.organisation import organisation
from tests.bench.report import Figure

SIZES = (36, 1_000)
WARM_UP, DECISIONS, STEPS_BETWEEN = 500, 3_000, 4
"""At a thousand advisors about so many steps happen between two comparisons."""


class Watched(Life):
    """Each step is observed. `observed_ns`, without pops; `popped_ns`: those in which an offer was told."""

    def __init__(self, configuration: Configuration, regime: Regime) -> None:
        super().__init__(configuration, regime)
        self.feed = Feed(self.switchboard, lambda: self.now, "bench")
        self.observed_ns: list[int] = []
        self.popped_ns: list[int] = []
        self.compared_ns: list[int] = []
        self.compares = False

    def _step(self, input_: Input) -> StepOutcome:
        outcome = super()._step(input_)
        began = time.thread_time_ns()
        self.feed.observe(input_, outcome, 0.0)
        took = time.thread_time_ns() - began
        pops = any(isinstance(effect, Pop) for effect in outcome.effects)
        (self.popped_ns if pops else self.observed_ns).append(took)
        if self.compares and len(self.observed_ns) % STEPS_BETWEEN == 0:
            began = time.thread_time_ns()
            self.feed.compare()
            self.compared_ns.append(time.thread_time_ns() - began)
        return outcome

    def forget(self) -> None:
        super().forget()
        for times in (self.observed_ns, self.popped_ns, self.compared_ns):
            times.clear()


async def _measured(advisors: int) -> list[Figure]:
    life = Watched(organisation(advisors), Regime.BUSY)
    life.open()
    life.queue_up()
    life.live(WARM_UP)
    life.forget()
    life.live(DECISIONS)
    unheard = mean(life.observed_ns) / 1000
    listening = life.feed.events()
    began = time.thread_time_ns()
    state = await anext(listening)
    told_ns = time.thread_time_ns() - began
    life.forget()
    life.compares = True
    life.live(DECISIONS)
    told = f"{advisors:,} advisors, all busy"

    def figures() -> Iterator[Figure]:
        yield Figure(f"feed_unheard_us_{advisors}", unheard, "µs", f"a step observed, nobody listens; {told}")
        yield Figure(
            f"feed_observe_us_{advisors}", mean(life.observed_ns) / 1000, "µs", f"a step observed, one listens; {told}"
        )
        yield Figure(f"feed_pop_us_{advisors}", mean(life.popped_ns) / 1000, "µs", f"a step with a pop; {told}")
        yield Figure(
            f"feed_compare_us_{advisors}", mean(life.compared_ns) / 1000, "µs",
            f"the banner compared and what changed told, at most 20 times a second; {told}",
        )  # fmt: skip
        yield Figure(
            f"feed_compare_p99_us_{advisors}", percentile(life.compared_ns, 0.99) / 1000, "µs", f"its p99; {told}"
        )
        yield Figure(
            f"feed_state_ms_{advisors}", told_ns / 1e6, "ms",
            f"everything told to one who begins to listen, {len(state) / 1024:.0f} KiB; {told}",
        )  # fmt: skip

    return list(figures())


def measure() -> list[Figure]:
    return [figure for advisors in SIZES for figure in asyncio.run(_measured(advisors))]


def main() -> None:
    for figure in measure():
        print(f"{figure.key:28} {figure.value:10.1f} {figure.unit:3} {figure.meaning}")


if __name__ == "__main__":
    main()
