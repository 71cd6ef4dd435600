"""Kinds of advisors, numbered, and which of them suit a demand class.

Advisors of one site with the same skills are one *kind*: either will do. Sets of kinds are whole numbers, one bit a
kind, so that what a demand class asks for is found by a few operations, whatever the number of kinds.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cti_router.core.configuration import (
    Advisor,
    AdvisorId,
    Configuration,
    Requirement,
    Selection,
    SiteId,
    SkillId,
)
from cti_router.core.history import Counted, count
from cti_router.core.matching.columns import Numbers, numbers_in
from cti_router.core.plans.plan import Alternative, DemandClass


@dataclass(frozen=True, slots=True)
class Kind:
    """What two advisors share when either will do."""

    site: SiteId
    skills: tuple[tuple[SkillId, int], ...]

    @staticmethod
    def of(advisor: Advisor) -> "Kind":
        return Kind(advisor.site, tuple(sorted(advisor.skills.items())))

    def competence(self, alternative: Alternative) -> int | None:
        """The sum of the levels in the skills asked for; None when a requirement is not met."""
        if self.site not in alternative.sites:
            return None
        levels = dict(self.skills)
        if any(levels.get(wanted.skill, 0) < wanted.level for wanted in alternative.requirements):
            return None
        return sum(levels[wanted.skill] for wanted in alternative.requirements)


@dataclass(frozen=True, slots=True)
class Tier:
    """Kinds that suit a demand class equally well: opened by the same step, with the same competence."""

    step: int
    competence: int
    kinds: tuple[Kind, ...]


FEW = 32
"""So many kinds are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Rank:
    """Kinds between which only the advisors' own order decides. `one_by_one`: their numbers, where they are few.

    `competence`: the sum of their levels in what is asked, 0 where it does not count.
    """

    kinds: Numbers
    one_by_one: tuple[int, ...]
    competence: int = 0

    @staticmethod
    def of(kinds: Numbers, competence: int = 0) -> "Rank":
        return Rank(kinds, tuple(numbers_in(kinds)) if kinds.bit_count() <= FEW else (), competence)


@dataclass(frozen=True, slots=True)
class Opened:
    """The kinds that a step adds to those before it: all, how many, and from the most competent to the least.

    `guarded`: for each need of another profile, those who meet it at the sites opened so far.
    """

    step: int
    kinds: Numbers
    size: int
    by_competence: tuple[Rank, ...]
    all_alike: tuple[Rank, ...]
    guarded: tuple[Numbers, ...]

    def competence(self, kind: int) -> int:
        """The sum of the levels of one of these kinds in what the step asks."""
        return next(rank.competence for rank in self.by_competence if rank.kinds >> kind & 1)


@dataclass(frozen=True, slots=True)
class Eligible:
    """Who may serve a demand class: all kinds, and those each step adds. `nobody_free`: they, counted, when none is.

    `number` counts the demand classes that are known.
    """

    number: int
    kinds: Numbers
    steps: tuple[Opened, ...]
    nobody_free: tuple[Counted, ...]


class Kinds:
    """The kinds of a configuration's advisors. Made once for it; knows each demand class after it was asked for."""

    def __init__(
        self,
        advisors: Iterable[Advisor],
        *,
        needs: Iterable[tuple[Requirement, ...]] = (),
        selections: Collection[Selection] = (Selection.MOST_COMPETENT,),
    ) -> None:
        """`needs`: what the profiles ask for, when experts are to be spared. `selections`: those that plans use."""
        numbers: dict[Kind, int] = {}
        self.number_of: dict[AdvisorId, int] = {
            advisor.id: numbers.setdefault(Kind.of(advisor), len(numbers)) for advisor in advisors
        }
        self.all = tuple(numbers)
        self.selections = tuple(selections)
        self.at: dict[SiteId, Numbers] = {}
        self._with: dict[SkillId, dict[int, Numbers]] = {}
        for number, kind in enumerate(self.all):
            self.at[kind.site] = self.at.get(kind.site, 0) | 1 << number
            for skill, level in kind.skills:
                levels = self._with.setdefault(skill, {})
                levels[level] = levels.get(level, 0) | 1 << number
        self._needs = {requirements: self._meeting(requirements) for requirements in needs if requirements}
        self._eligible: dict[DemandClass, Eligible] = {}
        self.asked_of: list[list[int]] = [[] for _ in self.all]  # by kind: the demand classes it may serve

    @staticmethod
    def of(configuration: Configuration) -> "Kinds":
        plans = configuration.plans.values()
        spare_experts = any(plan.spare_experts for plan in plans)
        return Kinds(
            configuration.advisors.values(),
            needs=[profile.requirements for profile in configuration.profiles.values()] if spare_experts else (),
            selections=tuple(dict.fromkeys(plan.selection for plan in plans)),
        )

    def eligible(self, demand: DemandClass) -> Eligible:
        known = self._eligible.get(demand)
        if known is None:
            known = self._eligible[demand] = self._open(demand)
            for kind in numbers_in(known.kinds):
                self.asked_of[kind].append(known.number)
        return known

    def tiers(self, demand: DemandClass) -> tuple[Tier, ...]:
        """Who may serve a demand class, for people: by the step that opens them, then by competence, best first."""
        found = []
        for opened in self.eligible(demand).steps:
            for rank in opened.by_competence:
                kinds = tuple(self.all[number] for number in numbers_in(rank.kinds))
                found.append(Tier(opened.step, rank.competence, kinds))
        return tuple(found)

    def _open(self, demand: DemandClass) -> Eligible:
        kinds = sites = 0
        steps = []
        for step, alternative in enumerate(demand):
            here = self._at(alternative.sites)
            sites |= here
            added = here & self._meeting(alternative.requirements) & ~kinds
            if added:
                kinds |= added
                ranks = self._by_competence(added, alternative.requirements)
                guarded = self._guard(sites, demand[0])
                steps.append(Opened(step, added, added.bit_count(), ranks, (Rank.of(added),), guarded))
        nobody_free = tuple(count(opened.step, opened.size, 0) for opened in steps)
        return Eligible(len(self._eligible), kinds, tuple(steps), nobody_free)

    def _at(self, sites: Iterable[SiteId]) -> Numbers:
        found = 0
        for site in sites:
            found |= self.at.get(site, 0)
        return found

    def _meeting(self, requirements: Iterable[Requirement]) -> Numbers:
        found = (1 << len(self.all)) - 1
        for wanted in requirements:
            levels = self._with.get(wanted.skill, {})
            found &= sum(kinds for level, kinds in levels.items() if level >= wanted.level)
        return found

    def _by_competence(self, kinds: Numbers, requirements: Iterable[Requirement]) -> tuple[Rank, ...]:
        by_sum: dict[int, Numbers] = {0: kinds}
        for wanted in requirements:
            further: dict[int, Numbers] = {}
            for sum_, among in by_sum.items():
                for level, able in self._with[wanted.skill].items():
                    if both := among & able:
                        further[sum_ + level] = further.get(sum_ + level, 0) | both
            by_sum = further
        return tuple(Rank.of(by_sum[sum_], sum_) for sum_ in sorted(by_sum, reverse=True))

    def _guard(self, sites: Numbers, own: Alternative) -> tuple[Numbers, ...]:
        sets = (kinds & sites for requirements, kinds in self._needs.items() if requirements != own.requirements)
        return tuple(dict.fromkeys(kinds for kinds in sets if kinds))
