"""Callers and their chances: the means they are given, and loads that are what they say."""

from dataclasses import replace
from itertools import islice
from random import Random
from statistics import fmean, stdev

import pytest

from cti_router.sim.agenda import Agenda
from cti_router.sim.load import calls_per_hour, fitting_mix
from cti_router.sim.people import People, callers
from cti_router.sim.spans import Exponential, Fixed, LogNormal, Span
from tests.sim.organisation import six_sites

PEOPLE = People(
    per_hour=120.0, dnis=1, profiles={"a": 3.0, "b": 1.0}, entry_sites={"caen": 1.0}, talk=Fixed(200.0),
    pick_up=Fixed(10.0), ignored=0.25,
)  # fmt: skip


@pytest.mark.parametrize(
    ("span", "mean_s", "deviation_s"),
    [(Fixed(4.0), 4.0, 0.0), (Exponential(240.0), 240.0, 240.0), (LogNormal(240.0, 0.5), 240.0, 120.0)],
)
def test_a_span_has_its_mean_and_spread(span: Span, mean_s: float, deviation_s: float) -> None:
    chance = Random(1)
    drawn = [span.draw(chance) for _ in range(20_000)]
    assert fmean(drawn) == pytest.approx(mean_s, rel=0.03)
    assert stdev(drawn) == pytest.approx(deviation_s, rel=0.05)


def test_callers_come_at_their_rate_with_their_shares() -> None:
    came = list(islice(callers(PEOPLE, seed=1), 10_000))
    assert fmean(caller.after_s for caller in came) == pytest.approx(30.0, rel=0.03)
    assert fmean(caller.profile == "a" for caller in came) == pytest.approx(0.75, abs=0.02)
    assert fmean(caller.ignored for caller in came) == pytest.approx(1 / 3, abs=0.03)
    assert len({caller.id for caller in came}) == len(came)


def test_a_caller_keeps_his_chances_when_more_call() -> None:
    few, many = (next(callers(replace(PEOPLE, per_hour=rate), seed=1)) for rate in (60.0, 120.0))
    assert few.after_s == 2 * many.after_s
    assert replace(few, after_s=0.0) == replace(many, after_s=0.0)


def test_full_load_is_every_advisor_s_whole_time() -> None:
    # 36 advisors; 10 s ring + 200 s talk + 30 s wrap-up: 15 calls an hour each.
    assert calls_per_hour(six_sites(wrap_up_s=30.0), PEOPLE, load=1.0) == pytest.approx(540.0)
    assert calls_per_hour(six_sites(wrap_up_s=30.0), PEOPLE, load=0.5) == pytest.approx(270.0)


def test_the_fitting_mix_divides_each_advisor_s_time_among_those_he_can_answer() -> None:
    configuration = six_sites()
    one = configuration.advisors["caen_0"]  # employers 5, self-employed 3: and anybody unknown
    assert fitting_mix(replace(configuration, advisors={one.id: one})) == pytest.approx(
        {"unknown": 1 / 3, "employer": 1 / 3, "self_employed": 1 / 3}
    )
    assert sum(fitting_mix(configuration).values()) == pytest.approx(36.0)


def test_the_agenda_keeps_time_and_the_order_of_ties() -> None:
    agenda, done = Agenda(100.0), list[tuple[float, str]]()

    def do(what: str) -> None:
        done.append((agenda.now, what))

    agenda.after(2.0, do, "late")
    agenda.after(1.0, do, "first")
    agenda.after(1.0, do, "second")
    while agenda.next_at() is not None:
        agenda.run_next()
    assert done == [(101.0, "first"), (101.0, "second"), (102.0, "late")]
