import re
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cti_router.config import ConfigurationErrors, Place, Supervisor, load
from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    AtClose,
    Condition,
    Drain,
    DueDate,
    EndAction,
    ExpectedWaitRules,
    Hours,
    PlanRule,
    Reach,
    Requirement,
    Rules,
    Selection,
    Slot,
    Step,
    Tie,
    Trunk,
)
from cti_router.core.duty.calendar import Duty, duty_at
from tests.config.conftest import EXAMPLE


def problems(directory: Path, environ: Mapping[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationErrors) as caught:
        load(directory, environ or {})
    return str(caught.value).splitlines()


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_example_is_the_organisation_it_describes() -> None:
    loaded = load(EXAMPLE, {})
    configuration = loaded.configuration
    assert list(configuration.sites) == ["caen", "rouen", "le-havre", "dieppe", "evreux", "saint-lo"]
    assert len(configuration.trunks) == 30
    assert configuration.trunks["caen-rouen"] == Trunk("caen-rouen", "caen", "rouen", 20)
    assert configuration.trunks["saint-lo-le-havre"] == Trunk("saint-lo-le-havre", "saint-lo", "le-havre", 10)
    assert configuration.rules == Rules(wrap_up_s=20, rona_after=1, lookup_budget_s=0.3, unknown_profile="unknown")
    assert sorted((advisor.phone, advisor.site) for advisor in configuration.advisors.values()) == [
        (f"{hundred}0{phone}", site)
        for hundred, site in enumerate(("caen", "rouen", "le-havre", "dieppe", "evreux", "saint-lo"), 1)
        for phone in range(1, 7)
    ]
    assert loaded.supervisors == {"helene_aubry": Supervisor("helene_aubry", "Hélène Aubry", "evreux", "590")}
    assert configuration.advisors["elodie_francois"].name == "Élodie François"
    assert configuration.profiles["health_practitioner"].bonus_s == 60
    assert configuration.profiles["association"].requirements == (
        Requirement("employers", 2),
        Requirement("collections", 1),
    )
    assert configuration.plans["general"].steps == (
        Step(0, Reach.DUTY),
        Step(5, Reach.BACKUPS),
        Step(10, Reach.ALL),
        Step(30, Reach.ALL, 1),
    )
    assert configuration.plans["dieppe"].steps == (Step(0, ("dieppe",)), Step(0, ("dieppe",), 2))
    assert [(number.dnis, number.plan) for number in configuration.numbers.values()] == [
        (33261910001, "general"),
        (33261910002, "collections"),
        (33261910076, "dieppe"),
        (33261910009, "general"),
    ]
    closed = ("cti/closed", "cti/opening-1", "{opening}", "cti/goodbye")
    assert configuration.numbers[33261910001].closed_sounds == closed
    assert loaded.name == "Accueil téléphonique des cotisants"


def test_when_an_expected_wait_is_told_is_as_written_or_as_it_is_by_default(directory: Path) -> None:
    service = directory / "service.yaml"
    for old, new in (("5min", "4min"), ("min_hit_rate: 65", "min_hit_rate: 70"), ("outcomes: 20", "outcomes: 30")):
        replace(service, old, new)
    assert load(directory, {}).configuration.rules.expected_wait == ExpectedWaitRules(240, 0.7, 30)
    text = service.read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if not re.match(r" +(expected_wait|handling|min_hit|least_out)", line)]
    service.write_text("\n".join(kept), encoding="utf-8")
    assert load(directory, {}).configuration.rules.expected_wait == ExpectedWaitRules(300, 0.65, 20)


def test_a_step_may_open_by_its_time_by_the_expected_wait_or_by_both(directory: Path) -> None:
    plans = directory / "plans.yaml"
    replace(plans, "after: 5s", "when_expected_wait_over: 2min")
    replace(plans, "after: 10s", "after: 10s, when_expected_wait_over: 5min")
    assert load(directory, {}).configuration.plans["general"].steps == (
        Step(0, Reach.DUTY),
        Step(None, Reach.BACKUPS, expected_over_s=120),
        Step(10, Reach.ALL, expected_over_s=300),
        Step(30, Reach.ALL, 1),
    )


