"""A tab follows the router, through the pages' process."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cti_router import event_ring
from cti_router.database.pool import DatabaseAway
from cti_router.web.link import tabs as of_tabs
from cti_router.web.link.control import Control
from cti_router.web.link.mirror import Mirror
from cti_router.web.link.tabs import Records, Tabs
from cti_router.web.person import Person
from tests.web.kit import ADVISOR
from tests.web.talking_router import POP, TALK, TalkingRouter, advisor, talking_router

PROGRAM = replace(ADVISOR, session="", scopes=frozenset({"follow"}))
OTHER = replace(ADVISOR, login="anne.lefevre", advisor="anne_lefevre")


class Tab:
    """What a browser reads. `read` gives the next event but for those of the kinds it passes over."""

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        self._frames = frames
        self._left: list[str] = []
        self.last_id = ""

    async def read(self, *passing: str) -> tuple[str, Any]:
        async with asyncio.timeout(5):
            while True:
                while not self._left:
                    text = (await anext(self._frames)).decode()
                    self._left = [each for each in text.split("\n\n") if each.strip(":\n")]
                lines = dict(line.split(": ", 1) for line in self._left.pop(0).splitlines())
                self.last_id = lines.get("id", self.last_id)
                if lines["event"] not in passing:
                    return lines["event"], json.loads(lines["data"])

    async def close(self) -> None:
        await self._frames.aclose()  # type: ignore[attr-defined]


@asynccontextmanager
async def house(socket: Path, records: Records | None = None) -> AsyncIterator[Tabs]:
    control = Control(socket)
    tabs = Tabs(Mirror(control), boot="b", version="v1")
    tabs.records = records
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(tabs.run())
        yield tabs
        running.cancel()
    await control.close()


@pytest.fixture
def socket(tmp_path: Path) -> Path:
    return tmp_path / "control.sock"


def opened(tabs: Tabs, person: Person = ADVISOR, tab: str = "t1", last: str = "", signed_in: bool = True) -> Tab:
    async def is_signed_in() -> bool:
        return signed_in

    return Tab(tabs.follow(person, tab, last, is_signed_in))


async def test_everything_first_then_what_changes(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket) as tabs:
        tab = opened(tabs)
        kind, state = await tab.read("version", "link")
        assert (kind, state["duty"]["site"], state["calls"], state["frozen_at"]) == ("state", "rouen", {}, None)
        assert 1000.0 <= state["now"] < 1005.0
        absent = advisor("damien_hebert", presence="not_ready", reason="lunch")
        await router.tell("advisor", absent)
        assert await tab.read("version", "link") == ("advisor", absent)
        late = opened(tabs, tab="t2")
        kind, state = await late.read("version")
        assert state["advisors"]["damien_hebert"] == absent
        await tab.close()
        await late.close()


async def test_a_call_and_its_pop_are_told_to_its_advisor_alone(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket) as tabs:
        mine, other = opened(tabs), opened(tabs, OTHER)
        for tab in (mine, other):
            await tab.read("version", "link")
        await router.tell("pop", POP)
        await router.tell("call", {"advisor": "damien_hebert", "talk": TALK})
        await router.tell("duty", {"site": "caen", "waiting": 2, "oldest_at": 990.0})
        assert {(await mine.read("duty"))[0] for _ in range(2)} == {"pop", "call"}
        assert (await other.read("version"))[0] == "duty"
        late = opened(tabs, tab="t2")
        _, state = await late.read("version")
        assert (state["calls"], state["pop"]["call"]) == ({"damien_hebert": TALK}, "c1")
        for tab in (mine, other, late):
            await tab.close()


async def test_a_call_from_before_the_pages_came_pops_as_well(socket: Path) -> None:
    router = TalkingRouter()
    router.state["calls"] = {"damien_hebert": TALK}
    router.pops["damien_hebert"] = POP
    async with talking_router(socket, router), house(socket) as tabs:
        tab = opened(tabs)
        _, state = await tab.read("version", "link")
        assert state["pop"] == POP
        await tab.close()


async def test_who_was_cut_off_reads_on_where_he_was(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await tab.close()
        await router.tell("notice", {"what": "one", "about": ""})
        await router.tell("notice", {"what": "two", "about": ""})
        again = opened(tabs, last=tab.last_id)
        assert [(await again.read("version"))[1]["what"] for _ in range(2)] == ["one", "two"]
        elsewhere = opened(tabs, last="another-7", tab="t2")
        assert (await elsewhere.read("version", "superseded"))[0] == "state"
        await again.close()
        await elsewhere.close()


async def test_who_reads_too_slowly_is_told_everything_anew(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_ring, "LAST", 5)
    async with talking_router(socket) as router, house(socket) as tabs:
        slow, quick = opened(tabs), opened(tabs, OTHER)
        for tab in (slow, quick):
            await tab.read("version", "link")
        for number in range(20):
            await router.tell("notice", {"what": str(number), "about": ""})
            await quick.read()
        assert (await slow.read())[0] == "state"
        await slow.close()
        await quick.close()


async def test_the_link_to_the_router_is_lost_and_found(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await router.hang_up()
        kind, link = await tab.read()
        assert (kind, 1000.0 <= link["frozen_at"] < 1005.0) == ("link", True)
        assert await tab.read() == ("link", {"frozen_at": None})
        assert router.read_on_from == ["", "r-0"]
        await tab.close()


async def test_the_tab_that_was_opened_last_is_the_live_one(socket: Path) -> None:
    async with talking_router(socket), house(socket) as tabs:
        first = opened(tabs, tab="t1")
        await first.read("version", "link")
        second = opened(tabs, tab="t2")
        await second.read("version")
        assert (await first.read())[0] == "superseded"
        back = opened(tabs, tab="t1")
        await back.read("version")
        assert (await second.read())[0] == "superseded"
        cut = opened(tabs, tab="t2", last=second.last_id)
        assert (await cut.read("version"))[0] == "superseded"
        for tab in (first, second, back, cut):
            await tab.close()


async def test_a_session_that_is_over_is_told_so(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_tabs, "LOOKS_S", 0.1)
    async with talking_router(socket), house(socket) as tabs:
        tab = opened(tabs, signed_in=False)
        assert (await tab.read("version", "state", "link"))[0] == "signed_out"
        with pytest.raises(StopAsyncIteration):
            await tab.read()


class SlowRecords:
    """`ready` when they may be shown."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.expected: list[tuple[str, list[int]]] = []

    async def expect(self, call: str, contributors: Any) -> None:
        self.expected.append((call, list(contributors)))

    async def carried(self, pop: Mapping[str, Any], viewer: Person) -> Mapping[str, Any]:
        await self.ready.wait()
        return {"record_html": f"<h1>{pop['contributors'][0]} for {viewer.login}</h1>"}

    def forget(self, call: str) -> None:
        return None


