"""Each rule of the configuration, broken once. The mark § stands before the character the error must name."""

# ruff: noqa: E501 — one case a line

from pathlib import Path

import pytest

from cti_router.config import load
from tests.config.test_load import problems, replace

CASES = [
    # references
    ("advisors.yaml", "site: caen", "site: §rouan", "unknown site “rouan”; did you mean “rouen”?"),
    ("advisors.yaml", "employers: 5", "§zzz: 5", "unknown skill “zzz”; known: collections, employers, health, household, self_employed"),
    ("skills.yaml", "{household: 2}", "{§houshold: 2}", "unknown skill “houshold”; did you mean “household”?"),
    ("service.yaml", "unknown_profile: unknown", "unknown_profile: §unkown", "unknown profile “unkown”; did you mean “unknown”?"),
    ("service.yaml", "- plan: general", "- plan: §generel", "unknown plan “generel”; did you mean “general”?"),
    ("calendar.yaml", "duty: rouen", "duty: §le-mans", "unknown site “le-mans”; known: caen, dieppe, evreux, le-havre, rouen, saint-lo"),
    ("calendar.yaml", "backups: [caen,", "backups: [§can,", "unknown site “can”; did you mean “caen”?"),
    ("plans.yaml", "sites: backups", "sites: [rouen, §can]", "unknown site “can”; did you mean “caen”?"),
    ("network.yaml", "  pbxs:", "  pbxs:\n    §paris: {address: 10.1.1.1, ami_secret: {env: X}}", "unknown site “paris”; known: caen, dieppe, evreux, le-havre, rouen, saint-lo"),
    # keys
    ("service.yaml", "wrap_up:", "§wrapup:", "unknown key “wrapup”; did you mean “wrap_up”?"),
    ("sites.yaml", "    name: Caen", "    name: Caen\n    §name: Caen", "“name” stands here twice, first in sites.yaml:10:5: keep one"),
    ("sites.yaml", "  dieppe:\n    name: Dieppe\n    voice_ports: 30", "  §dieppe: {}", "“name” is missing: add it"),
    ("sites.yaml", "{from: caen, to: rouen", "§{to: rouen", "“from” is missing: add it"),
    ("calendar.yaml", "    monday:", "    §mondey:", "“mondey” must be 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday' or 'sunday'"),
    # ids, names, numbers
    ("advisors.yaml", "  anne_lefevre:", "  §anne-lefevre:", "“anne-lefevre” must be lower-case letters, digits and _, beginning with a letter, such as self_employed"),
    ("sites.yaml", "name: Caen", 'name: §"Ca\\nen"', "“name” must not contain control characters, tabs or line breaks"),
    ("sites.yaml", "name: Caen", 'name: §" "', "“name” must not be blank"),
    ("sites.yaml", "name: Caen", "name:§", "“name” is empty: give it a value"),
    ("advisors.yaml", 'phone: "101"', "phone: §10 1", '“phone” must be digits only, such as "101"'),
    ("advisors.yaml", 'phone: "102"', 'phone: §"101"', "phone 101 at “caen” is that of “anne_lefevre” in advisors.yaml:12:12: give each person another"),
    ("service.yaml", '"+33261910001"', '§"+3326191"', '“number” must be a telephone number with its country code, such as "+33261910001"'),
    ("service.yaml", '"+33261910001"', '§"0261910001"', '“number” must be a telephone number with its country code, such as "+33261910001"'),
    ("service.yaml", '- number: "', '- {number: "+33 2 61 91 00 01", name: x, plan: general, closed: [goodbye]}\n  - number: §"', "+33261910001 is there already in service.yaml:41:14: keep one"),
    ("service.yaml", "[welcome]", "[§hello.wav]", "must be a prompt's name, or that of a sound of the PBXs without its ending: letters, digits, _, - and /"),
    ("service.yaml", "[closed, opening, goodbye]", "§[]", "“closed” must have at least 1 entry"),
    # levels and counts
    ("advisors.yaml", "employers: 5", "employers: §6", "“employers” must be at most 5"),
    ("skills.yaml", "{employers: 3}", "{employers: §0}", "“employers” must be at least 1"),
    ("service.yaml", "handling: 5min", "handling: §0s", "a call keeps an advisor for at least 1s"),
    ("service.yaml", "min_hit_rate: 65", "min_hit_rate: §165", "“min_hit_rate” must be at most 100"),
    ("service.yaml", "least_outcomes: 20", "least_outcomes: §51", "“least_outcomes” must be at most 50"),
    ("sites.yaml", "capacity: 10", "capacity: §0", "“capacity” must be at least 1"),
    ("sites.yaml", "capacity: 10", 'capacity: §"10"', "“capacity” must be a whole number, such as 3, without quotes"),
    ("sites.yaml", "capacity: 10", "capacity: §true", "“capacity” must be a whole number, such as 3, without quotes"),
    # trunks
    ("sites.yaml", "from: caen, to: rouen", "from: caen, to: §caen", "a trunk leads to another site, not from “caen” to itself"),
    ("sites.yaml", "{from: rouen, to: caen", "§{from: caen, to: rouen", "there is a trunk from “caen” to “rouen” already in sites.yaml:42:5: keep one"),
    ("sites.yaml", "{from: rouen", "{id: §caen-rouen, from: rouen", "trunk “caen-rouen” is there already in sites.yaml:42:5: choose another id"),
    ("sites.yaml", "{from: caen, to", "{id: §dieppe-evreux, from: caen, to", "“dieppe-evreux” is a trunk of the mesh: choose another id"),
    ("sites.yaml", "sites: all", "sites: §al", "“sites” must be all, or a list of sites such as [caen, rouen]"),
    ("sites.yaml", "sites: all", "sites: §[caen]", "“sites” must have at least 2 entries"),
    ("sites.yaml", "sites: all", "sites: [caen, rouen, §caen]", "“caen” stands here twice: keep one"),
    ("sites.yaml", "sites: all", "sites: [caen, §ruen]", "unknown site “ruen”; did you mean “rouen”?"),
    # voice messages
    ("service.yaml", "keep: 30d", "keep: §30min", "must be at least 1h: a mistake can be made good so long"),
    ("service.yaml", "keep_at_most: 90d", "keep_at_most: §20d", "must be at least 1d, and not shorter than “keep”"),
    ("service.yaml", "due_in_working_days: 1", "due_in_working_days: §31", "“due_in_working_days” must be at most 30"),
    ("service.yaml", "{then: voicemail, play", "{then: §message, play", "“then” must be 'voicemail'"),
    ("service.yaml", "longest: 2min}", "longest: §11min}", "must be from 5s to 10min"),
    ("network.yaml", "messages: {address: 192.0.2.10,", "messages: {address: 192.0.2.10, certificate: §router.pem,", "TLS takes “private_key” as well: add it, or remove this"),
    ("network.yaml", "port: 9465}", "port: §0}", "“port” must be at least 1"),
    # reasons of absence, wrap-up, phones that are nobody's own
    ("reasons.yaml", "lasts: 15min", "lasts: §13h", "“lasts” must be from 1s to 12h"),
    ("reasons.yaml", "  lunch:", "  §Déjeuner:", "“Déjeuner” must be lower-case letters, digits and _, beginning with a letter, such as self_employed"),
    ("reasons.yaml", "  break:\n    name: Pause\n    lasts: 15min", "  §break:\n    lasts: 15min", "“name” is missing: add it"),
    ("service.yaml", "wrap_up_most: 900s", "wrap_up_most: §10s", "“wrap_up_most” is shorter than “wrap_up”: it is how long a wrap-up may last in all"),
    ("sites.yaml", 'phones: ["691"]', 'phones: ["691", §"691"]', "phone 691 stands here twice: keep one"),
    # supervisors
    ("supervisors.yaml", "site: evreux", "site: §evroux", "unknown site “evroux”; did you mean “evreux”?"),
    ("supervisors.yaml", '"590"', '§"506"', "phone 506 at “evreux” is that of “denis_aubin” in advisors.yaml:165:12: give each person another"),
    # the change of duty
    ("service.yaml", "drain: move", "drain: §go", "“drain” must be 'move' or 'stay'"),
    ("service.yaml", "  unknown_profile:", "  drain_for: §5min\n  unknown_profile:", "is for “drain: stay”: write that, or remove it"),
    ("service.yaml", "at_close: serve", "at_close: §wait", "“at_close” must be 'serve' or 'dismiss'"),
    # the preferred advisor
    ("service.yaml", "last_advisor_days: 0", "last_advisor_days: §366", "“last_advisor_days” must be at most 365"),
    ("plans.yaml", "ring: 20s", "prefer: [§charge]\n    ring: 20s", "must be in_charge or last_advisor"),
    ("plans.yaml", "ring: 20s", "prefer: [in_charge, §in_charge]\n    ring: 20s", "“in_charge” stands here twice: keep one"),
    ("plans.yaml", "ring: 20s", "prefer: []\n    wait_for_preferred: §30s\n    ring: 20s", "whom is there to wait for? Add to “prefer”, or remove this"),
    ("plans.yaml", "ring: 20s", "wait_for_preferred: §10min\n    ring: 20s", "must be shorter than the whole wait, in plans.yaml:43:14"),
    # rules: which plan
    ("service.yaml", "- plan: general", "- §{when: {profile: [employer]}, plan: general}", "the last rule must be for everybody else: add one without “when”, such as “- plan: general”"),
    ("service.yaml", "{when: {due:", "{when: {profile: [§employr], due:", "unknown profile “employr”; did you mean “employer”?"),
    ("service.yaml", "{when: {due:", "{when: {motive: [§colections], due:", "unknown motive “colections”; did you mean “collections”?"),
    ("service.yaml", "[monthly_contributions,", "[§monthly,", "unknown due date “monthly”; known: monthly_contributions, quarterly_contributions, yearly_income"),
    ("service.yaml", "{when: {due:", "{when: {recognition: [§known], due:", "must be 'recognised', 'keyed', 'several', 'unknown' or 'masked'"),
    ("service.yaml", "{when: {due:", "{when: {verified: §[no], due:", "no PBX has a carrier that says whether it vouches for a number: tell its “verdict” in “network.pbxs”, or remove this condition"),
    ("service.yaml", "{when: {due: [monthly_contributions, quarterly_contributions]}", "{when: §{}", "“when” must ask something; a rule for everybody else has no “when”"),
    ("service.yaml", "{when: {due: [monthly_contributions, quarterly_contributions]}", "{when: {due: §[]}", "“due” must have at least 1 entry"),
    ("service.yaml", "{when: {due:", "{when: {hours: [{from: \"10:00\", to: §\"10:00\"}], due:", "must be later than 10:00, when the span begins"),
    ("service.yaml", "{when: {due:", "{when: {language: [§Français], due:", "must be a language as Asterisk names its sounds: fr, en, fr_CA, in small letters"),
    ("service.yaml", "motive: collections", "motive: §colections", "unknown motive “colections”; did you mean “collections”?"),
    ("service.yaml", "plan: collections", "plan: §{}", "“plan” must be a text"),
    # due dates and motives
    ("due_dates.yaml", "days: [5, 15]", "days: [5, §32]", "must be at most 31"),
    ("due_dates.yaml", "  yearly_income:\n    name: Déclaration annuelle de revenus\n    dates: [2027-05-20, 2028-05-18]", "  yearly_income:\n    §name: Déclaration annuelle de revenus", "write the “days” of the month, or “dates”"),
    ("due_dates.yaml", "dates: [2027-05-20, 2028-05-18]", "dates: [2027-05-20]\n    months: §[5]", "months without “days”: say which days of these months"),
    ("due_dates.yaml", "days_before: 2", "days_before: §32", "“days_before” must be at most 31"),
    ("due_dates.yaml", "[employer, association]", "[employer, §asociation]", "unknown profile “asociation”; did you mean “association”?"),
    ("skills.yaml", "{collections: 2}", "{§colections: 2}", "unknown skill “colections”; did you mean “collections”?"),
    # durations and plans
    ("plans.yaml", "ring: 20s", "ring: §20", "“ring” must have a unit: write 20s, 20min or 20h"),
    ("plans.yaml", "ring: 20s", "ring: §20 s", "“ring” must be a duration: a whole number and its unit, such as 300ms, 20s, 2min, 1h or 30d"),
    ("plans.yaml", "ring: 20s", "ring: §0s", "a phone must ring for at least 1s"),
    ("plans.yaml", "ring: 20s", "choose: §competent\n    ring: 20s", "“choose” must be most_competent or least_occupied"),
    ("plans.yaml", "ring: 20s", "spare_experts: §oui\n    ring: 20s", "“spare_experts” must be true or false"),
    ("plans.yaml", "after: 0s", "after: §1s", "the first step begins at once: write 0s"),
    ("plans.yaml", "after: 30s", "after: §9s", "must not come earlier than the step before it, in plans.yaml:39:17"),
    ("plans.yaml", "after: 10min", "after: §30s", "must come later than the last step, in plans.yaml:40:17"),
    ("plans.yaml", "after: 0s,", "after: 0s, when_expected_wait_over: §1min,", "the first step begins at once: leave this out"),
    ("plans.yaml", "{after: 5s, sites", "§{sites", "when does this step open? Add “after”, “when_expected_wait_over”, or both"),
    ("plans.yaml", "after: 5s", "when_expected_wait_over: §3", "“when_expected_wait_over” must have a unit: write 3s, 3min or 3h"),
    ("plans.yaml", "then: voicemail\n      longest: 2min", "then: §voice", "“then” must be 'message', 'voicemail', 'other_number' or 'callback'"),
    ("plans.yaml", "then: voicemail\n      longest: 2min", "longest: §2min", "is for “then: voicemail”: write that, or remove it"),
    ("plans.yaml", "longest: 2min", "longest: §2s", "must be from 5s to 10min"),
    ("plans.yaml", "longest: 2min", "otherwise: §[goodbye]", "is for “then: other_number” or “then: callback”: write that, or remove it"),
    # callbacks
    ("service.yaml", "noted: [callback_noted, goodbye]", "noted: §[]", "“noted” must have at least 1 entry"),
    ("service.yaml", "retry_after: [5min, 30min]", "retry_after: [5min, §500ms]", "must be at least 1s: nobody is called without a pause"),
    ("service.yaml", "keep_for: 2d", "keep_for: §30s", "must be at least 1min"),
    ("service.yaml", "ring: 30s  ", "ring: §3s  ", "must be from 5s to 2min"),
    ("service.yaml", 'allow: ["+33"]', 'allow: [§"33"]', 'must be the beginning of a number, with its country code, such as "+33"'),
    ("service.yaml", 'refuse: ["+338"]', 'refuse: ["+338", §"+33"]', "“+33” is in “allow” as well: keep one of them"),
    ("service.yaml", '{from: "09:00", to: "18:00"}', '{from: "09:00", to: §"08:00"}', "must be later than 09:00, when the span begins"),
    ("plans.yaml", "then: voicemail\n      longest: 2min", 'then: other_number\n      number: §"0231"', '“number” must be a telephone number with its country code, such as "+33261910001"'),
    ("plans.yaml", "sites: duty", "sites: §dutty", "“sites” must be duty, backups, all, or a list of sites such as [caen]"),
    ("plans.yaml", "sites: duty", "sites: §3", '“sites” must be a text: write it in quotes, "3"'),
    ("service.yaml", "Europe/Paris", "§Europe/Pari", "unknown time zone “Europe/Pari”; did you mean “Europe/Paris”?"),
    ("service.yaml", "Europe/Paris", "§../etc", "unknown time zone “../etc”"),
    # the calendar
    ("calendar.yaml", '{from: "13:30"', '§{from: "12:29"', "the slot monday 12:29–17:00 overlaps the slot monday 08:30–12:30 in calendar.yaml:10:9: change one of them"),
    ("calendar.yaml", '"08:30"', '§"8:30"', '“from” must be a time of day from "00:00" to "23:59", with two digits each'),
    ("calendar.yaml", '"08:30"', "§0830", '“from” must be a time of day from "00:00" to "23:59", with two digits each'),
    ("calendar.yaml", '"08:30"', '§"24:00"', '“from” must be a time of day from "00:00" to "23:59", with two digits each'),
    ("calendar.yaml", 'to: "12:30"', 'to: §"08:30"', '“to” must not be when the slot begins; a whole day is from "00:00" to "24:00"'),
    ("calendar.yaml", "duty: rouen, backups: [caen,", "duty: caen, backups: [§caen,", "“caen” is on duty in this slot: it cannot be its own backup"),
    ("calendar.yaml", "backups: [caen,", "backups: [caen, §caen,", "“caen” stands here twice: keep one"),
    ("calendar.yaml", "2027-01-04", "§2026-12-24", "2026-12-24 is there already in calendar.yaml:31:13: keep one"),
    ("calendar.yaml", "2027-01-04", "§2026-02-30", "there is no 2026-02-30 in the calendar"),
    ("calendar.yaml", "2027-01-04", "§25/12/2026", "“date” must be a date: year-month-day, such as 2026-12-24"),
    ("calendar.yaml", "{date: 2027-01-04, name: Inventaire, closed: true}", "§{date: 2027-01-04, name: Inventaire}", "write either the “slots” of that day, or “closed: true”"),
    ("calendar.yaml", "name: Inventaire, closed: true", "name: Inventaire, slots: §[]", "“slots” must have at least 1 entry"),
    ("calendar.yaml", "closed: true", "closed: §yes", "“closed” must be true or false"),
    ("calendar.yaml", 'to: "12:30", duty: rouen,', 'to: "12:30", timezone: §Indian/Reunio, duty: rouen,', "unknown time zone “Indian/Reunio”; did you mean “Indian/Reunion”?"),
    # public holidays
    ("calendar.yaml", "country: FR", "country: §fr", "“country” must be the two letters of a country whose holidays are known, such as FR"),
    ("calendar.yaml", "country: FR", "country: §France", "“country” must be the two letters of a country whose holidays are known, such as FR"),
    ("calendar.yaml", "country: FR", "country: FR, subdivision: §GES", "unknown subdivision “GES” of FR; known: 57, 6AE, 971, 972, 973, 974, 976, BL, MF, NC, PF, PM, TF, WF, Zone A, Zone B, Zone C"),
    ("calendar.yaml", "country: FR", "country: FR, subdivision: §6EA", "unknown subdivision “6EA” of FR; did you mean “6AE”?"),
    ("calendar.yaml", "country: FR", "country: FR, subdivision: §Zone A", "“Zone A” has no public holidays of its own: remove it, FR alone gives the same days"),
    ("calendar.yaml", "country: FR", "country: MC, subdivision: §X", "unknown subdivision “X” of MC; none are known: remove it"),
    ("calendar.yaml", "country: FR", "country: FR, except: [2027-05-17, §2027-05-18]", "2027-05-18 is no public holiday from 2020 to 2045: remove it"),
    ("calendar.yaml", "country: FR", "country: FR, subdivision: §57", '“subdivision” must be a text: write it in quotes, "57"'),
    ("calendar.yaml", "{country: FR}", "§FR", "“holidays” must hold entries, such as “key: value”"),
    # swaps
    ("calendar.yaml", "give: caen, take: dieppe", "give: caen, take: §caen", "“caen” cannot swap with itself: name another site"),
    ("calendar.yaml", "give: caen, take: dieppe", "give: §rouen, take: dieppe", "“rouen” is not on duty on 2026-12-01, it has nothing to give; on duty that day: caen, evreux"),
    ("calendar.yaml", "date: 2026-12-01, give: caen", "date: 2026-12-05, give: §caen", "“caen” is not on duty on 2026-12-05, it has nothing to give; the service is closed that day"),
    ("calendar.yaml", "date: 2026-12-01, give: caen", "date: 2026-12-25, give: §caen", "“caen” is not on duty on 2026-12-25, it has nothing to give; the service is closed that day"),
    ("calendar.yaml", "date: 2026-12-01, give: caen", "date: 2027-01-04, give: §caen", "“caen” is not on duty on 2027-01-04, it has nothing to give; the service is closed that day"),
    ("calendar.yaml", "  swaps:\n    - {date: 2026-12-01, give: caen, take: dieppe}", "  swaps:\n    - {date: 2026-12-01, give: evreux, take: dieppe}\n    - {date: 2026-12-01, give: caen, take: §dieppe}", "“dieppe” swaps already on 2026-12-01 in calendar.yaml:39:46: one swap a day"),
    ("calendar.yaml", "take: dieppe", "take: §diepe", "unknown site “diepe”; did you mean “dieppe”?"),
    # the network
    ("network.yaml", "address: 192.0.2.10", "address: §router1", "“address” must be an IPv4 address, such as 192.0.2.10"),
    ("network.yaml", "address: 10.76.0.1", "address: §10.14.0.1", "10.14.0.1 is the address of another PBX in network.yaml:21:16"),
    ("network.yaml", "carrier: {endpoint: carrier}", "carrier: {endpoint: §the carrier}", "“endpoint” must be the name of a PJSIP endpoint: letters, digits, - and _, such as carrier"),
    ("network.yaml", "carrier: {endpoint: carrier}", "carrier: {endpoint: carrier, verdict: §identity}", "“verdict” must be 'p_asserted_identity' or 'from'"),
    ("network.yaml", "port: 9464", "port: §94640", "“port” must be at most 65535"),
    ("network.yaml", "{env: CTI_DSN}", "§{env: CTI_DSN, file: dsn}", "write either “env: VARIABLE” or “file: path”"),
    ("network.yaml", "{env: CTI_DSN}", "§{}", "write either “env: VARIABLE” or “file: path”"),
    ("network.yaml", "{env: CTI_DSN}", "§postgresql://user:secret@host/db", "“dsn” must hold entries, such as “key: value”"),
    ("network.yaml", "{env: CTI_DSN}", "{env: §CTI-DSN}", "“env” must be the name of an environment variable, such as CTI_DSN"),
]  # fmt: skip

