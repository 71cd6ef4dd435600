"""What Prometheus may know: counts and times, never a person. Each help text gives the formula or the unit."""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from cti_router.core.configuration import SiteId
from cti_router.core.effects import Noticed, NotPlayed, Nudge, Remember, StepOutcome
from cti_router.core.inputs import Ask, Input

_STEP_BUCKETS = (0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05)
_WAIT_BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 1200)


@dataclass(frozen=True, slots=True)
class _Count(Collector):
    name: str
    help_: str
    read: Callable[[], float]

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(self.name, self.help_, self.read())


@dataclass(frozen=True, slots=True)
class _Table(Collector):
    name: str
    help_: str
    labels: tuple[str, ...]
    read: Callable[[], Mapping[tuple[str, ...], float]]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        family = GaugeMetricFamily(self.name, self.help_, labels=self.labels)
        for values, value in self.read().items():
            family.add_metric(values, value)
        yield family


class _StepTimes(Collector):
    """A histogram by kind of input. Each step writes it: prometheus_client's own, with its locks, would cost a tenth of
    what the step does."""

    def __init__(self, name: str, help_: str) -> None:
        self._name, self._help = name, help_
        self._counts: dict[type[Input], list[int]] = {}
        self._sums_s: dict[type[Input], float] = {}

    def observe(self, kind: type[Input], took_s: float) -> None:
        counts = self._counts.get(kind)
        if counts is None:
            counts, self._sums_s[kind] = [0] * (len(_STEP_BUCKETS) + 1), 0.0
            self._counts[kind] = counts
        counts[bisect_left(_STEP_BUCKETS, took_s)] += 1
        self._sums_s[kind] += took_s

    def collect(self) -> Iterator[HistogramMetricFamily]:
        family = HistogramMetricFamily(self._name, self._help, labels=("input",))
        bounds = [*map(str, _STEP_BUCKETS), "+Inf"]
        for kind, counts in self._counts.items():
            buckets = list(zip(bounds, accumulate(counts), strict=True))
            family.add_metric((kind.__name__,), buckets, self._sums_s[kind])
        yield family


class Metrics:
    """Observes the steps of one switchboard; the gauges are read when Prometheus asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = self._counter("cti_calls_total", "Calls ended.", ("outcome", "profile", "entry_site"))
        self._known = self._counter(
            "cti_identified_total", "Calls ended, by how surely it was known who called.", ("recognition",)
        )
        self._asks = self._counter("cti_asks_total", "Asks answered, by the PBX that asked.", ("site",))
        self._missed = self._counter(
            "cti_missed_asks_total", "Asks without an answer, as the PBXs counted them.", ("site",)
        )
        self._nudges = self._counter("cti_nudges_total", "Redirects sent to waiting callers, by PBX.", ("site",))
        self._prompts_failed = self._counter(
            "cti_prompts_failed_total", "Sounds that could not be played: missing or broken files, by PBX.", ("site",)
        )
        self._noticed = self._counter("cti_noticed_total", "What should not have happened, by kind.", ("what",))
        self._reloads = self._counter("cti_reloads_total", "Configurations read again, taken or refused.", ("result",))
        self._steps = _StepTimes("cti_step_seconds", "Time of one step of the switchboard, in seconds.")
        self.registry.register(self._steps)
        self._waits = Histogram(
            "cti_wait_seconds", "Wait of ended calls, from arrival to answer or end, in seconds.", ("outcome",),
            buckets=_WAIT_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._configuration = Info("cti_configuration", "The configuration in force.", registry=self.registry)

    def configured(self, version: str) -> None:
        self._configuration.info({"version": version})

    def reloaded(self, taken: bool) -> None:
        self._reloads.labels("taken" if taken else "refused").inc()

    def watch(self, name: str, help_: str, read: Callable[[], float]) -> None:
        """A gauge that is read when Prometheus asks."""
        Gauge(name, help_, registry=self.registry).set_function(read)

    def count(self, name: str, help_: str, read: Callable[[], float]) -> None:
        """A counter that is kept elsewhere, and read when Prometheus asks."""
        self.registry.register(_Count(name, help_, read))

    def watch_table(
        self, name: str, help_: str, labels: tuple[str, ...], read: Callable[[], Mapping[tuple[str, ...], float]]
    ) -> None:
        """A gauge for each row that there is when Prometheus asks, by the values of its labels."""
        self.registry.register(_Table(name, help_, labels, read))

    def watch_sites(self, name: str, help_: str, reads: Mapping[SiteId, Callable[[], float]]) -> None:
        gauge = Gauge(name, help_, ("site",), registry=self.registry)
        for site, read in reads.items():
            gauge.labels(site).set_function(read)

    def observe(self, input_: Input, outcome: StepOutcome, took_s: float) -> None:
        self._steps.observe(type(input_), took_s)
        if isinstance(input_, Ask):
            self._asks.labels(input_.site).inc()
            if input_.missed:
                self._missed.labels(input_.site).inc(input_.missed)
        for effect in outcome.effects:
            match effect:
                case Nudge(site=site):
                    self._nudges.labels(site).inc()
                case Remember(record=record) if record.outcome is not None:
                    self._calls.labels(record.outcome, record.profile or "", record.entry_site).inc()
                    self._known.labels(record.recognition or "not_sought").inc()
                    self._waits.labels(record.outcome).observe(record.waited_s)
                case NotPlayed(site=site, sounds=sounds):
                    self._prompts_failed.labels(site).inc(len(sounds))
                case Noticed(what=what):
                    self._noticed.labels(what).inc()

    def exposition(self) -> bytes:
        """The text Prometheus scrapes."""
        return generate_latest(self.registry)

    def _counter(self, name: str, help_: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)
