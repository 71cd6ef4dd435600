"""The core bench measures what it says: its organisation, its regimes, and references that choose alike."""

import pytest

from cti_router.core.matching.kinds import Kinds
from tests.bench import organisation, references, weight
from tests.bench.life import Life, Regime


@pytest.mark.parametrize("advisors", [36, 1000])
def test_the_organisation_is_what_it_says(advisors: int) -> None:
    configuration = organisation.organisation(advisors)
    assert len(configuration.advisors) == advisors
    assert len(configuration.skills) == 50
    assert {skill for who in configuration.advisors.values() for skill in who.skills} <= set(configuration.skills)
    assert len({profile.bonus_s for profile in configuration.profiles.values()}) == 3
    assert len(Kinds.of(configuration).all) == min(advisors, 500)


@pytest.mark.parametrize(("regime", "ready", "waiting"), [(Regime.IDLE, 100, 0), (Regime.BUSY, 0, 100)])
def test_a_regime_begins_with_so_many_idle_or_waiting(regime: Regime, ready: int, waiting: int) -> None:
    life = Life(organisation.organisation(1000), regime)
    life.open()
    life.queue_up()
    board = life.switchboard
    assert sum(state.ready(life.now) for state in board.roster.states.values()) == ready
    assert len(board.matching.waiting()) == waiting


@pytest.mark.parametrize("regime", list(Regime))
def test_a_life_goes_on_until_so_much_is_decided(regime: Regime) -> None:
    life = Life(organisation.organisation(200), regime)
    life.open()
    life.queue_up()
    life.live(300)
    assert life.decisions >= 300
    offers = [ticket.offers_made for call in life.switchboard.calls.values() for ticket in call.live_tickets()]
    assert sum(offers) >= 30
    assert life.switchboard.matching.inversions == 0


def test_both_references_choose_the_longest_idle_who_may() -> None:
    configuration = organisation.organisation(1000)
    ready = references.some_ready(configuration, 0.1)
    scan = references.LinearScan(configuration.advisors.values(), ready)
    join = references.PolledJoin(configuration.advisors.values(), ready)
    chosen = [scan.choose(profile) for profile in configuration.profiles.values()]
    assert chosen == [join.choose(profile) for profile in configuration.profiles.values()]
    assert len(set(chosen)) > 10


def test_a_weight_counts_everything_once_and_not_what_is_others() -> None:
    shared, text = ["x" * 1000], "y" * 1000
    assert 2000 < weight.bytes_of([shared, shared, text]) < 2500
    assert 1000 < weight.bytes_of([shared, shared, text], without=shared) < 1500
