"""Prompts, and the lists of sounds that name them."""

from pathlib import Path

import pytest

from cti_router.config import load
from cti_router.core.heard import Announcement, CallbackOffer, Comfort, Information, KeyedIdentity, Menu, Prompt
from tests.config.test_load import problems

PROMPTS = """
prompts:
  welcome: {fr: "Bonjour, et bienvenue.", en: "Hello."}
  at_hand: {fr: "Munissez-vous de votre numéro Siret.", en: "Have your Siret number at hand."}
  music: {fr: "Merci de patienter.", en: "Please hold.", interruptible: true}
  closed: {fr: "Nous sommes fermés.", en: "We are closed."}
  opening: {fr: "Nous rouvrons {opening}, à bientôt.", en: "We open {opening}, see you."}
  place: {fr: "Vous êtes numéro {position}.", en: "You are number {position}."}
  wait: {fr: "Il vous reste {wait} d’attente.", en: "It takes {wait} more."}
  read_back: {fr: "Vous avez composé le {number}.", en: "You keyed {number}."}
"""

TREATMENTS = """
treatments:
  general:
    welcome: [at_hand, "beep"]
    music: calm
    menu: {ask: [music], keys: {"1": collections, "2": collections}, tries: 3, timeout: 12s}
    announcement: {first: 45s, every: 90s, position: [place], expected_wait: [wait]}
    comfort: {every: 30s, play: [music, at_hand]}
    callback:
      {first: 2min, every: 3min, ask: [music], confirm: [music], other: [music], read_back: [read_back],
       impossible: [at_hand], key: "5"}
information:
  strike: {play: [at_hand], from: 2026-12-01, until: 2026-12-03, profiles: [employer], due: [yearly_income]}
"""

SERVICE = """
service:
  name: Accueil
  treatment: general
  whisper: true
  early_media: true
  identify: {ask: [music], ask_several: [at_hand], again: [welcome], tries: 3, timeout: 15s}
numbers:
  - number: "+33261910001"
    name: Numéro unique
    plan: general
    greeting: [welcome, hello, music, at_hand]
    closed: [closed, opening]
    busy: [closed]
  - {number: "+33261910002", name: Relais, plan: collections, closed: [goodbye], relay: true}
callback:
  noted: [closed]
"""


def rewritten(directory: Path, prompts: str = PROMPTS, treatments: str = TREATMENTS, service: str = SERVICE) -> Path:
    for name, text in (("prompts", prompts), ("treatments", treatments), ("service", service)):
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    plans = directory / "plans.yaml"
    only = """
plans:
  general: {ring: 20s, steps: [{after: 0s, sites: all}], end: {after: 10min, play: [closed, opening]}}
  collections: {ring: 20s, treatment: general, steps: [{after: 0s, sites: all}], end: {after: 9min, play: [goodbye]}}
"""
    plans.write_text(only, encoding="utf-8")
    skills = directory / "skills.yaml"
    lines = skills.read_text(encoding="utf-8").splitlines(keepends=True)
    skills.write_text("".join(line for line in lines if not line.startswith("    treatment:")), encoding="utf-8")
    return directory


def test_a_name_that_is_a_prompt_becomes_its_pieces_and_any_other_is_a_sound_of_the_pbxs(directory: Path) -> None:
    configuration = load(rewritten(directory), {}).configuration
    one, relay = configuration.numbers.values()
    assert one.closed_sounds == ("cti/closed", "cti/opening-1", "{opening}", "cti/opening-3")
    assert (one.busy_sounds, relay.closed_sounds) == (("cti/closed",), ("goodbye",))
    assert configuration.plans["general"].end_sounds == one.closed_sounds
    assert configuration.callback is not None
    assert configuration.callback.noted_sounds == ("cti/closed",)
    assert configuration.prompts["opening"] == Prompt(("cti/opening-1", "{opening}", "cti/opening-3"))


def test_nothing_cuts_a_greeting_short_up_to_the_first_prompt_that_says_so(directory: Path) -> None:
    one, relay = load(rewritten(directory), {}).configuration.numbers.values()
    assert one.greeting_sounds == ("cti/welcome", "hello")
    assert one.greeting_rest == (Prompt(("cti/music",)), Prompt(("cti/at_hand",), interruptible=False))
    assert (relay.greeting_sounds, relay.greeting_rest) == ((), ())


