"""service.yaml and plans.yaml: the whole service's settings, its public numbers, and how calls are routed."""

from itertools import pairwise
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Discriminator, Field, Tag, ValidationInfo, model_validator

from cti_router.config.entry import Entry, reading
from cti_router.config.errors import Place
from cti_router.config.fields import (
    Duration,
    Label,
    Language,
    Matching,
    MotiveReference,
    ProfileReference,
    PublicNumber,
    SiteReference,
    Sound,
    Timezone,
    TreatmentReference,
    duration,
)
from cti_router.config.plan_rules import PlanChoice
from cti_router.config.sites import list_or_word
from cti_router.config.treatments import Identify
from cti_router.config.voicemail import WhenClosed
from cti_router.core.configuration import ExpectedWaitRules, Selection, Tie
from cti_router.core.tickets.estimate import OUTCOMES

_WAITS = ExpectedWaitRules()


class ExpectedWait(Entry):
    """When an expected wait is told: see [expected-wait.md](expected-wait.md)."""

    handling: Duration = Field(
        default=_WAITS.handling_s,
        description="How long a call keeps an advisor (ring, talk and wrap-up), until the router knows better.",
    )
    min_hit_rate: int = Field(
        default=round(100 * _WAITS.min_hit_rate),
        ge=0,
        le=100,
        description="Nothing is told of a kind of waits of which fewer, in per cent, were within the bounds.",
    )
    least_outcomes: int = Field(
        default=_WAITS.least_outcomes, ge=1, le=OUTCOMES, description="Nothing is told before so many are known."
    )

    @model_validator(mode="after")
    def _takes_time(self, info: ValidationInfo) -> Self:
        if self.handling < 1:
            reading(info).report.add(self.place("handling"), "a call keeps an advisor for at least 1s")
        return self


class Service(Entry):
    """Settings of the whole service."""

    name: Label = Field(description="The service's name, for people.", examples=["Accueil téléphonique"])
    timezone: Timezone = Field(default="Europe/Paris", description="The time zone of all times of day.")
    wrap_up: Duration = Field(
        default=duration("30s"), description="Time an advisor has after a talk before the next call."
    )
    wrap_up_most: Duration = Field(
        default=duration("15min"), description="How long a wrap-up may last at most, when the advisor puts its end off."
    )
    rona_after: int = Field(
        default=1, ge=1, le=10, description="After this many unanswered offers an advisor is set not ready."
    )
    lookup_budget: Duration = Field(
        default=duration("300ms"),
        description="How long the directory may take to recognise a caller; then he is unknown.",
    )
    unknown_profile: ProfileReference = Field(
        default="unknown", description="The profile of callers who are not recognised."
    )
    expected_wait: ExpectedWait | None = Field(default=None, description="When an expected wait is told.")

    last_advisor_days: int = Field(
        default=0,
        ge=0,
        le=365,
        description="For how many days it counts who served a caller, where a plan prefers him; `0`: not at all.",
        examples=[30],
    )
    drain: Literal["move", "stay"] = Field(
        default="move",
        description="When the duty moves to another site, those who wait move with it (`move`), or stay with the site "
        "they came to and all that the steps of its slot open (`stay`).",
    )
    drain_for: Duration | None = Field(
        default=None,
        description="With `stay`: how long after the change at most, before they move. Without it: for ever.",
        examples=["5min"],
    )
    at_close: Literal["serve", "dismiss"] = Field(
        default="serve",
        description="When the service closes, at lunch as well, those who wait are served as they were promised "
        "(`serve`), or hear that it is closed (`dismiss`).",
    )
    treatment: TreatmentReference | None = Field(
        default=None,
        description="What callers hear while they wait, unless their plan or profile has a treatment of its own; "
        "without any, the PBX's music.",
        examples=["general"],
    )
    identify: Identify | None = Field(
        default=None, description="What they are asked whom their number does not tell; nothing without it."
    )
    whisper: bool = Field(
        default=False,
        description="Before an advisor hears a caller, he is told the profile, the motive and how long the wait was.",
    )
    early_media: bool = Field(
        default=False,
        description="Callers are answered when an advisor answers, and hear everything before that unanswered, so that "
        "they do not pay for it: only where the carrier lets them hear it.",
    )

    @model_validator(mode="after")
    def _most_is_not_less(self, info: ValidationInfo) -> Self:
        if self.wrap_up_most < self.wrap_up:
            where = "wrap_up_most" if "wrap_up_most" in self.model_fields_set else "wrap_up"
            reading(info).report.add(
                self.place(where), "“wrap_up_most” is shorter than “wrap_up”: it is how long a wrap-up may last in all"
            )
        return self

    @model_validator(mode="after")
    def _only_who_stays_stays_for_a_time(self, info: ValidationInfo) -> Self:
        if self.drain_for is not None and self.drain != "stay":
            reading(info).report.add(self.place("drain_for"), "is for “drain: stay”: write that, or remove it")
        return self

    @model_validator(mode="after")
    def _default_profile_exists(self, info: ValidationInfo) -> Self:
        known = reading(info).ids["profiles"]
        if "unknown_profile" not in self.model_fields_set and known is not None and self.unknown_profile not in known:
            reading(info).report.add(
                self.place(), f"“unknown_profile” is missing, and there is no profile “{self.unknown_profile}”: add it"
            )
        return self


