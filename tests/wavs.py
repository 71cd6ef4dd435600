"""Recordings as Asterisk writes them."""

import math
import struct
from pathlib import Path

HZ = 440


def wav(seconds: float = 2.0, hz: int = HZ) -> bytes:
    """A tone, 8 kHz mono 16-bit."""
    count = round(seconds * 8000)
    samples = struct.pack(f"<{count}h", *(round(9000 * math.sin(2 * math.pi * hz * n / 8000)) for n in range(count)))
    return header(len(samples)) + samples


def header(data: int) -> bytes:
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", data + 36, b"WAVE", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16, b"data", data
    )


def being_written(seconds: float = 2.0) -> bytes:
    """The same before Asterisk closes it: its header knows nothing of the sound yet."""
    return header(0) + wav(seconds)[44:]


def put(spool: Path, call: str, content: bytes) -> Path:
    """In a PBX's spool."""
    file = spool / "cti" / f"{call}.wav"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file
