"""The router's events: what changed in the banner, who pops, which calls are over.

Observes each step. What concerns one call goes out at once; what all see is compared with what they saw last, at most
twenty times a second and only while somebody listens. Whoever reads too slowly gets everything anew, and nobody else
notices.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterable
from operator import attrgetter
from typing import Any

import structlog

from cti_router.core.advisors.advisor import Activity, AdvisorState
from cti_router.core.configuration import AdvisorId, Configuration
from cti_router.core.duty.calendar import Closed, Duty
from cti_router.core.duty.calendar_orders import CalendarOrders
from cti_router.core.effects import Pop, PresenceChanged, Remember, StepOutcome
from cti_router.core.history import CallRecord
from cti_router.core.identity import Instant
from cti_router.core.inputs import Input
from cti_router.core.switchboard import Switchboard
from cti_router.feed.journeys import Journeys
from cti_router.feed.named import Named
from cti_router.feed.pop import pop_of
from cti_router.feed.ring import Ring
from cti_router.feed.shown import (
    OnDuty,
    ShownAdvisor,
    ShownDuty,
    ShownTalk,
    advisor_of,
    duty_of,
    on_duty,
    state_of,
    talk_shown,
)

PACE_S = 0.05
"""Between two comparisons."""

SHARE = 0.02
"""Of the router's time, that comparing may take: a large organisation is shown a little later."""

LOOKS_S = 1.0
"""Compared so often at least: time alone changes what is shown."""

HEARTBEAT_S = 10.0
"""A sign of life to who hears nothing else."""

KEPT_S = 60.0
"""Who listened and is gone may read on for so long."""

_looks = attrgetter(
    "presence", "reason", "presence_since_at", "phone", "activity", "idle_since_at", "wrap_up_until_at", "forced",
    "offer", "who",
)  # fmt: skip
"""All of an advisor's state that is shown."""

_log = structlog.get_logger()