async def test_a_pop_carries_the_record_that_was_looked_up_while_he_waited(socket: Path) -> None:
    records = SlowRecords()
    async with talking_router(socket) as router, house(socket, records) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await router.tell("identified", {"call": "c1", "contributors": [7]})
        await router.tell("pop", POP)
        kind, pop = await tab.read()
        assert (kind, "record_html" in pop, records.expected) == ("pop", False, [("c1", [7])])
        records.ready.set()
        html = "<h1>7 for damien.hebert</h1>"
        assert await tab.read() == ("record", {"call": "c1", "record_html": html})
        await router.tell("pop", {**POP, "call": "c2"})
        assert (await tab.read())[1]["record_html"] == html
        await tab.close()


async def test_an_offer_that_is_over_when_its_record_comes_does_not_pop(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket, SlowRecords()) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await router.tell("pop", POP)
        await router.tell("call", {"advisor": "damien_hebert", "talk": None})
        assert await tab.read() == ("call", {"advisor": "damien_hebert", "talk": None})
        await router.tell("pop", {**POP, "call": "c2", "offer": "o2"})
        kind, pop = await tab.read()
        assert (kind, pop["call"]) == ("pop", "c2")
        await tab.close()


async def test_a_call_that_came_while_the_page_was_cut_off_pops_with_its_record_after_it(socket: Path) -> None:
    records = SlowRecords()
    records.ready.set()
    async with talking_router(socket) as router, house(socket, records) as tabs:
        other = opened(tabs, OTHER)
        await other.read("version", "link")
        tab = opened(tabs)
        await tab.read("version", "link")
        await tab.close()
        await router.tell("pop", POP)
        await router.tell("notice", {"what": "one", "about": ""})
        await other.read()
        again = opened(tabs, last=tab.last_id)
        told = dict([await again.read("version", "notice") for _ in range(2)])
        assert told["pop"] == POP
        assert told["record"] == {"call": "c1", "record_html": "<h1>7 for damien.hebert</h1>"}
        await again.close()
        await other.close()