def test_a_treatment_is_as_it_is_written(directory: Path) -> None:
    configuration = load(rewritten(directory), {}).configuration
    treatment = configuration.treatments["general"]
    at_hand, music = Prompt(("cti/at_hand",)), Prompt(("cti/music",))
    assert (treatment.id, treatment.welcome, treatment.music) == ("general", (at_hand, Prompt(("beep",))), "calm")
    assert treatment.menu == Menu(("cti/music",), {"1": "collections", "2": "collections"}, 3, 12.0)
    assert treatment.announcement == Announcement(
        45.0,
        90.0,
        (Prompt(("cti/place-1", "{position}")),),
        (Prompt(("cti/wait-1", "{wait}", "cti/wait-3")),),
    )
    assert treatment.comfort == Comfort(30.0, (music, at_hand))
    assert treatment.callback == CallbackOffer(
        120.0, 180.0, music.sounds, music.sounds, music.sounds, ("cti/read_back-1", "{number}"), at_hand.sounds, "5"
    )


def test_who_has_it_who_is_asked_and_what_is_told_today(directory: Path) -> None:
    configuration = load(rewritten(directory), {}).configuration
    assert configuration.treatment == "general"
    assert [plan.treatment for plan in configuration.plans.values()] == [None, "general"]
    assert configuration.identity == KeyedIdentity(("cti/music",), ("cti/at_hand",), ("cti/welcome",), 3, 15.0)
    (strike,) = configuration.information
    assert isinstance(strike, Information)
    assert (strike.id, strike.prompts) == ("strike", (Prompt(("cti/at_hand",)),))
    assert (str(strike.from_day), str(strike.until_day)) == ("2026-12-01", "2026-12-03")
    assert (strike.profiles, strike.due) == (frozenset(("employer",)), frozenset(("yearly_income",)))
    assert (configuration.whisper, configuration.early_media) == (True, True)
    assert [number.relay for number in configuration.numbers.values()] == [False, True]


def test_a_profile_may_have_a_treatment_of_its_own(directory: Path) -> None:
    rewritten(directory)
    skills = directory / "skills.yaml"
    text = skills.read_text(encoding="utf-8").replace("    bonus: 1min", "    bonus: 1min\n    treatment: general")
    skills.write_text(text, encoding="utf-8")
    profiles = load(directory, {}).configuration.profiles
    assert [profiles[id_].treatment for id_ in ("health_practitioner", "association")] == ["general", None]


def test_the_texts_are_told_to_whoever_speaks_them(directory: Path) -> None:
    texts = load(rewritten(directory), {}).texts
    assert texts["welcome"] == {"fr": "Bonjour, et bienvenue.", "en": "Hello."}


def test_without_any_of_it_callers_hear_the_music_of_the_pbxs(directory: Path) -> None:
    rewritten(directory, "", "", SERVICE)
    service = directory / "service.yaml"
    kept = [line for line in SERVICE.splitlines() if not line.startswith(("  treatment", "  identify"))]
    service.write_text("\n".join(kept), encoding="utf-8")
    plans = directory / "plans.yaml"
    plans.write_text(plans.read_text(encoding="utf-8").replace("treatment: general, ", ""), encoding="utf-8")
    configuration = load(directory, {}).configuration
    assert (configuration.treatments, configuration.treatment, configuration.identity) == ({}, None, None)
    assert configuration.numbers[33261910001].greeting_sounds == ("welcome", "hello", "music", "at_hand")


WRONG_PROMPTS = [
    ('fr: "Bonjour, et bienvenue."', 'fr: §" "', "“fr” must not be blank"),
    ('fr: "Bonjour, et bienvenue."', 'fr: §"…"', "“fr” must not be blank"),
    ('fr: "Bonjour, et bienvenue.", ', "", "“fr” is missing: add it"),
    (
        '"Bonjour, et bienvenue."',
        f'§"{"a" * 601}"',
        "“fr” must have 600 characters at most: who listens for a minute hangs up; make two of it",
    ),
    ("bienvenue.", "<b>bienvenue.", "“fr” must not contain < nor >: write what is to be said"),
    (
        "{opening}, à",
        "{oppening}, à",
        "unknown placeholder {oppening}; known: {number}, {opening}, {position}, {wait}",
    ),
    (
        "{opening}, à",
        "{opening, à",
        "unknown placeholder {opening, à bientôt.; known: {number}, {opening}, {position}, {wait}",
    ),
    (
        '"We open {opening}, see you."',
        '§"{opening} we open."',
        "must be made as “fr” is: text {opening} text, not {opening} text",
    ),
]


@pytest.mark.parametrize(("old", "new", "text"), WRONG_PROMPTS, ids=[case[2] for case in WRONG_PROMPTS])
def test_what_a_text_may_not_be(directory: Path, old: str, new: str, text: str) -> None:
    assert old in PROMPTS
    changed = PROMPTS.replace(old, new)
    at = changed.find("§")
    rewritten(directory, changed.replace("§", ""))
    (problem,) = problems(directory)
    place, _, said = problem.partition(": ")
    assert said == text
    if at >= 0:
        line, column = changed.count("\n", 0, at) + 1, at - changed.rfind("\n", 0, at)
        assert place == f"prompts.yaml:{line}:{column}"


