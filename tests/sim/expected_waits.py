"""What was told of each wait of a simulated day, held against what became of it: told from outside.

python -m tests.sim.expected_waits      prints the figures of days at several loads
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from cti_router.core.configuration import Configuration, Reach, Step
from cti_router.core.effects import Remember, StepOutcome
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import CallId, Instant
from cti_router.core.inputs import Input
from cti_router.core.switchboard import Switchboard
from cti_router.core.tickets.estimate import Silence, Told, WaitClass
from cti_router.sim.day import simulate
from cti_router.sim.figures import DayFigures, figures
from cti_router.sim.load import calls_per_hour, fitting_mix
from cti_router.sim.people import PATIENCE, TALK, People
from cti_router.sim.spans import Exponential, Span
from tests.sim.organisation import DNIS, MONDAY, WIDENING, six_sites

WARM_UP_S = 3600.0
AT_ONCE = (Step(0.0, Reach.ALL),)
BY_NEED = (Step(0.0, Reach.DUTY), Step(None, Reach.ALL, expected_over_s=60.0))


@dataclass(frozen=True)
class Wait:
    """One wait that was judged. `silent`: why the class did not speak when it began."""

    told: Told
    silent: Silence | None
    waited_s: float
    answered: bool

    @property
    def verdict(self) -> str:
        """hit, low (shorter than the lower bound), high (longer than the upper one), or censored."""
        if self.waited_s > math.ceil(self.told.estimate.p90_s):
            return "high"
        if not self.answered:
            return "censored"
        return "low" if self.waited_s < math.floor(self.told.estimate.p10_s) else "hit"


@dataclass
class Listener:
    """A witness who hears what is told, and reads in the history what came of it."""

    switchboard: Switchboard
    waits: list[Wait] = field(default_factory=list)
    _told: dict[CallId, tuple[Told, Silence | None]] = field(default_factory=dict)

    def __call__(self, _now: Instant, _input: Input, outcome: StepOutcome) -> None:
        for call in self.switchboard.calls.values():
            told = call.ticket.told
            if told is not None and call.id not in self._told:
                self._told[call.id] = told, self.switchboard.expected.silence(told.of)
        for effect in outcome.effects:
            if isinstance(effect, Remember) and effect.record.outcome is not None:
                self._ended(effect.record)

    def _ended(self, row: CallRecord) -> None:
        if row.id in self._told:
            told, silent = self._told.pop(row.id)
            waited_s = row.arrived_at + row.waited_s - told.at
            self.waits.append(Wait(told, silent, waited_s, row.outcome is Outcome.ANSWERED))


@dataclass(frozen=True)
class Judged:
    """A class's waits of a day, after the first hour."""

    of: WaitClass
    verdicts: Counter[str]
    silent: int

    @property
    def n(self) -> int:
        return self.verdicts["hit"] + self.verdicts["low"] + self.verdicts["high"]

    @property
    def hit_rate(self) -> float:
        return self.verdicts["hit"] / self.n if self.n else 0.0

    def __str__(self) -> str:
        low, high, all_ = self.verdicts["low"], self.verdicts["high"], self.n + self.verdicts["censored"]
        return (
            f"{'/'.join(self.of):24} {all_:5} waits  hit {self.hit_rate:4.0%}  under P10 {low / max(1, self.n):4.0%}  "
            f"over P90 {high / max(1, self.n):4.0%}  gave up before {self.verdicts['censored']:4}  "
            f"silent {self.silent / max(1, all_):4.0%}"
        )


def listen(
    configuration: Configuration, load: float, seed: int, hours: float, *, talk: Span = TALK, patience: Span = PATIENCE
) -> tuple[list[Wait], DayFigures]:
    """The waits that began after the first hour of a day from 03:00 on; one offer in twenty rings in vain."""
    people = People(
        0.0, DNIS, fitting_mix(configuration), dict.fromkeys(configuration.sites, 1.0),
        pick_up=Exponential(6.0), ignored=0.05, talk=talk, patience=patience,
    )  # fmt: skip
    people = replace(people, per_hour=calls_per_hour(configuration, people, load))
    listener = Listener(switchboard := Switchboard(configuration))
    day = simulate(
        configuration, people, seed=seed, from_at=MONDAY + 3 * 3600, for_s=hours * 3600,
        witness=listener, switchboard=switchboard,
    )  # fmt: skip
    waits = [wait for wait in listener.waits if wait.told.at >= day.from_at + WARM_UP_S]
    return waits, figures(day, configuration, warm_up_s=WARM_UP_S)


def by_class(waits: Sequence[Wait]) -> Iterator[Judged]:
    verdicts: dict[WaitClass, Counter[str]] = defaultdict(Counter)
    silent: Counter[WaitClass] = Counter()
    for wait in waits:
        verdicts[wait.told.of][wait.verdict] += 1
        silent[wait.told.of] += wait.silent is not None
    for of in sorted(verdicts):
        yield Judged(of, verdicts[of], silent[of])


def no_lines() -> Configuration:
    """No trunk between the sites: most advisors who are counted on cannot be reached."""
    return replace(six_sites(AT_ONCE), trunks={})


def main() -> None:
    plans = {
        "all sites at once": six_sites(AT_ONCE),
        "duty, backups after 20 s, all after 60 s": six_sites(WIDENING),
        "duty, all when over 60 s is expected": six_sites(BY_NEED),
        "no lines between the sites": no_lines(),
    }
    for name, configuration in plans.items():
        for load in (0.7, 0.85, 0.95, 1.1):
            waits: list[Wait] = []
            days: list[DayFigures] = []
            for seed in range(3):
                more, day = listen(configuration, load, seed, hours=8.0)
                waits += more
                days.append(day)
            print(
                f"{name}, {load:.0%} load: within 20 s {fmean(day.service_level for day in days):.0%}, "
                f"ASA {fmean(day.asa_s for day in days):.0f} s, abandoned {fmean(day.abandonment for day in days):.0%}"
            )
            for judged in by_class(waits):
                print(f"  {judged}", flush=True)


if __name__ == "__main__":
    main()
