"""From a plan, a profile and the duty of the moment to what a ticket asks for, step by step."""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from cti_router.core.configuration import (
    Configuration,
    MotiveId,
    Plan,
    ProfileId,
    Reach,
    Requirement,
    SiteId,
    SkillId,
    Step,
)
from cti_router.core.duty.calendar import Duty


class Alternative(NamedTuple):
    """Anybody at one of these sites who meets every requirement."""

    sites: frozenset[SiteId]
    requirements: tuple[Requirement, ...]


DemandClass: TypeAlias = tuple[Alternative, ...]
"""What a ticket asks for now: the alternatives of every step reached, the first step's first."""


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """From `after_s` of waiting on, or once more than `expected_over_s` is expected, this is asked for."""

    after_s: float | None
    demand: DemandClass
    expected_over_s: float | None = None


def requirements_of(
    configuration: Configuration, profile: ProfileId | None, motive: MotiveId | None
) -> tuple[Requirement, ...]:
    """What it takes to answer this profile about this motive: of each skill the higher level that either asks for."""
    unknown = configuration.profiles[configuration.rules.unknown_profile]
    of_profile = configuration.profiles.get(profile or "", unknown).requirements
    of_motive = configuration.motives.get(motive or "")
    if of_motive is None:
        return of_profile
    levels: dict[SkillId, int] = {}
    for wanted in (*of_profile, *of_motive.requirements):
        levels[wanted.skill] = max(wanted.level, levels.get(wanted.skill, 0))
    return tuple(Requirement(skill, level) for skill, level in levels.items())


def planned_steps(
    configuration: Configuration, plan: Plan, requirements: tuple[Requirement, ...], duty: Duty
) -> tuple[PlannedStep, ...]:
    """The steps of a plan for what a ticket requires, under one duty. A step adds to those before it."""
    alternatives: list[Alternative] = []
    steps = []
    for step in plan.steps:
        alternatives.append(Alternative(_sites(configuration, step, duty), _lowered(requirements, step)))
        steps.append(PlannedStep(step.after_s, tuple(alternatives), step.expected_over_s))
    return tuple(steps)


def step_reached(steps: tuple[PlannedStep, ...], waited_s: float) -> int:
    """The index of the last step whose time has come; the first one is there at once."""
    reached = 0
    for index, step in enumerate(steps):
        if step.after_s is not None:
            if step.after_s > waited_s:
                break  # none opens before the one before it
            reached = index
    return reached


def next_step_after(steps: tuple[PlannedStep, ...], step: int) -> float | None:
    """The waiting time, in seconds, at which the next step with a time opens; None when there is none."""
    for later in steps[step + 1 :]:
        if later.after_s is not None:
            return later.after_s
    return None


def step_opened_early(steps: tuple[PlannedStep, ...], step: int, expected_s: float) -> int:
    """The last step that an expected wait of so many seconds opens, else the present one."""
    wide = (
        i for i, later in enumerate(steps) if later.expected_over_s is not None and expected_s > later.expected_over_s
    )
    return max(step, max(wide, default=0))


def _sites(configuration: Configuration, step: Step, duty: Duty) -> frozenset[SiteId]:
    match step.reach:
        case Reach.DUTY:
            return frozenset((duty.site,))
        case Reach.BACKUPS:
            return frozenset(duty.backups)
        case Reach.ALL:
            return frozenset(configuration.sites) - set(duty.without)
        case tuple() as sites:
            return frozenset(sites) - set(duty.without)


def _lowered(requirements: tuple[Requirement, ...], step: Step) -> tuple[Requirement, ...]:
    return tuple(Requirement(wanted.skill, max(1, wanted.level - step.lower_levels)) for wanted in requirements)
