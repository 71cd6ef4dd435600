"""A driver with a real switchboard, and in-memory ports that hold, fail or answer as a test wants."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from cti_router.core.advisors.advisor import Activity
from cti_router.core.callback import RingAdvisor, StoredCallback
from cti_router.core.configuration import Configuration, Rules, SiteId
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.effects import StepOutcome
from cti_router.core.history import CallRecord
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import (
    Ask,
    Input,
    Last,
    PbxSynced,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
)
from cti_router.core.instructions import Answer, Instruction
from cti_router.core.order import Order
from cti_router.core.switchboard import Switchboard
from cti_router.live import Clock, Live
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, at

EMPLOYER = Contributor(7, "SARL Dupont", "employer")
QUICK = replace(CONFIGURATION, rules=Rules(wrap_up_s=0.05, lookup_budget_s=0.1))


class World:
    """The ports, the journal and the observer. A gate that is closed holds whoever asks; a fault is raised at him."""

    def __init__(self) -> None:
        self.found: tuple[Contributor, ...] = (EMPLOYER,)
        self.faults: dict[str, Exception] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.nudged: list[tuple[str, str]] = []
        self.parted: list[tuple[str, str]] = []
        self.legs: list[tuple[str, str]] = []
        self.in_a_talk = True
        self.found_keyed: tuple[Contributor, ...] = ()
        self.looked_up: list[int | str] = []
        self.opened: list[CallRecord] = []
        self.closed: list[CallRecord] = []
        self.stored: list[StoredPresence] = []
        self.ordered: list[Order] = []
        self.told: dict[SiteId, CalendarOrders] = {}
        self.steps: list[Input] = []
        self.kept: list[tuple[float, Input, StepOutcome | None]] = []
        self.resync: Callable[[], None] = lambda: None
        self.resyncs = 0
        self.rows: list[StoredCallback] = []
        self.rung: list[RingAdvisor] = []

    def close(self, what: str) -> asyncio.Event:
        self.gates[what] = asyncio.Event()
        return self.gates[what]

    async def _pass(self, what: str) -> None:
        if what in self.gates:
            await self.gates[what].wait()
        if what in self.faults:
            raise self.faults[what]

    async def find(self, e164: int, since_at: float | None = None) -> tuple[Contributor, ...]:
        self.looked_up.append(e164)
        await self._pass("find")
        return self.found

    async def find_by_siret(self, siret: str, since_at: float | None = None) -> tuple[Contributor, ...]:
        self.looked_up.append(siret)
        await self._pass("find_keyed")
        return self.found_keyed

    async def find_by_account(self, account: str, since_at: float | None = None) -> tuple[Contributor, ...]:
        return await self.find_by_siret(account, since_at)

    def remember(self, record: CallRecord) -> None:
        (self.opened if record.ended_at is None else self.closed).append(record)

    async def store_presence(self, stored: StoredPresence) -> None:
        await self._pass("store_presence")
        self.stored.append(stored)

    async def presences(self) -> tuple[StoredPresence, ...]:
        return ()

    async def store_order(self, order: Order) -> None:
        await self._pass("store_order")
        self.ordered.append(order)

    async def orders(self, over_after: float) -> tuple[Order, ...]:
        return tuple(self.ordered)

    async def tell_orders(self, site: SiteId, orders: CalendarOrders) -> None:
        await self._pass("tell_orders")
        self.told[site] = orders

    async def open_calls(self) -> tuple[CallRecord, ...]:
        return ()

    async def recent_calls(self, limit: int) -> Sequence[CallRecord]:
        return self.closed[-limit:]

    async def nudge(self, site: str, channel: str) -> bool:
        self.nudged.append((site, channel))
        await self._pass("nudge")
        return True

    async def store(self, stored: StoredCallback) -> None:
        await self._pass("store")
        self.rows.append(stored)

    async def read(self, since_at: float) -> tuple[StoredCallback, ...]:
        await self._pass("read")
        return tuple(self.rows)

    async def ring_advisor(self, ring: RingAdvisor) -> None:
        self.rung.append(ring)
        await self._pass("ring_advisor")

    async def probe(self, site: SiteId, peer: SiteId) -> None:
        await self._pass("probe")

    async def part(self, site: str, channel: str) -> bool:
        self.parted.append((site, channel))
        await self._pass("part")
        return self.in_a_talk

    async def nudge_leg(self, site: str, channel: str) -> bool:
        self.legs.append(("nudge", channel))
        await self._pass("nudge_leg")
        return True

    async def hang_up(self, site: str, channel: str, *, peer: bool, spares: str) -> bool:
        self.legs.append(("hang up its peer" if peer else "hang up", channel))
        await self._pass("hang_up")
        return True

    async def resync_all(self) -> None:
        self.resyncs += 1
        self.resync()

    def keep(self, input_: Input, now: float, outcome: StepOutcome | None) -> None:
        self.kept.append((now, input_, outcome))

    def observe(self, input_: Input, outcome: StepOutcome, took_s: float) -> None:
        self.steps.append(input_)


class Desk:
    """What the tests say to the driver."""

    def __init__(self, live: Live, world: World) -> None:
        self.live = live
        self.world = world
        self._asks: dict[str, Ask] = {}

    def sync(self) -> None:
        """Both PBXs tell that all phones are free; nobody calls."""
        configuration = self.live.switchboard.configuration
        for site in configuration.sites:
            phones = {a.phone: PhoneState.FREE for a in configuration.advisors.values() if a.site == site}
            self.live.tell(PbxSynced(site, (), phones, {}))

    def make_available(self, advisor: str) -> None:
        self.live.tell(SetPresence(advisor, Presence.AVAILABLE))

    def activity(self, advisor: str) -> Activity:
        return self.live.switchboard.roster.states[advisor].activity

    def next_ask(self, call: str, last: Last = Last.WAITED, **changes: object) -> Ask:
        former = self._asks.get(call)
        ask = former or Ask(call, "caen", f"PJSIP/{call}", 0, last, Cli("0261910101", EMPLOYER_CLI), "33261910001")
        self._asks[call] = replace(ask, seq=ask.seq + 1, last=last, **changes)  # type: ignore[arg-type]
        return self._asks[call]

    async def ask(self, call: str, last: Last = Last.WAITED, **changes: object) -> Instruction:
        answer = await self.live.ask(self.next_ask(call, last, **changes))
        assert isinstance(answer, Answer)
        return answer.instruction

    async def arrive(self, call: str) -> Instruction:
        told = await self.ask(call, Last.ARRIVED)
        await self.until(lambda: self.live.switchboard.calls[call].ticket.profile is not None)
        return told

    async def until(self, holds: Callable[[], object]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110 — what is waited for has no event
                await asyncio.sleep(0.005)


@asynccontextmanager
async def driving(configuration: Configuration = QUICK) -> AsyncIterator[Desk]:
    """A router on a Monday at nine, with both PBXs linked. Whatever is left under way at the end is cancelled."""
    world = World()
    clock = Clock(at("2026-11-23 09:00") - Clock().now())
    async with asyncio.TaskGroup() as tasks:
        live = Live(
            Switchboard(configuration), clock, tasks, directory=world, memory=world, pbxs=world, book=world,
            journal=world,
            observer=world,
        )  # fmt: skip
        desk = Desk(live, world)
        world.resync = desk.sync
        beating = tasks.create_task(live.run())
        live.tell(Restore(()))
        desk.sync()
        yield desk
        for gate in world.gates.values():
            gate.set()
        beating.cancel()
