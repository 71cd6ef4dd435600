"""Callers, advisors and one PBX that does what its dialplan says, in virtual time; the router may die at any moment.

Each channel is a generator: it yields what it waits for, and a redirect puts another in its place. Everything takes
its time, of which a seeded chance says how long: so what is on its way may cross. Acts are the advisors' and callers';
what the dialplan does with nobody to ask is `cti_extensions.conf`'s, without sound.
"""

import heapq
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeAlias

from cti_router.core.aside import (
    AsideSeen,
    CallRequest,
    Fetch,
    HangUp,
    Held,
    Hold,
    LegEnded,
    LegUntold,
    MoveFailed,
    NudgeLeg,
    Part,
    Take,
)
from cti_router.core.configuration import Advisor
from cti_router.core.effects import Effect, LookUp, Nudge, PresenceChanged, Remember
from cti_router.core.history import CallRecord
from cti_router.core.identity import Cli, Contributor
from cti_router.core.inputs import (
    AnswerUndelivered,
    Ask,
    CallerLeft,
    ChannelSeen,
    DirectoryReplied,
    Input,
    Last,
    LegAsk,
    NudgeFailed,
    PbxSynced,
    PhoneChanged,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
    Tick,
)
from cti_router.core.instructions import Answer, Dial, LegAnswer, Play, Release, Said, Wait
from cti_router.core.switchboard import Switchboard
from tests.core.board import CONFIGURATION, EMPLOYER_CLI, at

ENTRY = "caen"
_MORE = (
    Advisor("ella", "Ella", "rouen", "203", {"employers": 5, "health": 3}),
    Advisor("max", "Max", "rouen", "204", {"employers": 4}),
)
STAFFED = replace(CONFIGURATION, advisors={**CONFIGURATION.advisors, **{each.id: each for each in _MORE}})
"""So many that an expert is free now and then."""

TAKABLE = ("ask", "held", "missed")
"""Where a caller may be taken by a leg that finds no router."""

Waits: TypeAlias = Generator[tuple[Any, ...], Any, None]


@dataclass(slots=True)
class Person:
    """An advisor and his phone."""

    id: str
    site: str
    number: str
    leg: "Channel | None" = None
    presence: Presence = Presence.AVAILABLE

    @property
    def phone(self) -> PhoneState:
        if self.leg is None:
            return PhoneState.FREE
        return PhoneState.RINGING if self.leg.answered_at is None else PhoneState.IN_USE


@dataclass(eq=False, slots=True)
class Channel:
    """A caller's (`who` None), or the leg of an advisor (`caller`: whose call it is, `rung_by`: who dialled it)."""

    name: str
    call: str
    who: Person | None = None
    caller: "Channel | None" = None
    rung_by: "Channel | None" = None
    alive: bool = True
    state: str = ""
    last: Last = Last.ARRIVED
    seq: int = 1
    asked: int = 0
    missed: int = 0
    missed_since: float = 0.0
    ticket: str = ""
    offer: str = ""
    advisor: str = ""
    answered_at: float | None = None
    expert_ticket: str = ""
    expert_offer: str = ""
    expert: str = ""
    talked_s: float = 0.0
    holder: "Channel | None" = None
    join: "Channel | None" = None
    peer: "Channel | None" = None
    rings: "Channel | None" = None
    waits: Waits | None = None
    turn: int = 0
    left_by: "Channel | None" = None
    ended_by: str = ""
    ended_at: float | None = None