# A rule that another takes all calls of, which stands where the mark ¤ is.
HIDDEN = [
    "¤plan: general\n      - §plan: due_date",
    "¤{when: {profile: [employer, unknown]}, plan: general}\n      - §{when: {profile: [employer], recognition: [several]}, plan: general}\n      - plan: general",
    "¤{when: {due: [yearly_income]}, plan: general}\n      - §{when: {profile: [employer], due: [yearly_income]}, plan: general}\n      - plan: general",
    "¤{when: {hours: [{from: \"08:00\", to: \"12:00\"}]}, plan: general}\n      - §{when: {hours: [{days: [monday], from: \"09:00\", to: \"11:00\"}]}, plan: general}\n      - plan: general",
    "¤{when: {hours: [{from: \"08:00\", to: \"24:00\"}]}, plan: general}\n      - §{when: {hours: [{from: \"09:00\", to: \"24:00\"}]}, plan: general}\n      - plan: general",
]  # fmt: skip
NOT_HIDDEN = [
    "{when: {profile: [employer]}, plan: general}\n      - {when: {profile: [employer, unknown]}, plan: general}\n      - plan: general",
    "{when: {profile: [employer], verified: [unknown]}, plan: general}\n      - {when: {profile: [employer]}, plan: general}\n      - plan: general",
    "{when: {hours: [{from: \"08:00\", to: \"12:00\"}]}, plan: general}\n      - {when: {hours: [{from: \"09:00\", to: \"24:00\"}]}, plan: general}\n      - plan: general",
    "{when: {hours: [{days: [monday], from: \"08:00\", to: \"12:00\"}]}, plan: general}\n      - {when: {hours: [{from: \"09:00\", to: \"11:00\"}]}, plan: general}\n      - plan: general",
]  # fmt: skip

