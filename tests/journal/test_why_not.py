""" "Why not me?", answered from the journal: `cti-router why CALL --advisor NAME`."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cti_router.__main__ import app
from cti_router.core.inputs import Configure, Last, PhoneState, Presence
from cti_router.journal.segments import Segments
from tests.core.board import with_capacity
from tests.journal.test_journal import KeptBoard


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """At nine c1 is offered to Rose, who lets it ring; a reload; then to Carl. Remi is at lunch all the time."""
    board = KeptBoard(tmp_path / "journal")
    with board.journal:
        board.open("rose")
        board.present("remi", Presence.NOT_READY, "déjeuner")
        board.arrive("c1")
        board.ask("c1")
        board.phone("rose", PhoneState.RINGING)
        board.wait(15)
        board.ask("c1", Last.NO_ANSWER, offer="c1-1-1")
        board.give(Configure(with_capacity(3)))
        board.wait(1)
        board.present("carl")
        board.wait(10)
        board.arrive("c2", profile="health")
        board.hang_up("c1")
        board.arrive("c10")
    return tmp_path


def why(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["why", *arguments, "--journal", str(folder)])


ROSE = """\
Appel c1 : pourquoi pas rose ?
09:00:00  proposé à Rose
          Rose : c’est à lui que l’appel est proposé
09:00:15  attend
          Rose : absent (un appel a sonné sans réponse)
"""


def test_each_choice_with_what_kept_him_from_it_in_french(folder: Path) -> None:
    told = why(folder, "c1", "--advisor", "rose").stdout
    assert told.startswith(ROSE)
    assert told.splitlines()[-1] == "          Rose : absent (un appel a sonné sans réponse)"
    assert "proposé à Carl" in told


def test_in_english_and_for_programs(folder: Path) -> None:
    told = why(folder, "c1", "--advisor", "remi", "--english")
    assert told.stdout.splitlines()[:3] == [
        "Call c1: why not remi?", "09:00:00  offered to Rose", "          Remi: absent (déjeuner)",
    ]  # fmt: skip
    found: dict[str, Any] = json.loads(why(folder, "c1", "--advisor", "carl", "--json").stdout)
    assert (found["call"], found["advisor"]) == ("c1", "carl")
    assert found["answers"][0] == {
        "at": "2026-11-23T09:00:00+01:00", "ticket": 1, "what": "offered", "chosen": "Rose",
        "because": ["Carl : n’est appelé qu’à l’étape 2", "Carl : pas connecté"],
    }  # fmt: skip
    assert found["answers"][-1]["because"] == ["Carl : c’est à lui que l’appel est proposé"]


ENGLISH = """\
Call c1, arrived on 2026-11-23 at 09:00:00
09:00:00  offered, rule: the most competent (configuration test)
          Rose: step 1, Employeurs 5, free for 0 s
          by the line Caen → Rouen
          step 1: 2 competent groups, 1 with somebody free
09:00:15  no answer (configuration test)
          Rose: no answer in 15 s, set absent, the call keeps its place
09:00:15  waits, rule: the most competent (configuration test)
          no competent advisor is free: waits
          step 1: 2 competent groups, 0 with somebody free
"""


def test_the_whole_ledger_in_english_to_its_end(folder: Path) -> None:
    told = why(folder, "c1", "--english")
    assert told.exit_code == 0
    assert told.stdout.startswith(ENGLISH)
    assert told.stdout.splitlines()[-1].startswith("          ")
    found = json.loads(why(folder, "c1", "--english", "--json").stdout)
    assert [decision["what"] for decision in found["decisions"]][:3] == ["offered", "no_answer", "waits"]
    assert found["decisions"][0]["because"][0] == "Rose: step 1, Employeurs 5, free for 0 s"


def test_only_the_segments_that_name_the_call_are_read_and_no_further_than_that(folder: Path) -> None:
    segments = Segments(folder / "journal")
    first, second = segments.paths()
    assert segments.last_line_that_names(first, "c2") is None
    last = segments.last_line_that_names(second, "c1")
    assert last is not None
    lines = second.read_text(encoding="utf-8").splitlines(keepends=True)
    second.write_text("".join(lines[:last]) + "not to be read\n", encoding="utf-8")
    assert why(folder, "c1", "--advisor", "rose").exit_code == 0


def test_what_cannot_be_answered(folder: Path) -> None:
    for call in ("nobody", "c"):
        unknown = why(folder, call, "--advisor", "rose")
        assert unknown.exit_code == 1
        assert "aucune décision de cet appel n’est au journal" in unknown.stdout
    nowhere = why(folder / "elsewhere", "c1", "--advisor", "rose")
    assert nowhere.exit_code == 1
    assert "is --journal right?" in nowhere.stderr
    unheard = why(folder, "nobody", "--english")
    assert unheard.exit_code == 1
    assert "the journal has no decision of call nobody" in unheard.stderr
    assert "inconnu de la configuration" in why(folder, "c1", "--advisor", "nobody").stdout
