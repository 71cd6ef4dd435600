"""Segments on disk: private, each readable alone, never silently half read, and not for longer than they are wanted."""

import shutil
import stat
from dataclasses import replace
from pathlib import Path

import pytest

import cti_router.core
from cti_router.compiled import core_digest
from cti_router.core.effects import StepOutcome
from cti_router.core.inputs import Configure, Presence, SetPresence, Tick
from cti_router.core.instructions import Accepted, Refused
from cti_router.journal.lines import Head
from cti_router.journal.segments import Segments, Unreadable, began_at, name_of
from tests.core.board import CONFIGURATION, with_capacity

DAY_S = 86400.0
AT = 1795420800.123456
STEPS = (
    (AT + 0.1, SetPresence("rose", Presence.AVAILABLE), StepOutcome(Accepted(), ())),
    (AT + 1 / 3, Tick(), StepOutcome(None, ())),
    (AT + 2, Tick(), None),
)


@pytest.fixture
def segments(tmp_path: Path) -> Segments:
    segments = Segments(tmp_path / "journal")
    segments.make_folders()
    return segments


def write(segments: Segments, at: float = AT, capacity: int | None = None, snapshot: object = None) -> Path:
    configuration = CONFIGURATION if capacity is None else with_capacity(capacity)
    digest = segments.configurations.plain(configuration)
    path, file = segments.begin(Head(at, digest, "v1", core_digest(), None, 0), snapshot)
    with file:
        for step in STEPS:
            file.write(segments.lines.step(*step))
    return path


def read(segments: Segments, path: Path) -> list[tuple[float, object, object]]:
    with segments.open(path) as segment:
        return [(step.at, step.input_, step.outcome) for step in segment.steps()]


def test_what_was_written_is_read(segments: Segments) -> None:
    path = write(segments, snapshot=[["list"]])
    with segments.open(path) as segment:
        assert segment.head.version == "v1"
        assert segments.configurations.value(segment.head.configuration) == CONFIGURATION
        assert segment.snapshot == [["list"]]
        steps = list(segment.steps())
        assert segment.number == 6  # after two lines of head and three steps: the end
        assert not segment.torn
    assert [(step.at, step.input_) for step in steps] == [(at, input_) for at, input_, _ in STEPS]
    assert steps[0].outcome == {"answer": {"Accepted": {"call": ""}}, "effects": []}
    assert steps[2].outcome is None


@pytest.mark.parametrize("text", ["é — ’", "half a character \udcff", 'a "quote"\n'])
@pytest.mark.parametrize("number", [0.1, 1e300, 1795420800.123456, float("inf"), 3.0])
def test_any_text_and_any_number_are_read_as_they_were(segments: Segments, text: str, number: float) -> None:
    input_ = SetPresence("rose", Presence.NOT_READY, text)
    step = segments.lines.read_step(segments.lines.step(number, input_, StepOutcome(Refused(text), ())))
    assert (step.at, step.input_) == (number, input_)
    assert isinstance(step.at, float)
    assert step.outcome["answer"] == {"Refused": {"why": text}}


def test_a_configuration_is_written_once_and_told_by_its_digest(segments: Segments) -> None:
    write(segments)
    write(segments, AT + 1)
    other = with_capacity(3)
    line = segments.lines.step(AT, Configure(other), StepOutcome(None, ()))
    assert "advisors" not in line
    assert segments.lines.read_step(line).input_ == Configure(other)
    assert len(list((segments.folder / "configurations").iterdir())) == 2


