"""The PBX's spool: which recordings are whole."""

import os
from pathlib import Path

import pytest

from cti_router.site.spool import ABANDONED_S, QUIET_S, Recording, delete, look, set_aside
from tests.wavs import being_written, put, wav

NOW = 1_795_470_800.0
CALL = "caen-1795470781.0"


def left(spool: Path, content: bytes, quiet_s: float = QUIET_S, call: str = CALL) -> Path:
    file = put(spool, call, content)
    os.utime(file, (NOW - quiet_s, NOW - quiet_s))
    return file


def seen(spool: Path) -> list[str]:
    found = look(spool, "caen", NOW)
    assert found.strange == ()
    return [recording.call for recording in found.recordings]


def whole(recording: Recording) -> bytes:
    return b"".join(recording.pieces())


def test_a_pbx_without_messages_has_no_folder(tmp_path: Path) -> None:
    assert seen(tmp_path) == []


def test_a_whole_recording_is_found_the_oldest_first(tmp_path: Path) -> None:
    left(tmp_path, wav(), 5.0, "caen-2")
    left(tmp_path, wav(3.0), 9.0, "caen-1")
    assert seen(tmp_path) == ["caen-1", "caen-2"]
    first = look(tmp_path, "caen", NOW).recordings[0]
    assert (whole(first), first.size, first.modified_at) == (wav(3.0), len(wav(3.0)), NOW - 9.0)


@pytest.mark.parametrize(
    ("content", "quiet_s", "is_found"),
    [
        (wav(), QUIET_S - 0.1, False),  # written to a moment ago
        (being_written(), 60.0, False),  # he pauses for thought, and Asterisk writes 2 s at a time
        (being_written(), ABANDONED_S - 1, False),
        (being_written(), ABANDONED_S, True),  # its PBX died in it
        (wav()[:-2000], 60.0, False),
        (wav()[:-2000], ABANDONED_S, True),
    ],
)
def test_one_that_may_still_be_written_to_is_left_alone(
    tmp_path: Path, content: bytes, quiet_s: float, is_found: bool
) -> None:
    left(tmp_path, content, quiet_s)
    assert seen(tmp_path) == ([CALL] if is_found else [])


def test_what_its_pbx_did_not_finish_is_sent_with_the_header_it_lacks(tmp_path: Path) -> None:
    file = left(tmp_path, being_written(), ABANDONED_S)
    (recording,) = look(tmp_path, "caen", NOW).recordings
    assert whole(recording) == wav()
    assert file.read_bytes() == being_written()


def test_what_is_not_this_site_s_is_nobody_s_business(tmp_path: Path) -> None:
    for call in ("rouen-1", "caen2-1"):
        left(tmp_path, wav(), call=call)
    left(tmp_path, wav()).with_suffix(".txt").write_text("a note")
    (tmp_path / "cti" / "caen-folder.wav").mkdir()
    (tmp_path / "cti" / "caen-link.wav").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "cti" / "caen-pipe.wav")
    assert seen(tmp_path) == [CALL]


def test_a_tone_and_silence_are_no_message(tmp_path: Path) -> None:
    files = {left(tmp_path, wav(1.0), call="caen-1"), left(tmp_path, b"", ABANDONED_S, "caen-2")}
    found = look(tmp_path, "caen", NOW)
    assert (set(found.silent), found.recordings) == (files, ())


def test_what_is_no_sound_is_strange(tmp_path: Path) -> None:
    file = left(tmp_path, b"MZ" * 20_000, ABANDONED_S)
    assert look(tmp_path, "caen", NOW).strange == (file,)
    set_aside(file)
    assert look(tmp_path, "caen", NOW).strange == ()
    assert (tmp_path / "cti" / "refused" / file.name).read_bytes() == b"MZ" * 20_000


def test_what_was_written_to_meanwhile_is_not_deleted(tmp_path: Path) -> None:
    file = left(tmp_path, wav())
    (recording,) = look(tmp_path, "caen", NOW).recordings
    file.write_bytes(wav(3.0))
    delete(recording)
    assert file.exists()
    (recording,) = look(tmp_path, "caen", NOW + 1e9).recordings
    delete(recording)
    delete(recording)
    assert not file.exists()
