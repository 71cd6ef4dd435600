"""The core alone: what a decision costs, ledger included and no I/O, as the organisation grows.

A decision is one input that ends in a match attempt: what is timed is the whole of `switchboard.step(input, now)` of
each step in which the matching was asked for an advisor or for a ticket, from the ask, the directory's reply, the
phone or the deadline to the tuple of effects, by the clock on the wall (`time.perf_counter_ns`). Nothing else is: not
what the callers, phones and dialplans of `life.py` do, nor steps in which nobody was looked for. The garbage collector
is set as the router sets it. Beside each figure stands the same by the processor time of the thread, for machines that
are not quiet. Alone: `python -m tests.bench.core`.
"""

import gc
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from statistics import mean
from typing import Any, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from cti_router.compiled import is_compiled
from cti_router.core.configuration import Configuration
from cti_router.core.inputs import Configure
from cti_router.core.prepared import prepared
from cti_router.core.serving.clerk import Clerk
from cti_router.garbage import collect_seldom
from tests.bench import references, report
from tests.bench.figures import percentile
from tests.bench.life import IDLE_SHARE, Life, Regime
from tests.bench.organisation import organisation
from tests.bench.report import Figure
from tests.bench.weight import bytes_of

SIZES = (36, 1_000, 10_000, 100_000)
WARM_UP, DECISIONS = 2_000, 8_000
LEDGER_ADVISORS, LEDGER_ROUNDS, LEDGER_DECISIONS = 10_000, 10, 400
CHOICES = 150
"""So many choices of each reference are timed, fewer where one takes long."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What each decision took, in microseconds: by the clock on the wall, and of a processor."""

    took: list[float]
    worked: list[float]


Costs: TypeAlias = dict[tuple[int, Regime], Cost]
"""By advisors and regime."""


