"""Which plan a call gets: the first rule of its number that holds."""

from dataclasses import replace
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Condition,
    Configuration,
    DueDate,
    Hours,
    Motive,
    PlanRule,
    Requirement,
    Step,
)
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Configure, Last
from cti_router.core.instructions import Dial, Wait
from cti_router.core.plans.plan import requirements_of
from cti_router.core.tickets.plan_choice import Circumstances, choose_plan
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, at

DNIS = 33261910001
MONDAY = at("2026-11-23 09:00")
WEEKDAYS = frozenset(range(5))
CALLER = Circumstances("employer", None, Recognition.RECOGNISED, Verified.UNKNOWN, MONDAY)
DUE = DueDate(
    "due", "Échéance", frozenset(), frozenset((15,)), frozenset(range(1, 13)), frozenset(("employer",)), days_before=1
)
COLLECTIONS = Motive("collections", "Recouvrement", (Requirement("health", 2), Requirement("employers", 2)))


def with_rules(*rules: PlanRule, motive: str | None = None, language: str = "fr") -> Configuration:
    """Plans `at_once` (everybody from the first instant) and `standard`, which is the number's own."""
    standard = CONFIGURATION.plans["standard"]
    at_once = replace(standard, id="at_once", steps=(Step(0.0, ("rouen", "caen")),), ring_s=7.0)
    number = replace(CONFIGURATION.numbers[DNIS], rules=rules, motive=motive, language=language)
    return replace(
        CONFIGURATION,
        plans={"standard": standard, "at_once": at_once},
        numbers={DNIS: number},
        motives={"collections": COLLECTIONS},
        due_dates={"due": DUE},
    )


def chosen(when: Condition, of: Circumstances, **more: str) -> bool:
    configuration = with_rules(PlanRule(when, "at_once"), **more)
    return choose_plan(configuration, configuration.numbers[DNIS], of).plan.id == "at_once"


# what a rule may ask


@pytest.mark.parametrize(
    ("when", "holds", "holds_not"),
    [
        (Condition(profiles=frozenset(("employer",))), {}, {"profile": "health"}),
        (Condition(motives=frozenset(("collections",))), {"motive": "collections"}, {}),
        (
            Condition(recognitions=frozenset((Recognition.UNKNOWN, Recognition.MASKED))),
            {"recognition": Recognition.MASKED},
            {"recognition": Recognition.SEVERAL},
        ),
        (Condition(verified=frozenset((Verified.NO,))), {"verified": Verified.NO}, {"verified": Verified.UNKNOWN}),
        (
            Condition(due=frozenset(("due",))),
            {"arrived_at": at("2026-12-14 09:00")},
            {"arrived_at": at("2026-12-13 09:00")},
        ),
        (
            Condition(due=frozenset(("due",))),
            {"arrived_at": at("2026-12-15 09:00")},
            {"arrived_at": at("2026-12-15 09:00"), "profile": "health"},
        ),
        (
            Condition(hours=(Hours(WEEKDAYS, time(9), time(10)),)),
            {"arrived_at": at("2026-11-23 09:00")},
            {"arrived_at": at("2026-11-23 10:00")},
        ),
        (
            Condition(hours=(Hours(frozenset((1,)), time(9), time(0)),)),
            {"arrived_at": at("2026-11-24 23:59")},
            {"arrived_at": at("2026-11-23 23:59")},
        ),
        # all keys of a rule together
        (
            Condition(profiles=frozenset(("employer",)), recognitions=frozenset((Recognition.RECOGNISED,))),
            {},
            {"recognition": Recognition.SEVERAL},
        ),
    ],
)
def test_what_a_rule_asks(when: Condition, holds: dict[str, object], holds_not: dict[str, object]) -> None:
    assert chosen(when, replace(CALLER, **holds))  # type: ignore[arg-type]
    assert not chosen(when, replace(CALLER, **holds_not))  # type: ignore[arg-type]


def test_the_number_dialled_has_its_own_plan_and_rules() -> None:
    configuration = with_rules(PlanRule(Condition(profiles=frozenset(("employer",))), "at_once"))
    other = replace(configuration.numbers[DNIS], dnis=33261910002, rules=())
    board = Board(replace(configuration, numbers={**configuration.numbers, other.dnis: other})).open()
    board.arrive("c1")
    board.arrive("c2", dnis=str(other.dnis))
    assert [board.call(call).ticket.plan for call in ("c1", "c2")] == ["at_once", "standard"]


def test_the_language_is_the_number_s() -> None:
    when = Condition(languages=frozenset(("en",)))
    assert chosen(when, CALLER, language="en")
    assert not chosen(when, CALLER)


_CONDITIONS = st.builds(
    Condition,
    profiles=st.frozensets(st.sampled_from(sorted(CONFIGURATION.profiles))),
    recognitions=st.frozensets(st.sampled_from(Recognition)),
    verified=st.frozensets(st.sampled_from(Verified)),
)
_CALLERS = st.builds(
    Circumstances,
    profile=st.sampled_from(sorted(CONFIGURATION.profiles)),
    motive=st.none(),
    recognition=st.sampled_from(Recognition),
    verified=st.sampled_from(Verified),
    arrived_at=st.just(MONDAY),
)


