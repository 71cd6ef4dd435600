"""What the pages load: scripts, style, icons. Their address says what is in them, so that browsers may keep them."""

from hashlib import sha256
from importlib.resources import files
from typing import NamedTuple

PREFIX = "/static"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}


class StaticFile(NamedTuple):
    content: bytes
    media_type: str


def _read() -> dict[str, StaticFile]:
    folder = files("cti_router.web.pages").joinpath("static")
    named = {entry.name: entry.name.rpartition(".")[2] for entry in folder.iterdir()}
    return {
        name: StaticFile(folder.joinpath(name).read_bytes(), _TYPES[kind])
        for name, kind in sorted(named.items())
        if kind in _TYPES
    }


STATIC = _read()
DIGEST = sha256(
    b"\0".join(part for name, file in STATIC.items() for part in (name.encode(), file.content))
).hexdigest()[:12]
"""One for all: a script imports its neighbours by their bare names."""


def address(name: str) -> str:
    """Where a static file is. Raises KeyError for one that is not there."""
    STATIC[name]
    return f"{PREFIX}/{DIGEST}/{name}"
