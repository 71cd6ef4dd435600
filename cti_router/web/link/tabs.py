"""The pages' tabs: each follows what concerns it, as events (docs/pages.md), for a whole shift.

One encoding an event, however many tabs; a tab is a place in the ring. Whoever reads too slowly falls out of it and is
told everything anew, and nobody else notices.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from cti_router.core.configuration import AdvisorId
from cti_router.core.identity import CallId
from cti_router.web.link.mirror import Event, Mirror
from cti_router.web.link.ring import Ring
from cti_router.web.person import Person

PACE_S = 0.05
"""What everybody sees is sent so often at most; what concerns one alone goes at once."""

EACH_TAB_S = 0.0004
"""With many tabs it is sent less often: so much of its time each of them may take."""

LOOKS_S = 10.0
"""How often each tab is looked after: is its session still open? It hears a sign of life then."""

RECORD_WITHIN_S = 0.15
"""A pop waits so long for its record, which was sought while the caller waited; later it follows by itself."""

_FOR_EVERYBODY = frozenset({"advisor", "duty", "notice", "link"})

_log = structlog.get_logger()


class Records(Protocol):
    """What is shown of contributors. Whoever is shown one is written down first."""

    async def expect(self, call: CallId, contributors: Sequence[int]) -> None:
        """They are about to be shown: look them up meanwhile."""

    async def carried(self, pop: Event, viewer: Person) -> Mapping[str, Any]:
        """What a pop carries besides, `record_html` or `candidates`; nothing where there is none."""

    def forget(self, call: CallId) -> None:
        """The call is over."""


@dataclass(eq=False, slots=True)
class _Tab:
    viewer: Person
    id: str
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    own: list[str] = field(default_factory=list)

    def tell(self, kind: str, data: object) -> None:
        """To this tab alone, unnumbered: it is not told again."""
        self.own.append(f"event: {kind}\ndata: {_json(data)}\n\n")
        self.woken.set()

    def drained(self) -> bytes:
        text = "".join(self.own)
        self.own.clear()
        return text.encode()


class Tabs:
    """`boot`: no other life of the pages has it. `version`: that of the pages' files.

    `records`: None where there are none to show.
    """

    def __init__(self, mirror: Mirror, boot: str, version: str) -> None:
        self.mirror = mirror
        self.records: Records | None = None
        self._version = version
        self._ring = Ring(boot)
        self._open: set[_Tab] = set()
        self._live: dict[AdvisorId, str] = {}
        self._changed = asyncio.Event()
        self._coming: asyncio.Queue[tuple[str, Event]] = asyncio.Queue()

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
                self.tell("work", {})
            case _ if kind in _FOR_EVERYBODY:
                self.tell(kind, data)

    def tell(self, kind: str, data: object, to: AdvisorId | None = None) -> None:
        """To everybody, or to one advisor's tabs."""
        self._ring.add(kind, _json(data), to)
        if to is None:
            self._changed.set()
        else:
            self._wake(to)

    async def run(self) -> None:
        """Follow the router, and let the tabs know, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.mirror.run(self.told))
            tasks.create_task(self._wake_in_turn())
            while True:
                kind, data = await self._coming.get()
                if kind == "identified":
                    tasks.create_task(self._expect(data))
                elif (viewer := self._viewer(data["advisor"])) is not None:
                    tasks.create_task(self._pop(data, viewer, tasks))

    async def _wake_in_turn(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            for tab in self._open:
                tab.woken.set()
            await asyncio.sleep(max(PACE_S, EACH_TAB_S * len(self._open)))

    def _wake(self, advisor: AdvisorId) -> None:
        for tab in self._open:
            if tab.viewer.advisor == advisor:
                tab.woken.set()

    def _viewer(self, advisor: AdvisorId) -> Person | None:
        """Who looks at an advisor's page now."""
        live = self._live.get(advisor)
        return next((tab.viewer for tab in self._open if tab.viewer.advisor == advisor and tab.id == live), None)

    async def _expect(self, identified: Event) -> None:
        if self.records is not None and self._open:
            await self.records.expect(identified["call"], identified["contributors"])

    async def _pop(self, pop: Event, viewer: Person, tasks: asyncio.TaskGroup) -> None:
        """His record goes with it, or after it when it takes longer."""
        carried = tasks.create_task(self._carried(pop, viewer))
        done, _ = await asyncio.wait([carried], timeout=RECORD_WITHIN_S)
        self.tell("pop", {**pop, **(carried.result() if done else {})}, to=pop["advisor"])
        if not done:
            self.tell("record", {"call": pop["call"], **await carried}, to=pop["advisor"])

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
        self, viewer: Person, tab_id: str, last_event_id: str, is_signed_in: Callable[[], Awaitable[bool]]
    ) -> AsyncIterator[bytes]:
        """What is sent to a tab: all after the event it read last, or first everything as it is now."""
        tab, following = _Tab(viewer, tab_id), self._ring.after(last_event_id)
        self._take_over(tab, anew=not last_event_id)
        tab.tell("version", {"version": self._version})
        looked_at = time.monotonic()
        self._open.add(tab)
        try:
            while True:
                tab.woken.clear()
                if time.monotonic() >= looked_at + LOOKS_S:
                    looked_at = time.monotonic()
                    if not await is_signed_in():
                        tab.tell("signed_out", {})
                        yield tab.drained()
                        return
                    yield b":\n\n"
                if tab.own:
                    yield tab.drained()
                if (following is None or following < self._ring.first) and self.mirror.state is not None:
                    following = self._ring.following
                    yield await self._everything(viewer, following - 1)
                elif following is not None and following < self._ring.following:
                    text, following = self._ring.since(following, viewer.advisor), self._ring.following
                    if text:
                        yield text
                await _woken(tab.woken, looked_at + LOOKS_S - time.monotonic())
        finally:
            self._open.discard(tab)

    def _take_over(self, tab: _Tab, *, anew: bool) -> None:
        """One tab of an advisor is the live one: the one that was opened last. The others are told."""
        if (advisor := tab.viewer.advisor) is None:
            return
        if anew or advisor not in self._live:
            self._live[advisor] = tab.id
        elif self._live[advisor] != tab.id:
            tab.tell("superseded", {})
        for other in self._open:
            if other.viewer.advisor == advisor and other.id != self._live[advisor]:
                other.tell("superseded", {})

    async def _everything(self, viewer: Person, number: int) -> bytes:
        mirror, me = self.mirror, viewer.advisor
        assert mirror.state is not None  # noqa: S101 — looked at by `follow`
        mine = mirror.state["calls"].get(me)
        state = {
            **mirror.state, "now": mirror.now, "calls": {me: mine} if mine is not None else {},
            "frozen_at": mirror.frozen_at,
        }  # fmt: skip
        if mine is not None and (pop := mirror.pops.get(me or "")) is not None:
            state["pop"] = {**pop, **await self._carried(pop, viewer)}
        return self._ring.text(number, "state", _json(state))


async def _woken(event: asyncio.Event, within_s: float) -> None:
    try:
        async with asyncio.timeout(max(0.0, within_s)):
            await event.wait()
    except TimeoutError:
        return


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
