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
from cti_router.core.identity import CallId, Instant
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
    "presence", "reason", "presence_since_at", "until_at", "phone", "activity", "idle_since_at", "wrap_up_until_at",
    "forced", "offer", "who",
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
        self._named: Named | None = None
        self._names: frozenset[AdvisorId] = frozenset()
        self._on: OnDuty
        self._on_of: tuple[Duty | Closed, CalendarOrders] | None = None
        self._duty: ShownDuty
        self._looked: dict[AdvisorId, tuple[object, ...]] = {}
        self._talks: dict[AdvisorId, ShownTalk] = {}
        self._touched: set[CallId] = set()
        self._popped: set[AdvisorId] = set()
        self._look_at_all = 0.0

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
                    self._popped.add(made.advisor)
                case Remember(record=record) if record.outcome is not None:
                    if tells:
                        self._over(record)
                    self._journeys.forget(record.id)
                case PresenceChanged(stored=stored) if stored.wrap_up_until_at is not None:
                    self._wraps_up(stored.advisor, now)
            if self._listeners and (call := getattr(effect, "call", None)):
                self._touched.add(call)
        if self._listeners:
            self._touch(input_)
            self._changed.set()

    def _touch(self, input_: Input) -> None:
        """The talks of who is concerned may not be as they were told."""
        if call := getattr(input_, "call", None):
            self._touched.add(call)
        elif (state := self._switchboard.roster.states.get(getattr(input_, "advisor", ""))) is not None:
            offer = self._switchboard.offers.of(state.offer)
            if offer is not None:
                self._touched.add(offer.call)

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
        await self._know_names()
        if not self._tells:
            self._ring.forget()
            self.compare(tell=False)
        self._listeners += 1
        self._changed.set()
        following = self._ring.after(last_event_id)
        try:
            while not self._closed:
                if following is None or following < self._ring.first:
                    state, following = self._state(), self._ring.following
                    yield self._ring.frame(following - 1, "state", await asyncio.to_thread(state))
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
                    await self._know_names()
                    began = time.monotonic()
                    self.compare()
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

    def _state(self) -> Callable[[], str]:
        """Everything, as of the next event: what has changed and is not told yet is told first to the others.

        What is shown does not change any more: to write it may take its time elsewhere.
        """
        self.compare()
        switchboard, now, duty = self._switchboard, self._now(), self._duty
        configuration, talks = switchboard.configuration, list(self._talks.items())
        advisors = self._advisors(switchboard.roster.states.values())
        return lambda: _json(state_of(configuration, now, advisors, duty, talks))

    # ── what changed ─────────────────────────────────────────────────────────────────────────────────────────────

    def compare(self, *, tell: bool = True) -> None:
        """Tell what is not as it was told last."""
        now, switchboard = self._now(), self._switchboard
        if switchboard.configuration is not self._configuration:
            self._configuration, self._on_of, tell = switchboard.configuration, None, False
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
        names = self._named.names if self._named is not None else self._names
        if names is not self._names:
            for advisor in names ^ self._names:
                self._looked.pop(advisor, None)
            self._names = names

    async def _know_names(self) -> None:
        """Whom a plan may call now. Until it is known anew, what was."""
        switchboard, now = self._switchboard, self._now()
        configuration, duty = switchboard.configuration, switchboard.duty(now)
        named = self._named
        if named is None or named.configuration is not configuration:
            named = await asyncio.to_thread(Named, configuration)
        if not named.holds(now, duty):
            await asyncio.to_thread(named.work_out, now, duty)
        self._named = named

    def _compare_advisors(self, *, tell: bool) -> None:
        states = self._switchboard.roster.states
        looked = {id_: _looks(state) for id_, state in states.items()}
        former, self._looked = self._looked, looked
        changed = [states[id_] for id_, looks in looked.items() if former.get(id_) != looks]
        if not former.keys() <= looked.keys():  # he was no advisor any more, but for his last call
            self._talks = {id_: talk for id_, talk in self._talks.items() if id_ in looked}
            if tell:
                tell = False
                self._ring.forget()
        if tell:
            for advisor in self._advisors(changed):
                self._tell("advisor", advisor._asdict())
        popped, self._popped = self._popped, set()
        for id_ in {**dict.fromkeys(self._talking(changed)), **dict.fromkeys(popped)}:
            self._compare_talk(id_, tell=tell, popped=id_ in popped)

    def _talking(self, changed: Iterable[AdvisorState]) -> Iterable[AdvisorId]:
        """Whose talk may not be as it was told: by what happened, and from time to time everybody's."""
        roster, offers, calls = self._switchboard.roster, self._switchboard.offers, self._switchboard.calls
        touched, self._touched = self._touched, set()
        if (now := time.monotonic()) >= self._look_at_all:
            self._look_at_all = now + LOOKS_S
            return self._talks.keys() | {id_ for id_, state in roster.states.items() if state.offer is not None}
        found = {state.who.id: None for state in changed}
        touched.update(offer.call for state in changed if (offer := offers.of(state.offer)) is not None)
        for call in (calls[id_] for id_ in touched if id_ in calls):
            for ticket in call.live_tickets():
                if (offer := offers.of(ticket.offer)) is not None:
                    found[offer.advisor] = None
        return found

    def _compare_talk(self, advisor: AdvisorId, *, tell: bool, popped: bool) -> None:
        """Who popped and has no call is told so, even if he had none before: it was over sooner than one could see."""
        state, former = self._switchboard.roster.states.get(advisor), self._talks.get(advisor)
        talk = talk_shown(self._switchboard, state) if state is not None else None
        if talk == former and (talk is not None or not popped):
            return
        if talk is None:
            self._talks.pop(advisor, None)
        else:
            self._talks[advisor] = talk
        if tell:
            self._tell("call", {"advisor": advisor, "talk": talk._asdict() if talk else None})

    def _advisors(self, states: Iterable[AdvisorState]) -> list[ShownAdvisor]:
        return [
            advisor_of(self._switchboard, state, self._names, self._wrapping_since.get(state.who.id))
            for state in states
        ]


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