def test_example_has_rouen_on_duty_on_monday_morning() -> None:
    calendar = load(EXAMPLE, {}).configuration.calendar
    monday = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Paris"))
    duty = duty_at(calendar, monday.timestamp())
    assert isinstance(duty, Duty)
    assert (duty.site, duty.backups) == ("rouen", ("caen", "le-havre"))


def test_every_profile_of_the_example_can_be_answered_by_somebody() -> None:
    configuration = load(EXAMPLE, {}).configuration
    for profile in configuration.profiles.values():
        assert any(
            all(advisor.skills.get(wanted.skill, 0) >= wanted.level for wanted in profile.requirements)
            for advisor in configuration.advisors.values()
        ), profile.id


def test_the_example_s_plans_by_due_date_and_by_motive() -> None:
    configuration = load(EXAMPLE, {}).configuration
    one, other, *_ = configuration.numbers.values()
    near = Condition(due=frozenset(("monthly_contributions", "quarterly_contributions")))
    assert (one.plan, one.rules) == ("general", (PlanRule(near, "due_date"),))
    assert (other.plan, other.rules, other.motive) == ("collections", (), "collections")
    assert configuration.motives["collections"].requirements == (Requirement("collections", 2),)
    monthly, quarterly, yearly = configuration.due_dates.values()
    assert monthly == DueDate(
        "monthly_contributions",
        "Cotisations mensuelles",
        frozenset(),
        frozenset((5, 15)),
        frozenset(range(1, 13)),
        frozenset(("employer", "association")),
        days_before=2,
        bonus_s=60.0,
    )
    assert quarterly.months == frozenset((2, 5, 8, 11))
    assert (yearly.days, yearly.months) == (frozenset(), frozenset())
    assert yearly.dates == frozenset((date(2027, 5, 20), date(2028, 5, 18)))


def test_a_rule_may_ask_everything(directory: Path) -> None:
    replace(
        directory / "service.yaml",
        "{when: {due: [monthly_contributions, quarterly_contributions]}",
        """{when: {profile: [employer], motive: [collections], language: [en, fr_CA], recognition: [several],
          verified: [no, unknown], due: [yearly_income], hours: [{from: "22:00", to: "24:00"},
          {days: [monday, sunday], from: "08:00", to: "09:00"}]}""",
    )
    replace(directory / "service.yaml", "    motive: collections", "    language: en\n    motive: collections")
    replace(directory / "network.yaml", "{endpoint: carrier}", "{endpoint: carrier, verdict: from}")
    one, other, *_ = load(directory, {}).configuration.numbers.values()
    assert (one.language, other.language) == ("fr", "en")
    assert one.rules[0].when == Condition(
        profiles=frozenset(("employer",)),
        motives=frozenset(("collections",)),
        languages=frozenset(("en", "fr_CA")),
        recognitions=frozenset((Recognition.SEVERAL,)),
        verified=frozenset((Verified.NO, Verified.UNKNOWN)),
        due=frozenset(("yearly_income",)),
        hours=(
            Hours(frozenset(range(7)), time(22), time(0)),
            Hours(frozenset((0, 6)), time(8), time(9)),
        ),
    )


def test_what_becomes_of_those_who_wait_at_the_change_of_duty_is_told(directory: Path) -> None:
    rules = load(EXAMPLE, {}).configuration.rules
    assert (rules.drain, rules.drain_for_s, rules.at_close) == (Drain.MOVE, None, AtClose.SERVE)
    told = "drain: stay\n  drain_for: 5min"
    replace(directory / "service.yaml", "drain: move", told)
    replace(directory / "service.yaml", "at_close: serve", "at_close: dismiss")
    rules = load(directory, {}).configuration.rules
    assert (rules.drain, rules.drain_for_s, rules.at_close) == (Drain.STAY, 300.0, AtClose.DISMISS)