def test_nobody_else_may_read_them(segments: Segments) -> None:
    write(segments)
    last = write(segments, AT + DAY_S)
    segments.pack(but=last)
    for path in (segments.folder, *segments.folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_the_name_is_the_beginning_and_never_taken_twice(segments: Segments) -> None:
    first, second = write(segments), write(segments)
    assert first.name == "20261123T080000.123456Z.jsonl"
    assert name_of(second) == "20261123T080000.123457Z"
    assert began_at(second) == pytest.approx(AT + 1e-6, abs=5e-7)
    segments.pack(but=second)
    assert write(segments).name == "20261123T080000.123458Z.jsonl"
    assert [name_of(path)[-4:] for path in segments.paths()] == ["456Z", "457Z", "458Z"]


def test_complete_segments_are_packed_and_read_the_same(segments: Segments) -> None:
    first, last = write(segments), write(segments, AT + DAY_S)
    before = read(segments, first)
    (segments.folder / f"{name_of(first)}.jsonl.part").write_bytes(b"of a router that was killed while packing")
    segments.pack(but=last)
    assert [path.name[-9:] for path in segments.paths()] == [".jsonl.gz", "56Z.jsonl"]
    assert len(list(segments.folder.iterdir())) == 3
    assert read(segments, segments.paths()[0]) == before
    assert read(segments, first) == before  # found before it was packed, opened after


@pytest.mark.parametrize("cut", range(1, 40))
def test_a_line_that_was_not_written_to_its_end_is_no_line(segments: Segments, cut: int) -> None:
    path = write(segments)
    path.write_bytes(path.read_bytes()[:-cut])
    with segments.open(path) as segment:
        assert len(list(segment.steps())) == 2
        assert segment.torn


def test_a_segment_that_ends_in_its_head_is_said(segments: Segments) -> None:
    path = write(segments)
    for kept in (b"", path.read_bytes()[:20], path.read_bytes().split(b"\n")[0] + b"\n"):
        path.write_bytes(kept)
        with pytest.raises(Unreadable, match=r"Z\.jsonl: ends in its head"), segments.open(path):
            pass


WRONG = {
    "no JSON": (4, "{", r":4: is no JSON"),
    "another object": (4, '{"at": 1}', r":4: is no object with at, input, outcome"),
    "no instant": (4, '{"at": "x", "input": {"Tick": {}}, "outcome": null}', r":4: at: 'x' is no instant"),
    "an unknown input": (3, '{"at": 1, "input": {"Tock": {}}, "outcome": null}', r":3: 'Tock' is none of "),
    "an input of then": (5, '{"at": 1, "input": {"PbxLost": {}}, "outcome": null}', r":5: PbxLost: lacks site"),
    "no head": (1, '{"body": {}}', ":1: is no object with head"),
    "a head of another version": (1, '{"head": {"at": 1}}', ":1: lacks configuration"),
    "no snapshot": (2, "{}", ":2: is no object with snapshot"),
    "a configuration elsewhere": (
        4, '{"at": 1, "input": {"Configure": {"configuration": "../../secret"}}, "outcome": null}',
        r":4: Configure\.configuration: '\.\./\.\./secret' is no digest",
    ),
    "a configuration that is gone": (
        4, '{"at": 1, "input": {"Configure": {"configuration": "0123456789abcdef"}}, "outcome": null}',
        r":4: Configure\.configuration: the configuration .*0123456789abcdef\.json cannot be read",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_line_that_cannot_be_read_is_said_with_its_number(segments: Segments, what: str) -> None:
    number, line, said = WRONG[what]
    path = write(segments)
    lines = path.read_text().splitlines()
    lines[number - 1] = line
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(Unreadable, match=said):
        read(segments, path)


def test_a_configuration_of_another_version_is_said(segments: Segments) -> None:
    digest = segments.configurations.plain(CONFIGURATION)
    path = segments.configurations.path(digest)
    path.write_text(path.read_text().replace('"rona_after":1,', ""))
    line = f'{{"at": 1, "input": {{"Configure": {{"configuration": "{digest}"}}}}, "outcome": null}}'
    with pytest.raises(ValueError, match="is of another version: rules: lacks rona_after"):
        segments.lines.read_step(line)


def test_segments_that_ended_before_are_purged_with_configurations_nobody_needs(segments: Segments) -> None:
    for day in range(4):
        write(segments, AT + day * DAY_S, capacity=day // 2 + 1)
    segments.purge(AT + 2 * DAY_S)  # the second ended just then: it may hold that instant's inputs
    assert [began_at(path) for path in segments.paths()] == pytest.approx([AT + day * DAY_S for day in (1, 2, 3)])
    assert len(list((segments.folder / "configurations").iterdir())) == 2
    segments.purge(AT + 100 * DAY_S)
    assert [began_at(path) for path in segments.paths()] == pytest.approx([AT + 3 * DAY_S])  # it has not ended
    (left,) = (segments.folder / "configurations").iterdir()
    assert segments.configurations.value(left.stem) == with_capacity(2)


def test_a_damaged_segment_is_said_and_purged_like_any_other(segments: Segments) -> None:
    write(segments)
    last = write(segments, AT + DAY_S, capacity=3)
    segments.pack(but=last)
    packed = segments.paths()[0]
    whole = packed.read_bytes()
    for damaged in (whole[:200], whole[:100] + b"damage" + whole[106:], b"no gzip"):
        packed.write_bytes(damaged)
        with pytest.raises(Unreadable, match=r"\.jsonl\.gz(: is damaged after line|:[1-5]:)"):
            read(segments, packed)
    segments.purge(AT + DAY_S)
    assert segments.paths() == [packed, last]
    assert len(list((segments.folder / "configurations").iterdir())) == 1  # whatever the damaged one needed
    segments.purge(AT + 2 * DAY_S)
    assert segments.paths() == [last]


def test_a_strange_file_is_no_segment(segments: Segments) -> None:
    (segments.folder / "notes.jsonl").write_text("mine")
    with pytest.raises(Unreadable, match=r"notes\.jsonl: is no segment of a journal"):
        segments.paths()


def test_all_of_it_can_be_deleted(segments: Segments) -> None:
    write(segments)
    segments.delete()
    assert not segments.folder.exists()
    segments.delete()


def test_equal_configurations_have_equal_digests(segments: Segments) -> None:
    copied = replace(CONFIGURATION, advisors=dict(CONFIGURATION.advisors))
    assert segments.configurations.plain(copied) == segments.configurations.plain(CONFIGURATION)
    assert segments.configurations.plain(with_capacity(3)) != segments.configurations.plain(CONFIGURATION)


def test_the_digest_of_the_core_is_that_of_all_its_rooms(tmp_path: Path) -> None:
    core = Path(shutil.copytree(Path(cti_router.core.__path__[0]), tmp_path / "core"))
    assert core_digest(core) == core_digest()
    digests = {core_digest()}
    for changed in core.rglob("*.py"):
        changed.write_text(changed.read_text() + "\n# another rule\n")
        digests.add(core_digest(core))
    assert len(digests) == 1 + len(list(core.rglob("*.py")))
