"""The command line, as somebody types it."""

import json
import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest

from cti_router.asterisk.render import FILES
from cti_router.config import load
from tests.desk import started, typed

EXAMPLE = Path(__file__).parents[1] / "deploy" / "example"
SITES = tuple(load(EXAMPLE, {}).configuration.sites)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A copy of the example's configuration, to be broken."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "configuration"))


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Each PBX's secret, in its environment variable."""
    sources = {site: str(pbx.ami_secret.source) for site, pbx in load(EXAMPLE, {}).deployment.pbxs.items()}
    for site, source in sources.items():
        monkeypatch.setenv(source, f"secret-of-{site}")
    return sources


def _change(directory: Path, name: str, old: str, new: str) -> None:
    path = directory / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"the example's {name} no longer says {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# ── explain ──────────────────────────────────────────────────────────────────────────────────────────────────────

_ON_A_FRIDAY = ("explain", EXAMPLE, "--at", "2026-12-04T09:00")


def test_the_motive_of_a_number_is_explained() -> None:
    result = typed(*_ON_A_FRIDAY, "--dnis", "+33261910002")
    assert result.exit_code == 0
    assert "Motif : Délai de paiement\nPlan : collections\n" in result.stdout
    assert "Employeurs ≥ 1, Recouvrement ≥ 2" in result.stdout


def test_what_would_be_of_another_motive_and_verdict_is_explained() -> None:
    words = ("--dnis", "+33261910001", "--motive", "collections", "--verified", "no", "--json")
    found = json.loads(typed(*_ON_A_FRIDAY, *words).stdout)
    assert (found["motive"], found["verified"], found["rule"]) == ("collections", "no", 0)
    assert found["plan_because"] == "plan general : aucune règle du numéro ne s’applique"


def test_a_motive_nobody_knows_is_an_error() -> None:
    result = typed(*_ON_A_FRIDAY, "--dnis", "+33261910001", "--motive", "holidays")
    assert result.exit_code == 1
    assert result.stderr == "--motive 'holidays' is none of the configuration's: declaration, collections, other\n"


# ── calendar ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_week_s_preview() -> None:
    lines = typed("calendar", EXAMPLE, "--from", "2026-12-21").stdout.splitlines()
    assert lines[0] == "Tour d’accueil du lundi 21/12/2026 au dimanche 27/12/2026 (heures : Europe/Paris)"
    assert lines[2:6] == [
        "lundi 21/12/2026",
        "  08:30–12:30  Rouen     renforts : Caen, Le Havre",
        "  12:30–13:30  personne",
        "  13:30–17:00  Le Havre  renforts : Rouen, Dieppe",
    ]
    assert "vendredi 25/12/2026, Noël\n  00:00–24:00  fermé" in "\n".join(lines)
    assert len([line for line in lines if "/12/2026" in line]) == 8


def test_without_a_date_the_preview_begins_today() -> None:
    today = date.today()  # noqa: DTZ011 — as the command does
    told = typed("calendar", EXAMPLE, "--days", "1").stdout
    assert any(f"{day:%d/%m/%Y}" in told for day in (today, today + timedelta(days=1)))  # midnight may pass meanwhile


def test_the_preview_as_an_icalendar_file(tmp_path: Path) -> None:
    file = tmp_path / "tour.ics"
    result = typed("calendar", EXAMPLE, "--from", "2026-12-21", "--days", "3", "--ics", file)
    assert result.exit_code == 0
    found = icalendar.Calendar.from_ical(file.read_bytes())
    assert found["x-wr-calname"] == "Accueil téléphonique des cotisants"
    assert [str(event["summary"]) for event in found.walk("VEVENT")] == [
        f"Permanence : {site}" for site in ("Rouen", "Le Havre", "Caen", "Évreux", "Dieppe", "Saint-Lô")
    ]


def test_an_icalendar_file_that_cannot_be_written(tmp_path: Path) -> None:
    result = typed("calendar", EXAMPLE, "--ics", tmp_path / "nowhere" / "tour.ics")
    assert result.exit_code == 1
    assert "cannot write the file: " in result.stderr


