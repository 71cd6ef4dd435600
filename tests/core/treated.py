"""A board whose callers hear a treatment: prompts take their time, and all that was heard is kept."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from cti_router.core.configuration import Configuration, Motive, Requirement
from cti_router.core.effects import StepOutcome
from cti_router.core.heard import Announcement, CallbackOffer, Comfort, Information, Menu, Prompt, Treatment
from cti_router.core.inputs import Last
from cti_router.core.instructions import Collect, Instruction, Play
from tests.core.board import CONFIGURATION, Board

SOUND_S = 4.0
"""How long a prompt takes here."""


def prompt(*sounds: str, interruptible: bool = True) -> Prompt:
    return Prompt(sounds, interruptible)


WELCOME, BRING = prompt("cti/welcome"), prompt("cti/bring")
POSITION = prompt("cti/position-1", "{position}")
EXPECTED = prompt("cti/wait-1", "{wait}")
COMFORTS = (prompt("cti/comfort-a"), prompt("cti/comfort-b"), prompt("cti/comfort-c"))
MENU = Menu(("cti/menu",), {"1": "schedule", "2": "refund"}, tries=2)

FULL = Treatment(
    "full", (WELCOME, BRING), "calm", Announcement(30.0, 60.0, (POSITION,), (EXPECTED,)), Comfort(20.0, COMFORTS)
)
EVERYTHING = Treatment(
    "everything", (WELCOME, prompt("cti/rule", interruptible=False)), "calm",
    Announcement(15.0, 20.0, (POSITION,), (EXPECTED,)),
    Comfort(12.0, (COMFORTS[0], prompt("cti/comfort-d", interruptible=False), *COMFORTS[1:])), MENU,
    CallbackOffer(44.0, 60.0, ("cti/offer",), ("cti/confirm",), ("cti/other",), ("cti/read-1", "{number}"), ("no",)),
)  # fmt: skip
MOTIVES = {
    "schedule": Motive("schedule", "Échéancier", (Requirement("employers", 4),)),
    "refund": Motive("refund", "Remboursement", ()),
}


def treated(
    treatment: Treatment = FULL, configuration: Configuration = CONFIGURATION, **changes: Any
) -> Configuration:  # fmt: skip
    """Everybody hears this treatment; `changes` to the configuration besides."""
    others = {"treatments": {treatment.id: treatment}, "treatment": treatment.id, "motives": MOTIVES}
    return replace(configuration, **{**others, **changes})


def with_number(configuration: Configuration, **changes: Any) -> Configuration:
    numbers = {dnis: replace(number, **changes) for dnis, number in configuration.numbers.items()}
    return replace(configuration, numbers=numbers)


class Told(NamedTuple):
    """`at`: seconds after the board was made."""

    at: float
    told: Instruction


class TreatedBoard(Board):
    """`heard`: what each caller was told, in order. Prompts end by themselves after `SOUND_S`."""

    def __init__(self, configuration: Configuration = CONFIGURATION, now: str = "2026-11-23 09:00") -> None:
        super().__init__(configuration, now)
        self.began = self.now
        self.heard: dict[str, list[Told]] = {}
        self.sound_s: Mapping[str, float] = {}  # how long other sounds take

    def sounds(self, call: str = "c1") -> list[tuple[float, str]]:
        """What was played to him, and when."""
        return [(each.at, "+".join(each.told.sounds)) for each in self.heard[call] if isinstance(each.told, Play)]

    def names(self, call: str = "c1") -> list[str]:
        return [sounds.replace("cti/", "").replace("say/", "") for _, sounds in self.sounds(call)]

    def take_over(self, former: Board, call: str) -> None:
        """A caller of another router's asks this one next, with what his channel carries."""
        asked = former.last_ask(call)
        self._seqs[call], self._asks[call], self._tickets[call] = asked.seq, asked, asked.ticket

    def forget(self) -> None:
        self.heard.clear()

    def key(self, keys: str, call: str = "c1") -> Instruction:
        return self.ask(call, Last.KEYED, keys=keys)

    def _told(self, call: str, outcome: StepOutcome) -> Instruction:
        instruction = super()._told(call, outcome)
        self.heard.setdefault(call, []).append(Told(round(self.now - self.began, 3), instruction))
        if isinstance(instruction, Play):
            self._waits[call] = self.now + sum(self.sound_s.get(sound, SOUND_S) for sound in instruction.sounds[:1])
        elif isinstance(instruction, Collect):
            self._waits.pop(call, None)
        return instruction


PLAIN = Treatment("plain", (WELCOME,))
ASKED = Treatment("asked", (WELCOME,), menu=MENU)
TOLD = Treatment("told", announcement=Announcement(20.0, 60.0, (POSITION,)))
STRIKE = Information("strike", (prompt("cti/strike"),))


def opened(treatment: Treatment = FULL, *advisors: str, **changes: Any) -> TreatedBoard:
    """These are available."""
    return TreatedBoard(treated(treatment, **changes)).open(*advisors)
