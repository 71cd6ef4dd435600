"""Each remark, from a configuration that deserves it and no other."""

from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from cti_router.config import load
from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Advisor,
    Calendar,
    Condition,
    DueDate,
    Hours,
    Motive,
    Plan,
    PlanRule,
    Profile,
    Reach,
    Requirement,
    Site,
    Skill,
    Slot,
    Step,
    Tie,
)
from cti_router.core.explaining.audit import audit
from cti_router.core.heard import CallbackOffer, KeyedIdentity, Menu, Treatment
from tests.core.board import CONFIGURATION

EXAMPLE = Path(__file__).parents[2] / "deploy" / "example"
WEEK = tuple(
    Slot(day, start, end, duty, (backup,))
    for day in range(7)
    for start, end, duty, backup in ((time(8), time(12), "rouen", "caen"), (time(12), time(17), "caen", "rouen"))
)
NOBODY_MEANT_ANYTHING_ELSE = replace(
    CONFIGURATION,
    calendar=Calendar("Europe/Paris", WEEK, {}),
    advisors={
        **CONFIGURATION.advisors,
        "hugo": Advisor("hugo", "Hugo", "rouen", "205", {"health": 4}),
        "lea": Advisor("lea", "Léa", "caen", "105", {"health": 4, "employers": 2}),
    },
)
"""Without a remark."""


def said(**changes: Any) -> list[str]:
    return [remark.text for remark in audit(replace(NOBODY_MEANT_ANYTHING_ELSE, **changes))]


def with_advisors(*advisors: Advisor, but: str = "") -> dict[str, Advisor]:
    kept = {id_: advisor for id_, advisor in NOBODY_MEANT_ANYTHING_ELSE.advisors.items() if id_ != but}
    return {**kept, **{advisor.id: advisor for advisor in advisors}}


def with_steps(*steps: Step) -> dict[str, Plan]:
    return {"standard": replace(CONFIGURATION.plans["standard"], steps=steps)}


def with_profile(profile: Profile) -> dict[str, Profile]:
    return {**CONFIGURATION.profiles, profile.id: profile}


def with_week(*slots: Slot) -> Calendar:
    return Calendar("Europe/Paris", slots, {})


def test_nothing_to_say() -> None:
    assert said() == []


def test_the_example_has_its_lunch_break_and_its_weekend() -> None:
    assert [remark.text for remark in audit(load(EXAMPLE, {}).configuration)] == [
        "nobody is on duty from 12:30 to 13:30 on monday (calendar.yaml:10, 11), tuesday (calendar.yaml:13, 14), "
        "wednesday (calendar.yaml:16, 17), thursday (calendar.yaml:19, 20), friday (calendar.yaml:22, 23): callers "
        "hear that the service is closed; extend a slot if that is not meant",
        "no slot on saturday, sunday: closed all day; add slots if that is not meant",
    ]


def test_a_calendar_without_any_slot() -> None:
    (closed, *sites) = said(calendar=with_week())
    assert closed.startswith("no slot on monday, tuesday, wednesday, thursday, friday, saturday, sunday: closed all")
    assert len(sites) == 2


def test_a_site_that_is_never_on_duty() -> None:
    rouen_only = tuple(replace(slot, duty="rouen", backups=("caen",)) for slot in WEEK)
    assert said(calendar=with_week(*rouen_only)) == [
        "site “caen” is never on duty: give it a slot if that is not meant"
    ]
    alone = {**CONFIGURATION.sites, "dieppe": Site("dieppe", "Dieppe")}
    assert said(sites=alone) == [
        "site “dieppe” is never on duty, nor a backup: give it a slot if that is not meant",
        *(
            f"no trunk leads to “{site}” from dieppe: calls that come in there never ring its advisors; add trunks, or "
            "a mesh"
            for site in ("caen", "rouen")
        ),
    ]


def test_a_skill_that_nobody_has_and_the_profile_that_needs_it() -> None:
    found = said(
        skills={**CONFIGURATION.skills, "law": Skill("law", "Droit")},
        profiles=with_profile(Profile("lawyer", "Avocat", (Requirement("law", 1),))),
    )
    assert found == [
        "nobody has the skill “law”: give it to an advisor, or remove it",
        "plan “standard” has nobody for profile “lawyer” in any slot: its callers wait for nothing; lower what the "
        "profile asks for, or raise an advisor's levels",
    ]


