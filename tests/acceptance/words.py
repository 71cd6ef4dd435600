"""What the acceptance tests say: callers ring in, phones ring, people talk, the history tells."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import yaml

from deploy.lab.phone import Phone, What
from deploy.lab.service import Service, known_numbers

ROUEN = ("damien_hebert", "elodie_francois", "francoise_noel")
EMPLOYERS_AT_ROUEN = ("damien_hebert", "francoise_noel")
"""In the order of their levels in what employers need: 4, 3."""


ELSEWHERE = 33231000000
"""Somebody's number on the public network."""


class Centre:
    """The call centre as its people see it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.callers: list[Phone] = []

    # given

    async def clear(self, clock: str) -> None:
        service = self.service
        if service.router is None or service.router.returncode is not None or service.clock != clock:
            await service.kill_router()
            service.clock = clock
            await service.start_router()
        for phone in service.phones.values():
            await phone.let_ring()
            phone.forget()
        for advisor in service.phones:
            await service.present(advisor, "absent")
        await service.until(self._idle, "all advisors are idle", within_s=20)

    async def available(self, *advisors: str, answer_after_s: float | None = 0.3) -> None:
        for advisor in advisors:
            if answer_after_s is not None:
                await self.service.phones[advisor].answer_after(answer_after_s)
            await self.service.present(advisor, "available")

    def number_of(self, profile: str) -> str:
        """A calling number that belongs to one contributor of this profile alone."""
        return known_numbers(self.service.contributors)[profile]

    async def public_network(self) -> Phone:
        """The public network takes calls: to Rouen's own numbers, and to somebody elsewhere, whose phone it is."""
        lab = self.service.lab
        if "carrier" not in lab.pbxs:
            await lab.start_carrier({"_+33261912XX": "rouen"}, [ELSEWHERE])
        return await lab.subscriber(ELSEWHERE)

    @asynccontextmanager
    async def other_network(self, change: Callable[[dict[str, Any]], None]) -> AsyncIterator[None]:
        """Inside the block the router runs with a changed network.yaml, on the same state."""
        service = self.service
        file = service.configuration_directory / "network.yaml"
        before = file.read_text()
        document = yaml.safe_load(before)
        change(document["network"])
        await service.kill_router()
        try:
            file.write_text(yaml.safe_dump(document))
            await service.start_router()
            yield
        finally:
            await self.hang_up_all()
            await service.kill_router()
            file.write_text(before)
            await service.start_router()

    @asynccontextmanager
    async def reconfigured(self, name: str, *changes: tuple[str, str]) -> AsyncIterator[None]:
        """Inside the block a file says otherwise, each time (old, new); the router does not stop for it."""
        file = self.service.configuration_directory / name
        before = text = file.read_text()
        for old, new in changes:
            assert old in text, f"{name} does not say {old!r}"
            text = text.replace(old, new)
        try:
            await self.reads_again(file, text)
            yield
        finally:
            await self.reads_again(file, before)

    async def reads_again(self, file: Path, text: str) -> None:
        """A file says this from now on; returns when the router knows."""
        version = (await self.service.status())["configuration"]
        file.write_text(text)

        async def taken() -> bool:
            return bool((await self.service.status())["configuration"] != version)

        await self.service.until(taken, f"the router has read {file.name} again")

    async def start_pbx_again(self, site: str) -> None:
        """A PBX that was killed, on its demo clock as before; returns when the router's link is up again."""
        await self.service.start_pbx_again(site)
        await self.until_linked(site, within_s=30)

    # when

    async def ring_in(self, cli: str, site: str = "caen") -> Phone:
        """Somebody calls the public number; returns when the PBX has answered. What he hears is recorded."""
        caller = await self.dial_in(cli, site)
        await caller.wait_for(What.ANSWERED, 15)
        return caller

    async def dial_in(self, cli: str, site: str = "caen") -> Phone:
        """Somebody calls the public number; returns at once. What he hears is recorded."""
        caller = await self.service.lab.caller(cli)
        self.callers.append(caller)
        await caller.record()
        await caller.call(self.service.uri(site))
        return caller

    async def call_from(self, cli: str) -> dict[str, Any]:
        """The ended call of somebody who waited until the router had looked for him, and hung up."""
        caller = await self.ring_in(cli)

        async def looked_up() -> bool:
            return (await self.call_of(caller))["recognition"] is not None

        await self.service.until(looked_up, f"{cli} is known or unknown")
        await caller.hang_up()
        return await self.ended_call_of(caller)

    async def rings(self, advisor: str, within_s: float = 10.0) -> float:
        """Wait until this advisor's phone rings; when that was (monotonic)."""
        return (await self.service.phones[advisor].wait_for(What.RINGING, within_s)).at

    async def answers(self, advisor: str, within_s: float = 10.0) -> float:
        """Wait until this advisor has answered, and his answer is back at the entry PBX."""
        answered = await self.service.phones[advisor].wait_for(What.ANSWERED, within_s)
        await asyncio.sleep(0.3)  # two PBXs pass it on
        return answered.at

    async def asks(self, advisor: str, what: str, **more: object) -> None:
        """An advisor does something with the call he has."""
        assert await self.service.about_call(what, advisor, **more) == ""

    def phones_at(self, site: str) -> list[Phone]:
        advisors = self.service.configuration.advisors.values()
        return [self.service.phones[advisor.id] for advisor in advisors if advisor.site == site]

    async def hang_up_all(self) -> None:
        for phone in (*self.callers, *self.service.phones.values()):
            await phone.hang_up()

    # then

    async def talk_together(self, caller: Phone, advisor: str) -> bool:
        """Both hear each other's tone."""
        phone = self.service.phones[advisor]
        return await caller.hears(phone.tone_hz) and await phone.hears(caller.tone_hz)

    async def hears_music(self, caller: Phone) -> bool:
        """He hears something, and for half a second no phone's tone."""
        tones = [phone.tone_hz for phone in self.service.phones.values()]
        async with asyncio.timeout(5):
            music = 0
            while music < 10:
                heard = await caller.heard()
                voice = heard is None or any(abs(heard - tone) <= 8 for tone in tones)
                music = 0 if voice else music + 1
                await asyncio.sleep(0.05)
        return True

    async def hears_something(self, phone: Phone) -> None:
        """Wait until there is sound. Raises ServiceFailed."""

        async def sound() -> bool:
            return await phone.heard() is not None

        await self.service.until(sound, f"{phone.name} hears something", within_s=5)

    def rang(self) -> set[str]:
        """The advisors whose phones rang since they were told to forget."""
        phones = self.service.phones.items()
        return {advisor for advisor, phone in phones if any(event.what is What.RINGING for event in phone.events)}

    async def call_of(self, caller: Phone) -> dict[str, Any]:
        """The newest call with this caller's number, as `cti-router calls --json` prints it."""
        return max(await self._calls_of(caller), key=lambda call: _began(call["id"]))

    async def _calls_of(self, caller: Phone) -> list[dict[str, Any]]:
        return [call for call in await self.service.calls() if call["cli"] == caller.name]

    async def trace(self, call: str) -> dict[str, Any]:
        """What `cti-router trace --json` prints."""
        socket = str(self.service.control_socket)
        found: dict[str, Any] = json.loads(await self.service.command("trace", call, "--json", "--socket", socket))
        return found

    async def sip_call_ids(self, site: str) -> set[str]:
        """The SIP Call-IDs of all legs on a site's PBX now."""
        manager = (self.service.rendered / site / "cti_manager.conf").read_text()
        (secret,) = re.findall(r"(?m)^secret = (.+)$", manager)
        status = {"Action": "Status", "Variables": "CHANNEL(pjsip,call-id)"}
        questions = ({"Action": "Login", "Username": "cti_router", "Secret": secret}, status)
        reader, writer = await asyncio.open_connection(self.service.lab.address(site), 5038)
        for question in questions:
            writer.write("".join(f"{key}: {value}\r\n" for key, value in question.items()).encode() + b"\r\n")
        async with asyncio.timeout(5):
            said = (await reader.readuntil(b"Event: StatusComplete")).decode()
        writer.close()
        return set(re.findall(r"Variable: CHANNEL\(pjsip,call-id\)=(\S+)", said))

    async def newest_call(self) -> dict[str, Any]:
        """The newest call of all, whatever number it shows."""
        return max(await self.service.calls(), key=lambda call: _began(call["id"]))

    async def ended_call_of(self, caller: Phone) -> dict[str, Any]:
        async def ended() -> bool:
            return (await self.call_of(caller))["outcome"] is not None

        await self.service.until(ended, f"the call of {caller.name} has ended")
        return await self.call_of(caller)

    def router_log(self) -> list[str]:
        """The lines the routers of this session have logged."""
        return (self.service.directory / "router.log").read_text().splitlines()

    async def history_of(self, call: str) -> dict[str, Any]:
        """The row of a call in PostgreSQL."""
        connection = await asyncpg.connect(self.service.dsn)
        try:
            async with asyncio.timeout(10):
                while (row := await connection.fetchrow("SELECT * FROM history WHERE id = $1", call)) is None:
                    await asyncio.sleep(0.1)
        finally:
            await connection.close()
        return dict(row)

    async def state_of(self, advisor: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.service.status())["advisors"][advisor]
        return found

    async def until_state(self, advisor: str, **wanted: object) -> None:
        async def holds() -> bool:
            state = await self.state_of(advisor)
            return all(state[key] == value for key, value in wanted.items())

        await self.service.until(holds, f"{advisor} is {wanted}")

    async def until_linked(self, site: str, linked: bool = True, within_s: float = 10.0) -> None:
        async def holds() -> bool:
            return bool((await self.service.status())["links"][site]) is linked

        await self.service.until(holds, f"the link to {site} is {'up' if linked else 'down'}", within_s=within_s)

    async def ready_at(self, site: str) -> set[str]:
        """The advisors of a site to whom an offer could be made now."""
        advisors = (await self.service.status())["advisors"]
        return {advisor for advisor, state in advisors.items() if state["site"] == site and state["ready"]}

    async def until_ready_at(self, site: str, advisors: set[str], within_s: float = 10.0) -> None:
        async def holds() -> bool:
            return await self.ready_at(site) == advisors

        await self.service.until(holds, f"ready at {site}: {sorted(advisors)}", within_s=within_s)

    async def until_waiting(self, caller: Phone, within_s: float = 10.0) -> None:
        """Until this caller is in the queue again, or for the first time."""

        async def holds() -> bool:
            if not await self._calls_of(caller):
                return False  # a router that is new has not heard of him yet
            call = await self.call_of(caller)
            return call["outcome"] is None and call["advisor"] is None

        await self.service.until(holds, f"{caller.name} waits", within_s=within_s)

    async def _idle(self) -> bool:
        status = await self.service.status()
        idle = all(state["activity"] == "idle" for state in status["advisors"].values())
        free = all(state["phone"] == "free" for state in status["advisors"].values())
        return idle and free and not status["waiting"]


def _began(call: str) -> tuple[int, int]:
    """When a call began, in true time, from its channel's unique id `site-seconds.serial`; no callback has one."""
    seconds, _, serial = call.rsplit("-", 1)[1].partition(".")
    return (int(seconds), int(serial)) if serial else (0, 0)
