"""The pages' tabs: each follows what concerns it, as events (docs/pages.md), for a whole shift.

One encoding an event, however many tabs; a tab is a place in the ring. Whoever reads too slowly falls out of it and is
told everything anew, and nobody else notices.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import CallId
from cti_router.web.link.mirror import Event, Mirror
from cti_router.web.link.ring import Ring
from cti_router.web.link.tab import IsSignedIn, Tab, as_json
from cti_router.web.person import Person

PACE_S = 0.05
"""What everybody sees is sent so often at most; what concerns one alone goes at once."""

EACH_TAB_S = 0.00025
"""With many tabs it is sent less often: so much of its time each of them may take."""

AT_ONCE = 16
"""Between so many tabs' turns the process looks what else has happened: a pop does not wait for all of them."""

LOOKS_S = 10.0
"""How often each tab is looked after: is its session still open? It hears a sign of life then."""

RECORD_WITHIN_S = 0.15
"""A pop waits so long for its record, which was sought while the caller waited; later it follows by itself."""

WORK_EVERY_S = 5.0
"""Every tab asks for the list of work when it has changed: it is told so at most so often."""

_FOR_EVERYBODY = frozenset({"advisor", "duty", "notice", "link"})
_CHANGES_WORK = frozenset({
    "voicemail", "callback", "unreached", "called_again", "cancelled", "expired", "not_noted",
})  # fmt: skip
"""Outcomes of calls that put something on the list, or take it off."""

_log = structlog.get_logger()


class Records(Protocol):
    """What is shown of contributors. Whoever is shown one is written down first."""

    async def expect(self, call: CallId, contributors: Sequence[int]) -> None:
        """They are about to be shown: look them up meanwhile."""

    async def carried(self, pop: Event, viewer: Person) -> Mapping[str, Any]:
        """What a pop carries besides, `record_html` or `candidates`; nothing where there is none."""

    def forget(self, call: CallId) -> None:
        """The call is over."""