def test_a_level_that_nobody_has() -> None:
    employers_5 = replace(CONFIGURATION.advisors["rose"], skills={"employers": 4, "health": 2})
    carl = replace(CONFIGURATION.advisors["carl"], skills={"employers": 4, "health": 4})
    found = said(
        advisors=with_advisors(employers_5, carl),
        profiles=with_profile(Profile("health", "Praticien", (Requirement("health", 5),))),
    )
    assert found[0] == (
        "profile “health” asks for “health” at level 5, nobody has more than 4: lower the profile's level, or raise an "
        "advisor's"
    )
    assert "at the first step of plan “standard” there is nobody for profile “health”" in found[1]


def test_levels_that_nobody_has_together() -> None:
    both = Profile("both", "Deux", (Requirement("employers", 5), Requirement("health", 5)))
    assert said(profiles=with_profile(both), plans=with_steps(Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS))) == [
        "plan “standard” has nobody for profile “both” in any slot: its callers wait for nothing; lower what the "
        "profile asks for, or raise an advisor's levels"
    ]


def test_a_profile_that_waits_in_every_slot() -> None:
    both = Profile("both", "Deux", (Requirement("employers", 5), Requirement("health", 5)))
    assert said(profiles=with_profile(both)) == [
        "at the first step of plan “standard” there is nobody for profile “both” in any slot: its callers always wait "
        "for a later step; train somebody at those sites, or widen the first step"
    ]


def test_a_duty_site_where_nobody_knows() -> None:
    assert said(advisors=with_advisors(but="hugo")) == [
        "at the first step of plan “standard” there is nobody for profile “health” on monday 08:00–12:00 (rouen), "
        "tuesday 08:00–12:00 (rouen), wednesday 08:00–12:00 (rouen), thursday 08:00–12:00 (rouen) and in 3 more slots: "
        "its callers always wait for a later step; train somebody at those sites, or widen the first step"
    ]


def test_a_duty_site_where_nobody_knows_costs_no_wait_when_the_next_step_comes_at_once() -> None:
    steps = (Step(0.0, Reach.DUTY), Step(0.0, Reach.BACKUPS))
    assert said(advisors=with_advisors(but="hugo"), plans=with_steps(*steps)) == []


def test_a_slot_in_which_nobody_at_all_knows() -> None:
    found = said(
        advisors=with_advisors(but="hugo"), plans=with_steps(Step(0.0, Reach.DUTY)), calendar=with_week(*WEEK[:2])
    )
    assert [text for text in found if "health" in text] == [
        "plan “standard” has nobody for profile “health” on monday 08:00–12:00 (rouen): its callers wait for nothing "
        "then; add a step with more sites"
    ]


def test_a_step_that_adds_nobody() -> None:
    steps = (Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(45.0, Reach.ALL), Step(60.0, Reach.ALL, 1))
    assert said(plans=with_steps(*steps)) == [
        "step 3 of plan “standard” (after 45 s) reaches nobody new, whatever the slot and the profile: remove it, or "
        "open other sites with it"
    ]


def test_an_advisor_who_serves_no_profile() -> None:
    profiles = {id_: profile for id_, profile in CONFIGURATION.profiles.items() if id_ != "unknown"}
    found = said(
        advisors=with_advisors(Advisor("paul", "Paul", "rouen", "209", {"employers": 1, "health": 2})),
        profiles={**profiles, "unknown": Profile("unknown", "Inconnu", (Requirement("employers", 3),))},
    )
    assert found == [
        "advisor “paul” never gets a call, his levels suffice for no profile: raise his levels, or lower a profile's"
    ]


def test_an_advisor_at_a_site_no_step_opens() -> None:
    plans = with_steps(Step(0.0, Reach.DUTY))
    sites = {**CONFIGURATION.sites, "dieppe": Site("dieppe", "Dieppe")}
    paul = Advisor("paul", "Paul", "dieppe", "301", {"employers": 5})
    assert (
        "advisor “paul” never gets a call, no step of a plan ever opens “dieppe” to a profile he can serve: add a step "
        "that does"
    ) in said(advisors=with_advisors(paul), sites=sites, plans=plans)


