"""The whole service on this machine: PBXs, PostgreSQL, contributors, phones and the router itself."""

import asyncio
import json
import os
import secrets
import shutil
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

import asyncpg
import httpx
import yaml

from cti_router.config import load
from cti_router.core.configuration import Configuration
from cti_router.voice.clips import clips_of
from deploy.lab import database
from deploy.lab.accounts import add_accounts
from deploy.lab.asterisk import LabPbx
from deploy.lab.contributors import FictionalContributor, fictional_contributors, fill
from deploy.lab.filling import fill_past, fill_records
from deploy.lab.lab import Lab
from deploy.lab.past import fictional_past
from deploy.lab.phone import Phone
from deploy.lab.processes import end_child, kill_child, start_child
from deploy.lab.records import fictional_records
from deploy.lab.sounds import make_sounds

EXAMPLE = Path(__file__).parent.parent / "example"
OPEN_HOUR = "2026-11-23T09:00"
"""A Monday morning: Rouen is on duty in the example."""

_FASTAGI_PORT, _STATUS_PORT, _MESSAGES_PORT, _PAGES_PORT = 4573, 9464, 9465, 9466
_START_S = 20.0


class ServiceFailed(Exception):
    """A part of the service did not do what it must; the text holds what it said."""


class Service:
    """The example's sites, ready for calls. Everything it starts ends with it.

        async with Service(Path("var/demo")) as service:
            await service.present("alice", "available")
            caller = await service.lab.caller("0261910001")
            await caller.call(service.uri("caen"))

    `phones`: "soft" registers a softphone for each advisor, "static" expects SIPp in their place. `router`: False
    leaves it to be started with `start_router`. `pages`: whether it serves them, at `pages_url`; `accounts` are the
    logins, each with its password, and contributors have all that a record shows, former calls too.
    """

    def __init__(
        self, directory: Path, *, example: Path = EXAMPLE, clock: str = OPEN_HOUR, phones: str = "soft",
        contributors: int = 200, router: bool = True, pages: bool = False,
        progress: Callable[[str], None] = lambda _line: None,
    ) -> None:  # fmt: skip
        self.directory = directory.resolve()
        self.configuration_directory = self.directory / "config"
        self.clock = clock
        self.phones: dict[str, Phone] = {}
        self.contributors: list[FictionalContributor] = []
        self.accounts: dict[str, str] = {}
        self.router: Process | None = None
        self.dsn = ""
        self._pages = pages
        self._example = example
        self._soft = phones == "soft"
        self._with_router = router
        self._count = contributors
        self._progress = progress
        self._stack = AsyncExitStack()
        self._environ = dict(os.environ)

    async def __aenter__(self) -> "Service":
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.directory / "state", ignore_errors=True)  # the clock starts anew, nothing is half-done
        sites = yaml.safe_load((self._example / "sites.yaml").read_text())["sites"]
        advisors = yaml.safe_load((self._example / "advisors.yaml").read_text())["advisors"]
        phones = {site: [a["phone"] for a in advisors.values() if a["site"] == site] for site in sites}
        self._progress("PostgreSQL")
        self.dsn = await asyncio.to_thread(database.start, self.directory, keep=True)
        self._stack.push_async_callback(asyncio.to_thread, database.stop, self.directory)
        self.lab = await self._stack.enter_async_context(
            Lab(phones, directory=self.directory / "pbx", static_phones=not self._soft, progress=self._progress)
        )
        await self._empty_database()
        self._write_configuration()
        self._loaded = load(self.configuration_directory, self._environ)
        self.configuration: Configuration = self._loaded.configuration
        self._progress("rendering, migrations, contributors, sounds")
        await _together((self._render(), self._fill_database(), self._make_sounds()))
        self._progress(f"PBXs: {', '.join(sites)}")
        await _together(self._start_pbx(site) for site in sites)
        if self._soft:
            self._progress("phones")
            await _together(self._start_phone(advisor) for advisor in self.configuration.advisors)
        if self._with_router:
            self._progress("router")
            await self.start_router()
            if self._pages:
                await self.pages_served()

    # ── the parts ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def rendered(self) -> Path:
        return self.directory / "rendered"

    @property
    def sounds(self) -> Path:
        """What callers hear: `sounds/fr/cti/welcome.wav` is the prompt `welcome`. Each PBX has them all."""
        return self.configuration_directory / "sounds"

    @property
    def control_socket(self) -> Path:
        return self.directory / "control.sock"

    @property
    def status_url(self) -> str:
        return f"http://{self.lab.router}:{_STATUS_PORT}"

    @property
    def pages_url(self) -> str:
        return f"http://{self.lab.router}:{_PAGES_PORT}"

    @property
    def number(self) -> int:
        """The public number, E.164."""
        return next(iter(self.configuration.numbers))

    def uri(self, site: str) -> str:
        """What a caller dials to come in at a site."""
        return f"sip:+{self.number}@{self.lab.pbxs[site].sip}"

    async def start_router(self) -> None:
        """Start the router, or start it again; returns when it is ready. Raises ServiceFailed."""
        log = (self.directory / "router.log").open("ab")
        with log:
            self.router = await start_child(
                [sys.executable, "-m", "cti_router", "run", self.configuration_directory, "--clock", self.clock],
                stderr=log, env=self._environ,
            )  # fmt: skip
        self._stack.push_async_callback(end_child, self.router)
        await self.until(self._ready, "the router is ready", within_s=_START_S)

    async def pages_served(self) -> None:
        """Returns when the pages are there: their process starts after the router. Raises ServiceFailed."""

        async def ready() -> bool:
            return bool((await self.status())["pages"]["state"] == "ready")

        await self.until(ready, "the pages are served", within_s=_START_S)

    async def kill_router(self) -> None:
        if self.router is not None:
            await kill_child(self.router)

    async def start_unit(self, site: str, key: str | None = None) -> Process:
        """`cti-router site messages` beside a PBX, with its key or another. It ends with the service, if not before."""
        key_file = self.directory / f"unit-{site}.key"
        key_file.write_text(key or self._environ[f"LAB_SITE_{_variable(site)}"])
        words: list[str | Path] = [
            "site", "messages", "--spool", self.lab.pbxs[site].home / "spool", "--site", site, "--key-file", key_file,
            "--router", f"http://{self.lab.router}:{_MESSAGES_PORT}",
        ]  # fmt: skip
        with (self.directory / f"unit-{site}.log").open("ab") as log:
            unit = await start_child([sys.executable, "-m", "cti_router", *words], stderr=log)
        self._stack.push_async_callback(kill_child, unit)
        return unit

    async def start_pbx_again(self, site: str) -> None:
        """A PBX that was stopped or killed, with the configuration it had. Raises PbxFailed."""
        await self.lab.pbxs[site].start()
        await self._set_clock(self.lab.pbxs[site])

    async def render_again(self) -> None:
        """The PBXs' files after a change of the configuration; each PBX takes them over."""
        await self._render()
        await _together(self.lab.pbxs[site].reload() for site in self.configuration.sites)

    async def command(self, *words: str) -> str:
        """Run `cti-router` with these words; its output. Raises ServiceFailed."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cti_router", *words, stdout=PIPE, stderr=PIPE, env=self._environ
        )
        output, errors = await process.communicate()
        if process.returncode:
            raise ServiceFailed(f"cti-router {' '.join(words)}: {errors.decode()}")
        return output.decode()

    # ── what one asks of it ──────────────────────────────────────────────────────────────────────────────────────

    async def present(self, advisor: str, presence: str, reason: str = "") -> None:
        """What `cti-router presence` does."""
        body = {"advisor": advisor, "presence": presence, "reason": reason}
        async with self.control() as control:
            answer = await control.post("/presence", json=body)
        if answer.status_code != httpx.codes.OK:
            raise ServiceFailed(answer.text)

    async def about_call(self, what: str, advisor: str, **more: object) -> str:
        """What `cti-router transfer`, `consult`, `hold`, … does; "" or why it was refused."""
        async with self.control() as control:
            answer = await control.post(f"/call/{what}", json={"advisor": advisor, **more})
        return "" if answer.status_code == httpx.codes.OK else str(answer.json()["why"])

    async def calls(self, limit: int = 1000) -> list[dict[str, Any]]:
        """What `cti-router calls --json` prints, since the service began."""
        async with self.control() as control:
            answer = await control.get("/calls", params={"limit": limit})
        calls = [json.loads(line) for line in answer.text.splitlines()]
        return [call for call in calls if call["arrived_at"][:10] >= self.clock[:10]]  # those of the records are older

    async def messages(self, **asked: str) -> list[dict[str, Any]]:
        """What `cti-router messages --all --json` prints."""
        async with self.control() as control:
            answer = await control.get("/messages", params={"all": "1", **asked})
        return list(answer.json())

    async def status(self) -> dict[str, Any]:
        async with self.control() as control:
            answer: dict[str, Any] = (await control.get("/status")).json()
        return answer

    def control(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(uds=str(self.control_socket))
        return httpx.AsyncClient(transport=transport, base_url="http://router", timeout=5.0)

    async def until(
        self, holds: Callable[[], Awaitable[bool]], what: str, within_s: float = 10.0, every_s: float = 0.05
    ) -> None:
        """Wait until something holds. Raises ServiceFailed with the router's last words."""
        try:
            async with asyncio.timeout(within_s):
                while not await holds():
                    await asyncio.sleep(every_s)
        except TimeoutError:
            raise ServiceFailed(f"not within {within_s:g} s: {what}\n{self._last_words()}") from None

    async def lives(self) -> bool:
        """Does the router take asks? Before it is ready it answers, but offers nobody."""
        return await self._says_yes("healthz")

    # ── inside ───────────────────────────────────────────────────────────────────────────────────────────────────

    async def _ready(self) -> bool:
        if self.router is not None and self.router.returncode is not None:
            raise ServiceFailed(f"the router ended:\n{self._last_words()}")
        return await self._says_yes("readyz")

    async def _says_yes(self, page: str) -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{self.status_url}/{page}")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def _last_words(self) -> str:
        log = self.directory / "router.log"
        return log.read_text(errors="replace")[-3000:] if log.exists() else ""

    async def _empty_database(self) -> None:
        """The clock starts anew: what a former run left belongs to another day."""
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        finally:
            await connection.close()

    def _write_configuration(self) -> None:
        """The example as it stands, but for the network: this machine's addresses."""
        shutil.rmtree(self.configuration_directory, ignore_errors=True)
        shutil.copytree(self._example, self.configuration_directory)
        sites = yaml.safe_load((self._example / "sites.yaml").read_text())["sites"]
        for site in sites:
            for secret in ("LAB_AMI", "LAB_SITE"):
                self._environ[f"{secret}_{_variable(site)}"] = secrets.token_hex(16)
        self._environ["LAB_DSN"] = self.dsn
        loopback = "127.0.0.1"  # where connections within 127.0.0.0/8 come from, whatever they go to
        network: dict[str, Any] = {
            "routers": [{"address": self.lab.router, "fastagi_port": _FASTAGI_PORT, "ami_from": [loopback]}],
            "status": {"address": self.lab.router, "port": _STATUS_PORT},
            "messages": {"address": self.lab.router, "port": _MESSAGES_PORT},
            "state_directory": str(self.directory / "state"),
            "control_socket": str(self.control_socket),
            "database": {"dsn": {"env": "LAB_DSN"}},
            "pbxs": {
                site: {
                    "address": self.lab.address(site),
                    "ami_secret": {"env": f"LAB_AMI_{_variable(site)}"},
                    "ask_from": [loopback],
                    "site_key": {"env": f"LAB_SITE_{_variable(site)}"},
                    "carrier": {"endpoint": "public", "verdict": "p_asserted_identity"},
                }
                for site in sites
            },
        }
        if self._pages:
            network["web"] = {"address": self.lab.router, "port": _PAGES_PORT}
        (self.configuration_directory / "network.yaml").write_text(yaml.safe_dump({"network": network}))

    async def _render(self) -> None:
        directory, day = str(self.configuration_directory), self.clock[:10]
        await self.command("render", directory, "--out", str(self.rendered), "--today", day)

    async def _make_sounds(self) -> None:
        clips = clips_of(self.configuration, self._loaded.texts)
        installation = self.lab.installation
        await asyncio.to_thread(make_sounds, self.configuration_directory, clips, installation, self._progress)

    async def _fill_database(self) -> None:
        await self.command("migrate", str(self.configuration_directory))
        self.contributors = fictional_contributors(self._count, 1, sorted(self.configuration.advisors))
        await fill(self.dsn, self.contributors)
        if self._pages:
            self.accounts = await add_accounts(self.dsn, self._loaded)
            advisors = {advisor.id: advisor.site for advisor in self.configuration.advisors.values()}
            begins_at = self._begins_at()
            await fill_records(self.dsn, fictional_records(self.contributors, 1, begins_at.date()))
            await fill_past(self.dsn, fictional_past(self.contributors, 1, begins_at, advisors, self.number))

    async def _start_pbx(self, site: str) -> None:
        await self._set_clock(await self.lab.start_pbx(site, rendered=self.rendered / site, sounds=self.sounds))

    async def _set_clock(self, pbx: LabPbx) -> None:
        offset = await self._clock_offset()
        await pbx.cli(f"dialplan set global CTI_CLOCK_OFFSET {offset}")

    async def _start_phone(self, advisor: str) -> None:
        who = self.configuration.advisors[advisor]
        self.phones[advisor] = await self.lab.phone(who.site, who.phone)

    async def _clock_offset(self) -> int:
        """The offset of the demo's clock in whole seconds, as the router will reckon it at its first start."""
        wanted = self._begins_at()
        return round((wanted - datetime.now(wanted.tzinfo)).total_seconds())

    def _begins_at(self) -> datetime:
        """What time it is for the router at its first start."""
        return datetime.fromisoformat(self.clock).replace(tzinfo=ZoneInfo(self.configuration.calendar.timezone))


def _variable(site: str) -> str:
    return site.replace("-", "_").upper()


async def _together(work: Any) -> None:
    async with asyncio.TaskGroup() as tasks:
        for one in work:
            tasks.create_task(one)


def known_numbers(contributors: Sequence[FictionalContributor]) -> dict[str, str]:
    """One calling number of each profile that belongs to one contributor alone, as dialled in France."""
    found: dict[str, str] = {}
    for contributor in contributors:
        found.setdefault(contributor.profile, contributor.phones[0])
    return found
