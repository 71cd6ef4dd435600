"""What `explain` says is what routing does."""

import json
from dataclasses import asdict, replace
from datetime import date, time

import pytest

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Advisor,
    AtClose,
    Condition,
    Configuration,
    Drain,
    DueDate,
    EndAction,
    ExceptionalDay,
    Hours,
    Motive,
    PlanRule,
    Reach,
    Requirement,
    Slot,
    Step,
)
from cti_router.core.explaining.explain import ExplainedDueDate, Wanted, explain
from cti_router.core.explaining.explain_in_french import explanation_in_french
from cti_router.core.heard import KeyedIdentity
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import Last, PhoneState
from cti_router.core.instructions import Dial
from cti_router.core.question import Asked
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, Board, at

MONDAY = at("2026-11-23 09:00")
NUMBER = 33261910001
EMPLOYER = (Contributor(7, "SARL Dupont", "employer"),)


def with_advisors(*advisors: Advisor) -> Configuration:
    return replace(CONFIGURATION, advisors={**CONFIGURATION.advisors, **{a.id: a for a in advisors}})


MANY = with_advisors(
    Advisor("anna", "Anna", "rouen", "203", {"employers": 3, "health": 5}),
    Advisor("zoe", "Zoé", "rouen", "204", {"employers": 5}),
    Advisor("cleo", "Cléo", "caen", "102", {"employers": 2}),
    Advisor("paul", "Paul", "rouen", "205", {"employers": 2}),
    Advisor("nina", "Nina", "rouen", "206", {"health": 5}),
)


def test_the_steps_of_a_recognised_employer_on_monday_morning() -> None:
    explanation = explain(MANY, MONDAY, NUMBER, EMPLOYER)
    assert (explanation.number, explanation.plan, explanation.profile) == ("Urssaf", "standard", "employer")
    assert (explanation.recognition, explanation.contributors) == (Recognition.RECOGNISED, EMPLOYER)
    assert (explanation.duty.site, explanation.duty.backups) == ("rouen", ("caen",))
    assert (explanation.duty.until_at, explanation.duty.special_day) == (at("2026-11-23 12:30"), None)
    assert [(step.after_s, step.role, step.sites) for step in explanation.steps] == [
        (0.0, "duty", ("rouen",)), (20.0, "backups", ("caen",)), (60.0, "all", ("rouen", "caen")),
    ]  # fmt: skip
    assert [step.requirements for step in explanation.steps] == [
        (Wanted("employers", 3),), (Wanted("employers", 3),), (Wanted("employers", 2),),
    ]  # fmt: skip
    assert [[candidate.advisor for candidate in step.candidates] for step in explanation.steps] == [
        ["rose", "zoe", "anna", "remi"], ["carl"], ["cleo", "paul"],
    ]  # fmt: skip
    assert (explanation.end_after_s, explanation.end_sounds) == (600.0, ("sorry",))


def test_each_candidate_with_his_phone_and_his_levels_in_what_is_asked() -> None:
    rose = explain(CONFIGURATION, MONDAY, NUMBER, EMPLOYER).steps[0].candidates[0]
    assert (rose.advisor, rose.name, rose.site, rose.phone) == ("rose", "Rose", "rouen", "201")
    assert (rose.levels, rose.in_charge, rose.no_path_from) == ({"employers": 5}, False, ())


