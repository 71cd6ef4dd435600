"""One site's PBX: a real Asterisk on its own loopback address, configured like one that was there before us."""

import asyncio
import contextlib
import os
import shutil
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.lab.processes import kill_child, start_child
from deploy.lab.rootfs import Installation

CARRIER = "public.invalid"  # the domain of the public network's callers

_BASE = Path(__file__).parent / "base_conf"
_INSIDE = "/lab"
_START_S = 30.0
_STOP_S = 5.0
_RTP_PORTS_PER_SITE = 600
_SHIPPED_SOUNDS = {"fr": ("fr_CA_f_June", "fr"), "en": ("en_US_f_Allison", "en")}
"""Each language with the names under which distributions ship its sounds."""

# Mounts of its own, so that none is ever left on the host; the shared root cannot be written to.
# Asterisk looks its own host's name up for every channel: without a hosts file it would wait for DNS, up to 5 s.
_ENTER = """
echo "127.0.0.1 localhost $(uname -n)" >"$1/etc/hosts"
mount --bind "$1" "$1"
mount --options remount,bind,ro "$1"
mount --rbind /dev "$1/dev"
mount --types proc proc "$1/proc"
mount --types tmpfs tmpfs "$1/tmp"
mount --bind "$2" "$1/lab"
exec chroot "$1" "$3" -C /lab/etc/asterisk.conf -f -n
"""

_PHONE = """\
[{0}](phone)
aors = {0}
auth = {0}
callerid = {0} <{0}>
[{0}](registered)
[{0}](secret)
username = {0}
password = {1}
"""

_STATIC_PHONE = """\
[{0}](phone)
aors = {0}
callerid = {0} <{0}>
[{0}]
type = aor
contact = sip:{0}@{1}
"""


class PbxFailed(Exception):
    """Asterisk did not start, died, or refused a command."""


@dataclass(frozen=True, slots=True)
class PbxPlan:
    """What stands at a site: its number (1, 2, …) among the sites, its address, its phones.

    `rendered` is the directory of `cti_*.conf` files to include. `callers` is where the public network calls from,
    `carrier` where it takes calls.
    `static_phones` is the "address:port" of phones that do not register (SIPp); None when they do (softphones).
    """

    site: str
    number: int
    address: str
    phones: tuple[str, ...]
    callers: str
    carrier: str
    rendered: Path | None = None
    static_phones: str | None = None