# These have consequences elsewhere.
CASES_WITH_CONSEQUENCES = [
    ("plans.yaml", "then: voicemail\n      longest: 2min", "then: §other_number", "needs the “number” to be called: add it"),
    ("plans.yaml", "then: voicemail\n      longest: 2min", 'then: other_number\n      number: "+33231000000"\n      ring: §1s', "must be from 5s to 5min"),
    ("plans.yaml", "plans:", "§plan:", "unknown key “plan”; did you mean “plans”?"),
    ("sites.yaml", "  rouen:\n", "  §Rouen:\n", "“Rouen” must be lower-case letters, digits and -, beginning with a letter, such as saint-lo, and not “public”"),
]  # fmt: skip


def broken(directory: Path, file: str, old: str, new: str) -> str:
    """Breaks a file and returns the place of the mark."""
    before, found, after = (directory / file).read_text(encoding="utf-8").partition(old)
    assert found
    marked = before + new + after
    above = marked[: marked.index("§")]
    (directory / file).write_text(marked.replace("§", ""), encoding="utf-8")
    return f"{file}:{above.count(chr(10)) + 1}:{len(above) - above.rfind(chr(10))}"


@pytest.mark.parametrize(("file", "old", "new", "text"), CASES, ids=[case[2] for case in CASES])
def test_rule(directory: Path, file: str, old: str, new: str, text: str) -> None:
    place = broken(directory, file, old, new)
    assert problems(directory) == [f"{place}: {text}"]


