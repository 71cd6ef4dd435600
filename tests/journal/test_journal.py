"""The journal beside a switchboard: complete and in order; and whatever happens to the disk, no call notices."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from structlog.testing import capture_logs

from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import CallerLeft, Configure, Input, PbxLost, Tick
from cti_router.journal import journal as of_journal
from cti_router.journal.journal import PATIENCE_S, RETRY_S, Journal, NoJournal, journal
from cti_router.journal.lines import Lines
from cti_router.journal.replay import replay
from cti_router.journal.segments import Segments, began_at, name_of
from tests.core.board import CONFIGURATION, Board, at, with_capacity

DAY_S = 86400.0
MONTH_S = 30 * DAY_S


class KeptBoard(Board):
    """A board with a journal: what the driver does."""

    def __init__(self, folder: Path, now: str = "2026-11-23 09:00", keep_s: float = MONTH_S) -> None:
        super().__init__(CONFIGURATION, now)
        self.journal = Journal(folder, keep_s, self.switchboard, self.now)
        self.given: list[tuple[float, Input]] = []

    def give(self, input_: Input) -> StepOutcome:
        outcome = super().give(input_)
        self.journal.keep(input_, self.now, outcome)
        self.given.append((self.now, input_))
        return outcome

    def drained(self) -> None:
        """What was queued is written, or dropped."""
        until(lambda: not self.journal._queue)
        time.sleep(0.02)


def until(holds: Callable[[], bool], within_s: float = 10.0) -> None:
    ends_at = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < ends_at
        time.sleep(0.005)


def is_written(kept: Journal) -> bool:
    return kept.writing


def taken_again(folder: Path) -> list[tuple[float, Input]]:
    """Everything in the journal, if it is decided again as it was."""
    remarks: list[str] = []
    found = []
    for again in replay(folder, remarks.append):
        assert not again.differs, (again, remarks)
        found.append((again.step.at, again.step.input_))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_journal, "FLUSH_S", 0.01)


def test_everything_is_kept_in_its_order(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal as kept:
        board.open("rose", "remi")
        board.arrive("c1")
        board.talk("c1", "rose")
        board.end_talk("c1", "rose")
        board.wait(60)
        assert is_written(kept)
    assert kept.lost == 0
    assert taken_again(folder) == board.given


def test_a_day_ends_at_midnight_where_the_service_is_or_when_nobody_calls_any_more(folder: Path) -> None:
    board = KeptBoard(folder, "2026-11-23 23:59")
    with board.journal:
        board.open("rose")
        board.now = at("2026-11-24 00:05")
        board.give(Tick())
        board.now = at("2026-11-24 23:59:55")
        board.arrive("c1")  # a caller over midnight
        board.now = at("2026-11-25 00:00:05")
        board.give(PbxLost("rouen"))
        board.now = at("2026-11-25 00:00:06")
        board.give(CallerLeft("c1", 16))
    assert [began_at(path) for path in Segments(folder).paths()] == [
        at("2026-11-23 23:59"), at("2026-11-24 00:05"), at("2026-11-25 00:00:06")
    ]  # fmt: skip
    assert [path.name.endswith(".gz") for path in Segments(folder).paths()] == [True, True, False]
    assert taken_again(folder) == board.given


def test_who_always_calls_does_not_hold_up_the_day_for_ever(folder: Path) -> None:
    board = KeptBoard(folder, "2026-11-24 09:00")
    with board.journal:
        board.open()
        board.arrive("c1")
        for after_s in (PATIENCE_S - 1, PATIENCE_S):
            board.now = at("2026-11-25 00:00") + after_s
            board.give(PbxLost("rouen"))
        board.give(Tick())
    assert [began_at(path) for path in Segments(folder).paths()][1:] == [at("2026-11-25 00:00") + PATIENCE_S]
    assert taken_again(folder) == board.given


def test_each_segment_can_be_replayed_alone(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal:
        board.open("rose", "remi")
        board.arrive("c1")
        board.give(Configure(with_capacity(3)))
        board.talk("c1", "rose")
        board.arrive("c2")
    first, second = Segments(folder).paths()
    first.unlink()
    assert taken_again(second) == board.given[-len(taken_again(second)) :]
    assert len(taken_again(folder)) > 4
    with Segments(folder).open(second) as segment:
        assert segment.head.continues == name_of(first)
        assert segment.head.lost == 0


def test_what_is_older_than_it_is_kept_is_purged_when_a_day_begins(folder: Path) -> None:
    for day in ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"):
        board = KeptBoard(folder, f"{day} 09:00", keep_s=2 * DAY_S)
        with board.journal:
            board.open()
    assert len(Segments(folder).paths()) == 4  # the first ended on the 24th at nine, two days ago
    board = KeptBoard(folder, "2026-11-26 09:01", keep_s=2 * DAY_S)
    with board.journal:
        pass
    assert began_at(Segments(folder).paths()[0]) == at("2026-11-24 09:00")


def test_none_is_kept_when_none_is_wanted_and_what_there_was_is_gone(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal:
        board.open()
    with journal(folder, 0.0, board.switchboard, board.now) as kept:
        assert isinstance(kept, NoJournal)
        kept.keep(Tick(), board.now, board.give(Tick()))
        assert (kept.writing, kept.lost) == (False, 0)
    assert not folder.exists()


def test_an_error_of_the_core_is_kept_too(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal:
        board.journal.keep(PbxLost("nowhere"), board.now, None)
    ((again),) = replay(folder, lambda _: None)
    assert again.step.outcome is None


# ── a disk that does not keep up ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def slow_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """Nothing is written until this is set."""
    gate, write = Event(), Lines.step
    gate.set()

    def step(self: Lines, at: float, input_: Input, outcome: StepOutcome | None) -> str:
        assert gate.wait(10)
        return write(self, at, input_, outcome)

    monkeypatch.setattr(Lines, "step", step)
    yield gate
    gate.set()


def test_a_gap_is_said_and_the_journal_begins_anew_when_there_is_room(
    folder: Path, slow_disk: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(of_journal, "QUEUE", 8)
    board = KeptBoard(folder)
    with board.journal as kept:
        board.open("rose")
        board.drained()
        slow_disk.clear()
        with capture_logs() as logs:
            began = time.perf_counter()
            for _ in range(100):
                board.give(Tick())
            assert time.perf_counter() - began < 1.0  # nobody waited
            board.arrive("c1")
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["journal_overflowed"]
        assert not is_written(kept)
        assert kept.lost > 80
        slow_disk.set()
        board.drained()
        board.arrive("c2")  # lost, but the next segment begins after it
        assert is_written(kept)
        lost = kept.lost
        board.talk("c1", "rose")
        assert kept.lost == lost
    _, second = Segments(folder).paths()
    with Segments(folder).open(second) as segment:
        assert segment.head.lost == lost
    remarks: list[str] = []
    found = [(again.step.at, again.step.input_) for again in replay(folder, remarks.append) if not again.differs]
    assert len(found) == len(board.given) - lost
    assert found[-3:] == board.given[-3:]
    (remark,) = remarks
    assert f"{name_of(second)}: {lost} inputs before it were not written" in remark


# ── a full disk ──────────────────────────────────────────────────────────────────────────────────────────────────


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 1024)


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Callable[[str], None]]:
    """A file system of its own for the journal: "full", or with "room"."""
    folder.mkdir(parents=True)
    if os.system(f"mount -t tmpfs -o size=256k tmpfs {folder}"):
        pytest.fail("the tests run as root, and may mount")

    def be(what: str) -> None:
        ballast = folder / "ballast"
        if what == "room":
            ballast.unlink()
            return
        with pytest.raises(OSError, match="No space left"):
            fill(ballast)

    yield be
    os.system(f"umount {folder}")


def test_a_full_disk_stops_the_journal_and_nothing_else(folder: Path, small_disk: Callable[[str], None]) -> None:
    board = KeptBoard(folder)
    with board.journal as kept:
        board.open("rose")
        board.drained()
        with capture_logs() as logs:
            small_disk("full")
            for _ in range(40):
                board.wait(1)
                board.give(PbxLost("rouen"))
                board.drained()
            board.now += RETRY_S
            board.give(Tick())  # it is tried again, in vain
            board.give(Tick())
            board.drained()
            board.give(Tick())
            assert board.arrive("c1") is not None
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["journal_stopped"]
        assert "No space left" in next(log["why"] for log in logs if log["event"] == "journal_stopped")
        assert not is_written(kept)
        with capture_logs() as logs:
            small_disk("room")
            board.now += 2 * RETRY_S
            board.give(Tick())
            board.give(Tick())
            board.drained()
        assert [log["event"] for log in logs] == ["journal_goes_on"]
        assert is_written(kept)
        lost = kept.lost
        board.arrive("c2")
        assert kept.lost == lost
    last = Segments(folder).paths()[-1]
    with Segments(folder).open(last) as segment:
        assert segment.head.lost > 0
    assert taken_again(last) == board.given[-len(taken_again(last)) :]
    assert "c2" in repr(taken_again(last))
    assert "c1" not in repr(taken_again(last))


def test_a_folder_that_cannot_be_made_stops_the_journal_and_nothing_else(folder: Path) -> None:
    folder.parent.write_text("a file where the state directory should be")
    with capture_logs() as logs:
        board = KeptBoard(folder)
        with board.journal as kept:
            board.open("rose")
            board.drained()
            assert not is_written(kept)
    assert kept.lost == len(board.given)
    (stopped,) = [log for log in logs if log["event"] == "journal_stopped"]
    assert str(folder) in stopped["why"]


def test_a_state_that_cannot_be_kept_stops_the_journal_and_nothing_else(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal as kept, capture_logs() as logs:
        board.open("rose")
        board.switchboard.odd = lambda: None  # type: ignore[attr-defined]
        board.give(Configure(CONFIGURATION))
        board.give(Tick())
        assert not is_written(kept)
    assert kept.lost == 1
    (stopped,) = [log for log in logs if log["event"] == "journal_stopped"]
    assert "Switchboard.odd" in stopped["why"]


def test_an_input_that_cannot_be_written_stops_the_journal_and_nothing_else(folder: Path) -> None:
    board = KeptBoard(folder)
    with board.journal as kept, capture_logs() as logs:
        kept.keep("no input", board.now, None)  # type: ignore[arg-type]
        board.drained()
        assert not is_written(kept)
        board.give(Tick())
    assert kept.lost == 2
    assert "journal_stopped" in [log["event"] for log in logs]
