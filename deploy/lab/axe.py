"""axe-core, which finds what is wrong with a page for those who cannot see it or use a mouse: only tests need it.

Run by setup.sh with the system's Python: the standard library only.
"""

import base64
import hashlib
import io
import os
import tarfile
import urllib.request
from pathlib import Path

VERSION = "4.14.1"
INTEGRITY = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
"""The SHA-512 that npm publishes for this version."""

_URL = f"https://registry.npmjs.org/axe-core/-/axe-core-{VERSION}.tgz"
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cti_router"

AXE = _CACHE / f"axe-core-{VERSION}.min.js"


def fetch() -> None:
    """Put the script into the cache, whole or not at all. Raises ValueError when it is not what was pinned."""
    with urllib.request.urlopen(_URL, timeout=60) as response:
        packed = response.read()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != INTEGRITY:
        raise ValueError(f"{_URL} is not the file that was pinned: its SHA-512 differs")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        member = archive.extractfile("package/axe.min.js")
        assert member is not None
        script = member.read()
    _CACHE.mkdir(parents=True, exist_ok=True)
    part = AXE.with_suffix(".part")
    part.write_bytes(script)
    part.replace(AXE)


if __name__ == "__main__":
    if not AXE.exists():
        print(f"setup: fetching axe-core {VERSION} for the tests of the pages, into {_CACHE}", flush=True)
        fetch()
