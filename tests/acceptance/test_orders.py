"""Orders given by command: callers, advisors and the PBXs' own fallback obey them; a restart keeps them."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from deploy.lab.phone import Phone, What
from deploy.lab.service import Service
from tests.acceptance.words import Centre

pytestmark = [pytest.mark.acceptance, pytest.mark.asyncio(loop_scope="session")]


class Orders:
    """The commands, as a supervisor types them."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    async def type(self, *words: str) -> str:
        """What the command prints; raises ServiceFailed when it fails."""
        return await self._centre.service.command(*words, "--socket", str(self._centre.service.control_socket))

    async def give(self, *words: str) -> str:
        """The id of the order given."""
        return (await self.type(*words, "--author", "helene")).split()[0]

    async def undo(self, order: str) -> None:
        assert f"{order}  undone by irene" in await self.type("undo", order, "--author", "irene")

    async def known(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(await self.type("orders", "--json"))
        return found

    async def told(self, site: str, lines: int) -> None:
        """Until a site's PBX has so many lines for its fallback."""
        pbx = self._centre.service.lab.pbxs[site]

        async def kept() -> bool:
            return re.search(rf"^/cti/orders *: [ab]{lines}\s*$", await pbx.cli("database show cti"), re.M) is not None

        await self._centre.service.until(kept, f"the fallback of {site} knows {lines} orders")


@pytest_asyncio.fixture(loop_scope="session")
async def orders(centre: Centre) -> AsyncIterator[Orders]:
    orders = Orders(centre)
    yield orders
    await centre.hang_up_all()
    router = centre.service.router
    if router is None or router.returncode is not None:
        await centre.service.start_router()
    for order in await orders.known():
        await orders.undo(order["id"])
    await orders.told("caen", 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def nothing_is_left(service: Service) -> AsyncIterator[None]:
    """An order that is over is known for a day: what other tests read must not tell of it."""
    yield
    await service.kill_router()
    connection = await asyncpg.connect(service.dsn)
    await connection.execute("DELETE FROM given_order")
    await connection.close()
    await service.start_router()


async def ended(caller: Phone, within_s: float) -> float:
    return (await caller.wait_for(What.ENDED, within_s)).at


async def first_to_ring(centre: Centre, within_s: float = 25.0) -> str:
    """The site whose phone rings first."""
    async with asyncio.timeout(within_s):
        while not (rang := centre.rang()):
            await asyncio.sleep(0.05)
    return centre.service.configuration.advisors[rang.pop()].site


async def test_a_closure_by_command_closes_the_service_outlives_the_router_and_is_undone(
    centre: Centre, orders: Orders
) -> None:
    await centre.available("damien_hebert")
    order = await orders.give("close", "--until", "2h", "--message", "alerte incendie")
    caller = await centre.ring_in("0199001234")
    await ended(caller, 15)
    call = await centre.ended_call_of(caller)
    assert call["outcome"] == "closed"
    assert "fermé : alerte incendie ; réouverture" in call["because"]
    status = await centre.service.status()
    assert (status["duty"], status["closed"]["because"]) == (None, "alerte incendie")
    assert [each["id"] for each in status["orders"]] == [order]
    for site in centre.service.configuration.sites:
        await orders.told(site, 1)

    await centre.service.kill_router()
    closed = await centre.ring_in("0199001235")
    called_at = time.monotonic()
    await ended(closed, 25)
    assert time.monotonic() - called_at > 4  # the dialplan asked for six seconds, and then knew by itself
    assert centre.rang() == set()

    await centre.service.start_router()
    (kept,) = await orders.known()
    assert (kept["id"], kept["state"], kept["author"]) == (order, "in_force", "helene")
    again = await centre.ring_in("0199001236")
    await ended(again, 15)
    await orders.undo(order)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.answers("damien_hebert")
    assert await centre.talk_together(caller, "damien_hebert")

    row = await undone_row(centre, order)
    assert (row["kind"], row["author"], row["undone_by"]) == ("close", "helene", "irene")


async def undone_row(centre: Centre, order: str) -> dict[str, Any]:
    """The order's row in PostgreSQL, once it says that it is undone."""
    sql = "SELECT * FROM given_order WHERE id = $1 AND state = 'undone'"
    connection = await asyncpg.connect(centre.service.dsn)
    try:
        async with asyncio.timeout(10):
            while (row := await connection.fetchrow(sql, order)) is None:
                await asyncio.sleep(0.1)
    finally:
        await connection.close()
    return dict(row)


async def test_a_swap_moves_the_duty_and_reaches_the_fallback(centre: Centre, orders: Orders) -> None:
    order = await orders.give("swap", "rouen", "caen", "--until", "2h")
    assert (await centre.service.status())["duty"]["site"] == "caen"
    await orders.told("caen", 1)
    await centre.service.kill_router()
    swapped = await centre.ring_in("0199001234")
    assert await first_to_ring(centre) == "caen"
    await swapped.hang_up()
    await centre.service.start_router()
    await orders.undo(order)
    await orders.told("caen", 0)
    assert (await centre.service.status())["duty"]["site"] == "rouen"
    await centre.service.kill_router()
    for phone in centre.service.phones.values():
        phone.forget()
    caller = await centre.ring_in("0199001235")
    assert await first_to_ring(centre) == "rouen"
    await caller.hang_up()


async def test_a_forced_advisor_takes_no_call_until_the_order_ends(centre: Centre, orders: Orders) -> None:
    await centre.available("damien_hebert")
    await orders.give("presence", "damien_hebert", "absent", "--force", "--until", "8s", "--reason", "formation")
    state = await centre.state_of("damien_hebert")
    assert (state["presence"], state["reason"], state["ready"]) == ("not_ready", "formation", False)
    caller = await centre.ring_in(centre.number_of("employer"))
    await centre.until_waiting(caller)
    assert centre.rang() == set()
    await centre.answers("damien_hebert", within_s=20)
    assert await centre.talk_together(caller, "damien_hebert")


async def test_a_supervisor_pulls_a_waiting_caller_to_an_advisor_his_plan_does_not_open(
    centre: Centre, orders: Orders
) -> None:
    await centre.available("elodie_francois")  # she knows too little of employers
    caller = await centre.ring_in(centre.number_of("employer"))

    async def waits() -> bool:
        return any(each["state"] == "waiting" for each in (await centre.service.status())["queue"])

    await centre.service.until(waits, "the caller waits")
    call = (await centre.call_of(caller))["id"]
    await orders.give("pull", call, "--to", "elodie_francois", "--reason", "rappel promis")
    await centre.answers("elodie_francois")
    assert await centre.talk_together(caller, "elodie_francois")
    told = await orders.type("why", call)
    assert "donné par un superviseur" in told
    assert "donné à Élodie François par helene : rappel promis" in told