@pytest.mark.parametrize("in_charge", [None, "remi", "paul", "carl", "nina", "gone"])
@pytest.mark.parametrize("moment", ["2026-11-23 09:00", "2026-11-24 15:00"])
@pytest.mark.parametrize("profile", ["employer", "health", "unknown"])
def test_callers_get_the_advisors_in_the_order_explained(profile: str, moment: str, in_charge: str | None) -> None:
    """All are ready since the same instant, and so many call at once that each gets one, or nobody is left for him."""
    contributor = Contributor(7, "SARL Dupont", profile, in_charge)
    steps = explain(MANY, at(moment), NUMBER, (contributor,)).steps
    board = Board(MANY, now=moment).open(*MANY.advisors)
    calls = [f"c{index}" for index in range(len(MANY.advisors))]
    for call in calls:
        board.ask(call, Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
        board.know(call, contributor)
    for step, after in zip(steps, [*(step.after_s for step in steps[1:]), 65.0], strict=True):
        rung = []
        for call in calls:
            if isinstance(told := board.ask(call), Dial):
                rung.append(told.advisor)
                board.phone(told.advisor, PhoneState.RINGING)
                board.phone(told.advisor, PhoneState.IN_USE)
        assert rung == [candidate.advisor for candidate in step.candidates]
        calls = calls[len(rung) :]
        assert after is not None
        assert step.after_s is not None
        board.wait(after - step.after_s)


def test_the_advisor_in_charge_is_first_in_his_own_step() -> None:
    steps = explain(MANY, MONDAY, NUMBER, (replace(EMPLOYER[0], in_charge="paul"),)).steps
    assert [(candidate.advisor, candidate.in_charge) for candidate in steps[2].candidates] == [
        ("paul", True), ("cleo", False),
    ]  # fmt: skip
    assert not any(candidate.in_charge for candidate in steps[0].candidates)


def test_a_site_without_a_trunk_from_where_a_call_may_enter() -> None:
    only_there = replace(CONFIGURATION, trunks={"caen-rouen": CONFIGURATION.trunks["caen-rouen"]})
    steps = explain(only_there, MONDAY, NUMBER, EMPLOYER).steps
    assert [candidate.no_path_from for candidate in steps[0].candidates] == [(), ()]
    assert [candidate.no_path_from for candidate in steps[1].candidates] == [("rouen",)]


def test_sites_by_name_have_no_role() -> None:
    plan = CONFIGURATION.plans["standard"]
    named = replace(plan, steps=(plan.steps[0], replace(plan.steps[1], reach=("caen", "rouen"))))
    steps = explain(replace(CONFIGURATION, plans={"standard": named}), MONDAY, NUMBER, EMPLOYER).steps
    assert (steps[1].role, steps[1].sites) == (None, ("rouen", "caen"))


def test_while_closed_there_are_no_steps_and_the_closing_message() -> None:
    explanation = explain(CONFIGURATION, at("2026-11-23 13:00"), NUMBER, EMPLOYER)
    assert (explanation.duty.site, explanation.duty.until_at) == (None, at("2026-11-23 13:30"))
    assert (explanation.steps, explanation.end_after_s, explanation.end_sounds) == ((), 0.0, ("closed",))
    assert explanation.profile == "employer"


def test_a_number_that_is_not_configured() -> None:
    explanation = explain(CONFIGURATION, MONDAY, 33100000000)
    assert (explanation.number, explanation.plan, explanation.steps, explanation.end_sounds) == (None, None, (), ())
    assert "Refusé : numéro appelé inconnu de la configuration" in explanation_in_french(CONFIGURATION, explanation)


def test_it_is_ready_for_json() -> None:
    data = json.loads(json.dumps(asdict(explain(MANY, MONDAY, NUMBER, EMPLOYER))))
    assert data["local_time"] == "2026-11-23T09:00:00+01:00"
    assert data["recognition"] == "recognised"
    assert data["steps"][0]["role"] == "duty"
    assert data["steps"][0]["candidates"][0]["levels"] == {"employers": 5}


def test_in_french() -> None:
    only_there = replace(MANY, trunks={"caen-rouen": MANY.trunks["caen-rouen"]})
    explanation = explain(only_there, MONDAY, NUMBER, (replace(EMPLOYER[0], in_charge="paul"),))
    assert explanation_in_french(only_there, explanation).splitlines() == [
        "23/11/2026 à 09:00, appel au +33261910001 (Urssaf)",
        "Rouen est de permanence (lundi 08:30–12:30)",
        "  renforts : Caen",
        "Appelant : reconnu par son numéro : Employeur",
        "  dossier : SARL Dupont (Employeur), suivi par Paul",
        "Plan : standard",
        "Étape 1, dès l’arrivée : Rouen (permanence) ; Employeurs ≥ 3",
        "  1. Rose (Rouen, poste 201) : Employeurs 5",
        "  2. Zoé (Rouen, poste 204) : Employeurs 5",
        "  3. Anna (Rouen, poste 203) : Employeurs 3",
        "  4. Remi (Rouen, poste 202) : Employeurs 3",
        "Étape 2, après 20 s : Caen (renforts) ; Employeurs ≥ 3",
        "  1. Carl (Caen, poste 101) : Employeurs 4, aucune ligne depuis Rouen",
        "Étape 3, après 1 min : Rouen, Caen (tous les sites) ; Employeurs ≥ 2",
        "  1. Paul (Rouen, poste 205) : chargé du dossier, Employeurs 2",
        "  2. Cléo (Caen, poste 102) : Employeurs 2, aucune ligne depuis Rouen",
        "Attente estimée si les 7 téléconseillers sont occupés et personne n’est devant : 46 s (de 8 s à 109 s), "
        "pour 5 min par appel",
        "  annoncée quand 65 % des dernières (au moins 20, même plan, même profil) se sont vérifiées",
        "Fin, après 10 min d’attente. Messages : sorry",
        "Fermeture à 12:30 : les appels en attente sont servis",
    ]


def test_a_file_whose_profile_and_advisor_are_no_more_is_told_as_it_is() -> None:
    stranger = Contributor(8, "Étude Martin", "notary", "pierre")
    explanation = explain(MANY, MONDAY, NUMBER, (*EMPLOYER, stranger))
    assert [line for line in explanation_in_french(MANY, explanation).splitlines() if "dossier" in line] == [
        "Appelant : plusieurs dossiers pour ce numéro : Inconnu",
        "  dossier : SARL Dupont (Employeur)",
        "  dossier : Étude Martin (notary)",
    ]


DUE = DueDate("due", "Cotisations", frozenset(), frozenset((25,)), frozenset((11,)), frozenset(("employer",)), 3, 90.0)
RULES = (
    PlanRule(Condition(recognitions=frozenset((Recognition.MASKED,)), verified=frozenset((Verified.NO,))), "wide"),
    PlanRule(
        Condition(
            profiles=frozenset(("employer", "health")),
            motives=frozenset(("tax",)),
            languages=frozenset(("fr",)),
            due=frozenset(("due",)),
            hours=(Hours(frozenset(range(5)), time(8), time(10)), Hours(frozenset((0, 2)), time(14), time(0))),
        ),
        "wide",
    ),
)
RULED = replace(
    CONFIGURATION,
    plans={
        **CONFIGURATION.plans,
        "wide": replace(CONFIGURATION.plans["standard"], id="wide", steps=(Step(0.0, Reach.ALL),)),
    },
    numbers={NUMBER: replace(CONFIGURATION.numbers[NUMBER], rules=RULES, motive="tax")},
    motives={"tax": Motive("tax", "Impôt", (Requirement("health", 2),)), "other": Motive("other", "Autre", ())},
    due_dates={"due": DUE},
)


def test_the_rule_that_chose_the_plan_and_what_the_caller_is_worth() -> None:
    explanation = explain(RULED, MONDAY, NUMBER, EMPLOYER, verified=Verified.YES)
    assert (explanation.plan, explanation.rule, explanation.motive) == ("wide", 2, "tax")
    assert (explanation.bonus_s, explanation.due) == (90.0, (ExplainedDueDate("Cotisations", "2026-11-25", 90.0),))
    assert explanation.steps[0].requirements == (Wanted("employers", 3), Wanted("health", 2))
    assert json.loads(json.dumps(asdict(explanation)))["due"][0]["on"] == "2026-11-25"
    assert explanation_in_french(RULED, explanation).splitlines()[3:11] == [
        "Appelant : reconnu par son numéro, garanti par l’opérateur : Employeur",
        "  dossier : SARL Dupont (Employeur)",
        "Motif : Impôt",
        "  échéance Cotisations le 25/11 : compte 1 min d’attente de plus",
        "Priorité : placé comme s’il était arrivé 90 s plus tôt",
        "Plan : wide : règle 2 du numéro (profil Employeur ou profil Praticien de santé ; motif Impôt ; langue fr ; "
        "échéance Cotisations ; lundi–vendredi 08:00–10:00 ou lundi, mercredi 14:00–00:00)",
        "Étape 1, dès l’arrivée : Rouen, Caen (tous les sites) ; Employeurs ≥ 3, Santé ≥ 2",
        "  1. Carl (Caen, poste 101) : Employeurs 4, Santé 5",
    ]


def test_another_motive_than_the_number_s_another_plan() -> None:
    explanation = explain(RULED, MONDAY, NUMBER, EMPLOYER, motive="other")
    assert (explanation.plan, explanation.rule, explanation.motive) == ("standard", 0, "other")
    assert "Plan : standard : aucune règle du numéro ne s’applique" in explanation_in_french(RULED, explanation)


def test_who_is_asked_what_his_carrier_says() -> None:
    explanation = explain(RULED, MONDAY, NUMBER, masked=True, verified=Verified.NO)
    assert (explanation.plan, explanation.rule) == ("wide", 1)
    assert "règle 1 du numéro (numéro masqué ; numéro démenti par l’opérateur)" in explanation.plan_because


def test_the_wait_that_would_be_expected_at_first() -> None:
    wait = explain(MANY, MONDAY, NUMBER, EMPLOYER).expected_wait
    assert wait is not None
    assert (wait.advisors, wait.handling_s, wait.min_hit_rate, wait.least_outcomes) == (7, 300.0, 0.65, 20)
    board = Board(MANY).open("rose", "zoe", "anna", "remi", "carl", "cleo", "paul")
    for n, advisor in enumerate(("rose", "zoe", "anna", "remi")):
        board.arrive(f"c{n}")
        board.talk(f"c{n}", advisor)
    for advisor in ("carl", "cleo", "paul"):
        board.phone(advisor, PhoneState.IN_USE)
    board.arrive("waits")
    assert board.switchboard.expected.of(board.call("waits").ticket, board.now).estimate == wait.estimate


def test_who_nobody_can_serve_expects_nothing() -> None:
    nobody = replace(CONFIGURATION, advisors={})
    explanation = explain(nobody, MONDAY, NUMBER, EMPLOYER)
    assert explanation.expected_wait is not None
    assert explanation.expected_wait.estimate is None
    assert "Attente estimée : aucune, personne ne peut répondre" in explanation_in_french(nobody, explanation)


def test_a_step_tells_what_opens_it() -> None:
    steps = (Step(0.0, Reach.DUTY), Step(None, Reach.BACKUPS, expected_over_s=90.0), Step(60.0, Reach.ALL, 0, 180.0))
    plan = replace(CONFIGURATION.plans["standard"], steps=steps)
    configuration = replace(CONFIGURATION, plans={"standard": plan})
    explanation = explain(configuration, MONDAY, NUMBER, EMPLOYER)
    assert [(step.after_s, step.expected_over_s) for step in explanation.steps] == [
        (0.0, None), (None, 90.0), (60.0, 180.0),
    ]  # fmt: skip
    told = explanation_in_french(configuration, explanation)
    assert "Étape 2, dès que l’attente estimée dépasse 90 s : Caen (renforts)" in told
    assert "Étape 3, après 1 min ou dès que l’attente estimée dépasse 3 min : Rouen, Caen (tous les sites)" in told


@pytest.mark.parametrize(
    ("rules", "moment", "said"),
    [
        ({}, "2026-11-24 12:00", "Relève à 12:30 : Caen prend la suite, avec les appels en attente"),
        (
            {"drain": Drain.STAY},
            "2026-11-24 12:00",
            "Relève à 12:30 : Caen prend la suite ; Rouen garde les appels en attente",
        ),
        (
            {"drain": Drain.STAY, "drain_for_s": 300.0},
            "2026-11-24 12:00",
            "Relève à 12:30 : Caen prend la suite ; Rouen garde les appels en attente (5 min au plus)",
        ),
        ({"drain": Drain.STAY}, "2026-11-24 16:00", "Fermeture à 17:00 : les appels en attente sont servis"),
        (
            {"at_close": AtClose.DISMISS},
            "2026-11-23 12:00",
            "Fermeture à 12:30 : les appels en attente sont libérés, avec le message de fermeture",
        ),
    ],
)
def test_what_becomes_of_those_who_still_wait_then(rules: dict[str, object], moment: str, said: str) -> None:
    configuration = replace(CONFIGURATION, rules=replace(CONFIGURATION.rules, **rules))  # type: ignore[arg-type]
    explanation = explain(configuration, at(moment), NUMBER, EMPLOYER)
    assert explanation_in_french(configuration, explanation).splitlines()[-1] == said


def test_while_closed_nobody_waits() -> None:
    assert explain(CONFIGURATION, at("2026-11-23 13:00"), NUMBER, EMPLOYER).hand_over is None


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ({"end_action": EndAction.VOICEMAIL}, "Messages : sorry ; puis il peut laisser un message"),
        ({"end_action": EndAction.CALLBACK}, "Messages : sorry ; puis un rappel est noté"),
        (
            {"end_action": EndAction.OTHER_NUMBER, "end_number": 33231000000},
            "Messages : sorry ; puis appel au +33231000000",
        ),
    ],
)
def test_how_the_plan_ends(end: dict[str, object], said: str) -> None:
    plan = replace(CONFIGURATION.plans["standard"], **end)  # type: ignore[arg-type]
    configuration = replace(CONFIGURATION, plans={"standard": plan})
    explanation = explain(configuration, MONDAY, NUMBER, EMPLOYER)
    assert said in explanation_in_french(configuration, explanation)
    assert json.loads(json.dumps(asdict(explanation)))["end_action"] == end["end_action"]


