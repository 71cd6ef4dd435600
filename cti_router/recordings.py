"""A voice message as Asterisk leaves it in its spool: the file's name, and the header that says whether it is whole.

`Record` writes the header's lengths when it closes the file: until then they are not those of the file.
"""

import re
import struct
from typing import TypeAlias

FOLDER = "cti"
"""Where the PBX keeps them, in its spool directory."""

ENDING = ".wav"

LEAST_BYTES = 24_000
"""A tone and the silence after it are no message: one has more of them. The dialplan judges by the same."""

MOST_BYTES = 10_000_000
"""More than the longest message that the configuration can allow: ten minutes of 16,000 bytes a second."""

HEADER_BYTES = 44

Header: TypeAlias = bytes

_CALL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", re.ASCII)
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_BYTES_A_SECOND, _BYTES_A_SAMPLE = 16_000, 2


def call_of_file(name: str, site: str) -> str | None:
    """The call whose message a file is, by its name; None for a file that is none of this site's."""
    call = name.removesuffix(ENDING)
    ours = call != name and call.startswith(f"{site}-") and _CALL.fullmatch(call)
    return call if ours else None


def is_call(call: str) -> bool:
    """May a file be named after it? Letters, digits, points, dashes and underscores: no path leads elsewhere."""
    return _CALL.fullmatch(call) is not None


def length_of(header: Header, size: int) -> float | None:
    """How long the sound is, in seconds. `header`: a file's first 44 bytes; `size`: how many it has in all.

    None when it is not whole (still being written, or cut), or is no 8 kHz mono 16-bit WAV.
    """
    if not _is_telephone_sound(header):
        return None
    _, after, *_, data = _HEADER.unpack(header)
    if data != size - HEADER_BYTES or after != size - 8:
        return None
    return float(data) / _BYTES_A_SECOND


def mended(header: Header, size: int) -> Header | None:
    """The header that a file would have, had its PBX not died while it wrote it. None when it is no such file."""
    if not _is_telephone_sound(header):
        return None
    fields = list(_HEADER.unpack(header))
    fields[1], fields[-1] = size - 8, size - HEADER_BYTES
    return _HEADER.pack(*fields)


def _is_telephone_sound(header: Header) -> bool:
    if len(header) != HEADER_BYTES:
        return False
    riff, _, wave, fmt, length, pcm, channels, rate, bytes_a_second, align, bits, data, _ = _HEADER.unpack(header)
    form = (riff, wave, fmt, data) == (b"RIFF", b"WAVE", b"fmt ", b"data")
    return form and (length, pcm, channels, rate, bytes_a_second, align, bits) == (
        16, 1, 1, _BYTES_A_SECOND // _BYTES_A_SAMPLE, _BYTES_A_SECOND, _BYTES_A_SAMPLE, 8 * _BYTES_A_SAMPLE
    )  # fmt: skip
