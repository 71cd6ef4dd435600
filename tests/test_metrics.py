"""What Prometheus is told: every input and effect counted once, nobody named."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cti_router.core.certainty import Recognition
from cti_router.core.effects import (
    Decided,
    Effect,
    LookUp,
    Noticed,
    NotPlayed,
    Nudge,
    PresenceChanged,
    Remember,
    StepOutcome,
)
from cti_router.core.history import CallRecord, Outcome
from cti_router.core.identity import Cli
from cti_router.core.inputs import Ask, Input, Last, Tick
from cti_router.core.ledger.decision import Decision
from cti_router.metrics import Metrics
from tests.core.board import Board

CLI = "0261910101"
ASK = Ask("c1", "caen", "PJSIP/c1", 1, Last.ARRIVED, Cli(CLI, 33261910101), "33261910001")
OPENED = CallRecord("c1", 100.0, CLI, "33261910001", "caen", profile="employer")
ENDED = CallRecord(
    "c1", 100.0, CLI, "33261910001", "caen", profile="employer", waited_s=7.0, outcome=Outcome.ANSWERED, ended_at=110.0
)  # fmt: skip


def samples(metrics: Metrics) -> dict[tuple[str, tuple[str, ...]], float]:
    """Every sample by its name and the values of its labels, in the order of the labels' names."""
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(metrics.exposition().decode())
        for sample in family.samples
    }


def _observed(input_: Input, *effects: Effect) -> dict[tuple[str, tuple[str, ...]], float]:
    metrics = Metrics()
    metrics.observe(input_, StepOutcome(None, effects), 0.0002)
    return samples(metrics)


def test_every_step_is_timed_by_its_kind() -> None:
    found = _observed(Tick())
    assert found["cti_step_seconds_count", ("Tick",)] == 1
    assert found["cti_step_seconds_sum", ("Tick",)] == pytest.approx(0.0002)
    assert found["cti_step_seconds_bucket", ("Tick", "0.0001")] == 0
    assert found["cti_step_seconds_bucket", ("Tick", "0.00025")] == 1


def test_an_ask_counts_at_its_site() -> None:
    assert _observed(ASK)["cti_asks_total", ("caen",)] == 1


def test_the_asks_a_pbx_missed_are_counted_as_it_tells() -> None:
    found = _observed(Ask("c1", "caen", "PJSIP/c1", 4, Last.WAITED, Cli("", None), "", missed=3))
    assert found["cti_missed_asks_total", ("caen",)] == 3
    assert ("cti_missed_asks_total", ("caen",)) not in _observed(ASK)


@pytest.mark.parametrize(
    ("effect", "sample"),
    [
        (Nudge("c1", "rouen", "PJSIP/c1"), ("cti_nudges_total", ("rouen",))),
        (NotPlayed("c1", "rouen", ("cti/welcome",)), ("cti_prompts_failed_total", ("rouen",))),
        (Noticed("offer_lost", "c1-1-1"), ("cti_noticed_total", ("offer_lost",))),
        (Remember(ENDED), ("cti_calls_total", ("caen", "answered", "employer"))),
        (Remember(ENDED), ("cti_wait_seconds_count", ("answered",))),
        (Remember(ENDED), ("cti_identified_total", ("not_sought",))),
        (Remember(replace(ENDED, recognition=Recognition.KEYED)), ("cti_identified_total", ("keyed",))),
    ],
)
def test_an_effect_counts_once(effect: Effect, sample: tuple[str, tuple[str, ...]]) -> None:
    assert _observed(Tick(), effect)[sample] == 1
    assert _observed(Tick(), effect, effect)[sample] == 2


def test_the_wait_of_an_ended_call_is_in_seconds() -> None:
    found = _observed(Tick(), Remember(ENDED))
    assert found["cti_wait_seconds_sum", ("answered",)] == 7.0
    assert found["cti_wait_seconds_bucket", ("5.0", "answered")] == 0
    assert found["cti_wait_seconds_bucket", ("10.0", "answered")] == 1


@pytest.mark.parametrize(
    "effect", [Remember(OPENED), LookUp("c1", 33261910101), Decided("c1", Decision(0.0, 1, "offered", "v1", ()))]
)
def test_what_is_under_way_is_not_counted_yet(effect: Effect) -> None:
    assert {name for name, _ in _observed(Tick(), effect)} == {name for name, _ in _observed(Tick())}


def test_gauges_are_read_when_prometheus_asks() -> None:
    metrics, waiting = Metrics(), [1.0]
    metrics.configured("abc123")
    metrics.watch("cti_waiting_calls", "Callers waiting now.", lambda: waiting[0])
    metrics.watch_sites("cti_pbx_link_up", "1 while up.", {"caen": lambda: True, "rouen": lambda: False})
    waiting[0] = 4.0
    found = samples(metrics)
    assert found["cti_waiting_calls", ()] == 4.0
    assert (found["cti_pbx_link_up", ("caen",)], found["cti_pbx_link_up", ("rouen",)]) == (1.0, 0.0)
    assert found["cti_configuration_info", ("abc123",)] == 1.0


def test_what_is_counted_elsewhere_is_read_when_it_is_asked_for() -> None:
    metrics, counts = Metrics(), iter((0, 2))
    metrics.count("cti_inversions_total", "Offers.", lambda: next(counts))
    assert [samples(metrics)["cti_inversions_total", ()] for _ in range(2)] == [0, 2]


def test_every_family_says_what_it_is() -> None:
    for family in text_string_to_metric_families(Metrics().exposition().decode()):
        assert family.documentation.endswith("."), family.name
        assert family.name.startswith("cti_")


def test_a_whole_call_leaves_no_number_and_no_name_in_any_label() -> None:
    board, metrics = Board().open("rose"), Metrics()

    def watched(input_: Input, now: float) -> StepOutcome:
        outcome = step(input_, now)
        metrics.observe(input_, outcome, 0.0001)
        return outcome

    step = board.switchboard.step
    board.switchboard.step = watched  # type: ignore[method-assign]
    board.arrive("c1", cli=CLI)
    board.talk("c1", "rose")
    board.end_talk("c1", "rose")
    board.hang_up("c1")
    board.ask("c2", Last.ARRIVED, dnis="0800123456", cli=Cli("0699887766", 33699887766))
    board.hang_up("c2")
    text = metrics.exposition().decode()
    assert samples(metrics)["cti_calls_total", ("caen", "answered", "employer")] == 1
    assert samples(metrics)["cti_calls_total", ("caen", "unknown_number", "")] == 1
    # The call's, the contributor's, the number dialled, the call and the advisor.
    for personal in (CLI, "33261910101", "0699887766", "0800123456", "33261910001", "c1", "rose", "Rose", "Dupont"):
        assert personal not in text


def test_what_a_person_does_is_counted_without_him() -> None:
    board, metrics = Board().open("rose"), Metrics()
    board.present("remi")
    (changed,) = [effect for effect in board.effects if isinstance(effect, PresenceChanged)]
    metrics.observe(Tick(), StepOutcome(None, (changed,)), 0.0001)
    assert "remi" not in metrics.exposition().decode()
