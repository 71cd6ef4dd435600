"""The journal, given to the core again, is decided again as it was; and where it is not, that is found and said."""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cti_router.__main__ import app
from cti_router.core.inputs import Ask, Configure
from cti_router.core.matching.matching import Matching
from cti_router.journal.replay import Again, replay, replay_until, timezone_of
from cti_router.journal.report import in_words, where_differs
from cti_router.journal.segments import Segments, Unreadable, began_at, name_of
from tests.core.board import at, with_capacity
from tests.core.interleavings import CONFIGURATION
from tests.core.keying import ACCOUNT, SIRET
from tests.journal.days import interleaved_day, keep_day, keyed_day, wild_day
from tests.journal.test_journal import KeptBoard

ROOT = Path(__file__).parents[2]


def silent(_remark: str) -> None:
    """Nobody listens."""


def remarked(place: Path) -> tuple[list[Again], list[str]]:
    remarks: list[str] = []
    return list(replay(place, remarks.append)), remarks


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def a_call(folder: Path) -> KeptBoard:
    """One call at nine, answered by Rose; a second one, given up. Two segments: the administrators reloaded."""
    board = KeptBoard(folder)
    with board.journal:
        board.open("rose", "remi")
        board.arrive("c1")
        board.talk("c1", "rose")
        board.end_talk("c1", "rose")
        board.wait(60)
        board.give(Configure(with_capacity(3)))
        board.arrive("c2", profile="health")
        board.wait(5)
        board.hang_up("c2")
    return board


def change(path: Path, number: int, edit: Callable[[Any], None]) -> None:
    """Change one line of a segment."""
    lines = path.read_text().splitlines()
    plain = json.loads(lines[number - 1])
    edit(plain)
    lines[number - 1] = json.dumps(plain)
    path.write_text("\n".join(lines) + "\n")


# ── the same again ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(3))
def test_a_day_on_which_everything_happens_is_decided_again_as_it_was(folder: Path, seed: int) -> None:
    day = wild_day(seed, acts=600)
    ended = keep_day(folder, day)
    found, remarks = remarked(folder)
    assert [(again.step.at, again.step.input_) for again in found] == [(at_, input_) for at_, input_, _ in day]
    assert not any(again.differs for again in found)
    assert len(Segments(folder).paths()) > 1
    assert remarks == []
    assert replay_until(folder, day[-1][0]).calls == ended.calls


def test_a_day_with_callbacks_and_orders_is_decided_again_as_it_was(folder: Path) -> None:
    day = interleaved_day(1, acts=1000)
    said = {type(input_).__name__ for _, input_, _ in day}
    assert {"AskCallback", "CallbackStored", "CallbackAsk", "AdvisorNotReached"} <= said
    keep_day(folder, day, CONFIGURATION)
    found, remarks = remarked(folder)
    assert [(again.step.at, again.step.input_) for again in found] == [(at_, input_) for at_, input_, _ in day]
    assert not any(again.differs for again in found)
    assert remarks == []


def test_a_day_on_which_callers_key_is_decided_again_from_what_they_keyed(folder: Path) -> None:
    day = keyed_day(1, acts=1500)
    assert {input_.keys for _, input_, _ in day if isinstance(input_, Ask)} >= {SIRET, ACCOUNT, "1"}
    keep_day(folder, day, CONFIGURATION)
    found, remarks = remarked(folder)
    assert [(again.step.at, again.step.input_) for again in found] == [(at_, input_) for at_, input_, _ in day]
    assert not any(again.differs for again in found)
    assert remarks == []


def test_under_any_hash_seed_the_same_is_decided_and_the_journal_of_one_is_replayed_under_another(
    tmp_path: Path,
) -> None:
    """Seeds of the hash change the order in which sets are iterated."""
    for seed in ("0", "12345"):
        _run(seed, "-m", "tests.journal.days", str(tmp_path / seed))
    for day, least in (("busy", 10_000), ("wild", 2_500), ("moved", 2_500)):
        lines = [_lines(tmp_path / seed / day) for seed in ("0", "12345")]
        assert len(lines[0]) > least
        assert lines[0] == lines[1]
        for kept, replayed in (("0", "12345"), ("12345", "0")):
            said = _run(replayed, "-m", "cti_router", "replay", str(tmp_path / kept / day))
            assert said.endswith("decided again as they were\n"), said


