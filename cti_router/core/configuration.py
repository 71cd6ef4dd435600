"""What the administrators decided, as frozen data. Built by `config/`, never changed, only replaced as a whole.

Durations are seconds. Local times belong to `Calendar.timezone`. Ids are short lower-case words from the YAML.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.heard import Information, KeyedIdentity, Prompt, PromptId, Treatment, TreatmentId
from cti_router.core.presence import AbsenceReason, ReasonId
from cti_router.core.service_rules import AtClose as AtClose
from cti_router.core.service_rules import Drain as Drain
from cti_router.core.service_rules import ExpectedWaitRules as ExpectedWaitRules
from cti_router.core.voicemail import ClosedMessage, VoicemailRules

SiteId: TypeAlias = str
AdvisorId: TypeAlias = str
SkillId: TypeAlias = str
ProfileId: TypeAlias = str
PlanId: TypeAlias = str
TrunkId: TypeAlias = str
MotiveId: TypeAlias = str
DueDateId: TypeAlias = str

PUBLIC: SiteId = "public"
"""In a path: the public network between two sites. No site has this id."""


@dataclass(frozen=True, slots=True)
class Site:
    """One office and its PBX. `voice_ports`: how many callers it may treat at once; None: as many as come.

    `public_calls`: how many calls it may place over the public network at once. `direct_numbers`: the public number of
    its phones, E.164 with `{phone}` for the extension, "" when they have none. `phones`: those that are nobody's own.
    """

    id: SiteId
    name: str
    voice_ports: int | None = None
    public_calls: int = 0
    direct_numbers: str = ""
    phones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trunk:
    """A one-way line from one PBX to another, carrying at most `capacity` calls at once.
    `via`: the third sites that help out when it cannot, in order; none named: all, in the order of the sites.
    """

    id: TrunkId
    origin: SiteId
    destination: SiteId
    capacity: int
    via: tuple[SiteId, ...] = ()


@dataclass(frozen=True, slots=True)
class Skill:
    id: SkillId
    name: str


class Requirement(NamedTuple):
    """At least this level (1 to 5, 5 = expert) in this skill."""

    skill: SkillId
    level: int


@dataclass(frozen=True, slots=True)
class Advisor:
    """Somebody who answers: his site, the extension of his phone there, his level in each skill he has."""

    id: AdvisorId
    name: str
    site: SiteId
    phone: str
    skills: Mapping[SkillId, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """A kind of contributor: what it takes to answer him, and the seconds his priority is worth.

    `treatment`: what they hear while they wait; None: that of the service.
    """

    id: ProfileId
    name: str
    requirements: tuple[Requirement, ...]
    bonus_s: float = 0.0
    treatment: TreatmentId | None = None


@dataclass(frozen=True, slots=True)
class Motive:
    """Why somebody calls: what it takes to answer that, besides what his profile asks for."""

    id: MotiveId
    name: str
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class DueDate:
    """Days by which some must declare or pay: each year's `dates`, and these `days` of these `months`.

    A day that the month does not have is its last one. From `days_before` on, to the day itself (when the service is
    closed then, the next one on which it answers), callers of the `profiles` count as arrived `bonus_s` earlier.
    """

    id: DueDateId
    name: str
    dates: frozenset[date]
    days: frozenset[int]
    months: frozenset[int]
    profiles: frozenset[ProfileId]
    days_before: int
    bonus_s: float = 0.0


class Reach(StrEnum):
    """Which sites a step opens, told by their role of the moment."""

    DUTY = "duty"
    BACKUPS = "backups"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Step:
    """After `after_s` of waiting: these sites too, with every required level lowered by `lower_levels` (never under 1).

    `reach` is a role, or the sites by name. The step also opens, with those before it, when the median of what may be
    told of the rest of the wait is over `expected_over_s`; one of the two is not None.
    """

    after_s: float | None
    reach: Reach | tuple[SiteId, ...]
    lower_levels: int = 0
    expected_over_s: float | None = None


class Selection(StrEnum):
    """Which of the free advisors whom the same step opens."""

    MOST_COMPETENT = "most_competent"  # the highest sum of the levels in the skills asked for, then the longest idle
    LEAST_OCCUPIED = "least_occupied"  # who talked and wrapped up least today, then the longest idle


class Tie(StrEnum):
    """What ties a caller to an advisor."""

    IN_CHARGE = "in_charge"  # of his file
    LAST_ADVISOR = "last_advisor"  # who served him last, not longer ago than `Rules.last_advisor_days`


class EndAction(StrEnum):
    """What becomes of a caller whom nobody could answer, once he has heard the plan's last sounds."""

    MESSAGE = "message"  # nothing more: they were for him to hear
    VOICEMAIL = "voicemail"  # he may leave a message
    OTHER_NUMBER = "other_number"  # he is sent on, over the public network
    CALLBACK = "callback"  # he is called back