def test_a_text_may_be_written_over_several_lines(directory: Path) -> None:
    folded = '{fr: "Bonjour, et\n    bienvenue.", en: "Hello."}'
    rewritten(directory, PROMPTS.replace('{fr: "Bonjour, et bienvenue.", en: "Hello."}', folded))
    assert load(directory, {}).texts["welcome"]["fr"] == "Bonjour, et bienvenue."


WRONG_PLACES = [
    (
        TREATMENTS,
        "welcome: [at_hand,",
        "welcome: [§place,",
        "“place” says {position}, which is known only in “announcement”",
    ),
    (
        TREATMENTS,
        "position: [place]",
        "position: [§wait]",
        "“wait” says {wait}, which is known only in “expected_wait” of an “announcement”",
    ),
    (
        TREATMENTS,
        "other: [music]",
        "other: [§read_back]",
        "“read_back” says {number}, which is known only in “read_back” of a “callback”",
    ),
    (
        TREATMENTS,
        "strike: {play: [at_hand]",
        "strike: {play: [§opening]",
        "“opening” says {opening}, which is known only in the messages of who is not served: “closed”, “play” and "
        "“otherwise” of a plan's end, “noted”",
    ),
    (TREATMENTS, "keys: {", "keys: {§12: collections, ", '“12” must be one key from 0 to 9, in quotes, such as "1"'),
    (TREATMENTS, '"1": collections', '"1": §colections', "unknown motive “colections”; did you mean “collections”?"),
    (
        TREATMENTS,
        "timeout: 12s",
        "timeout: §9s",
        "must be from 10s to 1min: who sees, hears or moves with difficulty needs that long to find a key",
    ),
    (TREATMENTS, "every: 30s", "every: §9s", "must be at least 10s: let there be music between"),
    (TREATMENTS, "[music, at_hand]}", "§[music]}", "“play” must have at least 2 entries"),
    (
        TREATMENTS,
        "position: [place], expected_wait: [wait]",
        "",
        "tells nothing: add “position”, “expected_wait”, or both",
    ),
    (TREATMENTS, "until: 2026-12-03", "until: §2026-11-30", "must not be before 2026-12-01, the first day"),
    (
        TREATMENTS,
        "from: 2026-12-01, until: 2026-12-03, profiles: [employer], due: [yearly_income]",
        "profiles: [employer]",
        "would be told for ever: say “until” when, or for which “due” dates; else it is a “welcome”",
    ),
    (SERVICE, "timeout: 15s", "timeout: §5s", "must be from 10s to 1min: who sees, hears or "
     "moves with difficulty needs that long to find a key"),
    (SERVICE, "treatment: general", "treatment: §genral", "unknown treatment “genral”; did you mean “general”?"),
    (SERVICE, "ask: [music], ask_several: [at_hand], ", "", "asks nothing: add “ask”, “ask_several”, or both"),
    (SERVICE, "callback:\n  noted: [closed]\n", "", "nobody is called back: add a section “callback”"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "text"), WRONG_PLACES, ids=[case[3][:60] for case in WRONG_PLACES])
def test_what_a_treatment_may_not_be(directory: Path, file: str, old: str, new: str, text: str) -> None:
    assert old in file
    changed = file.replace(old, new, 1)
    at = changed.find("§")
    clean = changed.replace("§", "")
    rewritten(directory, **{"treatments" if file is TREATMENTS else "service": clean})
    (problem,) = problems(directory)
    place, _, said = problem.partition(": ")
    assert said == text
    if at >= 0:
        line, column = changed.count("\n", 0, at) + 1, at - changed.rfind("\n", 0, at)
        name = "treatments" if file is TREATMENTS else "service"
        assert place == f"{name}.yaml:{line}:{column}"


def test_what_is_heard_has_words_in_the_language_of_who_hears_it(directory: Path) -> None:
    mute = PROMPTS.replace('"Nous sommes fermés.", en: "We are closed."', '"Nous sommes fermés."')
    mute = mute.replace(', en: "You keyed {number}."', "")
    rewritten(directory, mute)
    load(directory, {})  # nobody hears English
    spoken = SERVICE.replace("closed: [goodbye], relay: true", "closed: [closed], relay: true, language: en_GB")
    rewritten(directory, mute, service=spoken)
    number = "service.yaml:15:104"
    # A relay service is asked for no key, so nobody hears the other in English.
    assert problems(directory) == [
        f"prompts.yaml:6:11: “en” is missing: callers of +33261910002 hear “closed”, and “en_GB” is their language in "
        f"{number}: add it",
    ]
