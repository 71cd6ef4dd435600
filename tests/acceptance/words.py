"""What the acceptance tests say: callers ring in, phones ring, people talk, the history tells."""

import asyncio
from typing import Any

import asyncpg

from deploy.lab.phone import Phone, What
from deploy.lab.service import Service, known_numbers

ROUEN = ("damien_hebert", "elodie_francois", "francoise_noel")
EMPLOYERS_AT_ROUEN = ("damien_hebert", "francoise_noel")
"""In the order of their levels in what employers need: 4, 3."""


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

    # when

    async def ring_in(self, cli: str, site: str = "caen") -> Phone:
        """Somebody calls the public number; returns when the PBX has answered."""
        caller = await self.service.lab.caller(cli)
        self.callers.append(caller)
        await caller.call(self.service.uri(site))
        await caller.wait_for(What.ANSWERED, 15)
        return caller

    async def rings(self, advisor: str, within_s: float = 10.0) -> float:
        """Wait until this advisor's phone rings; when that was (monotonic)."""
        return (await self.service.phones[advisor].wait_for(What.RINGING, within_s)).at

    async def answers(self, advisor: str, within_s: float = 10.0) -> float:
        return (await self.service.phones[advisor].wait_for(What.ANSWERED, within_s)).at

    async def hang_up_all(self) -> None:
        for phone in (*self.callers, *self.service.phones.values()):
            await phone.hang_up()

    # then

    async def talk_together(self, caller: Phone, advisor: str) -> bool:
        """Both hear each other's tone."""
        phone = self.service.phones[advisor]
        return await caller.hears(phone.tone_hz) and await phone.hears(caller.tone_hz)

    async def call_of(self, caller: Phone) -> dict[str, Any]:
        """The newest call with this caller's number, as `cti-router calls --json` prints it."""
        calls = [call for call in await self.service.calls() if call["cli"] == caller.name]
        return max(calls, key=lambda call: _began(call["id"]))

    async def ended_call_of(self, caller: Phone) -> dict[str, Any]:
        async def ended() -> bool:
            return (await self.call_of(caller))["outcome"] is not None

        await self.service.until(ended, f"the call of {caller.name} has ended")
        return await self.call_of(caller)

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

    async def _idle(self) -> bool:
        status = await self.service.status()
        idle = all(state["activity"] == "idle" for state in status["advisors"].values())
        free = all(state["phone"] == "free" for state in status["advisors"].values())
        return idle and free and not status["waiting"]


def _began(call: str) -> tuple[int, int]:
    """When a call began, in true time, from its channel's unique id `site-seconds.serial`."""
    seconds, serial = call.rsplit("-", 1)[1].split(".")
    return int(seconds), int(serial)