class Number(Entry):
    """A public number and how its calls are treated."""

    number: PublicNumber = Field(description="The number with its country code.", examples=['"+33261910001"'])
    name: Label = Field(description="The number's name, for people.", examples=["Numéro unique"])
    plan: PlanChoice = Field(
        description="How its calls are routed: a plan, or a list of rules, of which the first that holds counts.",
        examples=["general"],
    )
    motive: MotiveReference | None = Field(
        default=None, description="Why its callers call, when the number says so.", examples=["collections"]
    )
    language: Language = Field(default="fr", description="What its callers hear and speak.", examples=["en"])
    relay: bool = Field(
        default=False,
        description="Relay services for the deaf and hard of hearing dial it: no key is ever asked of its callers.",
    )
    greeting: list[Sound] = Field(
        default=[],
        description="What a caller hears first, in order. Nothing cuts it short, up to the first prompt that says "
        "`interruptible: true`.",
        examples=["[welcome]"],
    )
    closed: list[Sound] = Field(
        min_length=1, description="What a caller hears outside the time slots.", examples=["[closed, opening, goodbye]"]
    )
    when_closed: WhenClosed | None = Field(
        default=None,
        description="What he is offered after that; nothing without it.",
        examples=["{then: voicemail, play: [leave_message], longest: 2min}"],
    )
    busy: list[Sound] = Field(
        default=[],
        description="What a caller hears, unanswered, when every voice port is taken.",
        examples=["[busy]"],
    )
    entries: list[SiteReference] = Field(
        default=[],
        description="The sites at which the carrier delivers it, in its order: when one has no voice port left, the "
        "call is refused there, unanswered, so that the carrier delivers it at the next.",
        examples=["[caen, rouen]"],
    )

    @model_validator(mode="after")
    def _each_entry_once(self, info: ValidationInfo) -> Self:
        for index, site in enumerate(self.entries):
            if site in self.entries[:index]:
                reading(info).report.add(self.place("entries", index), f"“{site}” stands here twice: keep one")
        return self


Sites: TypeAlias = Annotated[
    Annotated[str, Matching("duty|backups|all", "duty, backups, all, or a list of sites such as [caen]"), Tag("[role]")]
    | Annotated[list[SiteReference], Field(min_length=1), Tag("[list]")],
    Discriminator(list_or_word),
]


Choice: TypeAlias = Annotated[str, Matching("|".join(Selection), " or ".join(Selection))]
TieWord: TypeAlias = Annotated[str, Matching("|".join(Tie), " or ".join(Tie))]


class Step(Entry):
    """From a time of waiting on, or when a long wait is to be expected, these sites too."""

    after: Duration | None = Field(
        default=None,
        description="Waiting time from which the step counts; the first step has `0s`. Of steps with the same time the "
        "earlier one is preferred, and nobody waits for it.",
        examples=["20s"],
    )
    when_expected_wait_over: Duration | None = Field(
        default=None,
        description="Opens the step at once, with those before it, when nobody is free and the rest of the wait is "
        "expected (median) to be longer; never while the expected wait is silent.",
        examples=["3min"],
    )
    sites: Sites = Field(description="`duty`, `backups`, `all`, or a list of sites.", examples=["backups"])
    lower_levels: int = Field(
        default=0, ge=0, le=4, description="By how much every level asked for is lowered (never under 1)."
    )


_GOES_WITH = {
    "longest": ("voicemail",),
    "number": ("other_number",),
    "ring": ("other_number",),
    "otherwise": ("other_number", "callback"),
}