# ── check ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_example_is_correct() -> None:
    result = typed("check", EXAMPLE)
    assert result.exit_code == 0
    assert f"correct ({len(SITES)} sites, " in result.stdout
    assert result.stderr == ""


def test_for_how_long_priority_may_hold_a_caller_up(directory: Path) -> None:
    note = "note: profiles: by their bonuses callers overtake those who came less than {} before them\n"
    assert note.format("90 s") in typed("check", "--no-costs", directory).stdout
    _change(directory, "skills.yaml", "bonus: 1min", "bonus: 0s")
    assert note.format("60 s") in typed("check", "--no-costs", directory).stdout  # the due dates' alone
    text = (directory / "due_dates.yaml").read_text(encoding="utf-8")
    (directory / "due_dates.yaml").write_text(re.sub("bonus: .*", "bonus: 0s", text), encoding="utf-8")
    assert "bonuses" not in typed("check", "--no-costs", directory).stdout


def test_every_error_is_told_at_once_with_its_place(directory: Path) -> None:
    _change(directory, "service.yaml", "timezone: Europe/Paris", "timezone: Europe/Pari")
    _change(directory, "advisors.yaml", "employers: 5", "employers: 9")
    result = typed("check", directory)
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert [line.split(":")[0] for line in lines] == ["advisors.yaml", "service.yaml"]
    assert "did you mean “Europe/Paris”?" in lines[1]


def test_a_directory_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    result = typed("check", tmp_path / "nowhere")
    assert result.exit_code == 2
    assert "Invalid value" in result.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("explain", EXAMPLE, "--at", "9h", "--dnis", "0261910001"), "write it as 2026-11-23T09:00"),
        (("explain", EXAMPLE, "--at", "2026-11-23T09:00Z", "--dnis", "0261910001"), "has a time zone"),
        (("render", EXAMPLE, "--out", "out", "--today", "demain"), "write it as 2026-11-23"),
        (("run", EXAMPLE, "--clock", "25:00"), "write it as 2026-11-23T09:00"),
        (("run", EXAMPLE, "--log-level", "loud"), "'debug'"),
    ],
)
def test_a_time_or_a_level_that_is_none_is_a_usage_error(words: tuple[object, ...], text: str) -> None:
    result = typed(*words)
    assert result.exit_code == 2
    assert text in " ".join(result.stderr.replace("│", " ").split())


def test_a_time_may_be_written_with_a_space() -> None:
    result = typed("explain", EXAMPLE, "--at", "2026-11-23 09:00", "--dnis", "0261910001")
    assert result.stdout.startswith("23/11/2026 à 09:00")


@pytest.mark.parametrize("dsn", ["rubbish", "postgresql://nobody@127.0.0.1:1/x"])
@pytest.mark.parametrize("command", ["migrate", "import"])
def test_a_database_that_cannot_be_reached_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, dsn: str
) -> None:
    monkeypatch.setenv("CTI_DSN", dsn)
    (tmp_path / "c.csv").write_text("siret;name;profile;phones;in_charge\n")
    result = typed(command, EXAMPLE, *([tmp_path / "c.csv"] if command == "import" else []))
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "invalid DSN" in line or "Connect call failed" in line


# ── render ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_site_s_files_are_written_and_named(tmp_path: Path, secrets: dict[str, str]) -> None:
    result = typed("render", EXAMPLE, "--out", tmp_path / "out", "--today", "2026-11-23")
    assert result.exit_code == 0, result.stderr
    written = [tmp_path / "out" / site / name for site in SITES for name in FILES]
    assert [Path(line) for line in result.stdout.splitlines()] == written
    for path in written:
        assert path.stat().st_mode & 0o007 == 0  # not for everybody: one of them holds a secret
    assert "secret-of-caen" in (tmp_path / "out" / "caen" / "cti_manager.conf").read_text()
    assert "exten => d20261123,1," in (tmp_path / "out" / "caen" / "cti_extensions.conf").read_text()


