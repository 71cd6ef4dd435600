"""What one PBX's dialplan does with callers and advisors' legs, and people with their phones: no sound, no router.

Each channel is a generator: it yields what it waits for, and a redirect puts another in its place. With nobody to ask
it does what `cti_extensions.conf` does.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from cti_router.core.aside import (
    Held,
    Hold,
    LegEnded,
    LegUntold,
    Take,
)
from cti_router.core.identity import Cli
from cti_router.core.inputs import (
    AnswerUndelivered,
    Ask,
    CallerLeft,
    Input,
    Last,
    LegAsk,
    PhoneChanged,
)
from cti_router.core.instructions import Answer, Collect, Dial, LegAnswer, Play, Release, Said, Wait
from cti_router.core.switchboard import Switchboard
from tests.core.aside_channels import Channel, Person, Waits
from tests.core.board import EMPLOYER_CLI

ENTRY = "caen"
TAKABLE = ("ask", "held", "missed")
"""Where a caller may be taken by a leg that finds no router."""


class Dialplan:
    """`router` is None while it is dead, `life` tells one from the next. `legs` are all there ever were."""

    router: Switchboard | None
    life: int
    now: float
    chance: Random
    people: dict[str, Person]
    callers: dict[str, Channel]
    legs: list[Channel]
    arrivals: dict[str, float]

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        raise NotImplementedError

    def soon(self, act: Callable[[], None]) -> None:
        """A message on its way."""
        raise NotImplementedError

    def give(self, input_: Input) -> Said:
        raise NotImplementedError

    def give_in(self, life: int, input_: Input) -> None:
        """Unless that router is dead by now."""
        if life == self.life:
            self.give(input_)

    def news(self, fact: Input) -> None:
        """What the PBX tells."""
        raise NotImplementedError

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

    def bring(self, channel: Channel | None, to: Callable[[Channel], Waits]) -> None:
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
        self.soon(lambda: self.give_in(self.life, ask))

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
            age_s=self.now - self.arrivals[caller.call], ended=ended, keys=caller.keys,
        )  # fmt: skip

    def ask_loop(self, caller: Channel) -> Waits:
        while True:
            caller.state = "ask"
            if caller.last in (Last.HELD, Last.LEFT):
                caller.talked_s = 0.0 if caller.answered_at is None else self.now - caller.answered_at
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
                    if not (caller.holder and caller.holder.alive):
                        caller.last = Last.LEFT
                case Play():
                    caller.state, caller.last = "play", Last.PLAYED
                    yield ("sleep", 2.0)
                case Collect():
                    caller.state = "collect"
                    yield ("sleep", self.chance.uniform(0.5, 4.0))
                    caller.last, caller.keys = Last.KEYED, self.chance.choice(("", "1", "9"))
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
        self.after(0.001, lambda: self.bring(caller, self.joined))
        yield ("sleep", 5.0)
        yield from self.alone(leg)
