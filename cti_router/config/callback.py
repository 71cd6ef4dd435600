"""The callback section: who may be called back, when and how often."""

from typing import Annotated, Self, TypeAlias

from pydantic import Field, ValidationInfo, model_validator

from cti_router.config.entry import EachItem, Entry, reading
from cti_router.config.fields import Duration, Matching, Sound, duration
from cti_router.config.plan_rules import Hours
from cti_router.core.configuration import CallbackRules

_RULES = CallbackRules()

Prefix: TypeAlias = Annotated[
    str, Matching(r"\+[1-9][0-9]{0,14}", 'the beginning of a number, with its country code, such as "+33"')
]


class Callback(Entry):
    """Callers who could not be served are called back: an advisor is found first, in the caller's place."""

    noted: list[Sound] = Field(
        min_length=1,
        description="What a caller hears once his callback is noted: it is in the database then.",
        examples=["[noted, goodbye]"],
    )
    attempts: int = Field(
        default=_RULES.attempts, ge=1, le=10, description="How often a contributor who does not answer is called."
    )
    retry_after: list[Duration] = Field(
        default=list(_RULES.retry_after_s),
        min_length=1,
        description="How long after the first attempt the second comes, after that the third, …; the last one counts "
        "for the others.",
        examples=["[5min, 30min]"],
    )
    ring: Duration = Field(default=_RULES.ring_s, description="How long a contributor's telephone rings.")
    keep_for: Duration = Field(
        default=_RULES.keep_for_s, description="Nobody is called back later than this after he asked.", examples=["2d"]
    )
    ahead: Duration = Field(
        default=_RULES.ahead_s,
        description="How far ahead an advisor may promise a callback; `keep_for` counts from then.",
        examples=["14d"],
    )
    hours: Annotated[list[Hours], EachItem] = Field(
        default=[],
        description="When contributors are called back, besides that the service must be open; all the time without.",
        examples=['[{from: "09:00", to: "18:00"}]'],
    )
    per_day: int = Field(
        default=_RULES.per_day,
        ge=1,
        le=100,
        description="How many callbacks are noted of a number in 24 hours; one of them at a time may be open.",
    )
    at_most: int = Field(
        default=_RULES.at_most, ge=1, le=10_000, description="How many callbacks may be open, of all numbers."
    )
    allow: list[Prefix] = Field(
        default=[f"+{prefix}" for prefix in _RULES.allow],
        min_length=1,
        description="Beginnings of the numbers that may be called; of `allow` and `refuse` the longer one counts.",
        examples=['["+33", "+33805"]'],
    )
    refuse: list[Prefix] = Field(
        default=[f"+{prefix}" for prefix in _RULES.refuse],
        description="Beginnings of the numbers that are not called, such as those that cost more.",
        examples=['["+338"]'],
    )

    @model_validator(mode="after")
    def _times_make_sense(self, info: ValidationInfo) -> Self:
        report = reading(info).report
        if not 5 <= self.ring <= 120:
            report.add(self.place("ring"), "must be from 5s to 2min")
        if self.keep_for < 60:
            report.add(self.place("keep_for"), "must be at least 1min")
        if self.ahead > 366 * 86_400:
            report.add(self.place("ahead"), "must be at most 366d")
        for index, pause in enumerate(self.retry_after):
            if pause < duration("1s"):
                report.add(self.place("retry_after", index), "must be at least 1s: nobody is called without a pause")
        for index, prefix in enumerate(self.refuse):
            if prefix in self.allow:
                report.add(self.place("refuse", index), f"“{prefix}” is in “allow” as well: keep one of them")
        return self
