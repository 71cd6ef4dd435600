"""The PBXs' part: each caller's ask loop, and the advisors' phones. What `cti_extensions.conf` does, without sound."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cti_router.core.configuration import SiteId
from cti_router.core.identity import CallId, Cli
from cti_router.core.inputs import Ask, Input, Last, PhoneChanged, PhoneState
from cti_router.core.instructions import (
    Answer,
    Collect,
    Dial,
    Forward,
    Instruction,
    Play,
    Refuse,
    Release,
    Said,
    TakeMessage,
    Wait,
)
from cti_router.sim.agenda import Agenda
from cti_router.sim.people import Caller

SOUND_S = 3.0
"""How long one sound takes."""

MESSAGE_S = 20.0
"""How long a caller speaks who leaves a message."""

Step: TypeAlias = Callable[[Input], Said]


@dataclass(slots=True)
class Line:
    """A caller's channel and what it carries. `pick_up_s` and `ignored` are what is left of them."""

    caller: Caller
    cli: Cli
    dnis: str
    pick_up_s: float
    ignored: int
    seq: int = 0
    told: Instruction | None = None
    ticket: str = ""
    talking: bool = False


class Dialplan:
    """`lines` are the callers now in a PBX. An act planned for an earlier `seq` of its line is out of date."""

    def __init__(self, agenda: Agenda, step: Step) -> None:
        self._agenda = agenda
        self._step = step
        self._in_use: set[tuple[SiteId, str]] = set()
        self.lines: dict[CallId, Line] = {}

    def arrive(self, caller: Caller, cli: Cli, dnis: str) -> None:
        line = self.lines[caller.id] = Line(caller, cli, dnis, caller.pick_up_s, caller.ignored)
        self._agenda.after(caller.patience_s, self._lose_patience, line)
        self._ask(line, Last.ARRIVED)

    def nudge(self, call: CallId) -> None:
        """A redirect to the ask extension: it reaches only music and interruptible sounds."""
        line = self.lines.get(call)
        match line:
            case Line(told=Wait() | Collect(interruptible=True)):
                self._ask(line, Last.WAITED)
            case Line(told=Play(interruptible=True)):
                self._ask(line, Last.PLAYED)

    # one instruction after the other

    def _ask(self, line: Line, last: Last, *, talked_s: float = 0.0, ended: bool = False) -> None:
        caller, told = line.caller, line.told
        offer, advisor = (told.offer, told.advisor) if isinstance(told, Dial) else ("", "")
        line.seq += 1
        answer = self._step(
            Ask(
                caller.id, caller.site, f"PJSIP/carrier-{caller.id}", line.seq, last, line.cli, line.dnis,
                line.ticket, offer, advisor, talked_s=talked_s, ended=ended,
            )
        )  # fmt: skip
        if ended:
            del self.lines[caller.id]
        elif isinstance(answer, Answer):
            line.told, line.ticket = answer.instruction, answer.ticket
            self._carry_out(line, answer.instruction)
        else:
            raise RuntimeError(f"ask {line.seq} of call {caller.id} got {answer}")

    def _carry_out(self, line: Line, told: Instruction) -> None:
        match told:
            case Wait(for_s=for_s):
                self._agenda.after(for_s, self._ask_if, line, line.seq, Last.WAITED)
            case Collect(timeout_s=timeout_s):  # nobody keys anything
                self._agenda.after(timeout_s, self._ask_if, line, line.seq, Last.KEYED)
            case Play(sounds=sounds):
                self._agenda.after(SOUND_S * len(sounds), self._ask_if, line, line.seq, Last.PLAYED)
            case Dial():
                self._ring(line, told)
            case TakeMessage(for_s=for_s):
                self._agenda.after(min(MESSAGE_S, for_s), self._ask_if, line, line.seq, Last.MESSAGE_TAKEN)
            case Forward():
                line.talking = True  # somebody answers at once: who is sent on is not ours any more
                self._agenda.after(line.caller.talk_s, self._sent_on, line)
            case Release() | Refuse():
                self._ask(line, Last.WAITED, ended=True)

    def _ask_if(self, line: Line, seq: int, last: Last) -> None:
        if line.seq == seq:
            self._ask(line, last)

    def _sent_on(self, line: Line) -> None:
        self._ask(line, Last.FORWARDED, talked_s=line.caller.talk_s)

    # a phone rings

    def _ring(self, line: Line, dial: Dial) -> None:
        if (dial.path[-1], dial.phone) in self._in_use:
            self._ask(line, Last.BUSY)
            return
        self._show(dial, PhoneState.RINGING)
        if line.ignored:
            line.ignored -= 1
            self._agenda.after(dial.ring_s, self._ring_out, line, line.seq, dial)
        elif line.pick_up_s >= dial.ring_s:
            line.pick_up_s -= dial.ring_s
            self._agenda.after(dial.ring_s, self._ring_out, line, line.seq, dial)
        else:
            self._agenda.after(line.pick_up_s, self._pick_up, line, line.seq, dial)

    def _ring_out(self, line: Line, seq: int, dial: Dial) -> None:
        if line.seq == seq:
            self._show(dial, PhoneState.FREE)
            self._ask(line, Last.NO_ANSWER)

    def _pick_up(self, line: Line, seq: int, dial: Dial) -> None:
        if line.seq == seq:
            line.talking = True
            self._show(dial, PhoneState.IN_USE)
            self._agenda.after(line.caller.talk_s, self._hang_up, line, dial)

    def _hang_up(self, line: Line, dial: Dial) -> None:
        self._show(dial, PhoneState.FREE)
        self._ask(line, Last.TALKED, talked_s=line.caller.talk_s)

    def _show(self, dial: Dial, state: PhoneState) -> None:
        phone = (dial.path[-1], dial.phone)
        if state is PhoneState.FREE:
            self._in_use.discard(phone)
        else:
            self._in_use.add(phone)
        self._step(PhoneChanged(*phone, state))

    # a caller goes

    def _lose_patience(self, line: Line) -> None:
        if line.caller.id not in self.lines or line.talking:
            return
        told = line.told
        if isinstance(told, Dial):
            self._ask(line, Last.CANCELLED, ended=True)
            self._show(told, PhoneState.FREE)
        else:
            self._ask(line, Last.WAITED, ended=True)
