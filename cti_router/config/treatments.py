"""treatments.yaml: what callers hear while they wait, and what they may key in."""

from typing import Annotated, Self, TypeAlias

from pydantic import Field, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.fields import (
    Day,
    DueDateReference,
    Duration,
    Matching,
    MotiveReference,
    ProfileReference,
    Sound,
    wrong,
)

Digit: TypeAlias = Annotated[str, Matching("[0-9]", 'one key from 0 to 9, in quotes, such as "1"')]
Music: TypeAlias = Annotated[
    str, Matching(r"[A-Za-z0-9_-]{1,79}", "the name of a class of music on hold: letters, digits, - and _")
]
Sounds: TypeAlias = Annotated[list[Sound], Field(min_length=1)]

LEAST_FOR_KEYS_S = 10.0
_LEAST_BETWEEN_S = 10.0


class Keyed(Entry):
    """What a caller is asked to key in."""

    timeout: Duration = Field(
        default=LEAST_FOR_KEYS_S, description="How long he has for the first key, and for each after it: 10s at least."
    )

    @model_validator(mode="after")
    def _leaves_time(self, info: ValidationInfo) -> Self:
        if not LEAST_FOR_KEYS_S <= self.timeout <= 60:
            reading(info).report.add(
                self.place("timeout"),
                "must be from 10s to 1min: who sees, hears or moves with difficulty needs that long to find a key",
            )
        return self


class Announcement(Entry):
    """What is told of the wait, while he waits."""

    first: Duration = Field(description="After how long it is told first.", examples=["45s"])
    every: Duration = Field(description="How long after that again, and again.", examples=["90s"])
    position: list[Sound] = Field(
        default=[], description="Told each time; `{position}` is his place.", examples=["[your_place]"]
    )
    expected_wait: list[Sound] = Field(
        default=[],
        description="Told after it as long as the estimate is worth it; `{wait}` is how long.",
        examples=["[your_wait]"],
    )

    @model_validator(mode="after")
    def _tells_something(self, info: ValidationInfo) -> Self:
        if not self.position and not self.expected_wait:
            raise wrong("tells nothing: add “position”, “expected_wait”, or both")
        _not_too_often(self, info)
        return self


class Comfort(Entry):
    """What is said between, now and then, never the same twice in a row."""

    every: Duration = Field(description="After how long of music one of them is said.", examples=["40s"])
    play: list[Sound] = Field(
        min_length=2, description="One of these at a time; two at least.", examples=["[patience, website]"]
    )

    @model_validator(mode="after")
    def _leaves_music(self, info: ValidationInfo) -> Self:
        _not_too_often(self, info)
        return self


class Menu(Keyed):
    """He chooses why he calls, unless the number he dialled says so."""

    ask: Sounds = Field(description="What he is told to key in.", examples=["[which_motive]"])
    keys: dict[Digit, MotiveReference] = Field(
        min_length=1, description="The motive of each key.", examples=['{"1": declaration, "2": collections}']
    )
    tries: int = Field(default=2, ge=1, le=5, description="How often he is asked, when he keys none of them.")


class CallbackOffer(Keyed):
    """He may ask to be called back, and keeps his place."""

    first: Duration = Field(description="After how long of waiting it is offered.", examples=["2min"])
    every: Duration = Field(description="How long after that again, and again.", examples=["3min"])
    key: Digit = Field(default="1", description="The key that says yes.", examples=['"1"'])
    ask: Sounds = Field(description="The offer: which key to press.", examples=["[callback_offer]"])
    confirm: Sounds = Field(
        description="At the number he calls from (the same key again), or at another (any other key)?",
        examples=["[callback_confirm]"],
    )
    other: Sounds = Field(description="At which number? He keys it in.", examples=["[callback_other]"])
    read_back: Sounds = Field(
        description="Is that it? `{number}` is the number he keyed; the same key says yes.",
        examples=["[callback_read_back]"],
    )
    impossible: Sounds = Field(
        description="He cannot be called back there; he waits on.", examples=["[callback_impossible]"]
    )

    @model_validator(mode="after")
    def _leaves_music(self, info: ValidationInfo) -> Self:
        _not_too_often(self, info)
        return self


def _not_too_often(entry: Announcement | Comfort | CallbackOffer, info: ValidationInfo) -> None:
    if entry.every < _LEAST_BETWEEN_S:
        reading(info).report.add(entry.place("every"), "must be at least 10s: let there be music between")


class Treatment(Entry):
    """What a caller hears after the greeting, until an advisor answers."""

    welcome: list[Sound] = Field(
        default=[],
        description="Once, first of all: what to have at hand.",
        examples=["[employer_at_hand]"],
    )
    music: Music | None = Field(
        default=None, description="A class of music on hold of the PBXs; without it, their own.", examples=["calm"]
    )
    menu: Menu | None = Field(default=None, description="He chooses why he calls.")
    announcement: Announcement | None = Field(default=None, description="What is told of the wait.")
    comfort: Comfort | None = Field(default=None, description="What is said between.")
    callback: CallbackOffer | None = Field(default=None, description="He may ask to be called back.")


class Information(Entry):
    """Information of the day, told once, after the welcome."""

    play: Sounds = Field(description="What is told.", examples=["[strike]"])
    first: Day | None = Field(
        default=None, alias="from", description="The first day on which it is told.", examples=["2026-12-01"]
    )
    until: Day | None = Field(default=None, description="The last one.", examples=["2026-12-03"])
    profiles: list[ProfileReference] = Field(
        default=[], min_length=1, description="Only these profiles are told.", examples=["[employer]"]
    )
    due: list[DueDateReference] = Field(
        default=[],
        min_length=1,
        description="Only whom one of these due dates concerns, while it is near.",
        examples=["[monthly_contributions]"],
    )

    @model_validator(mode="after")
    def _has_an_end(self, info: ValidationInfo) -> Self:
        if self.until is not None and self.first is not None and self.until < self.first:
            reading(info).report.add(self.place("until"), f"must not be before {self.first}, the first day")
        if self.first is None and self.until is None and not self.due:
            raise wrong("would be told for ever: say “until” when, or for which “due” dates; else it is a “welcome”")
        return self


class Identify(Keyed):
    """Who is not recognised by his number may key in who he is. What he keys is never said to him."""

    ask: list[Sound] = Field(
        default=[],
        description="Asked of the unknown and the masked: a SIRET (14 digits) or an account number (18).",
        examples=["[who_are_you]"],
    )
    ask_several: list[Sound] = Field(
        default=[],
        description="Asked where several contributors have his number: the last five digits of the SIRET.",
        examples=["[which_of_you]"],
    )
    again: list[Sound] = Field(default=[], description="That was none of them, once more.", examples=["[not_known]"])
    tries: int = Field(default=2, ge=1, le=5, description="How often he is asked.")
    check_accounts: bool = Field(
        default=True,
        description="The last two digits of an account number are 97 less the others modulo 97; `false`: any 18 digits "
        "are one.",
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.ask and not self.ask_several:
            raise wrong("asks nothing: add “ask”, “ask_several”, or both")
        return self