def test_who_is_preferred_and_waited_for_is_told(directory: Path) -> None:
    example = load(EXAMPLE, {}).configuration
    assert example.rules.last_advisor_days == 0
    plan = example.plans["general"]
    assert (plan.prefer, plan.wait_for_preferred_s) == ((Tie.IN_CHARGE, Tie.LAST_ADVISOR), 0.0)
    replace(directory / "service.yaml", "last_advisor_days: 0", "last_advisor_days: 30")
    told = "prefer: [last_advisor]\n    wait_for_preferred: 45s\n    ring: 20s"
    replace(directory / "plans.yaml", "ring: 20s                           #", f"{told}  #")
    configuration = load(directory, {}).configuration
    assert configuration.rules.last_advisor_days == 30
    plan = configuration.plans["general"]
    assert (plan.prefer, plan.wait_for_preferred_s) == ((Tie.LAST_ADVISOR,), 45.0)


def test_a_plan_may_end_with_a_message_or_another_number(directory: Path) -> None:
    plan = load(EXAMPLE, {}).configuration.plans["collections"]
    assert (plan.end_action, plan.end_message_s, plan.end_number) == (EndAction.VOICEMAIL, 120.0, None)
    assert load(EXAMPLE, {}).configuration.plans["general"].end_action is EndAction.MESSAGE
    other = 'then: other_number\n      number: "+33231000000"\n      ring: 40s\n      otherwise: [goodbye]'
    replace(directory / "plans.yaml", "then: voicemail\n      longest: 2min", other)
    text = (directory / "network.yaml").read_text(encoding="utf-8")
    (directory / "network.yaml").write_text(text.replace("      carrier: {endpoint: carrier}\n", ""), encoding="utf-8")
    sites = "caen, rouen, le-havre, dieppe, evreux, saint-lo"
    assert [line.partition(": ")[2] for line in problems(directory)] == [
        f"the PBX of {sites} has no way to another number: tell its “carrier” in “network.pbxs”",
        f"the PBX of {sites} has no way to another number: tell its “public_calls” in “sites”".replace("caen, ", ""),
    ]
    (directory / "network.yaml").write_text(text, encoding="utf-8")
    text = (directory / "sites.yaml").read_text(encoding="utf-8")
    everywhere = re.sub(r"(\n    name: (?!Caen)[^\n]+)", r"\1\n    public_calls: 4", text)
    (directory / "sites.yaml").write_text(everywhere, encoding="utf-8")
    plan = load(directory, {}).configuration.plans["collections"]
    assert (plan.end_action, plan.end_number) == (EndAction.OTHER_NUMBER, 33231000000)
    assert (plan.end_ring_s, plan.end_regrets) == (40.0, ("cti/goodbye",))


def test_contributors_are_called_back_where_a_section_says_how(directory: Path) -> None:
    rules = load(EXAMPLE, {}).configuration.callback
    assert rules is not None
    assert (rules.attempts, rules.retry_after_s, rules.ring_s, rules.keep_for_s) == (3, (300.0, 1800.0), 30.0, 172_800)
    assert (rules.allow, rules.refuse, rules.noted_sounds) == (("33",), ("338",), ("cti/callback_noted", "cti/goodbye"))
    assert [(span.start, span.end) for span in rules.hours] == [(time(9), time(18))]
    replace(
        directory / "plans.yaml", "then: voicemail\n      longest: 2min", "then: callback\n      otherwise: [goodbye]"
    )
    plan = load(directory, {}).configuration.plans["collections"]
    assert (plan.end_action, plan.end_regrets) == (EndAction.CALLBACK, ("cti/goodbye",))
    text = (directory / "service.yaml").read_text(encoding="utf-8")
    (directory / "service.yaml").write_text(text[: text.index("callback:")], encoding="utf-8")
    assert [line.partition(":")[0] for line in problems(directory)] == ["plans.yaml", *["treatments.yaml"] * 2]
    assert {line.partition(": ")[2] for line in problems(directory)} == {
        "nobody is called back: add a section “callback”"
    }


def test_without_motives_and_due_dates_none_is_known(directory: Path) -> None:
    (directory / "due_dates.yaml").unlink()
    assert [line.partition(": ")[2] for line in problems(directory)] == [
        f"unknown due date “{due}”"
        for due in ("monthly_contributions", "quarterly_contributions") * 2 + ("yearly_income",)
    ]