class End(Entry):
    """What ends the wait."""

    after: Duration = Field(description="Waiting time after which the call ends.", examples=["10min"])
    play: list[Sound] = Field(min_length=1, description="What the caller hears then.", examples=["[nobody, goodbye]"])
    then: Literal["message", "voicemail", "other_number", "callback"] = Field(
        default="message",
        description="What comes after that: nothing (`message`), his own message (`voicemail`), a call to another "
        "number (`other_number`), or a callback that is noted (`callback`: see the section of that name).",
        examples=["voicemail"],
    )
    longest: Duration = Field(
        default=duration("2min"), description="With `voicemail`: how long his message may be.", examples=["3min"]
    )
    number: PublicNumber | None = Field(
        default=None,
        description="With `other_number`: which one. The calling number shown there is the number he dialled.",
        examples=['"+33231000000"'],
    )
    ring: Duration = Field(
        default=duration("30s"), description="With `other_number`: how long it rings.", examples=["40s"]
    )
    otherwise: list[Sound] = Field(
        default=[],
        description="With `other_number`: what he hears when nobody answers there. With `callback`: when none can be "
        "noted.",
        examples=["[nobody, goodbye]"],
    )

    @model_validator(mode="after")
    def _goes_together(self, info: ValidationInfo) -> Self:
        for key, needs in _GOES_WITH.items():
            if key in self.model_fields_set and self.then not in needs:
                of = " or ".join(f"“then: {need}”" for need in needs)
                reading(info).report.add(self.place(key), f"is for {of}: write that, or remove it")
        if self.then == "other_number" and self.number is None:
            reading(info).report.add(self.place("then"), "needs the “number” to be called: add it")
        if not 5 <= self.longest <= 600:
            reading(info).report.add(self.place("longest"), "must be from 5s to 10min")
        if not 5 <= self.ring <= 300:
            reading(info).report.add(self.place("ring"), "must be from 5s to 5min")
        return self


class Plan(Entry):
    """How a call is routed."""

    ring: Duration = Field(description="How long an advisor's phone rings.", examples=["20s"])
    choose: Choice = Field(
        default="most_competent",
        description="Whom, of the free advisors of the same step: `most_competent` (the highest sum of levels in the "
        "skills asked for) or `least_occupied` (who talked and wrapped up least today); of equals, the longest idle.",
        examples=["least_occupied"],
    )
    spare_experts: bool = Field(
        default=False,
        description="Leaves an advisor who is the only one free, at the sites opened so far, to meet what another "
        "profile asks, as long as somebody else whom the same step opens is free.",
    )
    prefer: list[TieWord] = Field(
        default=[*Tie],
        description="Who goes first of the free advisors of the same step, in this order: the one in charge of the "
        "caller's file (`in_charge`), the one who served him last (`last_advisor`, see `last_advisor_days`).",
        examples=["[in_charge]"],
    )
    wait_for_preferred: Duration = Field(
        default=0.0,
        description="From the arrival on, a call is for so long offered to nobody else than the first of them whom a "
        "step has opened, if he is free or will be after his present call; `0s`: nobody is waited for.",
        examples=["45s"],
    )
    treatment: TreatmentReference | None = Field(
        default=None,
        description="What its callers hear while they wait; without it, what their profile says.",
        examples=["collections"],
    )
    steps: list[Step] = Field(min_length=1, description="Who may answer, widening with time.")
    end: End = Field(description="What ends the wait.")

    @model_validator(mode="after")
    def _times_grow(self, info: ValidationInfo) -> Self:
        report = reading(info).report
        if self.ring < 1:
            report.add(self.place("ring"), "a phone must ring for at least 1s")
        first, *others = self.steps
        if first.after != 0:
            report.add(first.place("after"), "the first step begins at once: write 0s")
        if first.when_expected_wait_over is not None:
            report.add(first.place("when_expected_wait_over"), "the first step begins at once: leave this out")
        for step in others:
            if step.after is None and step.when_expected_wait_over is None:
                report.add(step.place(), "when does this step open? Add “after”, “when_expected_wait_over”, or both")
        for index, tie in enumerate(self.prefer):
            if tie in self.prefer[:index]:
                report.add(self.place("prefer", index), f"“{tie}” stands here twice: keep one")
        if self.wait_for_preferred and not self.prefer:
            report.add(self.place("wait_for_preferred"), "whom is there to wait for? Add to “prefer”, or remove this")
        if self.wait_for_preferred >= self.end.after:
            report.add(
                self.place("wait_for_preferred"), f"must be shorter than the whole wait, in {self.end.place('after')}"
            )
        timed = [(step, step.after) for step in self.steps if step.after is not None]
        for (before, before_s), (step, after_s) in pairwise(timed):
            if after_s < before_s:
                report.add(
                    step.place("after"), f"must not come earlier than the step before it, in {before.place('after')}"
                )
        if timed and self.end.after <= timed[-1][1]:
            report.add(self.end.place("after"), f"must come later than the last step, in {timed[-1][0].place('after')}")
        return self


def numbers_differ(numbers: list[Number], info: ValidationInfo) -> list[Number]:
    first: dict[int, Place] = {}
    for number in numbers:
        place = number.place("number")
        if number.number in first:
            reading(info).report.add(place, f"+{number.number} is there already in {first[number.number]}: keep one")
        first.setdefault(number.number, place)
    return numbers