def test_a_site_that_cannot_be_reached_from_another() -> None:
    assert said(trunks={"caen-rouen": CONFIGURATION.trunks["caen-rouen"]}) == [
        "no trunk leads to “caen” from rouen: calls that come in there never ring its advisors; add trunks, or a mesh"
    ]
    (remark,) = audit(replace(NOBODY_MEANT_ANYTHING_ELSE, trunks={"a": CONFIGURATION.trunks["caen-rouen"]}))
    assert remark.about == "trunks"


# rules


def with_rule(when: Condition, *before: PlanRule, **number: Any) -> dict[str, Any]:
    """The number's calls of which `when` holds get a plan of their own."""
    own = CONFIGURATION.numbers[33261910001]
    one_step = (Step(0.0, Reach.ALL),)
    plans = {id_: replace(CONFIGURATION.plans["standard"], id=id_, steps=one_step) for id_ in ("standard", "other")}
    return {
        "plans": plans,
        "numbers": {own.dnis: replace(own, rules=(*before, PlanRule(when, "other")), **number)},
        "motives": {"tax": Motive("tax", "Impôt", ())},
        "due_dates": {"due": DueDate("due", "É", frozenset(), frozenset((5,)), ALL_YEAR, frozenset(("health",)), 0)},
    }


ALL_YEAR = frozenset(range(1, 13))
SUNDAY_NIGHT = Hours(frozenset((6,)), time(20), time(0))


@pytest.mark.parametrize(
    ("when", "why"),
    [
        (Condition(languages=frozenset(("en",))), "the number's language is “fr”"),
        (Condition(motives=frozenset(("tax",))), "the number has no motive"),
        (Condition(hours=(SUNDAY_NIGHT,)), "nobody is ever on duty in its hours"),
        (
            Condition(due=frozenset(("due",)), profiles=frozenset(("employer",))),
            "no profile is left that it could hold for",
        ),
        (
            Condition(recognitions=frozenset((Recognition.MASKED,)), profiles=frozenset(("employer",))),
            "no profile is left that it could hold for",
        ),
    ],
)
def test_a_rule_that_never_holds(when: Condition, why: str) -> None:
    assert said(**with_rule(when)) == [
        f"rule 1 of number +33261910001 (plan “other”) never holds, {why}: change what it asks, or remove it"
    ]


@pytest.mark.parametrize(
    ("when", "number"),
    [
        (Condition(languages=frozenset(("en", "fr"))), {}),
        (Condition(motives=frozenset(("tax",))), {"motive": "tax"}),
        (Condition(hours=(replace(SUNDAY_NIGHT, start=time(16, 59)),)), {}),
        (Condition(due=frozenset(("due",))), {}),
        (Condition(recognitions=frozenset((Recognition.MASKED,))), {}),
        (Condition(verified=frozenset((Verified.NO,)), profiles=frozenset(("employer",))), {}),
    ],
)
def test_a_rule_that_may_hold(when: Condition, number: dict[str, Any]) -> None:
    assert said(**with_rule(when, **number)) == []


def test_whether_a_slot_of_another_time_zone_comes_in_these_hours_is_left_open() -> None:
    elsewhere = replace(WEEK[0], timezone="Indian/Reunion")
    found = said(calendar=with_week(elsewhere), **with_rule(Condition(hours=(SUNDAY_NIGHT,))))
    assert [text for text in found if "never holds" in text] == []


def test_a_rule_whose_callers_are_all_taken_before_it() -> None:
    employers, health = frozenset(("employer",)), frozenset(("health",))
    when = Condition(profiles=employers | health, verified=frozenset((Verified.NO,)))
    before = (PlanRule(Condition(profiles=employers), "standard"), PlanRule(Condition(profiles=health), "standard"))
    (remark,) = said(**with_rule(when, *before))
    assert remark.startswith("rule 3 of number +33261910001 (plan “other”) never holds, no profile is left")


def test_a_plan_no_number_has() -> None:
    assert said(plans=with_rule(Condition())["plans"]) == ["no number has plan “other”: give it to one, or remove it"]


