"""A switchboard with two sites, and the words to tell it things: given / when / then without the noise."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, time
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from cti_router.core.advisors.advisor import AdvisorState
from cti_router.core.aside import CallRequest, Consult, Held, LegEnded, Part, Take
from cti_router.core.configuration import (
    Advisor,
    Calendar,
    Configuration,
    ExpectedWaitRules,
    Number,
    Plan,
    Profile,
    Reach,
    Requirement,
    Rules,
    Site,
    Skill,
    Slot,
    Step,
    Trunk,
)
from cti_router.core.effects import Effect, Nudge, Remember, StepOutcome
from cti_router.core.history import CallRecord
from cti_router.core.identity import Cli, Contributor, Sought
from cti_router.core.inputs import (
    Ask,
    CallerLeft,
    ChannelSeen,
    DirectoryReplied,
    Input,
    Last,
    LegAsk,
    PbxSynced,
    PhoneChanged,
    PhoneState,
    Presence,
    Restore,
    SetPresence,
    StoredPresence,
    Tick,
)
from cti_router.core.instructions import (
    Accepted,
    Answer,
    Dial,
    Instruction,
    LegAnswer,
    LegInstruction,
    Play,
    Said,
    Wait,
)
from cti_router.core.serving.call import Call
from cti_router.core.serving.waiting import Waiting
from cti_router.core.switchboard import Switchboard

_Effect = TypeVar("_Effect")
_Read = TypeVar("_Read")
PARIS = ZoneInfo("Europe/Paris")
EMPLOYER_CLI = 33261910101


def at(text: str) -> float:
    """ "2026-11-23 09:00" in Paris as POSIX seconds."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).timestamp()


def _slots(weekday: int, morning: str, afternoon: str) -> tuple[Slot, Slot]:
    return (
        Slot(weekday, time(8, 30), time(12, 30), morning, (afternoon,)),
        Slot(weekday, time(13, 30), time(17), afternoon, (morning,)),
    )


def _advisor(name: str, site: str, phone: str, **skills: int) -> Advisor:
    return Advisor(name, name.capitalize(), site, phone, skills)


CONFIGURATION = Configuration(
    version="test",
    rules=Rules(wrap_up_s=30.0),
    sites={"caen": Site("caen", "Caen"), "rouen": Site("rouen", "Rouen")},
    trunks={
        "caen-rouen": Trunk("caen-rouen", "caen", "rouen", 10),
        "rouen-caen": Trunk("rouen-caen", "rouen", "caen", 10),
    },
    skills={"employers": Skill("employers", "Employeurs"), "health": Skill("health", "Santé")},
    advisors={
        advisor.id: advisor
        for advisor in (
            _advisor("rose", "rouen", "201", employers=5, health=2),
            _advisor("remi", "rouen", "202", employers=3),
            _advisor("carl", "caen", "101", employers=4, health=5),
        )
    },
    profiles={
        "unknown": Profile("unknown", "Inconnu", ()),
        "employer": Profile("employer", "Employeur", (Requirement("employers", 3),)),
        "health": Profile("health", "Praticien de santé", (Requirement("health", 4),)),
        "urgent": Profile("urgent", "Prioritaire", (Requirement("employers", 3),), bonus_s=60.0),
    },
    plans={
        "standard": Plan(
            "standard", (Step(0.0, Reach.DUTY), Step(20.0, Reach.BACKUPS), Step(60.0, Reach.ALL, 1)),
            ring_s=15.0, end_after_s=600.0, end_sounds=("sorry",),
        )
    },
    numbers={33261910001: Number(33261910001, "Urssaf", "standard", (), ("closed",))},
    calendar=Calendar(
        "Europe/Paris",
        (
            *_slots(0, "rouen", "caen"),
            Slot(1, time(8, 30), time(12, 30), "rouen", ("caen",)),  # Tuesday has no lunch break
            Slot(1, time(12, 30), time(17), "caen", ("rouen",)),
            *_slots(2, "rouen", "caen"),
            *_slots(3, "rouen", "caen"),
            *_slots(4, "rouen", "caen"),
        ),
        {},
    ),
)  # fmt: skip