def bench(console: Console) -> list[Figure]:
    with Progress(
        TextColumn("{task.description:32}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as progress:
        task = progress.add_task("", total=3 * len(SIZES) + 1)
        costs: Costs = {}
        reloads: list[Figure] = []
        beside: list[Figure] = []
        weights: list[Figure] = []
        for advisors in SIZES:
            configuration = organisation(advisors)
            for regime in Regime:
                progress.update(task, description=f"core: {advisors} advisors, {regime}")
                life, weights = _grown(configuration, regime)
                costs[advisors, regime] = _costs(life)
                reloads += _reload(life, organisation(advisors), regime)
                progress.advance(task)
            progress.update(task, description=f"core: {advisors} advisors, as others do")
            beside += _references(configuration)
            progress.advance(task)
        progress.update(task, description="core: the ledger's share")
        shares = list(_ledger_shares(organisation(LEDGER_ADVISORS)))
        progress.advance(task)
    compiled = Figure("core_compiled", float(is_compiled()), "", "1: the compiled core was measured, 0: its sources")
    return [compiled, *_decisions(costs), *weights, *shares, *reloads, *beside]


def _grown(configuration: Configuration, regime: Regime) -> tuple[Life, list[Figure]]:
    """A life about to begin, and what its advisors and those who wait weigh."""
    life = Life(configuration, regime)
    life.open()
    switchboard = life.switchboard
    before = bytes_of(switchboard, without=configuration)
    life.queue_up()
    waiting = len(switchboard.matching.waiting())
    after = bytes_of(switchboard, without=configuration)
    each = (after - before) / waiting if waiting else math.nan
    return life, [
        Figure("core_bytes_per_waiting_call", each, "B", f"what {waiting} waiting calls add to the switchboard, each"),
        Figure(
            "core_bytes_per_advisor", before / len(configuration.advisors), "B",
            f"the switchboard, nobody waiting, by {len(configuration.advisors)} advisors; their settings apart",
        ),
    ]  # fmt: skip


def _costs(life: Life) -> Cost:
    with _settled():
        life.live(WARM_UP)
        life.forget()
        life.live(DECISIONS)
    return Cost(_in_us(life.took_ns), _in_us(life.worked_ns))


def _reload(life: Life, following: Configuration, regime: Regime) -> Iterator[Figure]:
    """Another configuration of the same organisation: prepared beside the router's work, taken over in one step."""
    began = time.perf_counter()
    kinds = prepared(following)
    made_at = time.perf_counter()
    life.switchboard.step(Configure(following, kinds), life.now)
    taken_at = time.perf_counter()
    told = f"{len(following.advisors):,} advisors, {_REGIMES[regime]}"
    key = f"{len(following.advisors)}_{regime}"
    yield Figure(f"core_prepare_ms_{key}", 1000 * (made_at - began), "ms", f"to prepare a new configuration; {told}")
    yield Figure(f"core_configure_ms_{key}", 1000 * (taken_at - made_at), "ms", f"the step that takes it over; {told}")


def _in_us(by_input: dict[str, list[int]]) -> list[float]:
    return [nanoseconds / 1000 for nanoseconds in chain.from_iterable(by_input.values())]


@contextmanager
def _settled() -> Iterator[None]:
    """The garbage collector is set as the router sets it, once it has started."""
    former = gc.get_threshold()
    collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*former)
        gc.unfreeze()


def _decisions(costs: Costs) -> Iterator[Figure]:
    """Each figure is that of the dearer regime; both follow."""
    for name, meaning, of in (
        ("p99", "99 in 100 decisions take no longer; {} advisors", lambda cost: percentile(cost.took, 0.99)),
        ("mean", "a decision takes on average; {} advisors", lambda cost: mean(cost.took)),
        ("p99_cpu", "the same p99 by processor time; {} advisors", lambda cost: percentile(cost.worked, 0.99)),
        ("mean_cpu", "the same mean by processor time; {} advisors", lambda cost: mean(cost.worked)),
    ):
        for advisors in SIZES:
            by_regime = {regime: of(costs[advisors, regime]) for regime in Regime}
            key, told = f"core_decision_{name}_us_{advisors}", meaning.format(f"{advisors:,}")
            yield Figure(key, max(by_regime.values()), "µs", f"{told}, the dearer regime")
            for regime, value in by_regime.items():
                yield Figure(f"{key}_{regime}", value, "µs", f"{told}, {_REGIMES[regime]}")
    exponent = max(
        math.log(mean(costs[100_000, regime].took) / mean(costs[1_000, regime].took)) / math.log(100)
        for regime in Regime
    )
    yield Figure(
        "core_growth_exponent", exponent, "", "mean cost ~ advisors^this, from 1,000 to 100,000; dearer regime"
    )


_REGIMES = {
    Regime.IDLE: "one in ten idle",
    Regime.BUSY: "all busy, a tenth as many waiting",
}


def _ledger_shares(configuration: Configuration) -> Iterator[Figure]:
    shares = {regime: _ledger_share(configuration, regime) for regime in Regime}
    told = f"how much of a decision is the ledger, with its clerk and without; {len(configuration.advisors):,} advisors"
    yield Figure("core_ledger_share", max(shares.values()), "of 1", f"{told}, the dearer regime")
    for regime, share in shares.items():
        yield Figure(f"core_ledger_share_{regime}", share, "of 1", f"{told}, {_REGIMES[regime]}")


def _ledger_share(configuration: Configuration, regime: Regime) -> float:
    """Two switchboards live the same life by turns, one of them without its clerk."""
    with_, without = Life(configuration, regime), Life(configuration, regime)
    _silence(without)
    for life in (with_, without):
        life.open()
        life.queue_up()
        life.live(WARM_UP)
        life.forget()
    with _settled():
        for _ in range(LEDGER_ROUNDS):
            for life in (with_, without):
                life.live(LEDGER_DECISIONS)
    means = [mean(chain.from_iterable(life.worked_ns.values())) for life in (with_, without)]
    return 1 - means[1] / means[0]


class _SilentClerk(Clerk):
    """Writes nothing down of the decisions that a life's calls come to."""

    def offered(self, *_: Any) -> None: ...

    def waits(self, *_: Any) -> None: ...

    def ended(self, *_: Any) -> None: ...


def _silence(life: Life) -> None:
    """Whoever has the clerk has one who is silent."""
    board = life.switchboard
    clerk, silent = board._clerk, _SilentClerk(board.configuration, board.matching, board.roster)
    for holder in gc.get_referrers(clerk):
        if isinstance(holder, dict) and holder.get("_clerk") is clerk:
            holder["_clerk"] = silent
        elif getattr(holder, "_clerk", None) is clerk:
            holder._clerk = silent


def _references(configuration: Configuration) -> Iterator[Figure]:
    advisors = len(configuration.advisors)
    ready = references.some_ready(configuration, IDLE_SHARE)
    profiles = list(configuration.profiles.values())[: max(10, min(CHOICES, 1_500_000 // advisors))]
    scan = references.LinearScan(configuration.advisors.values(), ready)
    join = references.PolledJoin(configuration.advisors.values(), ready)
    of = f"{advisors:,} advisors, one in ten idle"
    yield Figure(
        f"core_linear_scan_mean_us_{advisors}", references.mean_us(scan.choose, profiles), "µs",
        f"one choice by a scan over the members, as app_queue does; {of}",
    )  # fmt: skip
    joined_us = references.mean_us(join.choose, profiles)
    yield Figure(f"core_sql_join_mean_us_{advisors}", joined_us, "µs", f"one choice by a join in SQL; {of}")
    yield Figure(
        f"core_sql_polled_mean_us_{advisors}", joined_us + references.POLL_S / 2 * 1e6, "µs",
        f"the same with the wait for the next look, every {1000 * references.POLL_S:.0f} ms, as mod_callcenter does",
    )  # fmt: skip


def main() -> None:
    console = Console()
    found = bench(console)
    report.write(found)
    console.print(report.table(found))
    console.print(f"written to {report.RESULT}")


if __name__ == "__main__":
    main()