def _run(hash_seed: str, *words: str) -> str:
    ran = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": hash_seed}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def _lines(folder: Path) -> list[Any]:
    """Every input and what it gave."""
    segments, found = Segments(folder), []
    for path in segments.paths():
        with segments.open(path) as segment:
            found += [(step.at, step.told, step.outcome) for step in segment.steps()]
    return found


def test_the_switchboard_as_it_was_at_an_instant(a_call: KeptBoard, folder: Path) -> None:
    before = replay_until(folder, at("2026-11-23 09:00"))
    assert before.roster.states["rose"].offer is not None
    talking = replay_until(folder, at("2026-11-23 09:00:30"))
    assert list(talking.calls) == ["c1"]
    assert replay_until(folder, at("2026-11-23 09:01:10")).roster.states["rose"].activity == "wrap_up"
    assert list(replay_until(folder, a_call.now).calls) == []
    with pytest.raises(Unreadable, match="no segment began by then; the oldest is 20261123T080000"):
        replay_until(folder, at("2026-11-23 08:59"))


def test_between_two_instants_only_what_lies_between_is_compared(a_call: KeptBoard, folder: Path) -> None:
    everything = [again.step.at for again in replay(folder, silent)]
    since, until = everything[5], everything[-3]
    assert [again.step.at for again in replay(folder, silent, since, until)] == [
        at_ for at_ in everything if since <= at_ <= until
    ]
    second = Segments(folder).paths()[1]
    assert {again.segment for again in replay(folder, silent, from_at=began_at(second) + 1e-5)} == {name_of(second)}


def test_the_state_directory_its_folder_and_a_segment_will_all_do(a_call: KeptBoard, folder: Path) -> None:
    everything = remarked(folder)[0]
    assert len(everything) == len(a_call.given)
    assert remarked(folder.parent)[0] == everything
    parts = [again for path in Segments(folder).paths() for again in remarked(path)[0]]
    assert [(again.segment, again.line) for again in parts] == [(again.segment, again.line) for again in everything]
    assert timezone_of(folder) == "Europe/Paris"


# ── a difference ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_planted_difference_is_found_at_its_line(a_call: KeptBoard, folder: Path) -> None:
    """As if another advisor had been chosen then."""
    first = Segments(folder).paths()[0]
    dialled = next(again for again in replay(folder, silent) if "Dial" in in_words(again.step.outcome))
    plain = next(path for path in _unpacked(folder) if name_of(path) == name_of(first))

    def another(line: Any) -> None:
        line["outcome"]["answer"]["Answer"]["instruction"]["Dial"]["advisor"] = "remi"

    change(plain, dialled.line, another)
    differing = [again for again in replay(folder, silent) if again.differs]
    assert [(again.segment, again.line) for again in differing] == [(dialled.segment, dialled.line)]
    assert where_differs(differing[0].step.outcome, differing[0].replayed) == (
        "answer.Answer.instruction.Dial.advisor: remi → rose"
    )


def _unpacked(folder: Path) -> list[Path]:
    for path in Segments(folder).paths():
        if path.suffix == ".gz":
            (folder / f"{name_of(path)}.jsonl").write_bytes(gzip.decompress(path.read_bytes()))
            path.unlink()
    return Segments(folder).paths()