def test_a_plan_says_which_of_the_free_advisors(directory: Path) -> None:
    example = load(EXAMPLE, {}).configuration.plans["general"]
    assert example.selection is Selection.MOST_COMPETENT
    plans = directory / "plans.yaml"
    text = plans.read_text(encoding="utf-8")
    assert "\n    choose:" not in text
    plans.write_text(text.replace("    ring:", "    choose: least_occupied\n    spare_experts: true\n    ring:"))
    plan = load(directory, {}).configuration.plans["general"]
    assert (plan.selection, plan.spare_experts) == (Selection.LEAST_OCCUPIED, True)


def test_slots_and_days_are_in_order_and_midnight_is_the_end_of_the_day(directory: Path) -> None:
    (directory / "calendar.yaml").write_text(
        """
calendar:
  week:
    sunday:
      - {from: 20:00, to: "24:00", duty: caen}
      - {from: 08:00, to: 12:00, duty: rouen}
    monday: [{from: "00:00", to: "00:00", duty: caen}]
  exceptions:
    - {date: 2027-01-01, name: Nouvel An, closed: true}
    - {date: 2026-12-24, name: Veille, slots: [{from: 09:00, to: 10:00, duty: caen}]}
""",
        encoding="utf-8",
    )
    calendar = load(directory, {}).configuration.calendar
    assert calendar.week == (
        Slot(0, time(0), time(0), "caen", ()),
        Slot(6, time(8), time(12), "rouen", ()),
        Slot(6, time(20), time(0), "caen", ()),
    )
    assert list(calendar.exceptions) == [date(2026, 12, 24), date(2027, 1, 1)]
    assert calendar.exceptions[date(2026, 12, 24)].slots == (Slot(3, time(9), time(10), "caen", ()),)
    assert calendar.exceptions[date(2027, 1, 1)].slots == ()


def test_aliases_repeat_a_day(directory: Path) -> None:
    (directory / "calendar.yaml").write_text(
        "calendar: {week: {monday: &day [{from: 08:30, to: 12:30, duty: caen}], friday: *day}}", encoding="utf-8"
    )
    week = load(directory, {}).configuration.calendar.week
    assert week == (Slot(0, time(8, 30), time(12, 30), "caen", ()), Slot(4, time(8, 30), time(12, 30), "caen", ()))


def test_sections_may_stand_in_any_file_and_trunks_may_be_named(directory: Path) -> None:
    everything = "".join(path.read_text(encoding="utf-8") for path in sorted(directory.glob("*.yaml")))
    for path in directory.glob("*.yaml"):
        path.unlink()
    (directory / "all.yaml").write_text(
        everything.replace("{from: caen, to", "{id: north, from: caen, to"), encoding="utf-8"
    )
    assert list(load(directory, {}).configuration.trunks)[:3] == ["north", "rouen-caen", "caen-le-havre"]


def test_version_follows_names_and_bytes_of_the_files(directory: Path) -> None:
    version = load(directory, {}).configuration.version
    assert version == load(EXAMPLE, {}).configuration.version
    (directory / "sites.yaml").rename(directory / "places.yaml")
    renamed = load(directory, {}).configuration.version
    with (directory / "places.yaml").open("a") as file:
        file.write("#")
    assert len({version, renamed, load(directory, {}).configuration.version}) == 3


def test_configuration_cannot_be_changed() -> None:
    configuration = load(EXAMPLE, {}).configuration
    with pytest.raises(TypeError):
        configuration.sites["caen"] = configuration.sites["rouen"]  # type: ignore[index]
    with pytest.raises(TypeError):
        configuration.advisors["anne_lefevre"].skills["health"] = 5  # type: ignore[index]


def test_a_section_in_two_files_names_both_places(directory: Path) -> None:
    (directory / "more.yaml").write_text("\nskills: {languages: {name: Langues}}\n")
    assert problems(directory) == ["skills.yaml:4:1: the section “skills” is there already in more.yaml:2:1: keep one"]