async def test_a_program_follows_without_records_and_beside_the_page(socket: Path) -> None:
    records = SlowRecords()
    records.ready.set()
    async with talking_router(socket) as router, house(socket, records) as tabs:
        page, program = opened(tabs), opened(tabs, PROGRAM, tab="")
        reader = opened(tabs, replace(PROGRAM, scopes=frozenset({"follow", "files"})), tab="")
        for tab in (page, program, reader):
            await tab.read("version", "link")
        await router.tell("pop", POP)
        assert "record_html" in (await page.read())[1]
        assert await program.read() == ("pop", POP)
        assert "record_html" in (await reader.read())[1]
        await router.tell("call", {"advisor": "damien_hebert", "talk": TALK})
        assert await page.read() == ("call", {"advisor": "damien_hebert", "talk": TALK})
        late = opened(tabs, PROGRAM, tab="")
        assert (await late.read("version"))[1]["pop"] == POP
        for tab in (page, program, reader, late):
            await tab.close()


async def test_a_record_that_takes_long_holds_up_nothing_else(socket: Path) -> None:
    records = SlowRecords()
    router = TalkingRouter()
    router.state["calls"] = {"damien_hebert": TALK}
    router.pops["damien_hebert"] = POP
    async with talking_router(socket, router), house(socket, records) as tabs:
        tab = opened(tabs)
        kind, state = await tab.read("version", "link")
        assert (kind, state["pop"]) == ("state", POP)
        records.ready.set()
        assert (await tab.read())[0] == "record"
        await tab.close()


async def test_records_that_fail_end_nothing(socket: Path) -> None:
    class BrokenRecords(SlowRecords):
        async def expect(self, call: str, contributors: Any) -> None:
            raise ValueError(call)

        async def carried(self, pop: Mapping[str, Any], viewer: Person) -> Mapping[str, Any]:
            raise ValueError(viewer.login)

    async with talking_router(socket) as router, house(socket, BrokenRecords()) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await router.tell("identified", {"call": "c1", "contributors": [7]})
        await router.tell("pop", POP)
        assert await tab.read() == ("pop", POP)
        await tab.close()


async def test_work_is_told_once_for_all_that_changed_it(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_tabs, "WORK_EVERY_S", 0.2)
    async with talking_router(socket) as router, house(socket) as tabs:
        tab = opened(tabs)
        await tab.read("version", "link")
        await router.tell("over", {"call": "c1", "outcome": "answered"})
        await router.tell("notice", {"what": "one", "about": ""})
        assert (await tab.read())[0] == "notice", "a call that was answered leaves no work"
        for _ in range(5):
            await router.tell("over", {"call": "c2", "outcome": "voicemail"})
        assert await tab.read() == ("work", {})
        for _ in range(5):
            tabs.tell("work", {})
        assert await tab.read() == ("work", {})
        await router.tell("notice", {"what": "two", "about": ""})
        assert (await tab.read())[0] == "notice"
        await tab.close()


async def test_who_was_signed_in_reads_on_while_nobody_can_tell(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_tabs, "LOOKS_S", 0.01)
    looked, answers = asyncio.Event(), asyncio.Event()

    async def is_signed_in() -> bool:
        if looked.is_set():
            await answers.wait()
            return False
        looked.set()
        raise DatabaseAway("away")

    async with talking_router(socket) as router, house(socket) as tabs:
        tab = Tab(tabs.follow(ADVISOR, "t1", "", is_signed_in))
        await tab.read("version", "link")
        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(tab.read())
            await looked.wait()
            await router.tell("notice", {"what": "one", "about": ""})
        assert reading.result()[0] == "notice"
        answers.set()
        assert (await tab.read())[0] == "signed_out"


async def test_everything_is_as_of_now_for_each_who_comes(socket: Path) -> None:
    async with talking_router(socket) as router, house(socket) as tabs:
        first = opened(tabs)
        _, before = await first.read("version", "link")
        second = opened(tabs, OTHER)
        _, after = await second.read("version")
        assert {**before, "now": 0} == {**after, "now": 0}
        await router.tell("advisor", advisor("damien_hebert", presence="not_ready"))
        await first.read()
        third = opened(tabs, OTHER, tab="t3")
        assert (await third.read("version"))[1]["advisors"]["damien_hebert"]["presence"] == "not_ready"
        for tab in (first, second, third):
            await tab.close()
