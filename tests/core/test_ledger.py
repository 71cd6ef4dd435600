"""Reasons are data; each kind has its sentence."""

import math

import pytest

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import Tie
from cti_router.core.duty.calendar import Closed
from cti_router.core.ledger import ledger, ledger_in_english
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.ledger.ledger_in_french import SENTENCES, in_words, sentence
from tests.core.board import CONFIGURATION, at


def test_each_kind_of_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(ledger_in_english.SENTENCES) == set(Why)


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            Reason(Why.DUTY, ("Rouen", at("2026-11-23 08:30"), at("2026-11-23 12:30"), "Europe/Paris", (), ())),
            "Rouen est de permanence (lundi 08:30–12:30)",
        ),
        (
            ledger.why_closed(CONFIGURATION.calendar, Closed(at("2026-12-28 08:30"), "Noël")),
            "fermé : Noël ; réouverture lundi 28/12 à 08:30",
        ),
        (
            ledger.why_closed(CONFIGURATION.calendar, Closed(None, "")),
            "hors des tranches horaires ; aucune réouverture prévue",
        ),
        (
            ledger.why_profile(CONFIGURATION.profiles["employer"], Recognition.RECOGNISED),
            "reconnu par son numéro : Employeur",
        ),
        (
            ledger.why_profile(CONFIGURATION.profiles["employer"], Recognition.RECOGNISED, Verified.YES),
            "reconnu par son numéro, garanti par l’opérateur : Employeur",
        ),
        (
            ledger.why_profile(CONFIGURATION.profiles["unknown"], Recognition.UNKNOWN, Verified.NO),
            "numéro inconnu, démenti par l’opérateur : Inconnu",
        ),
        (ledger.why_path(CONFIGURATION, ("caen",)), "sur place à Caen"),
        (ledger.why_path(CONFIGURATION, ("caen", "rouen")), "par la ligne Caen → Rouen"),
        (ledger.why_offer_failed("Rose", "busy", 0.0), "Rose : occupé"),
        (ledger.why_opened_early(1, 99.4), "étape 2 ouverte d’avance : attente estimée 99 s"),
        (ledger.why_opened_early(1, math.inf), "étape 2 ouverte d’avance : personne ne peut répondre avant"),
        (ledger.why_opened_early(2, 250.0), "étape 3 ouverte d’avance : attente estimée 4 min"),
        (ledger.told("Déjà dit."), "Déjà dit."),
    ],
)
def test_a_reason_is_told(reason: Reason, said: str) -> None:
    assert sentence(reason) == said


def test_an_advisor_is_told_with_what_counted() -> None:
    rose = CONFIGURATION.advisors["rose"]
    asked = CONFIGURATION.profiles["employer"].requirements
    chosen = ledger.why_advisor(CONFIGURATION, rose, asked, tie=Tie.IN_CHARGE, step=1, idle_s=190.0)
    assert sentence(chosen) == "Rose : étape 2, chargé du dossier, Employeurs 5, libre depuis 3 min"


@pytest.mark.parametrize(
    ("seconds", "said"), [(-1, "0 s"), (59.4, "59 s"), (60, "1 min"), (3599, "59 min"), (7200, "2 h")]
)
def test_a_duration_is_told(seconds: float, said: str) -> None:
    assert in_words(seconds) == said
