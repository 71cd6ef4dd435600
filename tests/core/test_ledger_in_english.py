"""The ledger's reasons in English: the same data, other words."""

from datetime import date, time

import pytest

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import Tie
from cti_router.core.history import Outcome
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.ledger.ledger_in_english import sentence
from cti_router.core.ledger.ledger_in_french import sentence as sentence_in_french
from cti_router.core.plans.callback_rules import NoCallback
from tests.core.board import at

ZONE = "Europe/Paris"
NINE, NOON = at("2026-11-23 09:00"), at("2026-11-23 12:30")


@pytest.mark.parametrize(
    ("why", "values", "said"),
    [
        (
            Why.DUTY,
            ("Rouen", NINE, NOON, ZONE, (("Dieppe", "Caen"),), ("Évreux",)),
            "Rouen is on duty (Monday 09:00–12:30, swap Dieppe – Caen, closed by order: Évreux)",
        ),
        (
            Why.KEPT,
            ("Rouen", NINE, NOON, ZONE),
            "arrived before the end of the duty of Rouen (09:00), which keeps him, until 12:30",
        ),
        (Why.CLOSED, ("strike", NINE, ZONE), "closed: strike; opens again on Monday 2026-11-23 at 09:00"),
        (Why.CLOSED, ("", None, ZONE), "outside the time slots; no opening in sight"),
        (
            Why.PROFILE,
            ("Employeur", Recognition.MASKED, Verified.NO),
            "hidden number, denied by the carrier: Employeur",
        ),
        (
            Why.ADVISOR,
            ("Rose", 0, Tie.IN_CHARGE, (("Santé", 4),), 190.0),
            "Rose: step 1, in charge of the file, Santé 4, free for 3 min",
        ),
        (Why.ADVISOR, ("Rose", 1, None, (), 5.0), "Rose: step 2, no skill asked, free for 5 s"),
        (Why.PATH, ("Caen",), "at Caen itself"),
        (Why.PATH, ("Caen", "public", "Rouen"), "by the line Caen → public network → Rouen"),
        (Why.PLAN, ("general", 0, ()), "plan general: no rule of the number holds"),
        (
            Why.PLAN,
            (
                "rush",
                2,
                (
                    ("profile", ("Employeur", "Santé")),
                    ("recognition", (Recognition.UNKNOWN,)),
                    ("verified", (Verified.UNKNOWN,)),
                    ("hours", (((0, 4), time(8), time(9)),)),
                ),
            ),
            "plan rush: rule 2 of the number (profile Employeur or profile Santé; unknown number; number the carrier "
            "says nothing of; Monday, Friday 08:00–09:00)",
        ),
        (Why.DUE, ("DSN", date(2026, 12, 15), 60.0), "due date DSN on 2026-12-15: counts for 1 min of waiting more"),
        (Why.OFFER_FAILED, ("Rose", "cut", 3.0), "Rose: the line was cut, the call takes its place again"),
        (Why.MORE_OCCUPIED, ("Rose", 3600.0), "Rose: more occupied today (1 h)"),
        (Why.SPARED, ("Rose",), "Rose: spared, the only one free who knows something else"),
        (Why.PREFERRED_AWAY, ("Rose", Tie.LAST_ADVISOR, "wrap_up"), "Rose, who served the caller last: in wrap-up"),
        (Why.AFTER_PREFERRED, ("Rose", "Remi", Tie.IN_CHARGE), "Rose: Remi, in charge of the file, goes first"),
        (
            Why.AWAITS,
            ("Rose", Tie.IN_CHARGE, NINE + 45, ZONE),
            "waits for Rose, in charge of the file, until 09:00:45 at most",
        ),
        (
            Why.AWAITS_NO_MORE,
            ("Rose", Tie.IN_CHARGE, "too_long"),
            "waits no more for Rose, in charge of the file: the time to wait for him is over",
        ),
        (Why.OPENED_EARLY, (1, None), "step 2 opened early: nobody can answer before"),
        (Why.OPENED_EARLY, (1, 250.0), "step 2 opened early: expected wait 4 min"),
        (Why.MOTIVE, ("Échéancier",), "chose “Échéancier”"),
        (Why.NO_MOTIVE, (), "chose no motive"),
        (Why.PORTS_TAKEN, ("Caen", "Rouen"), "every voice port of Caen is taken: to be delivered at Rouen"),
        (Why.PORTS_TAKEN, ("Caen",), "every voice port of Caen is taken: busy"),
        (Why.TRANSFER, ("Rose", "Santé", 4), "Rose transfers the call: Santé, level 4 at least"),
        (Why.CONSULTATION_OVER, ("talked",), "advice given, back to the caller"),
        (Why.CONSULTATION_OVER, ("busy",), "no advice: back to the caller"),
        (Why.CALLBACK, ("",), "callback asked for"),
        (Why.CALLBACK, ("paul",), "callback asked for by paul"),
        (Why.PROMISED, (NINE, ZONE), "callback promised for 2026-11-23 09:00"),
        (Why.NO_CALLBACK, (NoCallback.TOO_OFTEN,), "no callback: asked too often from this number in 24 hours"),
        (Why.NOT_REACHED, ("unseen",), "callback without result: unknown end"),
        (Why.CALLBACK_OVER, (Outcome.EXPIRED, ""), "callback given up: too late"),
        (Why.CALLBACK_OVER, (Outcome.CANCELLED, "paul"), "callback cancelled by paul"),
        (Why.HEAD_START, (300.0,), "waited for a callback: keeps the age of his request (5 min)"),
        (Why.KEPT_BY, ("Rose", "not_ready", "rona"), "Rose: absent (let a call ring)"),
        (Why.LACKS, ("Rose", (("Santé", 0, 4), ("DSN", 2, 3))), "Rose: Santé unknown, 4 asked, DSN 2, 3 asked"),
        (Why.TAKEN, ("Rose", "c7"), "Rose: offered to call c7 at the same instant, which comes first"),
        (Why.NO_PATH, ("Rose", "Caen", "Rouen"), "Rose: no way from Caen to Rouen"),
        (Why.NO_ADVISOR, ("x",), "x: unknown to the configuration"),
        (Why.TOLD, ("déjà dit",), "déjà dit"),
    ],
)
def test_a_reason_is_told_and_in_french_of_the_same_values(why: Why, values: tuple[object, ...], said: str) -> None:
    assert sentence(Reason(why, values)) == said
    assert sentence_in_french(Reason(why, values))


@pytest.mark.parametrize("why", NoCallback)
def test_each_cause_of_no_callback_has_its_words(why: NoCallback) -> None:
    assert sentence(Reason(Why.NO_CALLBACK, (why,))) != sentence_in_french(Reason(Why.NO_CALLBACK, (why,)))
