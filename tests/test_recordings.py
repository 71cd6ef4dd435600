"""A recording's name and header."""

import pytest

from cti_router.recordings import HEADER_BYTES, call_of_file, is_call, length_of, mended
from tests.wavs import being_written, header, wav


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("caen-1795470781.12.wav", "caen-1795470781.12"),
        ("caen-caen-1795470781.12.wav", "caen-caen-1795470781.12"),  # a PBX with a systemname
        ("rouen-1795470781.12.wav", None),
        ("caen-1.wav.part", None),
        ("caen-1", None),
        (".caen-1.wav", None),
        ("caen-../../etc/passwd.wav", None),
        ("caen-a b.wav", None),
        ("caen-é.wav", None),
        ("caen-1\n.wav", None),
        (f"caen-{'1' * 200}.wav", None),
        ("", None),
    ],
)
def test_a_file_is_named_after_its_call(name: str, call: str | None) -> None:
    assert call_of_file(name, "caen") == call


@pytest.mark.parametrize("call", ["", "..", "a/b", "a\\b", "/a", "a\0", "-a", ".a", "a\n"])
def test_what_could_lead_elsewhere_is_no_call(call: str) -> None:
    assert not is_call(call)


def test_a_whole_file_tells_its_length() -> None:
    sound = wav(2.5)
    assert length_of(sound[:HEADER_BYTES], len(sound)) == 2.5


@pytest.mark.parametrize("sound", [being_written(), wav()[:-1], wav() + b"\0", wav()[:20_000]])
def test_what_is_cut_or_still_being_written_is_not_whole(sound: bytes) -> None:
    assert length_of(sound[:HEADER_BYTES], len(sound)) is None


@pytest.mark.parametrize(
    ("at", "other"),
    [
        (0, b"RIFX"),
        (8, b"AVI "),
        (20, b"\x03\0"),
        (22, b"\x02\0"),
        (24, b"\x80\x3e\0\0"),
        (34, b"\x08\0"),
        (36, b"LIST"),
    ],
)
def test_another_form_of_sound_is_none(at: int, other: bytes) -> None:
    sound = bytearray(wav())
    sound[at : at + len(other)] = other
    assert length_of(bytes(sound[:HEADER_BYTES]), len(sound)) is None
    assert mended(bytes(sound[:HEADER_BYTES]), len(sound)) is None


def test_the_header_that_its_pbx_did_not_write_is_made_good() -> None:
    sound = being_written()
    assert mended(sound[:HEADER_BYTES], len(sound)) == header(32_000)
    assert mended(b"RIFF", 4) is None