@pytest.mark.parametrize("rules", HIDDEN)
def test_a_rule_that_is_never_reached(directory: Path, rules: str) -> None:
    place = broken(directory, "service.yaml", "- plan: general", f"- {rules}")
    first = broken(directory, "service.yaml", "¤", "§")
    assert problems(directory) == [f"{place}: is never reached: the rule in {first} takes all its calls before it"]


@pytest.mark.parametrize("rules", NOT_HIDDEN)
def test_a_rule_that_is_reached(directory: Path, rules: str) -> None:
    replace(directory / "service.yaml", "- plan: general", f"- {rules}")
    replace(directory / "network.yaml", "{endpoint: carrier}", "{endpoint: carrier, verdict: from}")
    load(directory, {})


@pytest.mark.parametrize(
    ("file", "old", "new", "text"), CASES_WITH_CONSEQUENCES, ids=[case[2] for case in CASES_WITH_CONSEQUENCES]
)
def test_rule_with_consequences(directory: Path, file: str, old: str, new: str, text: str) -> None:
    place = broken(directory, file, old, new)
    assert f"{place}: {text}" in problems(directory)


def test_one_error_of_a_slot_does_not_hide_the_other(directory: Path) -> None:
    place = broken(directory, "calendar.yaml", '{from: "13:30"', '§{from: "12:29"')
    other = broken(directory, "calendar.yaml", "duty: caen", "duty: §can")
    assert problems(directory) == [
        f"{place}: the slot monday 12:29–17:00 overlaps the slot monday 08:30–12:30 in calendar.yaml:10:9: change one of them",
        f"{other}: unknown site “can”; did you mean “caen”?",
    ]
