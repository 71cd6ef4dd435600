"""Where Asterisk is: installed on this machine, or in a cached root filesystem that is built here once."""

import asyncio
import fcntl
import hashlib
import os
import re
import shutil
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.lab.processes import end_child, start_child

PACKAGES = (
    "asterisk", "asterisk-core-sounds-fr-wav", "asterisk-moh-opsound-wav",
    "libttspico-utils", "espeak-ng", "sox",
)  # fmt: skip
_SUITE = "forky"  # the only Debian suite with an Asterisk (22, LTS)
_LEAST_VERSION = 20
_MIRROR = re.compile(r"^[^#\n]*?(https?://\S+/debian/?)(?:\s|$)", re.MULTILINE)

Progress = Callable[[str], None]


class NoAsterisk(Exception):
    """There is no usable Asterisk, and none could be built."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An Asterisk. `root` is its root filesystem, None when it is the machine's own; the other paths are within it."""

    root: Path | None
    program: str
    modules: str
    data: str

    def on_host(self, path: str) -> Path:
        return Path(path) if self.root is None else self.root / path.lstrip("/")


async def find_asterisk(progress: Progress) -> Installation:
    """The machine's own Asterisk (20 or newer, with French sounds), else the cached one, else build it (a minute).

    `progress` gets lines for a person. Raises NoAsterisk.
    """
    return await _installed() or _described(await _cached_root(progress))


def cache_directory() -> Path:
    """Where things that are expensive to make are kept between runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cti_router"


async def _installed() -> Installation | None:
    program = shutil.which("asterisk")
    if program is None:
        return None
    process = await start_child([program, "-V"], stdout=PIPE)
    version = re.search(rb"Asterisk (?:certified/)?(\d+)", (await process.communicate())[0])
    if version is None or int(version[1]) < _LEAST_VERSION:
        return None
    found = _described(None, program)
    has_french = (found.on_host(found.data) / "sounds" / "fr_CA_f_June").is_dir()
    has_music = (found.on_host(found.data) / "moh").is_dir()
    return found if has_french and has_music else None


def _described(root: Path | None, program: str = "/usr/sbin/asterisk") -> Installation:
    """Read the distribution's own paths out of its asterisk.conf."""
    conf = ((root or Path("/")) / "etc/asterisk/asterisk.conf").read_text()
    paths = dict(re.findall(r"^\s*(ast\w+)\s*=>?\s*(\S+)", conf, re.MULTILINE))
    try:
        return Installation(root, program, paths["astmoddir"], paths["astdatadir"])
    except KeyError as missing:
        raise NoAsterisk(f"{root or '/'}etc/asterisk/asterisk.conf does not name {missing}") from missing


async def _cached_root(progress: Progress) -> Path:
    digest = hashlib.sha256(" ".join((_SUITE, *PACKAGES)).encode()).hexdigest()[:8]
    root = cache_directory() / f"asterisk-{_SUITE}-{digest}"
    if root.is_dir():
        return root
    if os.geteuid() != 0:
        raise NoAsterisk("building a root filesystem for Asterisk needs root (or install Asterisk 20 or newer)")
    root.parent.mkdir(parents=True, exist_ok=True)
    async with _alone(root.with_suffix(".lock"), progress):
        if not root.is_dir():
            unfinished = root.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            await _build(unfinished, progress)
            unfinished.rename(root)
    return root


@asynccontextmanager
async def _alone(lock: Path, progress: Progress) -> AsyncIterator[None]:
    with lock.open("w") as held:
        told = False
        while True:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not told:
                    progress("another run is building Asterisk's root filesystem: waiting for it")
                    told = True
                await asyncio.sleep(0.5)
        yield


async def _build(directory: Path, progress: Progress) -> None:
    progress(f"building Asterisk's root filesystem in {directory} (about a minute, 450 MB)")
    # The namespaces make half a build vanish with its processes and mounts when we are killed.
    process = await start_child(
        ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "mmdebstrap",
         "--variant=apt", "--mode=root", "--components=main,non-free",
         "--aptopt=Acquire::Check-Valid-Until \"false\"",
         f"--include={','.join(PACKAGES)}", _SUITE, directory, *_debian_mirror()],
        stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        last = ""
        async for line in process.stdout:
            last = line.decode(errors="replace").rstrip()
            progress(last)
        if await process.wait() != 0:
            raise NoAsterisk(f"mmdebstrap failed: {last}")
    finally:
        await end_child(process)
    (directory / "lab").mkdir()


def _debian_mirror() -> list[str]:
    """The Debian mirror this machine is configured for; none elsewhere (mmdebstrap then takes Debian's own)."""
    sources = Path("/etc/apt")
    files = [sources / "sources.list", *sorted((sources / "sources.list.d").glob("*.[ls][io][su]*"))]
    for file in files:
        if file.is_file() and file.suffix in {".list", ".sources"} and (m := _MIRROR.search(file.read_text())):
            return [m[1]]
    return []
