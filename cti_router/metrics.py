"""What Prometheus may know: counts and times, never a person. Each help text gives the formula or the unit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from cti_router.core.configuration import SiteId
from cti_router.core.effects import Noticed, Nudge, Remember, StepOutcome
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


class Metrics:
    """Observes the steps of one switchboard; the gauges are read when Prometheus asks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._calls = self._counter("cti_calls_total", "Calls ended.", ("outcome", "profile", "entry_site"))
        self._asks = self._counter("cti_asks_total", "Asks answered, by the PBX that asked.", ("site",))
        self._missed = self._counter(
            "cti_missed_asks_total", "Asks without an answer, as the PBXs counted them.", ("site",)
        )
        self._nudges = self._counter("cti_nudges_total", "Redirects sent to waiting callers, by PBX.", ("site",))
        self._noticed = self._counter("cti_noticed_total", "What should not have happened, by kind.", ("what",))
        self._reloads = self._counter("cti_reloads_total", "Configurations read again, taken or refused.", ("result",))
        self._steps = Histogram(
            "cti_step_seconds", "Time of one step of the switchboard, in seconds.", ("input",),
            buckets=_STEP_BUCKETS, registry=self.registry,
        )  # fmt: skip
        self._steps_of: dict[type[Input], Histogram] = {}
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
        kind = type(input_)
        if (steps := self._steps_of.get(kind)) is None:
            steps = self._steps_of[kind] = self._steps.labels(kind.__name__)
        steps.observe(took_s)
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
                    self._waits.labels(record.outcome).observe(record.waited_s)
                case Noticed(what=what):
                    self._noticed.labels(what).inc()

    def exposition(self) -> bytes:
        """The text Prometheus scrapes."""
        return generate_latest(self.registry)

    def _counter(self, name: str, help_: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, help_, labels, registry=self.registry)
