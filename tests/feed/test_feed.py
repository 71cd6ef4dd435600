"""The router's events: a real switchboard and its driver, and who listens."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cti_router import event_ring
from cti_router.core.configuration import Advisor, Configuration, Rules
from cti_router.core.inputs import Configure, Last, PhoneChanged, PhoneState, Presence, SetPresence
from cti_router.core.instructions import Dial
from cti_router.feed.feed import PACE_S, Feed
from tests.driving import QUICK, Desk, driving


@dataclass
class Told:
    id: str
    event: str
    data: dict[str, Any]


class Listener:
    """Reads what is sent, as fast as it can; `told` is all of it but the signs of life."""

    def __init__(self, feed: Feed, tasks: asyncio.TaskGroup, last_event_id: str = "") -> None:
        self.told: list[Told] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self._task = tasks.create_task(self._read(feed, last_event_id))

    async def _read(self, feed: Feed, last_event_id: str) -> None:
        async for sent in feed.events(last_event_id):
            for frame in sent.decode().split("\n\n"):
                lines = dict(line.split(": ", 1) for line in frame.splitlines() if not line.startswith(":"))
                if lines:
                    self.told.append(Told(lines["id"], lines["event"], json.loads(lines["data"])))
            await self.reads.wait()

    async def until(self, holds: Callable[["Listener"], object]) -> None:
        async with asyncio.timeout(5):
            while not holds(self):  # noqa: ASYNC110 — what is waited for has no event
                await asyncio.sleep(0.005)

    async def hears(self, event: str, count: int = 1) -> dict[str, Any]:
        """The last one of this kind, once there are so many."""
        await self.until(lambda _: len(self.all(event)) >= count)
        return self.all(event)[-1]

    def all(self, event: str) -> list[dict[str, Any]]:
        return [each.data for each in self.told if each.event == event]

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


class Router:
    def __init__(self, desk: Desk, feed: Feed, tasks: asyncio.TaskGroup) -> None:
        self.desk, self.feed, self._tasks = desk, feed, tasks

    def listen(self, last_event_id: str = "") -> Listener:
        return Listener(self.feed, self._tasks, last_event_id)


@asynccontextmanager
async def telling(configuration: Configuration = QUICK) -> AsyncIterator[Router]:
    async with driving(configuration) as desk, asyncio.TaskGroup() as tasks:
        feed = Feed(desk.live.switchboard, desk.live.now, "b")
        desk.world.observe = feed.observe  # type: ignore[method-assign]
        running = tasks.create_task(feed.run())
        yield Router(desk, feed, tasks)
        running.cancel()


async def test_everything_comes_first_and_then_what_changes() -> None:
    async with telling() as router:
        listener = router.listen()
        state = await listener.hears("state")
        assert state["advisors"]["rose"]["presence"] == "logged_out"
        assert (state["duty"]["site"], state["duty"]["next_site"], state["calls"]) == ("rouen", "caen", {})
        assert state["version"] == "test"
        router.desk.make_available("rose")
        advisor = await listener.hears("advisor")
        assert (advisor["id"], advisor["presence"], advisor["activity"]) == ("rose", "available", "idle")
        assert [each.event for each in listener.told] == ["state", "advisor"]
        numbers = [int(each.id.removeprefix("b-")) for each in listener.told]
        assert numbers[1] == numbers[0] + 1


async def test_a_call_from_its_arrival_to_its_end() -> None:
    async with telling(replace(QUICK, rules=Rules(wrap_up_s=1.0, lookup_budget_s=2.0))) as router:
        desk, listener = router.desk, router.listen()
        await listener.hears("state")
        await desk.arrive("c1")
        assert await listener.hears("identified") == {"call": "c1", "contributors": [7]}
        assert (await listener.hears("duty"))["waiting"] == 1
        desk.make_available("rose")
        pop = await listener.hears("pop")
        assert (pop["advisor"], pop["call"], pop["kind"], pop["cli"], pop["recognition"]) == (
            "rose", "c1", "inbound", "+33261910101", "recognised",
        )  # fmt: skip
        assert (pop["contributors"], pop["profile"], pop["motive"], pop["dnis"]) == (
            [7], "employer", None, "33261910001",
        )  # fmt: skip
        assert (pop["entry_site"], pop["from_advisor"]) == ("caen", None)
        assert pop["because"][-1].startswith("Par la ligne Caen → Rouen")
        assert pop["journey"][0]["what"] == "Appel arrivé à Caen, sur « Urssaf »"
        assert (await listener.hears("call"))["talk"]["state"] == "offered"
        assert router.feed.pop("rose") == pop
        told = await desk.ask("c1")
        assert isinstance(told, Dial)
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.IN_USE))
        talk = (await listener.hears("call", 2))["talk"]
        assert (talk["state"], talk["call"], talk["offer"]) == ("talking", "c1", pop["offer"])
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.FREE))
        await desk.live.ask(desk.next_ask("c1", Last.TALKED, offer=told.offer, talked_s=0.1, ended=True))
        assert await listener.hears("over") == {
            "call": "c1", "advisors": ["rose"], "outcome": "answered", "contributors": [7],
        }  # fmt: skip
        assert (await listener.hears("call", 3)) == {"advisor": "rose", "talk": None}
        assert router.feed.pop("rose") is None
        await listener.until(lambda of: of.all("advisor")[-1]["activity"] == "idle")  # the wrap-up ends by the clock
        activities = [each["activity"] for each in listener.all("advisor")]
        assert activities[-2:] == ["wrap_up", "idle"]
        pops = [each.event for each in listener.told]
        assert pops.index("pop") < pops.index("call")


async def test_an_offer_that_was_over_before_it_was_seen_is_told_to_be_over() -> None:
    async with telling() as router:
        desk, listener = router.desk, router.listen()
        await listener.hears("state")
        await desk.arrive("c1")
        desk.make_available("rose")
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.UNREACHABLE))
        assert (await listener.hears("pop"))["advisor"] == "rose"
        assert await listener.hears("call") == {"advisor": "rose", "talk": None}


async def test_the_wrap_up_began_when_the_talk_ended() -> None:
    async with telling(replace(QUICK, rules=Rules(wrap_up_s=20.0))) as router:
        desk, listener = router.desk, router.listen()
        await listener.hears("state")
        desk.make_available("rose")
        await desk.arrive("c1")
        await desk.ask("c1")
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.IN_USE))
        await listener.until(lambda of: of.all("advisor") and of.all("advisor")[-1]["activity"] == "talking")
        before = desk.live.now()
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.FREE))
        after = desk.live.now()
        await listener.until(lambda of: of.all("advisor")[-1]["activity"] == "wrap_up")
        told = listener.all("advisor")[-1]
        assert before <= told["activity_since_at"] <= after
        assert before + 20 <= told["wrap_up_until_at"] <= after + 20


async def test_who_reads_on_hears_what_he_missed_and_nothing_twice() -> None:
    async with telling() as router:
        first = router.listen()
        await first.hears("state")
        router.desk.make_available("rose")
        await first.hears("advisor")
        await first.stop()
        router.desk.make_available("remi")
        second = router.listen(first.told[-1].id)
        await second.hears("advisor")
        assert [(each.event, each.data["id"]) for each in second.told] == [("advisor", "remi")]
        foreign = router.listen("another-1")
        await foreign.hears("state")
        assert foreign.all("state")[0]["advisors"]["remi"]["presence"] == "available"


async def test_while_nobody_listens_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_router.feed.feed.KEPT_S", 0.0)
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
        last = listener.told[-1].id
        await listener.stop()
        await router.desk.arrive("c1")
        again = router.listen(last)
        await again.hears("state")
        assert [each.event for each in again.told] == ["state"]
        assert again.all("state")[0]["duty"]["waiting"] == 1


async def test_who_reads_too_slowly_gets_everything_anew_and_nobody_else_notices(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(event_ring, "LAST", 5)
    async with telling() as router:
        slow, quick = router.listen(), router.listen()
        await slow.hears("state")
        await quick.hears("state")
        slow.reads.clear()
        for number in range(40):
            router.feed.notice("something", str(number))
            await quick.hears("notice", number + 1)
        assert len(slow.all("notice")) <= 1
        slow.reads.set()
        await slow.hears("state", 2)
        assert len(quick.all("state")) == 1
        router.feed.notice("something", "after")
        await slow.until(lambda of: of.told[-1].data.get("about") == "after")


async def test_changes_are_compared_and_not_told_one_by_one() -> None:
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
        for _ in range(50):
            router.desk.live.tell(SetPresence("rose", Presence.NOT_READY, "lunch"))
            router.desk.live.tell(SetPresence("rose", Presence.AVAILABLE))
        await listener.hears("advisor")
        await asyncio.sleep(4 * PACE_S)
        assert len(listener.all("advisor")) <= 2
        assert listener.all("advisor")[-1]["presence"] == "available"


async def test_another_configuration_is_told_whole() -> None:
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
        nora = Advisor("nora", "Nora", "caen", "102", {"employers": 5})
        configuration = router.desk.live.switchboard.configuration
        changed = replace(configuration, version="next", advisors={**configuration.advisors, "nora": nora})
        router.desk.live.tell(Configure(changed))
        state = await listener.hears("state", 2)
        assert (state["version"], state["advisors"]["nora"]["name"]) == ("next", "Nora")
        router.desk.make_available("nora")
        assert (await listener.hears("advisor"))["id"] == "nora"


async def test_who_is_no_advisor_any_more_is_shown_until_his_call_is_over() -> None:
    async with telling(replace(QUICK, rules=Rules(wrap_up_s=0.0, lookup_budget_s=2.0))) as router:
        desk, listener = router.desk, router.listen()
        await listener.hears("state")
        await desk.arrive("c1")
        desk.make_available("rose")
        assert isinstance(await desk.ask("c1"), Dial)
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.IN_USE))
        configuration = desk.live.switchboard.configuration
        left = {id_: advisor for id_, advisor in configuration.advisors.items() if id_ != "rose"}
        desk.live.tell(Configure(replace(configuration, version="next", advisors=left)))
        await listener.until(lambda of: of.all("state")[-1]["version"] == "next")
        assert listener.all("state")[-1]["advisors"]["rose"]["activity"] == "talking"
        assert listener.all("state")[-1]["calls"].keys() == {"rose"}
        desk.live.tell(PhoneChanged("rouen", "201", PhoneState.FREE))
        assert "rose" not in desk.live.switchboard.roster.states
        await listener.until(lambda of: "rose" not in of.all("state")[-1]["advisors"])
        assert listener.all("state")[-1]["calls"] == {}


async def test_a_notice_reaches_everybody() -> None:
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
        router.feed.notice("configuration_refused", "plans.yaml:3:1")
        assert await listener.hears("notice") == {"what": "configuration_refused", "about": "plans.yaml:3:1"}


async def test_who_hears_nothing_gets_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cti_router.feed.feed.HEARTBEAT_S", 0.01)
    async with telling() as router:
        events = router.feed.events()
        assert (await anext(events)).startswith(b"id: b-")
        async with asyncio.timeout(5):
            assert await anext(events) == b":\n\n"
        await events.aclose()  # type: ignore[attr-defined]


async def test_at_the_end_all_streams_end() -> None:
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
    assert listener._task.done()
    assert not listener._task.cancelled()


async def test_what_cannot_be_told_stops_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr("cti_router.feed.feed.pop_of", broken)
    async with telling() as router:
        listener = router.listen()
        await listener.hears("state")
        router.desk.make_available("rose")
        await router.desk.arrive("c1")
        assert isinstance(await router.desk.ask("c1"), Dial)