@dataclass(slots=True)
class World:
    """`router` is None while it is dead. `legs` are all there ever were, `rows` the history as it was written."""

    seed: int
    now: float = at("2026-11-23 09:00")
    router: Switchboard | None = None
    life: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    callers: dict[str, Channel] = field(default_factory=dict)
    legs: list[Channel] = field(default_factory=list)
    rows: dict[str, CallRecord] = field(default_factory=dict)
    stored: dict[str, StoredPresence] = field(default_factory=dict)
    arrivals: dict[str, float] = field(default_factory=dict)
    chance: Random = field(init=False)
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _count: int = 0
    _news_at: float = 0.0

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)
        for who in STAFFED.advisors.values():
            self.people[who.id] = Person(who.id, who.site, who.phone)
            self.stored[who.id] = StoredPresence(who.id, Presence.AVAILABLE, "", self.now)

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
        self.after(self._news_at - self.now, lambda: self._told_of(life, fact))

    def start_router(self) -> None:
        self.life += 1
        self.router = Switchboard(STAFFED)
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
                self.soon(lambda: self._told_of(life, DirectoryReplied(call, (Contributor(7, "Dupont", "employer"),))))
            case Nudge() | Fetch():
                self.soon(lambda: self._redirected(effect, life))
            case Part():
                self.soon(lambda: self._parted(effect, life))
            case NudgeLeg(channel=name):
                self.soon(lambda: self._bring(self._leg(name), self.aside))
            case HangUp(channel=name, peer=peer):
                self.soon(lambda: self._hang_up_asked(name, peer=peer))
            case _:
                pass

    def _told_of(self, life: int, fact: Input) -> None:
        if life == self.life:
            self.give(fact)

    def _redirected(self, effect: Nudge | Fetch, life: int) -> None:
        caller = self.callers[effect.call]
        if caller.alive:
            self._bring(caller, self.ask_loop)
        elif isinstance(effect, Fetch):
            self._told_of(life, MoveFailed(effect.call))
        else:
            self._told_of(life, NudgeFailed(effect.call))

    def _parted(self, effect: Part, life: int) -> None:
        caller = self.callers[effect.call]
        leg = caller.peer
        if not caller.alive or leg is None:
            self._told_of(life, MoveFailed(effect.call))
            return
        caller.peer = leg.peer = None
        if caller.rings is leg:
            caller.rings = None
        self._bring(caller, self.ask_loop)
        self._bring(leg, self.aside)

    def _hang_up_asked(self, name: str, *, peer: bool) -> None:
        channel = next((each for each in (*self.callers.values(), *self.legs) if each.name == name), None)
        channel = channel.peer if peer and channel else channel
        if channel is not None:
            self.hang_up(channel, "asked")

    def _leg(self, name: str) -> Channel | None:
        return next((leg for leg in self.legs if leg.name == name and leg.alive), None)

    # channels

    def begin(self, channel: Channel, waits: Waits) -> None:
        if channel.waits is not None:
            channel.waits.close()
        channel.waits = waits
        channel.turn += 1
        self._go_on(channel, None)

    def _go_on(self, channel: Channel, with_: Any) -> None:
        """Run a channel until it waits for something."""
        channel.turn += 1
        turn, waits = channel.turn, channel.waits
        if waits is None or not channel.alive:
            return
        try:
            what, *more = waits.send(with_)
        except StopIteration:
            if channel.waits is waits:
                self.hang_up(channel, "dialplan")
            return
        if what == "sleep":
            self.after(more[0], lambda: self._go_on(channel, None) if channel.turn == turn else None)
        elif what == "ask":
            self._put(channel, more[0], turn)

    def _put(self, channel: Channel, ask: Ask | LegAsk, turn: int) -> None:
        def refused() -> None:
            if channel.turn == turn:
                self._go_on(channel, None)

        def asked() -> None:
            if channel.turn != turn:
                return  # it was redirected, or is gone
            if self.router is None:
                refused()
                return
            answer, life = self.give(ask), self.life
            self.soon(lambda: told(answer, life))

        def told(answer: Said, life: int) -> None:
            taken = channel.turn == turn and life == self.life and isinstance(answer, Answer | LegAnswer)
            if taken:
                self._go_on(channel, answer)
                return
            if life == self.life and isinstance(ask, LegAsk):
                self.give(LegUntold(ask.call, ask.channel, ask.seq))
            elif life == self.life and isinstance(ask, Ask):
                self.give(AnswerUndelivered(ask.call, ask.seq))
            refused()

        self.soon(asked)

    def _bring(self, channel: Channel | None, to: Callable[[Channel], Waits]) -> None:
        """A redirect: whatever the channel does is left, and whoever was there with it."""
        if channel is None or not channel.alive:
            return
        self._leave(channel, "redirected")
        self.begin(channel, to(channel))

    def _leave(self, channel: Channel, why: str) -> None:
        """It leaves its talk, or who it rings: what becomes of the other one."""
        other, channel.peer = channel.peer, None
        rung, channel.rings = channel.rings, None
        if rung is not None and rung.alive and rung.answered_at is None:
            self.hang_up(rung, why)
        if other is None or not other.alive:
            return
        other.peer, other.left_by = None, channel
        if other.rings is channel:  # it was dialled by the other, whose dialplan goes on
            other.rings = None
            self._go_on(other, "over")
        elif other.who is None:  # the caller's own Bridge is over
            self._go_on(other, "over")
        elif rung is other and channel.who is not None:  # an expert whose advisor is gone
            self.begin(other, self.alone(other))
        else:
            self.hang_up(other, why)

    def hang_up(self, channel: Channel, why: str) -> None:
        if not channel.alive:
            return
        channel.alive, channel.ended_by, channel.ended_at = False, why, self.now
        channel.turn += 1
        waits, channel.waits = channel.waits, None
        self._leave(channel, why)
        if channel.who is not None:
            channel.who.leg = None
            self._phone(channel.who)
            self.news(LegEnded(f"{ENTRY}-{channel.name}", channel.call, channel.name))
            rung_by = channel.rung_by
            if rung_by is not None and rung_by.rings is channel:  # it rang
                rung_by.rings = None
                self._go_on(rung_by, Last.BUSY if why == "busy" else Last.NO_ANSWER)
        else:
            self._end_ask(channel)
            self.news(CallerLeft(channel.call, 16))
        if waits is not None:
            waits.close()

    def _end_ask(self, caller: Channel) -> None:
        if caller.missed or not caller.ticket:
            return
        if caller.state in ("dial", "join") and caller.answered_at is not None:
            caller.last, caller.talked_s = Last.TALKED, self.now - caller.answered_at
        ask = self._ask_of(caller, ended=True)
        self.soon(lambda: self._told_of(self.life, ask))

    def _phone(self, person: Person) -> None:
        self.news(PhoneChanged(person.site, person.number, person.phone))

    # the caller's dialplan

    def arrive(self, call: str) -> Channel:
        caller = self.callers[call] = Channel(f"PJSIP/public-{call}", call)
        self.arrivals[call] = self.now
        self.begin(caller, self.ask_loop(caller))
        return caller

    def _ask_of(self, caller: Channel, *, ended: bool = False) -> Ask:
        cli = Cli("0261910101", EMPLOYER_CLI)
        return Ask(
            caller.call, ENTRY, caller.name, caller.seq, caller.last, cli, "33261910001", caller.ticket, caller.offer,
            caller.advisor, missed=caller.missed, talked_s=caller.talked_s,
            age_s=self.now - self.arrivals[caller.call], ended=ended,
        )  # fmt: skip

    def ask_loop(self, caller: Channel) -> Waits:
        while True:
            caller.state = "ask"
            answer = yield ("ask", self._ask_of(caller))
            if not isinstance(answer, Answer):
                if caller.last is Last.TALKED:
                    return
                caller.missed += 1
                if caller.missed == 1:
                    caller.missed_since = self.now
                if caller.last is Last.HELD and not (caller.holder and caller.holder.alive):
                    caller.last = Last.LEFT
                if caller.last is not Last.HELD and self.now - caller.missed_since >= 6:
                    caller.state, caller.last = "fallback", Last.FALLBACK
                    yield ("sleep", 4.0)
                    continue
                caller.state = "missed"
                yield ("sleep", 1.0)
                continue
            caller.missed, caller.last = 0, Last.WAITED
            caller.ticket, caller.seq = answer.ticket, answer.next_seq
            match answer.instruction:
                case Wait(for_s=for_s):
                    caller.state = "wait"
                    yield ("sleep", for_s)
                case Held(for_s=for_s):
                    caller.state, caller.last = "held", Last.HELD
                    yield ("sleep", for_s)
                    caller.talked_s = 0.0 if caller.answered_at is None else self.now - caller.answered_at
                    if not (caller.holder and caller.holder.alive):
                        caller.last = Last.LEFT
                case Play():
                    caller.state, caller.last = "play", Last.PLAYED
                    yield ("sleep", 2.0)
                case Dial() as dial:
                    caller.offer, caller.advisor = dial.offer, dial.advisor
                    caller.state, caller.last, caller.answered_at = "dial", Last.CANCELLED, None
                    yield from self._dial(caller, dial, (answer.ticket, dial.offer))
                case Release():
                    caller.state = "release"
                    return
                case other:
                    raise AssertionError(other)

    def joined(self, caller: Channel) -> Waits:
        caller.state, caller.last, caller.missed = "join", Last.CANCELLED, 0
        leg = caller.join
        if leg is not None and leg.alive:
            self._leave_own(leg)
            caller.peer, leg.peer = leg, caller
            yield ("talk",)
            caller.last, caller.talked_s = Last.TALKED, self.now - (caller.answered_at or self.now)
            yield ("sleep", 0.2)
        else:
            caller.last = Last.LEFT
        yield from self.ask_loop(caller)

    def _leave_own(self, leg: Channel) -> None:
        """It is drawn into a talk out of its own dialplan."""
        if leg.waits is not None:
            leg.waits.close()
        leg.waits = None
        leg.turn += 1

    def _dial(self, by: Channel, dial: Dial, bears: tuple[str, str]) -> Waits:
        """For who is dialled `by.last` says what became of it."""
        person = self.people[dial.advisor]
        if person.leg is not None:
            by.last = Last.BUSY
            return
        caller = by if by.who is None else by.caller
        leg = Channel(f"PJSIP/{person.id}-{len(self.legs)}", by.call, person, caller, by)
        leg.ticket, leg.offer, leg.advisor = *bears, dial.advisor
        if by.who is not None:
            leg.expert_ticket, leg.expert_offer, leg.expert = by.expert_ticket, by.expert_offer, by.expert
        self.legs.append(leg)
        by.rings, person.leg = leg, leg
        self._phone(person)
        self._picks_up(person, leg)
        self.after(dial.ring_s, lambda: self.hang_up(leg, "rang out") if leg.answered_at is None else None)
        became = yield ("dial",)
        if became != "over":
            by.last = became
            return
        by.last = Last.TALKED
        answered_at = leg.answered_at or self.now
        by.talked_s = self.now - (answered_at if by.who is not None else by.answered_at or answered_at)
        if by.who is None:
            yield ("sleep", 0.2)

    def _picks_up(self, person: Person, leg: Channel) -> None:
        how = self.chance.random()
        if how < 0.1:
            self.after(0.05, lambda: self.hang_up(leg, "busy") if leg.answered_at is None else None)
        elif how < 0.9:
            self.after(self.chance.uniform(0.2, 6.0), lambda: self._answers(person, leg))

    def _answers(self, person: Person, leg: Channel) -> None:
        by = leg.rung_by
        if not leg.alive or leg.answered_at is not None or by is None or by.rings is not leg:
            return
        leg.answered_at = self.now
        if by.who is None:
            by.answered_at = self.now
        by.peer, leg.peer = leg, by
        self._phone(person)

    # an advisor's leg

    def aside(self, leg: Channel) -> Waits:
        leg.last = Last.ARRIVED
        if leg.caller is not None:
            leg.caller.holder = leg
        yield from self._leg_asks(leg)

    def alone(self, leg: Channel) -> Waits:
        leg.last = Last.LEFT
        if leg.caller is not None and leg.caller.alive and leg.caller.state in TAKABLE:
            yield from self._leg_asks(leg)

    def _leg_asks(self, leg: Channel) -> Waits:
        caller = leg.caller
        while caller is not None and caller.alive:
            leg.asked += 1
            ask = LegAsk(
                leg.call, ENTRY, leg.name, leg.asked, leg.last, leg.offer, leg.advisor, leg.expert_offer, leg.talked_s
            )
            answer = yield ("ask", ask)
            if not isinstance(answer, LegAnswer):
                yield ("sleep", 0.3)
                his = caller.holder is leg
                if not his and caller.holder is not None and caller.holder.alive:
                    return
                if not caller.alive or caller.state not in TAKABLE:
                    return
                yield from self._take(leg, caller)
                return
            match answer.instruction:
                case Hold(for_s=for_s):
                    leg.state = "hold"
                    yield ("sleep", for_s)
                    leg.last = Last.WAITED
                case Dial() as dial:
                    leg.state, leg.talked_s = "dial", 0.0
                    leg.expert_ticket, leg.expert_offer, leg.expert = answer.expert_ticket, dial.offer, dial.advisor
                    yield from self._dial(leg, dial, (answer.expert_ticket, dial.offer))
                case Take():
                    yield from self._take(leg, caller)
                    return
                case Release():
                    return

    def _take(self, leg: Channel, caller: Channel) -> Waits:
        leg.state, caller.holder, caller.join = "take", leg, leg
        caller.ticket, caller.offer, caller.advisor = leg.ticket, leg.offer, leg.advisor
        caller.answered_at = leg.answered_at
        if not caller.alive:
            return
        self.after(0.001, lambda: self._bring(caller, self.joined))
        yield ("sleep", 5.0)
        yield from self.alone(leg)