class Feed:
    """An `Observer`. `now` is the router's time; `boot` tells this life of the router from all others."""

    def __init__(self, switchboard: Switchboard, now: Callable[[], Instant], boot: str) -> None:
        self._switchboard = switchboard
        self._now = now
        self._ring = Ring(boot)
        self._journeys = Journeys(switchboard)
        self._listeners = 0
        self._kept_until = 0.0
        self._closed = False
        self._changed = asyncio.Event()
        self._wrapping_since: dict[AdvisorId, Instant] = {}
        self._configuration: Configuration | None = None
        self._named: Named
        self._names: frozenset[AdvisorId] = frozenset()
        self._on: OnDuty
        self._on_of: tuple[Duty | Closed, CalendarOrders] | None = None
        self._duty: ShownDuty
        self._looked: dict[AdvisorId, tuple[object, ...]] = {}
        self._talks: dict[AdvisorId, ShownTalk] = {}

    # ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

    def observe(self, input_: Input, outcome: StepOutcome, took_s: float) -> None:
        try:
            self._observe(input_, outcome)
        except Exception:  # noqa: BLE001 — the boundary of what pages show: no call may fail for it
            _log.exception("not_told")

    def notice(self, what: str, about: str) -> None:
        """Something that everybody should know."""
        if self._tells:
            self._tell("notice", {"what": what, "about": about})

    def pop(self, advisor: AdvisorId) -> dict[str, Any] | None:
        """That of the call an advisor has or is offered, as it would be told now; None when he has none."""
        state = self._switchboard.roster.states.get(advisor)
        offer = self._switchboard.offers.of(state.offer) if state is not None else None
        return None if offer is None else pop_of(self._switchboard, offer, self._journeys.of(offer.call))

    def _observe(self, input_: Input, outcome: StepOutcome) -> None:
        now, tells = self._now(), self._tells
        if (known := self._journeys.observe(input_, outcome.answer, now)) is not None and tells:
            self._tell("identified", {"call": known, "contributors": self._journeys.of(known).contributors})
        for effect in outcome.effects:
            match effect:
                case Pop(offer=offer) if tells and (made := self._switchboard.offers.of(offer)) is not None:
                    self._tell("pop", pop_of(self._switchboard, made, self._journeys.of(made.call)))
                case Remember(record=record) if record.outcome is not None:
                    if tells:
                        self._over(record)
                    self._journeys.forget(record.id)
                case PresenceChanged(stored=stored) if stored.wrap_up_until_at is not None:
                    self._wraps_up(stored.advisor, now)
        if self._listeners:
            self._changed.set()

    def _over(self, record: CallRecord) -> None:
        advisors = dict.fromkeys(ticket.advisor for ticket in record.tickets if ticket.advisor)
        known = [record.contributor] if record.contributor is not None else self._journeys.of(record.id).contributors
        self._tell(
            "over", {"call": record.id, "advisors": list(advisors), "outcome": record.outcome, "contributors": known}
        )

    def _wraps_up(self, advisor: AdvisorId, now: Instant) -> None:
        """Since his talk ended, however often its end is put off."""
        state = self._switchboard.roster.states.get(advisor)
        if state is None or state.activity is not Activity.WRAP_UP:
            return
        since = self._wrapping_since.get(advisor)
        if since is None or (state.offered_at is not None and since < state.offered_at):
            self._wrapping_since[advisor] = now

    # ── who listens ──────────────────────────────────────────────────────────────────────────────────────────────

    async def events(self, last_event_id: str = "") -> AsyncIterator[bytes]:
        """What is sent to one who listens: all after the event he read last, or first everything as it is now."""
        if not self._tells:
            self._ring.forget()
            self._compare(tell=False)
        self._listeners += 1
        self._changed.set()
        following = self._ring.after(last_event_id)
        try:
            while not self._closed:
                if following is None or following < self._ring.first:
                    state = self._state()
                    following = self._ring.following
                    yield state
                elif following < self._ring.following:
                    frames, following = self._ring.since(following), self._ring.following
                    yield frames
                elif not await self._ring.news(following, HEARTBEAT_S):
                    yield b":\n\n"
        finally:
            self._listeners -= 1
            self._kept_until = time.monotonic() + KEPT_S

    async def run(self) -> None:
        """Compare what is shown with what was, as long as somebody listens. Cancelled, all streams end."""
        try:
            while True:
                await self._until_changed()
                began = time.monotonic()
                try:
                    self._compare()
                except Exception:  # noqa: BLE001 — the boundary of one comparison: the next one comes all the same
                    _log.exception("not_compared")
                await asyncio.sleep(max(PACE_S, (time.monotonic() - began) / SHARE))
        finally:
            self._closed = True
            self._ring.wake()

    async def _until_changed(self) -> None:
        try:
            async with asyncio.timeout(LOOKS_S if self._listeners else None):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()

    @property
    def _tells(self) -> bool:
        """Does somebody listen, or did he a moment ago?"""
        return self._listeners > 0 or time.monotonic() < self._kept_until

    def _tell(self, kind: str, data: object) -> None:
        self._ring.add(kind, _json(data))

    def _state(self) -> bytes:
        """Everything, as of the next event: what has changed and is not told yet is told first to the others."""
        self._compare()
        switchboard = self._switchboard
        state = state_of(
            switchboard.configuration, self._now(), self._advisors(switchboard.roster.states.values()), self._duty,
            self._talks.items(),
        )  # fmt: skip
        return self._ring.frame(self._ring.following - 1, "state", _json(state))

    # ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────

    def _compare(self, *, tell: bool = True) -> None:
        """Tell what is not as it was told last."""
        now, switchboard = self._now(), self._switchboard
        if switchboard.configuration is not self._configuration:
            self._configuration, self._named = switchboard.configuration, Named(switchboard.configuration)
            self._on_of, tell = None, False
            self._ring.forget()
        self._compare_duty(now, tell=tell)
        self._compare_advisors(tell=tell)

    def _compare_duty(self, now: Instant, *, tell: bool) -> None:
        switchboard = self._switchboard
        duty = switchboard.duty(now)
        if (of := (duty, switchboard.ordered)) != self._on_of:
            self._on_of, self._on = of, on_duty(switchboard.configuration, switchboard.ordered, now)
        shown = duty_of(switchboard, self._on)
        if tell and shown != self._duty:
            self._tell("duty", shown._asdict())
        self._duty = shown
        names = self._named.at(now, duty)
        if names is not self._names:
            for advisor in names ^ self._names:
                self._looked.pop(advisor, None)
            self._names = names

    def _compare_advisors(self, *, tell: bool) -> None:
        states = self._switchboard.roster.states
        looked = self._looked
        changed = [state for id_, state in states.items() if _looks(state) != looked.get(id_)]
        if tell and not looked.keys() <= states.keys():  # he was none any more, but for his last call
            tell = False
            self._ring.forget()
        self._looked = {id_: _looks(state) for id_, state in states.items()}
        if tell:
            for advisor in self._advisors(changed):
                self._tell("advisor", advisor._asdict())
        talks: dict[AdvisorId, ShownTalk] = {}
        for id_, state in states.items():
            if state.offer is not None and (talk := talk_shown(self._switchboard, state)) is not None:
                talks[id_] = talk
        if tell and talks != self._talks:
            for id_ in {**self._talks, **talks}:
                if (talk := talks.get(id_)) != self._talks.get(id_):
                    self._tell("call", {"advisor": id_, "talk": talk._asdict() if talk else None})
        self._talks = talks

    def _advisors(self, states: Iterable[AdvisorState]) -> list[ShownAdvisor]:
        return [
            advisor_of(self._switchboard, state, self._names, self._wrapping_since.get(state.who.id))
            for state in states
        ]


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