class Tabs:
    """`boot`: no other life of the pages has it. `version`: that of the pages' files.

    `records`: None where there are none to show.
    """

    def __init__(self, mirror: Mirror, boot: str, version: str) -> None:
        self.mirror = mirror
        self.records: Records | None = None
        self._version = version
        self._ring = Ring(boot)
        self._open: set[Tab] = set()
        self._live: dict[AdvisorId, str] = {}
        self._changed = asyncio.Event()
        self._work_changed = asyncio.Event()
        self._coming: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()
        self._tasks = asyncio.TaskGroup()
        self._unshown: dict[AdvisorId, Event] = {}
        self._encoded = (0, "")

    def __len__(self) -> int:
        return len(self._open)

    # what happens

    def told(self, kind: str, data: Event) -> None:
        """An event of the router, which the mirror shows already."""
        match kind:
            case "state":
                self._ring.forget()
                self._changed.set()
            case "call":
                self.tell(kind, data, to=data["advisor"])
            case "pop" | "identified":
                self._coming.put_nowait((kind, data))
            case "over":
                if self.records is not None:
                    self.records.forget(data["call"])
                if data["outcome"] in _CHANGES_WORK:
                    self._work_changed.set()
            case _ if kind in _FOR_EVERYBODY:
                self.tell(kind, data)

    def tell(self, kind: str, data: object, to: AdvisorId | None = None) -> None:
        """To everybody, or to one advisor's tabs. `work`, which each tab answers with a question, at a slower pace."""
        if kind == "work":
            self._work_changed.set()
        else:
            self._tell(kind, data, to)

    def _tell(self, kind: str, data: object, to: AdvisorId | None = None, bare: object = None) -> None:
        self._ring.add(kind, as_json(data), to, None if bare is None else as_json(bare))
        if to is None:
            self._changed.set()
        else:
            self._wake(to)

    async def run(self) -> None:
        """Follow the router, and let the tabs know, until cancelled."""
        async with self._tasks as tasks:
            tasks.create_task(self.mirror.run(self.told))
            tasks.create_task(self._wake_in_turn())
            tasks.create_task(self._tell_of_work())
            while True:
                kind, data = await self._coming.get()
                if kind == "identified":
                    tasks.create_task(self._expect(data))
                else:
                    tasks.create_task(self._pop(data))

    async def _wake_in_turn(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for number, tab in enumerate(tuple(self._open), start=1):
                tab.woken.set()
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(max(PACE_S, EACH_TAB_S * len(self._open)))

    async def _tell_of_work(self) -> None:
        while True:
            await self._work_changed.wait()
            self._work_changed.clear()
            self._tell("work", {})
            await asyncio.sleep(WORK_EVERY_S)

    def _wake(self, advisor: AdvisorId) -> None:
        for tab in self._open:
            if tab.viewer.advisor == advisor:
                tab.woken.set()

    # records

    def _viewer(self, advisor: AdvisorId) -> Person | None:
        """Who looks at an advisor's page now."""
        live = self._live.get(advisor)
        pages = (tab for tab in self._open if tab.viewer.advisor == advisor and tab.is_page)
        return next((tab.viewer for tab in pages if tab.id == live), None)

    async def _expect(self, identified: Event) -> None:
        if self.records is None or not self._open:
            return
        try:
            await self.records.expect(identified["call"], identified["contributors"])
        except Exception:  # noqa: BLE001 — the boundary of one record: it is looked up when it is shown
            _log.exception("record_not_expected", call=identified["call"])

    async def _pop(self, pop: Event) -> None:
        """His record goes with it, or after it when it takes longer; nothing goes when the offer is over by then.

        Whose page is not open now is shown the record when it is again.
        """
        advisor, coming = pop["advisor"], None
        record: Mapping[str, Any] = {}
        if (viewer := self._viewer(advisor)) is not None:
            record, coming = await self._soon(pop, viewer)
        else:
            self._unshown[advisor] = pop
        if self._is_on(pop):
            self._tell("pop", {**pop, **record}, to=advisor, bare=pop)
        if coming is not None and (late := await coming) and self._is_on(pop):
            self._tell("record", {"call": pop["call"], **late}, to=advisor, bare={"call": pop["call"]})

    def _is_on(self, pop: Event) -> bool:
        now = self.mirror.pops.get(pop["advisor"])
        return now is not None and now["offer"] == pop["offer"]

    async def _soon(
        self, pop: Event, viewer: Person
    ) -> tuple[Mapping[str, Any], asyncio.Task[Mapping[str, Any]] | None]:
        """What a pop carries, or who is still looking for it."""
        carried = self._tasks.create_task(self._carried(pop, viewer))
        done, _ = await asyncio.wait([carried], timeout=RECORD_WITHIN_S)
        return (carried.result(), None) if done else ({}, carried)

    async def _carried(self, pop: Event, viewer: Person) -> Mapping[str, Any]:
        if self.records is None:
            return {}
        try:
            return await self.records.carried(pop, viewer)
        except Exception:  # noqa: BLE001 — the boundary of one record: the pop comes without it
            _log.exception("record_not_carried", call=pop["call"])
            return {}

    # one tab

    async def follow(
        self, viewer: Person, tab_id: str, last_event_id: str, is_signed_in: IsSignedIn
    ) -> AsyncIterator[bytes]:
        """What is sent to a tab: all after the event it read last, or first everything as it is now."""
        tab, following = Tab(viewer, tab_id), self._ring.after(last_event_id)
        self._take_over(tab, anew=not last_event_id)
        tab.tell("version", {"version": self._version})
        look_at = time.monotonic() + LOOKS_S
        self._open.add(tab)
        if tab.is_page and (pop := self._unshown.pop(viewer.advisor or "", None)) is not None and following is not None:
            self._tasks.create_task(self._show(tab, pop, self._carried(pop, viewer)))
        try:
            while True:
                tab.woken.clear()
                if tab.is_signed_out():
                    tab.tell("signed_out", {})
                    yield tab.drained()
                    return
                if time.monotonic() >= look_at:
                    look_at = time.monotonic() + LOOKS_S
                    tab.look(is_signed_in, self._tasks)
                    yield b":\n\n"
                if own := tab.drained():
                    yield own
                if (following is None or following < self._ring.first) and self.mirror.state is not None:
                    following = self._ring.following
                    yield await self._everything(tab, following - 1)
                elif following is not None and following < self._ring.following:
                    text = self._ring.since(following, viewer.advisor, bare=tab.bare)
                    following = self._ring.following
                    if text:
                        yield text
                await _woken(tab.woken, look_at - time.monotonic())
        finally:
            self._open.discard(tab)
            tab.close()

    def _take_over(self, tab: Tab, *, anew: bool) -> None:
        """One tab of an advisor is the live one: the one that was opened last. The others are told."""
        if (advisor := tab.viewer.advisor) is None or not tab.is_page:
            return
        if anew or advisor not in self._live:
            self._live[advisor] = tab.id
        elif self._live[advisor] != tab.id:
            tab.tell("superseded", {})
        for other in self._open:
            if other.is_page and other.viewer.advisor == advisor and other.id != self._live[advisor]:
                other.tell("superseded", {})

    async def _everything(self, tab: Tab, number: int) -> bytes:
        mirror, me = self.mirror, tab.viewer.advisor
        assert mirror.state is not None  # noqa: S101 — looked at by `follow`
        mine = mirror.state["calls"].get(me)
        own: dict[str, Any] = {"calls": {me: mine} if mine is not None else {}, "frozen_at": mirror.frozen_at}
        shared = self._shared(mirror.state)
        if mine is not None and (pop := mirror.pops.get(me or "")) is not None:
            own["pop"] = pop if tab.bare else {**pop, **await self._record_for(tab, pop)}
        own["now"] = mirror.now
        return self._ring.frame(number, "state", f"{as_json(own)[:-1]},{shared[1:]}")

    def _shared(self, state: Mapping[str, Any]) -> str:
        """What all see alike: encoded once, however many see it before it changes."""
        if self._encoded[0] != self._ring.following:
            alike = {key: value for key, value in state.items() if key not in ("now", "calls")}
            self._encoded = self._ring.following, as_json(alike)
        return self._encoded[1]

    async def _record_for(self, tab: Tab, pop: Event) -> Mapping[str, Any]:
        """One that takes too long follows, to this tab alone."""
        record, coming = await self._soon(pop, tab.viewer)
        if coming is not None:
            self._tasks.create_task(self._show(tab, pop, coming))
        return record

    async def _show(self, tab: Tab, pop: Event, coming: Awaitable[Mapping[str, Any]]) -> None:
        """To this tab alone, when it is there and the call goes on."""
        if (record := await coming) and self._is_on(pop):
            tab.tell("record", {"call": pop["call"], **record})


async def _woken(event: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            await event.wait()
    except TimeoutError:
        return
