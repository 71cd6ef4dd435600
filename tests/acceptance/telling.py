"""A test in the router's place: two PBXs with the rendered dialplan do what it says, and tell what became of it."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from cti_router.asterisk.fastagi import AnyAnswer, AnyAsk, FastAgi, Listener
from cti_router.asterisk.render import render_site
from cti_router.core.inputs import Ask
from cti_router.core.instructions import Answer, Instruction, Release, Wait
from deploy.lab.lab import Lab
from deploy.lab.phone import Phone
from tests.acceptance.voices import silence, speech, write_wav
from tests.asterisk.two_sites import ORGANISATION, TODAY, deployment

PHONES = {"caen": ("101",), "rouen": ("201",)}
NUMBER = "+33261910001"
ON_DUTY_AT_ROUEN = "2026-11-23T09:00"
_TICKET = "1/1795470781123/0/employer/7/1"


@dataclass(slots=True)
class Teller:
    """Says one instruction after the other to whoever asks, then music; remembers each ask, and when it came."""

    lab: Lab
    phone: Phone
    early_media: bool
    to_say: deque[Instruction] = field(default_factory=deque)
    asked: list[tuple[float, Ask]] = field(default_factory=list)
    ended: list[Ask] = field(default_factory=list)
    callers: list[Phone] = field(default_factory=list)
    listener: Listener = field(init=False)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, ask: AnyAsk) -> AnyAnswer | None:
        assert isinstance(ask, Ask)
        if ask.ended:
            self.ended.append(ask)
            instruction: Instruction = Release()
        else:
            self.asked.append((time.monotonic(), ask))
            instruction = self.to_say.popleft() if self.to_say else Wait(60)
        self._news.set()
        return Answer(instruction, _TICKET, ask.seq + 1)

    def says(self, *instructions: Instruction) -> None:
        """What the next calls are told; nothing was asked yet."""
        self.to_say = deque(instructions)
        self.asked.clear()
        self.ended.clear()

    async def asks(self, number: int, within_s: float = 10.0) -> Ask:
        """Wait for the ask of this number, the first is 0."""
        async with asyncio.timeout(within_s):
            while len(self.asked) <= number:
                self._news.clear()
                await self._news.wait()
        return self.asked[number][1]

    async def end(self, within_s: float = 10.0) -> Ask:
        """Wait for the last ask, from the hang-up handler."""
        async with asyncio.timeout(within_s):
            while not self.ended:
                self._news.clear()
                await self._news.wait()
        return self.ended[0]

    def asked_at(self, number: int) -> float:
        return self.asked[number][0]

    async def rings_in(self, cli: str = "0199001234") -> Phone:
        """Somebody calls the public number at Caen; what he hears is recorded."""
        caller = await self.lab.caller(cli)
        self.callers.append(caller)
        await caller.record()
        await caller.call(f"sip:{NUMBER}@{self.lab.pbxs['caen'].sip}")
        return caller

    async def nudge(self) -> None:
        """Bring the caller to his ask, as the router does."""
        await self.lab.pbxs["caen"].cli(f"channel redirect {self.asked[-1][1].channel} cti-ask-v1,s,1")

    async def over(self) -> None:
        """Everybody hangs up, and Caen's PBX has no call any more."""
        for phone in (*self.callers, self.phone):
            await phone.hang_up()
        self.callers.clear()
        async with asyncio.timeout(20):
            while "0 active channels" not in await self.lab.pbxs["caen"].cli("core show channels count"):
                await asyncio.sleep(0.1)

    def sound(self, name: str, site: str = "caen") -> Path:
        return self.lab.pbxs[site].sounds / f"{name}.wav"

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        """Inside the block no router is there."""
        self.listener.close()
        try:
            yield
        finally:
            self.listener = self.listens()

    def listens(self) -> Listener:
        sites = {"127.0.0.1": frozenset(PHONES)}
        server = FastAgi(sites, self.answer, lambda _ask: None, lambda _site: False)
        return server.serve(self.lab.router, 4573)


@asynccontextmanager
async def teller(directory: Path, *, early_media: bool) -> AsyncIterator[Teller]:
    """Two PBXs on a Monday morning, with spoken prompts `cti/1` to `cti/4` and some that are broken."""
    async with Lab(PHONES, directory=directory / "pbx") as lab:
        machines = deployment(lab.router, lab.address("caen"), lab.address("rouen"))
        organisation = replace(ORGANISATION, early_media=early_media)
        zone = ZoneInfo(organisation.calendar.timezone)
        offset = datetime.fromisoformat(ON_DUTY_AT_ROUEN).replace(tzinfo=zone) - datetime.now(zone)
        for site in PHONES:
            rendered = directory / "rendered" / site
            rendered.mkdir(parents=True)
            for name, content in render_site(organisation, machines, site, TODAY).items():
                (rendered / name).write_text(content)
            _give_sounds(lab.directory / site / "data")
            pbx = await lab.start_pbx(site, rendered=rendered)
            await pbx.cli(f"dialplan set global CTI_CLOCK_OFFSET {round(offset.total_seconds())}")
        phone = await lab.phone("rouen", "201")
        await phone.record()
        router = Teller(lab, phone, early_media)
        router.listener = router.listens()
        try:
            yield router
        finally:
            router.listener.close()


def _give_sounds(data: Path) -> None:
    """Prompts of three seconds; and files that are no prompts any more, each in its way."""
    sounds = data / "sounds" / "cti"
    sounds.mkdir(parents=True)
    for number in range(1, 5):
        whole = write_wav(sounds / f"{number}.wav", speech(number, 3.0)).read_bytes()
    (sounds / "empty.wav").touch()
    (sounds / "no-wav.wav").write_bytes(b"This is no sound.\n" * 100)
    (sounds / "truncated.wav").write_bytes(whole[: len(whole) // 3])
    (sounds / "cut-in-its-head.wav").write_bytes(whole[:30])
    write_wav(sounds / "without-samples.wav", silence(0))