def test_in_french_on_a_special_day_and_with_nobody_to_add() -> None:
    noon = Slot(2, time(9), time(12), "caen", ())
    day = ExceptionalDay("Veille de Noël", (noon,))
    calendar = replace(CONFIGURATION.calendar, exceptions={date(2026, 12, 23): day})
    configuration = replace(CONFIGURATION, calendar=calendar)
    explanation = explain(configuration, at("2026-12-23 10:00"), NUMBER, masked=True)
    assert explanation.duty.special_day == "Veille de Noël"
    assert explanation_in_french(configuration, explanation).splitlines()[1:8] == [
        "Caen est de permanence (mercredi 09:00–12:00)",
        "  jour particulier : Veille de Noël",
        "Appelant : numéro masqué : Inconnu",
        "Plan : standard",
        "Étape 1, dès l’arrivée : Caen (permanence) ; aucune compétence requise",
        "  1. Carl (Caen, poste 101)",
        "Étape 2, après 20 s : aucun site (renforts) ; aucune compétence requise",
    ]
    assert explanation_in_french(configuration, explanation).splitlines()[8] == "  personne de plus"


def test_in_french_while_closed() -> None:
    explanation = explain(CONFIGURATION, at("2026-11-28 09:00"), NUMBER)
    assert explanation_in_french(CONFIGURATION, explanation).splitlines() == [
        "28/11/2026 à 09:00, appel au +33261910001 (Urssaf)",
        "Hors des tranches horaires ; réouverture lundi 30/11 à 08:30",
        "Appelant : numéro inconnu : Inconnu",
        "Messages : closed",
    ]