def test_another_core_is_found_where_it_first_decides_otherwise(
    a_call: KeptBoard, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if nobody were ever found for a waiting call; and each segment is judged alone."""
    monkeypatch.setattr(Matching, "best_advisor", lambda *_, **__: None)
    differing = [again for again in replay(folder, silent) if again.differs]
    assert "DirectoryReplied" in in_words(differing[0].step.told)
    assert "Nudge" in in_words(differing[0].step.outcome)
    assert "Nudge" not in in_words(differing[0].replayed)


def test_a_core_that_errs_is_a_difference_and_the_replay_goes_on(
    a_call: KeptBoard, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def errs(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(Matching, "best_advisor", errs)
    found = remarked(folder)[0]
    first = next(again for again in found if again.differs)
    assert (first.replayed, first.error) == (None, "RuntimeError: no")
    assert len(found) == len(a_call.given)


def test_a_snapshot_of_another_core_is_not_used_while_the_segment_before_it_goes_on(
    a_call: KeptBoard, folder: Path
) -> None:
    _, second = _unpacked(folder)

    def of_another_version(line: Any) -> None:
        line["head"]["core"] = "0" * 16

    def useless(line: Any) -> None:
        line["snapshot"] = []

    change(second, 1, of_another_version)
    change(second, 2, useless)
    found, remarks = remarked(folder)
    assert (len(found), remarks) == (len(a_call.given), [])
    with pytest.raises(Unreadable, match="the snapshot does not fit this version"):
        list(replay(second, silent))
    Segments(folder).paths()[0].unlink()
    found, remarks = remarked(folder)
    assert found == []
    assert "the snapshot does not fit this version" in remarks[0]


# ── what a killed router leaves ──────────────────────────────────────────────────────────────────────────────────


def test_a_half_written_line_is_said_and_the_rest_replayed(a_call: KeptBoard, folder: Path) -> None:
    second = Segments(folder).paths()[1]
    second.write_bytes(second.read_bytes()[:-9])
    found, remarks = remarked(folder)
    assert len(found) == len(a_call.given) - 1
    assert remarks == [f"{name_of(second)}: the last line is half written: the router was killed"]


def test_a_segment_that_cannot_be_read_is_said_and_the_next_replayed(a_call: KeptBoard, folder: Path) -> None:
    first, second = _unpacked(folder)
    first.write_bytes(first.read_bytes()[:30])
    found, remarks = remarked(folder)
    assert {again.segment for again in found} == {name_of(second)}
    assert "ends in its head" in remarks[0]


def test_an_empty_folder_is_no_journal(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="there is no segment of a journal"):
        list(replay(tmp_path, silent))


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────


def command(*words: object) -> tuple[int, str]:
    ran = CliRunner().invoke(app, ["replay", *map(str, words)])
    return ran.exit_code, ran.output


def test_the_command_says_that_all_is_the_same(a_call: KeptBoard, folder: Path) -> None:
    assert command(folder) == (0, f"{len(a_call.given)} inputs in 2 segments: decided again as they were\n")


def test_the_command_says_where_it_differs(a_call: KeptBoard, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Matching, "best_advisor", lambda *_, **__: None)
    code, said = command(folder)
    assert code == 3
    assert "decided otherwise\nThe first is 20261123T080000.000000Z, line 7, 2026-11-23 09:00:00.000:\n" in said
    assert "  input     DirectoryReplied(call=c1, contributors=[" in said
    code, said = command(folder, "--json")
    told = json.loads(said)
    assert (code, told["first"]["line"], told["inputs"]) == (3, 7, len(a_call.given))
    assert told["first"]["input"]["DirectoryReplied"]["call"] == "c1"
    assert told["first"]["then"] != told["first"]["now"]


def test_the_command_tells_one_call(a_call: KeptBoard, folder: Path) -> None:
    code, said = command(folder, "--call", "c2")
    assert code == 0
    assert "c1" not in said
    assert "  2026-11-23 09:02:00.000  Ask(call=c2, site=caen" in said
    told = json.loads(command(folder, "--call", "c2", "--json")[1])
    assert [next(iter(step["input"])) for step in told["steps"]] == ["Ask", "DirectoryReplied", "Ask"]
    assert told["inputs"] == 3


def test_the_command_takes_local_times(a_call: KeptBoard, folder: Path) -> None:
    code, said = command(folder, "--from", "2026-11-23T09:01:30", "--until", "2026-11-23T09:03")
    assert code == 0
    assert said != command(folder)[1]
    assert command(folder, "--from", "2026-11-24T09:00")[1].startswith("0 inputs")


def test_the_command_says_what_it_cannot_read(tmp_path: Path) -> None:
    assert command(tmp_path) == (1, f"cannot replay: {tmp_path}: there is no segment of a journal\n")
