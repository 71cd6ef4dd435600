"""A switchboard under load, in virtual time: callers, phones and dialplans that do what they are told, at once."""

import time
from collections import defaultdict
from enum import StrEnum
from heapq import heappop, heappush
from random import Random

from cti_router.core.configuration import AdvisorId, Configuration
from cti_router.core.effects import Nudge, StepOutcome
from cti_router.core.identity import CallId, Cli, Contributor, OfferId
from cti_router.core.inputs import (
    Ask,
    DirectoryReplied,
    EndWrapUp,
    Input,
    Last,
    PbxSynced,
    PhoneChanged,
    PhoneState,
    Presence,
    Restore,
    StoredPresence,
    Tick,
)
from cti_router.core.instructions import Answer, Dial, Play, Release, Wait
from cti_router.core.prepared import prepared
from cti_router.core.switchboard import Switchboard
from tests.bench.organisation import DNIS, SITES

HANDLING_S = 300.0
"""From one call of an advisor to his next, when all are busy."""

IDLE_SHARE = WAITING_SHARE = 0.1
QUEUE_S = 30.0
"""In how long the queue builds up: where a tenth as many callers wait as advisors work, a wait is about so long."""

_BEGIN = 1_800_000_000.0


class Regime(StrEnum):
    IDLE = "idle"  # one advisor in ten is free, nobody waits but for want of a skill
    BUSY = "busy"  # all are busy, and a tenth as many callers wait


class Life:
    """`took_ns`: how long each step took that ended in a match attempt, by its input, by the clock on the wall;
    `worked_ns`: how much of that time this thread had a processor, in the same order."""

    def __init__(self, configuration: Configuration, regime: Regime, seed: int = 1) -> None:
        self.switchboard = Switchboard(configuration, prepared(configuration))
        self.regime = regime
        self.now = _BEGIN
        self.took_ns: dict[str, list[int]] = defaultdict(list)
        self.worked_ns: dict[str, list[int]] = defaultdict(list)
        self._advisors = configuration.advisors
        self._profiles = tuple(configuration.profiles)
        self._chance = Random(seed)
        self._pace_s = HANDLING_S / len(configuration.advisors)
        self._busy: list[AdvisorId] = []
        self._talks: dict[AdvisorId, tuple[CallId, OfferId]] = {}
        self._arrived = 0
        self._asks: dict[CallId, Ask] = {}
        self._re_asks: list[tuple[float, CallId, int]] = []

    @property
    def decisions(self) -> int:
        return sum(map(len, self.took_ns.values()))

    def open(self) -> None:
        """Everybody is at his desk, and most or all are on the phone."""
        self._step(Restore(tuple(StoredPresence(a, Presence.AVAILABLE, "", self.now) for a in self._advisors)))
        self._chance.shuffle(order := list(self._advisors))
        idle = round(IDLE_SHARE * len(order)) if self.regime is Regime.IDLE else 0
        self._busy = order[idle:]
        free = set(order[:idle])
        for site in SITES:
            phones = {
                who.phone: PhoneState.FREE if who.id in free else PhoneState.IN_USE
                for who in self._advisors.values()
                if who.site == site
            }
            self._step(PbxSynced(site, (), phones, {}))

    def queue_up(self) -> None:
        """The first callers come while nobody is free."""
        waiting = round(WAITING_SHARE * len(self._advisors)) if self.regime is Regime.BUSY else 0
        for _ in range(waiting):
            self._pass(QUEUE_S / waiting)
            self._arrive()

    def forget(self) -> None:
        """What is measured begins here."""
        self.took_ns.clear()
        self.worked_ns.clear()

    def live(self, decisions: int) -> None:
        """Callers come and advisors become free, as many of the one as of the other, until so much was decided."""
        enough = self.decisions + decisions
        while self.decisions < enough:
            self._pass(self._pace_s)
            self._arrive()
            self._become_free()

    # who comes, who becomes free

    def _arrive(self) -> None:
        self._arrived += 1
        number = self._arrived
        call, e164 = f"1800000000.{number}", 33_200_000_000 + number
        site = self._chance.choice(SITES)
        ask = Ask(call, site, f"PJSIP/public-{number:08x}", 0, Last.ARRIVED, Cli(f"0{number:09}", e164), str(DNIS))
        self._asks[call] = ask
        self._ask(call, Last.ARRIVED)
        in_charge = self._chance.choice(self._busy) if number % 4 == 0 else None
        contributor = Contributor(number, f"Contributor {number}", self._chance.choice(self._profiles), in_charge)
        self._step(DirectoryReplied(call, (contributor,)))

    def _become_free(self) -> None:
        """Somebody ends his talk and his wrap-up."""
        at = self._chance.randrange(len(self._busy))
        advisor, self._busy[at] = self._busy[at], self._busy[-1]
        self._busy.pop()
        who = self._advisors[advisor]
        talk = self._talks.pop(advisor, None)
        self._step(PhoneChanged(who.site, who.phone, PhoneState.FREE))
        if talk is not None:
            call, offer = talk
            self._ask(call, Last.TALKED, offer=offer, talked_s=60.0)
            self._step(EndWrapUp(advisor))

    # the dialplan

    def _ask(self, call: CallId, last: Last, offer: OfferId = "", talked_s: float = 0.0, ended: bool = False) -> None:
        former = self._asks[call]
        ask = Ask(
            call, former.site, former.channel, former.seq + 1, last, former.cli, former.dnis, ticket=former.ticket,
            offer=offer, talked_s=talked_s, ended=ended,
        )  # fmt: skip
        answer = self._step(ask).answer
        if ended:
            del self._asks[call]
            return
        assert isinstance(answer, Answer), answer
        self._asks[call] = Ask(call, ask.site, ask.channel, ask.seq, last, ask.cli, ask.dnis, ticket=answer.ticket)
        match answer.instruction:
            case Wait(for_s=for_s):
                heappush(self._re_asks, (self.now + for_s, call, ask.seq))
            case Dial(offer=new, advisor=advisor, phone=phone, path=path):
                self._step(PhoneChanged(path[-1], phone, PhoneState.RINGING))
                self._step(PhoneChanged(path[-1], phone, PhoneState.IN_USE))
                self._busy.append(advisor)
                self._talks[advisor] = (call, new)
            case Play():
                self._ask(call, Last.PLAYED)
            case Release():
                self._ask(call, last, ended=True)

    def _pass(self, seconds: float) -> None:
        """Time passes; deadlines are kept, and who has waited asks again."""
        until = self.now + seconds
        while True:
            deadline = self.switchboard.next_deadline()
            asks_at = self._re_asks[0][0] if self._re_asks else until
            if min(asks_at, until if deadline is None else deadline) >= until:
                break
            if deadline is not None and deadline <= asks_at:
                self.now = max(self.now, deadline)
                self._step(Tick())
            else:
                self.now, call, seq = heappop(self._re_asks)
                if call in self._asks and self._asks[call].seq == seq:
                    self._ask(call, Last.WAITED)
        self.now = until

    def _step(self, input_: Input) -> StepOutcome:
        attempts = self.switchboard.matches.attempts
        working = time.thread_time_ns()
        began = time.perf_counter_ns()
        outcome = self.switchboard.step(input_, self.now)
        took = time.perf_counter_ns() - began
        worked = time.thread_time_ns() - working
        if self.switchboard.matches.attempts != attempts:
            self.took_ns[type(input_).__name__].append(took)
            self.worked_ns[type(input_).__name__].append(worked)
        for effect in outcome.effects:
            if isinstance(effect, Nudge):
                self._ask(effect.call, Last.WAITED)
        return outcome