def with_greeting() -> Configuration:
    numbers = {dnis: replace(number, greeting_sounds=("hello",)) for dnis, number in CONFIGURATION.numbers.items()}
    return replace(CONFIGURATION, numbers=numbers)


def with_capacity(capacity: int) -> Configuration:
    trunks = {id_: replace(trunk, capacity=capacity) for id_, trunk in CONFIGURATION.trunks.items()}
    return replace(CONFIGURATION, trunks=trunks)


def with_expected_wait(rules: ExpectedWaitRules, *steps: Step) -> Configuration:
    """These rules, and these steps instead of the plan's own when there are any."""
    plan = CONFIGURATION.plans["standard"]
    plans = {plan.id: replace(plan, steps=steps or plan.steps)}
    return replace(CONFIGURATION, rules=replace(CONFIGURATION.rules, expected_wait=rules), plans=plans)


def waiting_for_preferred(seconds: float, configuration: Configuration = CONFIGURATION) -> Configuration:
    plans = {id_: replace(plan, wait_for_preferred_s=seconds) for id_, plan in configuration.plans.items()}
    return replace(configuration, plans=plans)


_OVER: Mapping[type, Last] = {Held: Last.HELD, Play: Last.PLAYED}


def leg_of(offer: str) -> str:
    """The channel of an advisor's leg at the entry PBX."""
    return f"PJSIP/{offer}"


def _may_be_nudged(told: Instruction | None) -> None:
    """A nudge cuts music, or what may be cut: nothing that is to be heard or keyed to its end. None: not seen here."""
    assert told is None or isinstance(told, Wait | Held) or getattr(told, "interruptible", False), told


