"""What the router tells its pages of real calls: who pops before the phone rings, what changes, what is over."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import httpx
import pytest

from tests.acceptance.words import ROUEN, Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


@dataclass
class Heard:
    """`at` is on the clock of the phones' events."""

    at: float
    id: str
    event: str
    data: dict[str, Any]


@dataclass
class Listener:
    heard: list[Heard] = field(default_factory=list)
    ended: bool = False

    def all(self, event: str, **wanted: object) -> list[Heard]:
        return [
            each
            for each in self.heard
            if each.event == event and all(each.data.get(key) == value for key, value in wanted.items())
        ]

    async def hears(self, event: str, **wanted: object) -> Heard:
        """The first of this kind of which this holds."""
        await self.until(lambda: self.all(event, **wanted))
        return self.all(event, **wanted)[0]

    async def until(self, holds: Callable[[], object], within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s):
            while not holds():
                await asyncio.sleep(0.01)

    async def read(self, centre: Centre, last_event_id: str) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(centre.service.control_socket))
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://router", timeout=30) as client,
            client.stream("GET", "/events", headers={"last-event-id": last_event_id}) as response,
        ):
            assert response.status_code == 200
            frame: dict[str, str] = {}
            async for line in response.aiter_lines():
                if line:
                    key, _, value = line.partition(": ")
                    frame[key] = value
                    continue
                if "data" in frame:
                    self.heard.append(Heard(time.monotonic(), frame["id"], frame["event"], json.loads(frame["data"])))
                frame = {}
        self.ended = True


@asynccontextmanager
async def listening(centre: Centre, last_event_id: str = "") -> AsyncIterator[Listener]:
    listener = Listener()
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(listener.read(centre, last_event_id))
        if not last_event_id:
            await listener.hears("state")
        yield listener
        reading.cancel()


async def test_who_calls_pops_before_the_phone_rings_and_all_see_what_becomes_of_it(centre: Centre) -> None:
    async with listening(centre) as listener:
        state = listener.heard[0].data
        assert state["duty"]["site"] == "rouen"
        assert state["advisors"]["damien_hebert"]["activity"] == "idle"
        await centre.available(*ROUEN)
        await listener.hears("advisor", id="damien_hebert", presence="available")
        caller = await centre.ring_in(centre.number_of("employer"))
        rang_at = await centre.rings("damien_hebert")
        pop = await listener.hears("pop", advisor="damien_hebert")
        assert pop.at < rang_at
        told = pop.data
        known = await listener.hears("identified", call=told["call"])
        assert known.at <= pop.at
        assert known.data["contributors"] == told["contributors"] == [1]
        assert (told["kind"], told["recognition"], told["profile"]) == ("inbound", "recognised", "employer")
        assert told["entry_site"] == "caen"
        journey = [line["what"] for line in told["journey"]]
        assert journey[0].startswith("Appel arrivé à Caen")
        assert "Reconnu par son numéro : Employeur" in journey
        assert told["because"][-1] == "Par la ligne Caen → Rouen"
        await centre.answers("damien_hebert")
        await listener.until(
            lambda: any(
                (each.data["talk"] or {}).get("state") == "talking"
                for each in listener.all("call", advisor="damien_hebert")
            )
        )
        async with centre.service.control() as control:
            again = (await control.get("/pop/damien_hebert")).json()
        assert (again["call"], again["offer"]) == (told["call"], told["offer"])
        await caller.hang_up()
        over = await listener.hears("over", call=told["call"])
        assert (over.data["advisors"], over.data["outcome"]) == (["damien_hebert"], "answered")
        await listener.hears("advisor", id="damien_hebert", activity="wrap_up")
        activities = [each.data["activity"] for each in listener.all("advisor", id="damien_hebert")]
        followed = [each for each, _ in groupby(activities)]  # his phone's own state is told as well
        assert [each for each in followed if each != "idle"] == ["offered", "talking", "wrap_up"]


async def test_who_was_away_for_a_moment_hears_what_he_missed(centre: Centre) -> None:
    async with listening(centre) as listener:
        last = listener.heard[-1].id
    caller = await centre.ring_in(centre.number_of("self_employed"))
    async with listening(centre, last) as again:
        known = await again.hears("identified")
        await caller.hang_up()
        over = await again.hears("over", call=known.data["call"])
        assert over.data["outcome"] == "abandoned"
        assert again.all("state") == []


async def test_a_router_that_ends_ends_its_streams_and_the_next_one_tells_everything(centre: Centre) -> None:
    async with listening(centre) as listener:
        last = listener.heard[-1].id
        assert centre.service.router is not None
        centre.service.router.terminate()
        await listener.until(lambda: listener.ended)
    await centre.service.kill_router()
    await centre.service.start_router()
    async with listening(centre, last) as again:
        state = await again.hears("state")
        assert again.heard[0] is state