def test_without_one_secret_nothing_is_written_at_all(
    tmp_path: Path, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    last = secrets[SITES[-1]]
    monkeypatch.delenv(last)
    result = typed("render", EXAMPLE, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr == f"the environment variable {last} is not set: set it to the secret\n"
    assert not (tmp_path / "out").exists()


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path, secrets: dict[str, str]) -> None:
    (tmp_path / "out").write_text("a file")
    result = typed("render", EXAMPLE, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.startswith("cannot write the files: ")
    assert str(tmp_path / "out") in result.stderr


def test_a_diff_before_the_first_rendering_is_all_new_and_writes_nothing(
    tmp_path: Path, secrets: dict[str, str]
) -> None:
    result = typed("render", EXAMPLE, "--out", tmp_path / "out", "--diff")
    assert result.exit_code == 3
    assert result.stdout.count("--- /dev/null\n+++ ") == len(SITES) * len(FILES)
    assert "secret-of-" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_diff_shows_what_would_change_and_nothing_when_nothing_would(
    directory: Path, tmp_path: Path, secrets: dict[str, str]
) -> None:
    words = ("render", directory, "--out", tmp_path / "out", "--today", "2026-11-23")
    typed(*words)
    same = typed(*words, "--diff")
    assert (same.exit_code, same.output) == (0, "")
    written = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.conf")}
    _change(directory, "service.yaml", "wrap_up: 20s", "wrap_up: 21s")
    changed = typed(*words, "--diff")
    assert changed.exit_code == 3
    assert "\n-wrapuptime = 20\n+wrapuptime = 21\n" in changed.stdout
    assert f"+++ {tmp_path / 'out' / 'caen' / 'cti_queues.conf'}\n" in changed.stdout
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*.conf")} == written


def test_a_diff_tells_of_another_secret_and_shows_neither(
    tmp_path: Path, secrets: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("render", EXAMPLE, "--out", tmp_path / "out", "--today", "2026-11-23")
    typed(*words)
    monkeypatch.setenv(secrets["caen"], "another-one")
    result = typed(*words, "--diff")
    assert result.exit_code == 3
    path = tmp_path / "out" / "caen" / "cti_manager.conf"
    assert result.stdout == f"--- {path}\n+++ {path}\n# the secret changes\n"


def test_a_diff_against_what_cannot_be_read_is_an_error(tmp_path: Path, secrets: dict[str, str]) -> None:
    (tmp_path / "out" / "caen" / FILES[0]).mkdir(parents=True)
    result = typed("render", EXAMPLE, "--out", tmp_path / "out", "--diff")
    assert result.exit_code == 1
    assert result.stderr.startswith("cannot read the files: ")


# ── migrate, run ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_database_migrate_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CTI_DSN", raising=False)
    result = typed("migrate", EXAMPLE)
    assert (result.exit_code, "CTI_DSN is not set" in result.stderr) == (1, True)
    monkeypatch.setenv("CTI_DSN", f"postgresql://postgres@/postgres?host={tmp_path}")
    result = typed("migrate", EXAMPLE)
    assert result.exit_code == 1
    assert "No such file or directory" in result.stderr


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("service.yaml", "timezone: Europe/Paris", "timezone: Europe/Pari"), "did you mean “Europe/Paris”?"),
        (("service.yaml", "Europe/Paris", "Europe/Paris"), "the environment variable CTI_DSN is not set"),
    ],
    ids=["a wrong configuration", "no secrets"],
)
def test_a_router_that_cannot_start_says_why_in_a_line(
    directory: Path, tmp_path: Path, change: tuple[str, str, str], why: str
) -> None:
    _change(directory, *change)
    _change(directory, "network.yaml", "/var/lib/cti-router", str(tmp_path / "state"))
    told = started("run", directory)
    assert told.returncode == 1
    assert why in told.stderr
    assert "Traceback" not in told.stderr