@dataclass(frozen=True, slots=True)
class Plan:
    """How a call is routed: the steps in order of time, and what ends the wait.

    `spare_experts`: an advisor who is the only one free, at the sites opened so far, to meet what another profile asks
    is left for it, as long as somebody else whom the same step opens is free.

    Of the free advisors whom the same step opens, who is tied to the caller goes first, in the order of `prefer`. For
    the first `wait_for_preferred_s` of its wait a ticket is offered to nobody else than the first of them whom a step
    has opened and who is free, or will be after his present call.

    `treatment`: what its callers hear while they wait; None: that of their profile.

    The wait ends `end_after_s` after it began, with `end_sounds` and the `end_action`: a voice message of at most
    `end_message_s`, or `end_number` (E.164 without the plus sign) rung for `end_ring_s`; nobody there, or no callback
    possible: `end_regrets`.
    """

    id: PlanId
    steps: tuple[Step, ...]
    ring_s: float
    end_after_s: float
    end_sounds: tuple[str, ...]
    selection: Selection = Selection.MOST_COMPETENT
    spare_experts: bool = False
    end_action: EndAction = EndAction.MESSAGE
    end_number: int | None = None
    end_ring_s: float = 30.0
    end_regrets: tuple[str, ...] = ()
    end_message_s: float = 120.0
    prefer: tuple[Tie, ...] = (Tie.IN_CHARGE, Tie.LAST_ADVISOR)
    wait_for_preferred_s: float = 0.0
    treatment: TreatmentId | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A half-open span of local time `[start, end)` on some weekdays (0 = Monday); `end` 00:00 means midnight."""

    weekdays: frozenset[int]
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule asks about a call. What is empty asks for nothing; of the rest, each must have one that holds.

    `hours` and `due` (a due date whose days have come, for the caller's profile) are looked at for his arrival.
    """

    profiles: frozenset[ProfileId] = frozenset()
    motives: frozenset[MotiveId] = frozenset()
    languages: frozenset[str] = frozenset()
    recognitions: frozenset[Recognition] = frozenset()
    verified: frozenset[Verified] = frozenset()
    due: frozenset[DueDateId] = frozenset()
    hours: tuple[Hours, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanRule:
    """Calls of which `when` holds are routed by `plan`."""

    when: Condition
    plan: PlanId


@dataclass(frozen=True, slots=True)
class Number:
    """A public number (E.164 without the plus sign) and how its calls are treated.

    The first of the `rules` that holds tells the plan, else it is `plan`. `motive` is that of all who dial it.
    `entries`: the sites at which the carrier delivers it, in its order; a call refused at one comes to the next.
    `greeting_sounds` are heard to their end, by everybody; `greeting_rest` comes after them while he waits. `relay`:
    the number of relay services for the deaf, whose callers are never asked to key anything.
    """

    dnis: int
    name: str
    plan: PlanId
    greeting_sounds: tuple[str, ...]
    closed_sounds: tuple[str, ...]
    busy_sounds: tuple[str, ...] = ()
    entries: tuple[SiteId, ...] = ()
    rules: tuple[PlanRule, ...] = ()
    motive: MotiveId | None = None
    language: str = "fr"
    greeting_rest: tuple[Prompt, ...] = ()
    relay: bool = False
    closed_message: ClosedMessage | None = None  # may be left by who hears that it is closed


@dataclass(frozen=True, slots=True)
class Slot:
    """A half-open span of local time `[start, end)` that begins on a weekday (0 = Monday).

    An `end` that is not later than `start` is on the next day: 00:00 is the midnight that ends the day. Both are times
    of `timezone`, "" for the calendar's. `place` is where it is written, as file:line:column; "" for nowhere.
    """

    weekday: int
    start: time
    end: time
    duty: SiteId
    backups: tuple[SiteId, ...]
    timezone: str = ""
    place: str = field(default="", compare=False)

    @property
    def length_s(self) -> float:
        """How long it lasts on a day without a change of the clock."""
        minutes = 60 * (self.end.hour - self.start.hour) + self.end.minute - self.start.minute
        return 60.0 * (minutes % 1440 or 1440)


@dataclass(frozen=True, slots=True)
class ExceptionalDay:
    """A dated day that wins over the week: the slots that begin on it; no slots means closed all day."""

    name: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """Who is on duty when. `week` and each exceptional day hold slots that do not overlap, in order.

    `prepared` is what `calendar.py` has worked out of the rest so far: it says nothing new.
    """

    timezone: str
    week: tuple[Slot, ...]
    exceptions: Mapping[date, ExceptionalDay]
    prepared: dict[int, Any] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CallbackRules:
    """How contributors are called back.

    At most `attempts` calls each, `retry_after_s` after the first, the second, … (the last again for the others), while
    the service is open and in `hours` (empty: all the time). Nobody is called back `keep_for_s` after he asked, or
    after the instant that he was promised, which is `ahead_s` from now at most.
    One callback a number may be open, `per_day` asked for in 24 hours, and `at_most` be open in all. Numbers are
    E.164 without the plus sign: of the prefixes in `allow` and `refuse` the longest that a number begins with counts.
    """

    attempts: int = 3
    retry_after_s: tuple[float, ...] = (300.0, 1800.0)
    ring_s: float = 30.0
    keep_for_s: float = 172_800.0
    hours: tuple[Hours, ...] = ()
    per_day: int = 3
    at_most: int = 200
    allow: tuple[str, ...] = ("33",)
    refuse: tuple[str, ...] = ("338",)
    noted_sounds: tuple[str, ...] = ()
    ahead_s: float = 1_209_600.0


@dataclass(frozen=True, slots=True)
class Rules:
    """Settings of the whole service. `drain_for_s`: how long who stays may stay, None until he is served.

    `last_advisor_days`: for how long it counts who served a caller; 0: not at all. `wrap_up_most_s`: how long a wrap-up
    may last when the advisor puts its end off.
    """

    wrap_up_s: float = 30.0
    rona_after: int = 1
    lookup_budget_s: float = 0.3
    unknown_profile: ProfileId = "unknown"
    expected_wait: ExpectedWaitRules = field(default_factory=ExpectedWaitRules)
    drain: Drain = Drain.MOVE
    drain_for_s: float | None = None
    at_close: AtClose = AtClose.SERVE
    last_advisor_days: int = 0
    wrap_up_most_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything the switchboard knows of the organisation. `version` is a digest of the files it was built from.

    `callback`: None when nobody is called back. `treatment` is that of whoever has none by his plan or profile; None:
    he hears the PBX's music. `identity`: None when nobody is asked who he is. `whisper`: advisors are told of a caller,
    before they hear him, what profile he has, what he calls about and how long he waited. `early_media`: callers are
    answered when an advisor is, not before. `prompts` are those that orders may name. `reasons` are those of absences,
    besides what is always known; none: every word is taken.
    """

    version: str
    rules: Rules
    sites: Mapping[SiteId, Site]
    trunks: Mapping[TrunkId, Trunk]
    skills: Mapping[SkillId, Skill]
    advisors: Mapping[AdvisorId, Advisor]
    profiles: Mapping[ProfileId, Profile]
    plans: Mapping[PlanId, Plan]
    numbers: Mapping[int, Number]
    calendar: Calendar
    motives: Mapping[MotiveId, Motive] = field(default_factory=dict)
    due_dates: Mapping[DueDateId, DueDate] = field(default_factory=dict)
    callback: CallbackRules | None = None
    treatments: Mapping[TreatmentId, Treatment] = field(default_factory=dict)
    treatment: TreatmentId | None = None
    information: tuple[Information, ...] = ()
    identity: KeyedIdentity | None = None
    whisper: bool = False
    early_media: bool = False
    prompts: Mapping[PromptId, Prompt] = field(default_factory=dict)
    voicemail: VoicemailRules = field(default_factory=VoicemailRules)
    reasons: Mapping[ReasonId, AbsenceReason] = field(default_factory=dict)