def test_a_missing_section_is_looked_for_in_its_file(directory: Path) -> None:
    (directory / "plans.yaml").write_text("# nothing\n")
    assert problems(directory) == ["plans.yaml:1:1: the section “plans” is missing: write it, in this file or another"]


def test_an_empty_section_is_said_once(directory: Path) -> None:
    (directory / "plans.yaml").write_text("plans:\n")
    assert problems(directory) == ["plans.yaml:1:7: “plans” is empty: give it a value"]


def test_every_site_has_a_pbx_and_unrecognised_callers_have_a_profile(directory: Path) -> None:
    replace(directory / "sites.yaml", "  rouen:", "  paris: {name: Paris}\n  rouen:")
    replace(directory / "service.yaml", "  unknown_profile: unknown", "")
    replace(directory / "skills.yaml", "  unknown:", "  nobody:")
    assert problems(directory) == [
        "network.yaml:20:5: the PBX of site “paris” is missing: add it",
        "service.yaml:8:3: “unknown_profile” is missing, and there is no profile “unknown”: add it",
    ]


def test_an_empty_directory(tmp_path: Path) -> None:
    assert problems(tmp_path) == [
        f"{tmp_path}:1:1: there is no *.yaml file here: is this the configuration's directory?"
    ]


def test_no_directory(tmp_path: Path) -> None:
    assert problems(tmp_path / "none") == [
        f"{tmp_path / 'none'}:1:1: the directory cannot be read: No such file or directory"
    ]


def test_an_unreadable_file_does_not_hide_the_errors_of_others(directory: Path) -> None:
    (directory / "plans.yaml").unlink()
    (directory / "plans.yaml").mkdir()
    (directory / "skills.yaml").write_bytes("skills:\n  é".encode("latin-1"))
    (directory / "sites.yaml").write_text("sites:\n\tcaen: {}\n")
    replace(directory / "advisors.yaml", 'phone: "101"', "phone: 101")
    assert problems(directory) == [
        'advisors.yaml:12:12: “phone” must be a text: write it in quotes, "101"',
        "plans.yaml:1:1: cannot be read: Is a directory",
        "sites.yaml:2:1: not valid YAML: found character '\\t' that cannot start any token, "
        "while scanning for the next token; indent with spaces, not tabs",
        "skills.yaml:2:3: byte 0xe9 is not UTF-8: save the file as UTF-8",
    ]


def test_a_file_that_would_be_passed_over_is_said_but_an_editors_own_is_not(directory: Path) -> None:
    (directory / "extra.yml").write_text("")
    (directory / ".#sites.yaml").symlink_to("nobody@nowhere")
    assert problems(directory) == ["extra.yml:1:1: is not read: rename it to extra.yaml, or remove it"]


def test_all_errors_at_once_sorted_by_place(directory: Path) -> None:
    replace(directory / "advisors.yaml", "site: caen", "site: can")
    replace(directory / "advisors.yaml", "employers: 5", "employers: 6")
    replace(
        directory / "calendar.yaml",
        'from: "13:30", to: "17:00", duty: le-havre',
        'from: "12:00", to: "17:00", duty: caan',
    )
    replace(directory / "network.yaml", "sip_port: 5060", "sip_prot: 5060")
    replace(directory / "service.yaml", "wrap_up: 20s", "wrap_up: 20")
    replace(directory / "sites.yaml", "to: caen, capacity: 20", "to: rouen, capacity: 20")
    found = problems(directory)
    assert [line.split(": ")[0] for line in found] == [
        "advisors.yaml:11:11",
        "advisors.yaml:13:25",
        "calendar.yaml:11:9",
        "calendar.yaml:11:44",
        "network.yaml:22:7",
        "service.yaml:10:12",
        "sites.yaml:43:23",
    ]


def test_problems_are_data() -> None:
    with pytest.raises(ConfigurationErrors) as caught:
        load(Path("/nowhere"), {})
    assert [problem.place for problem in caught.value.problems] == [Place("/nowhere", 1, 1)]