@dataclass(slots=True)
class LabPbx:
    """Start it, stop it, kill it, freeze it. `home` is its own directory: etc, log, run, spool, db, keys, data."""

    plan: PbxPlan
    home: Path
    installation: Installation
    _process: Process | None = field(default=None, repr=False)
    _pid: int = 0

    @property
    def site(self) -> str:
        return self.plan.site

    @property
    def address(self) -> str:
        return self.plan.address

    @property
    def sip(self) -> str:
        """Where it takes SIP: "address:port"."""
        return f"{self.plan.address}:5060"

    @property
    def pid(self) -> int:
        """Asterisk's own process id, as this machine sees it. Raises PbxFailed when it does not run."""
        if self._process is None or self._process.returncode is not None:
            raise PbxFailed(f"the PBX of {self.site} does not run")
        return self._pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    @property
    def sounds(self) -> Path:
        """Sound files put here are found by name, in any language: `sounds/cti/hello.wav` is `cti/hello`.

        Those of one language, which win, stand in `sounds/fr`, `sounds/en`. The files are shared with other PBXs:
        remove or replace one, never write into it.
        """
        return self.home / "data" / "sounds"

    def put_sounds(self, sounds: Path) -> None:
        """Have the clips of `sounds/<language>/cti`, instead of those there were."""
        for made in sounds.glob("*/cti"):
            mine = self.sounds / made.parent.name / made.name
            shutil.rmtree(mine, ignore_errors=True)
            shutil.copytree(made, mine, copy_function=_link_file)

    def password(self, extension: str) -> str:
        """What this phone registers with."""
        return f"lab-{self.site}-{extension}"

    async def start(self) -> None:
        """Write the configuration and start; returns when Asterisk is fully booted. Raises PbxFailed."""
        if self.running:
            raise PbxFailed(f"the PBX of {self.site} runs already")
        self._lay_out()
        self._control.unlink(missing_ok=True)
        with (self.home / "log" / "console").open("ab") as console:
            self._process = await start_child(self._command(), stdout=console, stderr=STDOUT)
        try:
            async with asyncio.timeout(_START_S):
                await self._booted()
        except (TimeoutError, PbxFailed) as error:
            await self.kill()
            tail = (self.home / "log" / "console").read_text(errors="replace")[-1500:]
            raise PbxFailed(f"the PBX of {self.site} did not start: {tail}") from error

    async def _booted(self) -> None:
        while True:
            self._pid = self._find_pid()
            if self._control.exists():
                # The socket is there an instant before anybody listens on it.
                with contextlib.suppress(PbxFailed):
                    await self.cli("core waitfullybooted")
                    return
            await asyncio.sleep(0.02)

    async def stop(self) -> None:
        """End it in order (a hung one is killed). Nothing happens when it does not run."""
        await self._end(signal.SIGCONT, signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL: its calls die without a word. Nothing happens when it does not run."""
        await self._end(signal.SIGKILL)

    def forget(self) -> None:
        """While it does not run: empty its database. After the next start nobody is registered."""
        for file in (self.home / "db").iterdir():
            file.unlink()

    def suspend(self) -> None:
        """Freeze it (SIGSTOP): addresses stay bound, nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    async def cli(self, command: str) -> str:
        """What `asterisk -rx command` prints. Raises PbxFailed when the PBX does not answer."""
        enter: list[str] = []
        if self.installation.root is not None:
            enter = ["nsenter", "--target", str(self.pid), "--mount", "--root", "--wd"]
        conf = f"{self._inside()}/etc/asterisk.conf"
        console = await start_child(
            [*enter, self.installation.program, "-C", conf, "-n", "-rx", command], stdout=PIPE, stderr=PIPE
        )
        try:
            out, err = await console.communicate()
        finally:
            await kill_child(console)
        if console.returncode != 0:
            raise PbxFailed(f"{self.site}: {command!r} failed: {(err or out).decode(errors='replace').strip()}")
        return out.decode(errors="replace")

    async def reload(self) -> None:
        """Copy the rendered files again and make Asterisk read everything anew; calls go on."""
        self._write_configuration()
        await self.cli("core reload")

    def cpu_seconds(self) -> float:
        """Processor time Asterisk has used since it started, user and system."""
        used = psutil.Process(self.pid).cpu_times()
        return float(used.user + used.system)

    # ── how it is laid out ───────────────────────────────────────────────────────────────────────────────────────

    @property
    def _control(self) -> Path:
        return self.home / "run" / "asterisk.ctl"

    def _inside(self) -> str:
        return str(self.home) if self.installation.root is None else _INSIDE

    def _command(self) -> list[str | Path]:
        program, root = self.installation.program, self.installation.root
        if root is None:
            return [program, "-C", self.home / "etc" / "asterisk.conf", "-f", "-n"]
        return [
            "unshare", "--mount", "--pid", "--fork", "--kill-child", "--",
            "sh", "-ec", _ENTER, "sh", root, self.home, program,
        ]  # fmt: skip

    def _find_pid(self) -> int:
        if self._process is None or self._process.returncode is not None:
            raise PbxFailed(f"the PBX of {self.site} ended")
        if self.installation.root is None:
            return self._process.pid
        try:
            children = psutil.Process(self._process.pid).children()
        except psutil.NoSuchProcess as error:
            raise PbxFailed(f"the PBX of {self.site} ended") from error
        return int(children[0].pid) if children else 0  # none yet: unshare has not forked

    async def _end(self, *signals: signal.Signals) -> None:
        if self._process is None or not self.running:
            return
        try:
            if self._pid:
                # Not to the group: unshare then outlives Asterisk, and its end means that Asterisk is gone.
                for which in signals:
                    os.kill(self._pid, which)
                async with asyncio.timeout(_STOP_S):
                    await self._process.wait()
        except (ProcessLookupError, TimeoutError):
            pass
        finally:
            await kill_child(self._process)
            self._pid = 0

    def _lay_out(self) -> None:
        for name in ("etc", "log", "run", "spool", "db", "keys", "data/sounds"):
            (self.home / name).mkdir(parents=True, exist_ok=True)
        data = self.home / "data"
        shipped = self.installation.on_host(self.installation.data)
        _link(data, self.installation.data, [p.name for p in shipped.iterdir() if p.name != "sounds"])
        for language, names in _SHIPPED_SOUNDS.items():
            found = next((name for name in names if (shipped / "sounds" / name).is_dir()), None)
            if found:
                _link_all(
                    data / "sounds" / language, shipped / "sounds" / found, f"{self.installation.data}/sounds/{found}"
                )
        self._write_configuration()

    def _write_configuration(self) -> None:
        plan = self.plan
        rtp_start = 10000 + plan.number * _RTP_PORTS_PER_SITE
        words = {
            "SITE": plan.site, "ADDRESS": plan.address, "HOME": self._inside(), "CARRIER": CARRIER,
            "MODULES": self.installation.modules, "CALLERS": plan.callers, "CARRIER_ADDRESS": plan.carrier,
            "RTP_START": str(rtp_start), "RTP_END": str(rtp_start + _RTP_PORTS_PER_SITE - 1),
            "PHONES": "\n".join(map(self._phone, plan.phones)),
            "EXTENSIONS": "\n".join(f"exten => {x},1,Dial(PJSIP/{x},30)" for x in plan.phones),
        }  # fmt: skip
        for source in _BASE.glob("*.conf"):
            text = source.read_text()
            for word, value in words.items():
                text = text.replace(f"@{word}@", value)
            (self.home / "etc" / source.name).write_text(text)
        for old in (self.home / "etc").glob("cti_*.conf"):
            old.unlink()
        if plan.rendered is not None:
            for rendered in plan.rendered.glob("cti_*.conf"):
                shutil.copy(rendered, self.home / "etc")

    def _phone(self, extension: str) -> str:
        if self.plan.static_phones is not None:
            return _STATIC_PHONE.format(extension, self.plan.static_phones)
        return _PHONE.format(extension, self.password(extension))


def _link(where: Path, target: str, names: list[str]) -> None:
    for name in names:
        link = where / name
        link.unlink(missing_ok=True)
        link.symlink_to(f"{target}/{name}")


def _link_all(where: Path, shipped: Path, target: str) -> None:
    """A directory with all that is shipped, and place for more."""
    if where.is_symlink():
        where.unlink()
    where.mkdir(exist_ok=True)
    there = set(os.listdir(where))
    _link(where, target, [name for name in os.listdir(shipped) if name not in there])


def _link_file(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)
