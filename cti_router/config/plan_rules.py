"""Which plan a number's calls get: one for all, or rules in order, the last for everybody else."""

from datetime import time
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo, model_validator

from cti_router.config.duty import DAYS, DayName
from cti_router.config.entry import EachItem, Entry, reading
from cti_router.config.fields import (
    DueDateReference,
    EndTime,
    Language,
    LocalTime,
    MotiveReference,
    PlanReference,
    ProfileReference,
    wrong,
)
from cti_router.config.sites import list_or_word

Level: TypeAlias = Literal["recognised", "keyed", "several", "unknown", "masked"]
Verdict: TypeAlias = Literal["yes", "no", "unknown"]

_MIDNIGHT = time(0)


class Hours(Entry):
    """A span of the day, on some days of the week."""

    days: list[DayName] = Field(
        default=[], description="The days, `monday` to `sunday`; all when not told.", examples=["[monday, tuesday]"]
    )
    start: LocalTime = Field(alias="from", description="First minute of the span.", examples=['"08:30"'])
    end: EndTime = Field(
        alias="to", description='First minute after the span; "24:00" is midnight.', examples=['"10:00"']
    )

    @property
    def weekdays(self) -> frozenset[int]:
        return frozenset(DAYS.index(day) for day in self.days or DAYS)

    @model_validator(mode="after")
    def _has_a_length(self, info: ValidationInfo) -> Self:
        if self.end != _MIDNIGHT and self.end <= self.start:
            reading(info).report.add(self.place("to"), f"must be later than {self.start:%H:%M}, when the span begins")
        return self

    def within(self, other: "Hours") -> bool:
        ends = other.end == _MIDNIGHT or (self.end != _MIDNIGHT and self.end <= other.end)
        return self.weekdays <= other.weekdays and other.start <= self.start and ends


class When(Entry):
    """What a rule asks about a call. Each key that is there must hold; of its values, one is enough."""

    profile: list[ProfileReference] = Field(
        default=[], min_length=1, description="The caller's profile.", examples=["[employer]"]
    )
    motive: list[MotiveReference] = Field(
        default=[], min_length=1, description="Why he calls.", examples=["[collections]"]
    )
    language: list[Language] = Field(default=[], min_length=1, description="The number's language.", examples=["[en]"])
    recognition: list[Level] = Field(
        default=[],
        min_length=1,
        description="How surely his number, or what he keyed, names a contributor: `recognised`, `keyed`, `several`, "
        "`unknown` or `masked`.",
        examples=["[unknown, masked]"],
    )
    verified: list[Verdict] = Field(
        default=[],
        min_length=1,
        description="Whether his carrier vouches for his number (a PBX's `carrier.verdict`): `yes`, `no` or `unknown`.",
        examples=["[no]"],
    )
    due: list[DueDateReference] = Field(
        default=[],
        min_length=1,
        description="A due date that concerns his profile is near.",
        examples=["[monthly_contributions]"],
    )
    hours: Annotated[list[Hours], EachItem] = Field(
        default=[],
        min_length=1,
        description="When he arrives: spans of the day.",
        examples=['[{from: "08:30", to: "10:00"}]'],
    )

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise wrong("must ask something; a rule for everybody else has no “when”")
        return self

    def takes_all_of(self, other: "When") -> bool:
        """Every call of which `other` holds has this one hold."""
        return all(_includes(getattr(self, key), getattr(other, key)) for key in _LISTS) and (
            not self.hours or (bool(other.hours) and all(_covered(span, self.hours) for span in other.hours))
        )


_LISTS = ("profile", "motive", "language", "recognition", "verified", "due")


def _includes(wide: list[str], narrow: list[str]) -> bool:
    return not wide or (bool(narrow) and set(narrow) <= set(wide))


def _covered(span: Hours, by: list[Hours]) -> bool:
    return any(span.within(other) for other in by)


class PlanRule(Entry):
    """One rule: calls of which `when` holds get this plan."""

    when: When | None = Field(
        default=None, description="What it asks; the last rule asks nothing: it is for all others."
    )
    plan: PlanReference = Field(description="How these calls are routed.", examples=["general"])


def _one_is_for_each_call(rules: list[PlanRule], info: ValidationInfo) -> list[PlanRule]:
    """The last takes everybody else; none before it hides one that comes after."""
    report = reading(info).report
    for index, rule in enumerate(rules):
        before = next((other for other in rules[:index] if _hides(other, rule)), None)
        if before is not None:
            report.add(rule.place(), f"is never reached: the rule in {before.place()} takes all its calls before it")
    if rules and rules[-1].when is not None:
        report.add(
            rules[-1].place(),
            "the last rule must be for everybody else: add one without “when”, such as “- plan: general”",
        )
    return rules


def _hides(other: PlanRule, rule: PlanRule) -> bool:
    return other.when is None or (rule.when is not None and other.when.takes_all_of(rule.when))


PlanChoice: TypeAlias = Annotated[
    Annotated[PlanReference, Tag("[role]")]
    | Annotated[list[PlanRule], Field(min_length=1), EachItem, AfterValidator(_one_is_for_each_call), Tag("[list]")],
    Discriminator(list_or_word),
]