# what he would be asked

IDENTITY = KeyedIdentity(("who",), ("which",))
ASKING = replace(CONFIGURATION, identity=IDENTITY)
SHARING = (Contributor(7, "SARL Dupont", "employer"), Contributor(8, "Dr Durand", "health"))


@pytest.mark.parametrize(
    ("contributors", "when", "asked", "line"),
    [
        ((), "2026-11-23 09:00", Asked.WHO, "Question : son SIRET ou son numéro de compte au clavier, 2 essais"),
        (SHARING, "2026-11-23 09:00", Asked.WHICH, "Question : les cinq derniers chiffres de son SIRET au clavier, 2"),
        (EMPLOYER, "2026-11-23 09:00", None, ""),
        ((), "2026-11-28 09:00", None, ""),
    ],
)
def test_what_he_would_be_asked_to_key_is_what_routing_asks(
    contributors: tuple[Contributor, ...], when: str, asked: Asked | None, line: str
) -> None:
    explanation = explain(ASKING, at(when), NUMBER, contributors)
    assert explanation.asked == asked
    assert json.loads(json.dumps(asdict(explanation)))["asked"] == asked
    told = explanation_in_french(ASKING, explanation)
    assert (line in told) if line else ("Question" not in told)
    board = Board(ASKING, now=when).open()
    board.ask("c1", Last.ARRIVED, cli=Cli("0261910101", EMPLOYER_CLI))
    board.know("c1", *contributors)
    question = board.call("c1").question
    assert (question.asked if question else None) == asked


def test_a_number_of_relay_services_asks_nothing() -> None:
    numbers = {key: replace(number, relay=True) for key, number in ASKING.numbers.items()}
    assert explain(replace(ASKING, numbers=numbers), MONDAY, NUMBER).asked is None
