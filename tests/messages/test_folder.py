"""The folder of the messages' sounds."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from cti_router.messages.folder import Damaged, Folder, Incoming, Kept, NotKept, OtherMessage
from tests.wavs import being_written, wav

CALL = "caen-1795470781.0"
LEFT_AT = 1_795_470_790.25
SOUND = wav()


def digest(sound: bytes) -> str:
    return hashlib.sha256(sound).hexdigest()


def arriving(folder: Folder, sound: bytes = SOUND, call: str = CALL) -> Incoming:
    incoming = folder.receive(call)
    for begin in range(0, len(sound), 30):  # smaller than the header
        incoming.write(sound[begin : begin + 30])
    return incoming


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "messages"


@pytest.fixture
def folder(path: Path) -> Folder:
    return Folder(path)


def test_a_message_that_arrived_is_there_for_this_user_alone(folder: Folder, path: Path) -> None:
    assert arriving(folder).finish(digest(SOUND), LEFT_AT) == Kept(2.0, is_new=True)
    file = folder.file_of(CALL)
    assert file == path / f"{CALL}.wav"
    assert file.read_bytes() == SOUND
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(path.stat().st_mode)) == (0o600, 0o700)
    assert file.stat().st_mtime == LEFT_AT
    assert os.listdir(path) == [f"{CALL}.wav"]


def test_nobody_sees_it_before_it_is_whole(folder: Folder, path: Path) -> None:
    incoming = arriving(folder)
    assert folder.file_of(CALL) is None
    incoming.drop()
    assert os.listdir(path) == []


def test_the_same_again_changes_nothing(folder: Folder) -> None:
    arriving(folder).finish(digest(SOUND), LEFT_AT)
    again = arriving(folder)
    assert again.finish(digest(SOUND), LEFT_AT + 60) == Kept(2.0, is_new=False)
    again.drop()
    file = folder.file_of(CALL)
    assert file is not None
    assert file.stat().st_mtime == LEFT_AT


def test_two_at_once_are_one(folder: Folder, path: Path) -> None:
    one, other = arriving(folder), arriving(folder)
    assert other.finish(digest(SOUND), LEFT_AT).is_new
    assert not one.finish(digest(SOUND), LEFT_AT).is_new
    assert os.listdir(path) == [f"{CALL}.wav"]


def test_another_message_of_the_same_call_is_refused_and_replaces_nothing(folder: Folder, path: Path) -> None:
    arriving(folder).finish(digest(SOUND), LEFT_AT)
    other = arriving(folder, wav(3.0))
    with pytest.raises(OtherMessage):
        other.finish(digest(wav(3.0)), LEFT_AT)
    other.drop()
    assert (path / f"{CALL}.wav").read_bytes() == SOUND
    assert os.listdir(path) == [f"{CALL}.wav"]


def test_what_was_damaged_on_the_way_is_to_be_sent_again(folder: Folder) -> None:
    incoming = arriving(folder, SOUND[:-2])
    with pytest.raises(Damaged):
        incoming.finish(digest(SOUND), LEFT_AT)
    incoming.drop()
    assert folder.file_of(CALL) is None


@pytest.mark.parametrize("sound", [being_written(), b"RIFF" * 10_000, b""])
def test_what_is_no_whole_recording_is_never_taken(folder: Folder, sound: bytes) -> None:
    incoming = arriving(folder, sound)
    with pytest.raises(NotKept, match="no whole 8 kHz mono 16-bit WAV"):
        incoming.finish(digest(sound), LEFT_AT)
    incoming.drop()
    assert folder.file_of(CALL) is None


@pytest.mark.parametrize("call", ["../caen-1", "", "caen-1/../../x", ".hidden"])
def test_no_path_leads_elsewhere(folder: Folder, call: str) -> None:
    with pytest.raises(ValueError, match="no call's id"):
        folder.receive(call)
    with pytest.raises(ValueError, match="no call's id"):
        folder.file_of(call)
    with pytest.raises(ValueError, match="no call's id"):
        folder.delete([call])


def test_what_a_killed_router_left_half_written_is_cleared(folder: Folder, path: Path) -> None:
    (path / ".caen-1.0123456789abcdef.part").write_bytes(SOUND[:1000])
    arriving(folder).finish(digest(SOUND), LEFT_AT)
    assert len(os.listdir(path)) == 2
    Folder(path)
    assert os.listdir(path) == [f"{CALL}.wav"]


def test_old_ones_are_found_and_deleted_twice_if_need_be(folder: Folder, path: Path) -> None:
    arriving(folder).finish(digest(SOUND), LEFT_AT)
    arriving(folder, call="caen-2").finish(digest(SOUND), LEFT_AT + 10)
    (path / "no call at all.wav").touch()
    assert list(folder.older_than(LEFT_AT)) == []
    assert list(folder.older_than(LEFT_AT + 5)) == [CALL]
    folder.delete([CALL])
    folder.delete([CALL])
    assert folder.file_of(CALL) is None
    assert folder.file_of("caen-2") is not None


def test_a_disk_that_takes_nothing_says_so(folder: Folder, path: Path) -> None:
    path.rmdir()
    with pytest.raises(OSError, match="No such file"):
        folder.receive(CALL)