@given(st.lists(_CONDITIONS, max_size=4), _CALLERS)
def test_the_first_rule_that_holds_counts_and_else_the_number_s_own_plan(
    conditions: list[Condition], of: Circumstances
) -> None:
    configuration = with_rules(*(PlanRule(when, "at_once") for when in conditions))
    choice = choose_plan(configuration, configuration.numbers[DNIS], of)
    alone = [chosen(when, of) for when in conditions]
    assert choice.number == (alone.index(True) + 1 if True in alone else 0)
    assert choice.plan.id == ("at_once" if True in alone else "standard")


def test_without_a_number_there_is_still_a_plan() -> None:
    assert choose_plan(CONFIGURATION, None, CALLER).plan is CONFIGURATION.plans["standard"]


# motives


def test_a_motive_adds_to_what_the_profile_asks_for_and_the_higher_level_counts() -> None:
    configuration = with_rules()
    assert requirements_of(configuration, "employer", None) == (Requirement("employers", 3),)
    assert requirements_of(configuration, "employer", "collections") == (
        Requirement("employers", 3),
        Requirement("health", 2),
    )
    assert requirements_of(configuration, "unknown", "collections") == COLLECTIONS.requirements
    assert requirements_of(configuration, "gone", "gone") == ()


def test_a_number_s_motive_is_that_of_its_callers() -> None:
    board = Board(with_rules(motive="collections")).open("remi", "rose")
    board.arrive("c1")
    assert board.call("c1").ticket.motive == "collections"
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert told.advisor == "rose"  # Rémi knows nothing of health
    assert "Rose : étape 1, Employeurs 5, Santé 2, libre depuis 0 s" in board.call("c1").record(board.now).because


# in routing


UNKNOWN_AT_ONCE = PlanRule(Condition(recognitions=frozenset((Recognition.UNKNOWN,))), "at_once")


def test_the_plan_chosen_routes_the_call_and_says_why() -> None:
    board = Board(with_rules(UNKNOWN_AT_ONCE)).open("carl")
    board.arrive("c1", profile=None)
    told = board.ask("c1")
    assert isinstance(told, Dial)
    assert (told.advisor, told.ring_s) == ("carl", 7.0)  # at once, though Rouen is on duty
    assert "plan at_once : règle 1 du numéro (numéro inconnu)" in board.call("c1").record(board.now).because


def test_who_meets_no_rule_gets_the_number_s_own_plan_and_the_reason() -> None:
    board = Board(with_rules(UNKNOWN_AT_ONCE)).open("carl")
    board.arrive("c1")
    assert isinstance(board.ask("c1"), Wait)
    assert "plan standard : aucune règle du numéro ne s’applique" in board.call("c1").record(board.now).because


def test_a_number_without_rules_says_nothing_about_its_plan() -> None:
    board = Board().open()
    board.arrive("c1")
    assert not any("plan" in reason for reason in board.call("c1").record(board.now).because)


def test_what_the_carrier_says_may_choose_the_plan() -> None:
    denied = PlanRule(Condition(verified=frozenset((Verified.NO,))), "at_once")
    board = Board(with_rules(denied)).open("carl")
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI, Verified.NO))
    board.know("c1", Contributor(7, "SARL Dupont", "employer"))
    assert isinstance(board.ask("c1"), Dial)


def test_a_plan_does_not_change_because_its_hour_passes_while_one_waits() -> None:
    nine = PlanRule(Condition(hours=(Hours(WEEKDAYS, time(9), time(9, 1)),)), "at_once")
    board = Board(with_rules(nine)).open()
    board.arrive("c1")
    board.wait(120)
    assert board.call("c1").ticket.plan == "at_once"


def test_a_restart_keeps_plan_motive_and_level() -> None:
    configuration = with_rules(UNKNOWN_AT_ONCE, motive="collections")
    former = Board(configuration).open()
    former.arrive("c1", profile=None)
    former.ask("c1")
    board = Board(configuration).open()
    board.ask("c1", ticket=former.ask_ticket("c1"))
    ticket = board.call("c1").ticket
    assert (ticket.plan, ticket.motive, ticket.recognition) == ("at_once", "collections", Recognition.UNKNOWN)


def test_a_new_configuration_chooses_anew() -> None:
    board = Board(with_rules(UNKNOWN_AT_ONCE)).open()
    board.arrive("c1", profile=None)
    board.wait(5)
    board.give(Configure(with_rules()))
    assert board.call("c1").ticket.plan == "standard"
    board.give(Configure(with_rules(UNKNOWN_AT_ONCE)))
    assert board.call("c1").ticket.plan == "at_once"
    assert board.call("c1").ticket.arrived_at == MONDAY
