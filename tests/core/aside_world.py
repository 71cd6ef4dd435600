"""Callers, advisors and one PBX that does what its dialplan says, in virtual time; the router may die at any moment.

Everything takes its time, of which a seeded chance says how long: so what is on its way may cross.
"""

import heapq
from collections.abc import Callable
from dataclasses import replace
from random import Random

from cti_router.core.aside import (
    AsideSeen,
    CallRequest,
    Fetch,
    HangUp,
    MoveFailed,
    NudgeLeg,
    Part,
)
from cti_router.core.configuration import Advisor
from cti_router.core.effects import Effect, LookUp, Nudge, PresenceChanged, Remember
from cti_router.core.history import CallRecord
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import (
    ChannelSeen,
    DirectoryReplied,
    Input,
    NudgeFailed,
    PbxSynced,
    Presence,
    Restore,
    StoredPresence,
    Tick,
)
from cti_router.core.instructions import Said
from cti_router.core.switchboard import Switchboard
from tests.core.aside_channels import Channel, Person
from tests.core.aside_dialplan import ENTRY, Dialplan
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, at
from tests.core.treated import EVERYTHING, treated

_MORE = (
    Advisor("ella", "Ella", "rouen", "203", {"employers": 5, "health": 3}),
    Advisor("max", "Max", "rouen", "204", {"employers": 4}),
)
STAFFED = replace(CONFIGURATION, advisors={**CONFIGURATION.advisors, **{each.id: each for each in _MORE}})
"""So many that an expert is free now and then."""

TREATED = treated(EVERYTHING, STAFFED)
"""Half the worlds have callers who hear all that there is."""


class World(Dialplan):
    """`rows` is the history as it was written, `stored` the presences."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.configuration = TREATED if seed % 2 else STAFFED
        self.now, self.router, self.life = at("2026-11-23 09:00"), None, 0
        self.people = {who.id: Person(who.id, who.site, who.phone) for who in STAFFED.advisors.values()}
        self.callers, self.legs, self.arrivals = {}, [], {}
        self.rows: dict[str, CallRecord] = {}
        self.stored = {id_: StoredPresence(id_, Presence.AVAILABLE, "", self.now) for id_ in self.people}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._news_at = 0.0

    # time

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        self._count += 1
        heapq.heappush(self._events, (self.now + seconds, self._count, act))

    def soon(self, act: Callable[[], None]) -> None:
        """A message on its way."""
        self.after(self.chance.uniform(0.001, 0.03), act)

    def run(self, seconds: float) -> None:
        until = self.now + seconds
        while True:
            deadline = self.router.next_deadline() if self.router else None
            next_at = self._events[0][0] if self._events else until
            if deadline is not None and deadline <= min(next_at, until):
                self.now = max(self.now, deadline)
                self.give(Tick())
            elif next_at <= until and self._events:
                self.now, _, act = heapq.heappop(self._events)
                act()
            else:
                self.now = until
                return

    # the router

    def give(self, input_: Input) -> Said:
        if self.router is None:
            return None
        outcome = self.router.step(input_, self.now)
        for effect in outcome.effects:
            self._carry_out(effect)
        return outcome.answer

    def news(self, fact: Input) -> None:
        """What the PBX tells, in its order; nobody hears it while no router is there."""
        life = self.life
        self._news_at = max(self._news_at, self.now + self.chance.uniform(0.001, 0.03))
        self.after(self._news_at - self.now, lambda: self.give_in(life, fact))

    def start_router(self) -> None:
        self.life += 1
        self.router = Switchboard(self.configuration)
        opened = tuple(row for row in self.rows.values() if row.ended_at is None)
        self.give(Restore(tuple(self.stored.values()), opened))
        for site in STAFFED.sites:
            self.after(self.chance.uniform(0.05, 1.0), self._sync(site, self.life))

    def kill_router(self) -> None:
        self.life += 1
        self.router = None

    def ask_for(self, request: CallRequest) -> Said:
        return self.give(request)

    def _sync(self, site: str, life: int) -> Callable[[], None]:
        def synced() -> None:
            if life != self.life:
                return
            phones = {person.number: person.phone for person in self.people.values() if person.site == site}
            here = site == ENTRY
            channels = tuple(self._seen(caller) for caller in self.callers.values() if caller.alive) if here else ()
            aside = tuple(self._leg_seen(leg) for leg in self.legs if leg.alive) if here else ()
            self.give(PbxSynced(site, channels, phones, {}, aside=aside))

        return synced

    def _seen(self, caller: Channel) -> ChannelSeen:
        talked_s = 0.0 if caller.answered_at is None else self.now - caller.answered_at
        bridged = caller.peer is not None
        return ChannelSeen(
            caller.call, caller.name, caller.state, caller.ticket, caller.offer, caller.advisor,
            Cli("0261910101", EMPLOYER_CLI), "33261910001", bridged, talked_s,
        )  # fmt: skip

    def _leg_seen(self, leg: Channel) -> AsideSeen:
        talked_s = 0.0 if leg.answered_at is None else self.now - leg.answered_at
        return AsideSeen(
            leg.call, leg.name, leg.state, leg.offer, leg.advisor, leg.peer is not None, talked_s,
            leg.expert_ticket, leg.expert_offer, leg.expert,
        )  # fmt: skip

    def _carry_out(self, effect: Effect) -> None:
        life = self.life
        match effect:
            case Remember(record=record):
                self.rows[record.id] = record
            case PresenceChanged(stored=stored):
                self.stored[stored.advisor] = stored
            case LookUp(call=call):
                self.soon(lambda: self.give_in(life, DirectoryReplied(call, (Contributor(7, "Dupont", "employer"),))))
            case Nudge() | Fetch():
                self.soon(lambda: self._redirected(effect, life))
            case Part():
                self.soon(lambda: self._parted(effect, life))
            case NudgeLeg(channel=name):
                self.soon(lambda: self.bring(self._leg(name), self.aside))
            case HangUp(channel=name, peer=peer, spares=spares):
                self.soon(lambda: self._hang_up_asked(name, peer=peer, spares=spares))
            case _:
                pass

    def _redirected(self, effect: Nudge | Fetch, life: int) -> None:
        caller = self.callers[effect.call]
        if caller.alive:
            self.bring(caller, self.ask_loop)
        elif isinstance(effect, Fetch):
            self.give_in(life, MoveFailed(effect.call))
        else:
            self.give_in(life, NudgeFailed(effect.call))

    def _parted(self, effect: Part, life: int) -> None:
        caller = self.callers[effect.call]
        leg = caller.peer
        if not caller.alive or leg is None:
            self.give_in(life, MoveFailed(effect.call))
            return
        caller.peer = leg.peer = None
        if caller.rings is leg:
            caller.rings = None
        self.bring(caller, self.ask_loop)
        self.bring(leg, self.aside)

    def _hang_up_asked(self, name: str, *, peer: bool, spares: str) -> None:
        channel = next((each for each in (*self.callers.values(), *self.legs) if each.name == name), None)
        channel = channel.peer if peer and channel else channel
        if channel is not None and channel.name != spares:
            self.hang_up(channel, "asked")

    def _leg(self, name: str) -> Channel | None:
        return next((leg for leg in self.legs if leg.name == name and leg.alive), None)