def test_whom_a_plan_never_gets_need_not_be_served_by_it() -> None:
    """Nobody at Rouen knows enough of health."""
    at_rouen = (Step(0.0, ("rouen",)),)
    advisors = with_advisors(but="hugo")
    changes = with_rule(Condition(profiles=frozenset(("employer", "urgent", "unknown"))))
    changes["plans"]["other"] = replace(changes["plans"]["other"], steps=at_rouen)
    assert said(**changes, advisors=advisors) == []
    changes = with_rule(Condition(verified=frozenset((Verified.NO,))))
    changes["plans"]["other"] = replace(changes["plans"]["other"], steps=at_rouen)
    assert said(**changes, advisors=advisors) == [
        "plan “other” has nobody for profile “health” in any slot: its callers wait for nothing; lower what the "
        "profile asks for, or raise an advisor's levels"
    ]


def test_a_motive_that_nobody_can_answer() -> None:
    changes = with_rule(Condition(motives=frozenset(("tax",))), motive="tax")
    changes["motives"] = {"tax": Motive("tax", "Impôt", (Requirement("employers", 5), Requirement("health", 5)))}
    assert said(**changes)[0] == (
        "plan “other” has nobody for profile “unknown” and motive “tax” in any slot: its callers wait for nothing; "
        "lower what the profile asks for, or raise an advisor's levels"
    )


def test_a_level_of_a_motive_that_nobody_has() -> None:
    changes = with_rule(Condition(motives=frozenset(("tax",))), motive="tax")
    advisors = {id_: replace(who, skills={**who.skills, "employers": 4}) for id_, who in with_advisors().items()}
    changes["motives"] = {"tax": Motive("tax", "Impôt", (Requirement("employers", 5),))}
    assert said(**changes, advisors=advisors)[0] == (
        "motive “tax” asks for “employers” at level 5, nobody has more than 4: lower the motive's level, or raise an "
        "advisor's"
    )


def test_a_plan_that_waits_for_a_last_advisor_nobody_asks_for() -> None:
    plan = replace(CONFIGURATION.plans["standard"], prefer=(Tie.LAST_ADVISOR,), wait_for_preferred_s=30.0)
    assert said(plans={"standard": plan}) == [
        "plan “standard” waits for the last advisor, but nobody asks who that was: set the service's "
        "last_advisor_days, or remove wait_for_preferred"
    ]
    asked = replace(NOBODY_MEANT_ANYTHING_ELSE.rules, last_advisor_days=30)
    assert said(plans={"standard": plan}, rules=asked) == []


def test_subjects_are_told_in_one_order() -> None:
    assert [remark.about for remark in audit(CONFIGURATION)] == ["calendar", "calendar", "profiles", "plans"]


# what callers key


def test_a_rule_for_those_who_keyed_needs_somebody_who_is_asked() -> None:
    rule = with_rule(Condition(recognitions=frozenset((Recognition.KEYED,))))
    (remark,) = said(**rule)
    assert "never holds, nobody who calls it is asked who he is" in remark
    assert said(**rule, identity=KeyedIdentity(("who",))) == []


def test_a_rule_for_a_motive_that_a_menu_lets_choose_may_hold() -> None:
    rule = with_rule(Condition(motives=frozenset(("tax",))))
    assert "the number has no motive" in said(**rule)[0]
    treatments = {"t": Treatment("t", menu=Menu(("why",), {"1": "tax"}))}
    assert said(**rule, treatments=treatments, treatment="t") == []
    assert "the number has no motive" in said(**rule, treatments=treatments)[0]  # nobody hears that menu
    relayed = {dnis: replace(number, relay=True) for dnis, number in rule["numbers"].items()}
    assert "the number has no motive" in said(**{**rule, "numbers": relayed}, treatments=treatments, treatment="t")[0]


def test_an_offer_to_be_called_back_where_nobody_is() -> None:
    offer = CallbackOffer(60.0, 60.0, ("a",), ("b",), ("c",), ("d",), ("e",))
    (remark,) = said(treatments={"t": Treatment("t", callback=offer)})
    assert remark.startswith("treatment “t” offers a callback, but nobody is called back")