class Board:
    """Rouen is on duty on weekday mornings, Caen in the afternoon; calls enter at Caen."""

    def __init__(self, configuration: Configuration = CONFIGURATION, now: str = "2026-11-23 09:00") -> None:
        self.now = at(now)
        self.switchboard = Switchboard(configuration)
        self.effects: list[Effect] = []
        self.silent: set[str] = set()  # callers whose PBX does not ask any more
        self._seqs: dict[str, int] = {}
        self._asks: dict[str, Ask] = {}
        self._tickets: dict[str, str] = {}
        self._waits: dict[str, float] = {}
        self._told_last: dict[str, Instruction] = {}
        self._leg_seqs: dict[str, int] = {}

    def give(self, input_: Input) -> StepOutcome:
        outcome = self.switchboard.step(input_, self.now)
        self.effects += outcome.effects
        for effect in outcome.effects:
            if isinstance(effect, Nudge):
                _may_be_nudged(self._told_last.get(effect.call))
        return outcome

    # given

    def open(self, *available: str) -> Self:
        """Both PBXs are linked, every phone is free, and these advisors are available."""
        configuration = self.switchboard.configuration
        self.give(Restore(tuple(StoredPresence(a, Presence.AVAILABLE, "", self.now) for a in available)))
        for site in configuration.sites:
            phones = {a.phone: PhoneState.FREE for a in configuration.advisors.values() if a.site == site}
            self.give(PbxSynced(site, (), phones, {}))
        self.effects.clear()
        return self

    # when

    def wait(self, seconds: float) -> None:
        """Time passes; each deadline is kept at its instant, and who has waited his time asks again."""
        until = self.now + seconds
        while True:
            deadline = self.switchboard.next_deadline()
            due = [at for call, at in self._waits.items() if call not in self.silent]
            next_at = min([*due, until if deadline is None else deadline])
            if next_at > until:
                break
            self.now = max(self.now, next_at)
            if deadline is not None and deadline <= self.now:
                self.give(Tick())
            elif self.now >= until:
                break
            for call in [call for call, at in self._waits.items() if at <= self.now and call not in self.silent]:
                self.ask(call, _OVER.get(type(self._told_last[call]), Last.WAITED))
        self.now = until

    def ask(self, call: str, last: Last = Last.WAITED, **changes: object) -> Instruction:
        """The next ask of a call, with what its channel carries."""
        return self._told(call, self.give(self._next_ask(call, last, **changes)))

    def ask_again(self, call: str) -> Instruction:
        """The same ask once more: the first answer was lost."""
        return self._told(call, self.give(self._asks[call]))

    def stale_ask(self, call: str) -> StepOutcome:
        """An ask from before the last one, late."""
        return self.give(replace(self._asks[call], seq=max(0, self._seqs[call] - 1)))

    def arrive(
        self, call: str, cli: str = "0261910101", profile: str | None = "employer",
        ties: tuple[str | None, str | None] = (None, None), **more: object,
    ) -> Instruction:  # fmt: skip
        """A call arrives, and the directory knows this profile for its number (None: nobody).

        `ties`: the advisor in charge of his file, and who served him last.
        """
        first = self.ask(call, Last.ARRIVED, cli=Cli(cli, EMPLOYER_CLI if cli else None), **more)
        if cli and profile is not None:
            self.know(call, Contributor(7, "SARL Dupont", profile, *ties))
        elif cli:
            self.know(call)
        return first

    def know(self, call: str, *contributors: Contributor) -> None:
        self.give(DirectoryReplied(call, contributors))

    def keys(self, call: str, digits: str) -> Instruction:
        """He keys this in answer to what he was asked."""
        return self.ask(call, Last.KEYED, keys=digits)

    def know_keyed(self, call: str, *contributors: Contributor) -> None:
        """Whose the number is that he keyed."""
        self.give(DirectoryReplied(call, contributors, by=Sought.KEYED))

    def hang_up(self, call: str, **changes: object) -> None:
        self._waits.pop(call, None)
        last = changes.pop("last", Last.WAITED)
        self.give(self._next_ask(call, last, ended=True, **changes))  # type: ignore[arg-type]

    def leave(self, call: str) -> None:
        """The caller's channel is gone, and his PBX says so by AMI."""
        self._waits.pop(call, None)
        self.give(CallerLeft(call, 16))

    def phone(self, advisor: str, state: PhoneState) -> None:
        who = self.state(advisor).who
        self.give(PhoneChanged(who.site, who.phone, state))

    def present(self, advisor: str, presence: Presence = Presence.AVAILABLE, reason: str = "") -> None:
        assert self.give(SetPresence(advisor, presence, reason)).answer == Accepted()

    def talk(self, call: str, advisor: str) -> None:
        """The caller comes for his news, the advisor's phone rings and he answers."""
        told = self.ask(call)
        assert isinstance(told, Dial), told
        assert told.advisor == advisor
        self.phone(advisor, PhoneState.RINGING)
        self.phone(advisor, PhoneState.IN_USE)

    def end_talk(self, call: str, advisor: str, talked_s: float = 60.0) -> Instruction:
        self.wait(talked_s)
        offer = self.call(call).ticket.offer or ""
        self.phone(advisor, PhoneState.FREE)
        return self.ask(call, Last.TALKED, offer=offer, talked_s=talked_s)

    # the second level

    def ask_for(self, request: CallRequest) -> Said:
        return self.give(request).answer

    def leg_asks(self, call: str, last: Last = Last.ARRIVED, advisor: str = "", **changes: object) -> LegInstruction:
        """The leg of an advisor who is aside asks; without a name, that of the one who has the caller."""
        offer = self.state(advisor).offer if advisor else self.call(call).ticket.offer
        who = advisor or self.call(call).ticket.advisor or ""
        self._leg_seqs[call] = self._leg_seqs.get(call, 0) + 1
        ask = LegAsk(call, "caen", leg_of(offer or ""), self._leg_seqs[call], last, offer or "", who)
        answer = self.give(replace(ask, **changes)).answer  # type: ignore[arg-type]
        assert isinstance(answer, LegAnswer), answer
        if isinstance(answer.instruction, Take):
            self._waits.pop(call, None)  # he talks
        return answer.instruction

    def leg_ends(self, call: str, leg: str) -> None:
        self.give(LegEnded(f"caen-{leg}", call, leg))

    def part(self, call: str) -> LegInstruction:
        """Caller and advisor are parted, as the router wished: the caller asks, then the advisor's leg."""
        assert self.taken(Part, lambda part: part.call) == [call]
        assert isinstance(self.ask(call, Last.CANCELLED, offer=self.call(call).ticket.offer), Held)
        return self.leg_asks(call)

    def consult(self, call: str, advisor: str, expert: str, skill: str = "employers", level: int = 5) -> Dial:
        """An advisor asks for an expert who is free: his phone is about to ring."""
        assert self.ask_for(Consult(advisor, skill, level)) == Accepted()
        told = self.part(call)
        assert isinstance(told, Dial), told
        assert told.advisor == expert
        return told

    # then

    @property
    def waiting_room(self) -> Waiting:
        return self.switchboard._waiting

    def told_last(self, call: str = "c1") -> Instruction:
        """What he does now."""
        return self._told_last[call]

    def call(self, call: str) -> Call:
        return self.switchboard.calls[call]

    def seen(self, call: str, state: str) -> ChannelSeen:
        """The caller's channel as his PBX lists it for a new router."""
        of = self.call(call)
        ticket = self._tickets[call]
        return ChannelSeen(call, of.channel, state, ticket, "", "", of.cli, of.dnis, bridged=False)

    def last_ask(self, call: str) -> Ask:
        """The ask given last, with what the channel carries now."""
        return replace(self._asks[call], ticket=self._tickets[call])

    def ask_ticket(self, call: str) -> str:
        """The ticket the caller's channel carries."""
        return self._tickets[call]

    def state(self, advisor: str) -> AdvisorState:
        return self.switchboard.roster.states[advisor]

    def nudged(self) -> list[str]:
        """Which calls were nudged since the last look."""
        return self.taken(Nudge, lambda effect: effect.call)

    def history(self) -> dict[str, CallRecord]:
        """The rows written so far, by call; the last one counts."""
        return {e.record.id: e.record for e in self.effects if isinstance(e, Remember)}

    def taken(self, kind: type[_Effect], read: Callable[[_Effect], _Read]) -> list[_Read]:
        """The effects of a kind since the last look, as `read` tells them."""
        found = [read(effect) for effect in self.effects if isinstance(effect, kind)]
        self.effects = [effect for effect in self.effects if not isinstance(effect, kind)]
        return found

    def _next_ask(self, call: str, last: Last, **changes: object) -> Ask:
        seq = self._seqs.get(call, 0) + 1
        self._seqs[call] = seq
        former = self._asks.get(call)
        ask = former or Ask(call, "caen", f"PJSIP/public-{call}", 1, last, Cli("", None), "33261910001")
        ticket = self._tickets.get(call, "")
        ask = replace(ask, seq=seq, last=last, ticket=ticket, offer="", talked_s=0.0, ended=False, keys="")
        self._asks[call] = replace(ask, **changes)  # type: ignore[arg-type]
        return self._asks[call]

    def _told(self, call: str, outcome: StepOutcome) -> Instruction:
        assert isinstance(outcome.answer, Answer), outcome.answer
        self._tickets[call] = outcome.answer.ticket
        instruction = self._told_last[call] = outcome.answer.instruction
        self._waits.pop(call, None)
        if isinstance(instruction, Wait | Held):
            self._waits[call] = self.now + instruction.for_s
        return instruction
