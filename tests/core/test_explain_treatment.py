"""`explain` tells what a caller would hear while he waits."""

from dataclasses import replace

from cti_router.core.configuration import CallbackRules
from cti_router.core.explaining.explain import explain
from cti_router.core.explaining.explain_in_french import explanation_in_french
from tests.core.board import CONFIGURATION, at
from tests.core.treated import EVERYTHING, FULL, treated, with_number

DNIS = next(iter(CONFIGURATION.numbers))
OPEN, CLOSED = at("2026-11-23T09:00"), at("2026-11-22T09:00")


def test_each_thing_once_by_the_name_it_has_in_the_files() -> None:
    configuration = treated(EVERYTHING, callback=CallbackRules())
    explanation = explain(configuration, OPEN, DNIS)
    assert explanation.treatment == "everything"
    lines = explanation_in_french(configuration, explanation).splitlines()
    begins = lines.index("Attente, traitement everything :")
    assert lines[begins + 1 : begins + 6] == [
        "  question : menu (1 Échéancier ; 2 Remboursement)",
        "  une fois : welcome, rule",
        "  après 15 s, puis toutes les 20 s : position, wait",
        "  après 12 s de musique, à tour de rôle : comfort-a, comfort-d, comfort-b, comfort-c",
        "  après 44 s, puis toutes les 60 s : un rappel ? (touche 1)",
    ]


def test_a_relay_number_asks_nothing_and_offers_nothing() -> None:
    configuration = with_number(treated(EVERYTHING, callback=CallbackRules()), relay=True)
    told = explanation_in_french(configuration, explain(configuration, OPEN, DNIS))
    assert "question" not in told
    assert "rappel ?" not in told


def test_the_plan_s_own_wins_over_the_service_s() -> None:
    configuration = treated(FULL)
    plans = {id_: replace(plan, treatment="other") for id_, plan in configuration.plans.items()}
    configuration = replace(
        configuration, plans=plans, treatments={**configuration.treatments, "other": replace(EVERYTHING, id="other")}
    )
    assert explain(configuration, OPEN, DNIS).treatment == "other"


def test_while_closed_nobody_waits() -> None:
    assert explain(treated(FULL), CLOSED, DNIS).treatment is None
