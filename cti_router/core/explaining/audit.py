"""What is allowed in a configuration but is probably not meant: each remark says what to do."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cti_router.core.configuration import Configuration, MotiveId, Plan, Profile, Slot, Step, Tie
from cti_router.core.duty.calendar import Duty
from cti_router.core.duty.calendar_proof import slot_in_words
from cti_router.core.duty.calendar_remarks import calendar_remarks
from cti_router.core.matching.kinds import Kind, Kinds, Tier
from cti_router.core.plans.plan import Alternative, DemandClass, planned_steps, requirements_of
from cti_router.core.plans.plan_reach import profiles_left, routed, why_never
from cti_router.core.ways.trunks import Trunks

_MOST_LISTED = 4


@dataclass(frozen=True, slots=True)
class Remark:
    """`about` is the subject in one word; `text` is one line."""

    about: str
    text: str


def audit(configuration: Configuration) -> tuple[Remark, ...]:
    """Everything there is to say about a correct configuration, subject by subject."""
    cases = _cases(configuration)
    return (
        *(Remark("calendar", text) for text in calendar_remarks(configuration.calendar)),
        *_sites(configuration),
        *_skills(configuration),
        *_profiles(configuration, cases),
        *_rules(configuration),
        *_steps(configuration, cases),
        *_advisors(configuration, cases),
        *_paths(configuration),
        *_callbacks(configuration),
        *_treatments(configuration),
    )


@dataclass(frozen=True, slots=True)
class _Case:
    """A profile's call under a plan in a slot of the week: all it ends up asking for, and who may serve it."""

    plan: Plan
    profile: Profile
    motive: MotiveId | None
    slot: Slot
    demand: DemandClass
    tiers: tuple[Tier, ...]


def _cases(configuration: Configuration) -> list[_Case]:
    kinds = Kinds(configuration.advisors.values())
    cases = []
    for call in routed(configuration):
        plan, profile = configuration.plans[call.plan], configuration.profiles[call.profile]
        asked = requirements_of(configuration, call.profile, call.motive)
        for slot in configuration.calendar.week:
            duty = Duty(slot.duty, slot.backups, slot, 0.0, 0.0)
            demand = planned_steps(configuration, plan, asked, duty)[-1].demand
            cases.append(_Case(plan, profile, call.motive, slot, demand, kinds.tiers(demand)))
    return cases


def _sites(configuration: Configuration) -> Iterator[Remark]:
    calendar = configuration.calendar
    slots = [*calendar.week, *(slot for day in calendar.exceptions.values() for slot in day.slots)]
    on_duty = {slot.duty for slot in slots}
    helping = {site for slot in slots for site in slot.backups}
    for site in configuration.sites:
        if site not in on_duty:
            also = "" if site in helping else ", nor a backup"
            yield Remark("sites", f"site “{site}” is never on duty{also}: give it a slot if that is not meant")


def _skills(configuration: Configuration) -> Iterator[Remark]:
    best: dict[str, int] = dict.fromkeys(configuration.skills, 0)
    for advisor in configuration.advisors.values():
        for skill, level in advisor.skills.items():
            best[skill] = max(best[skill], level)
    for skill, level in best.items():
        if not level:
            yield Remark("skills", f"nobody has the skill “{skill}”: give it to an advisor, or remove it")
    asking = [("profile", each.id, each.requirements) for each in configuration.profiles.values()]
    asking += [("motive", each.id, each.requirements) for each in configuration.motives.values()]
    for kind, id_, requirements in asking:
        for wanted in requirements:
            if 0 < best[wanted.skill] < wanted.level:
                yield Remark(
                    "skills",
                    f"{kind} “{id_}” asks for “{wanted.skill}” at level {wanted.level}, nobody has more than "
                    f"{best[wanted.skill]}: lower the {kind}'s level, or raise an advisor's",
                )


def _profiles(configuration: Configuration, cases: Iterable[_Case]) -> Iterator[Remark]:
    grouped: dict[tuple[str, str], list[_Case]] = {}
    for case in cases:
        about = f" and motive “{case.motive}”" if case.motive else ""
        grouped.setdefault((case.plan.id, f"“{case.profile.id}”{about}"), []).append(case)
    for (plan, profile), group in grouped.items():
        unserved = [case.slot for case in group if not case.tiers]
        late = [case.slot for case in group if case.tiers and case.plan.steps[case.tiers[0].step].after_s != 0]
        if len(unserved) == len(group):
            yield Remark(
                "profiles",
                f"plan “{plan}” has nobody for profile {profile} in any slot: its callers wait for nothing; lower "
                "what the profile asks for, or raise an advisor's levels",
            )
        elif unserved:
            yield Remark(
                "profiles",
                f"plan “{plan}” has nobody for profile {profile} on {_spans(unserved)}: its callers wait for nothing "
                "then; add a step with more sites",
            )
        if late:
            when = "in any slot" if len(late) == len(group) else f"on {_spans(late)}"
            yield Remark(
                "profiles",
                f"at the first step of plan “{plan}” there is nobody for profile {profile} {when}: its "
                "callers always wait for a later step; train somebody at those sites, or widen the first step",
            )


def _rules(configuration: Configuration) -> Iterator[Remark]:
    used = set()
    for number in configuration.numbers.values():
        used |= {number.plan, *(rule.plan for rule in number.rules)}
        for place, rule in enumerate(number.rules):
            why = why_never(configuration, number, rule.when)
            if not why and not any(profiles_left(configuration, number, place)):
                why = "no profile is left that it could hold for"
            if why:
                yield Remark(
                    "numbers",
                    f"rule {place + 1} of number +{number.dnis} (plan “{rule.plan}”) never holds, {why}: change what "
                    "it asks, or remove it",
                )
    for plan in configuration.plans.values():
        if plan.id not in used:
            yield Remark("plans", f"no number has plan “{plan.id}”: give it to one, or remove it")
        only_last = plan.wait_for_preferred_s > 0 and plan.prefer == (Tie.LAST_ADVISOR,)
        if only_last and not configuration.rules.last_advisor_days:
            yield Remark(
                "plans",
                f"plan “{plan.id}” waits for the last advisor, but nobody asks who that was: set the service's "
                "last_advisor_days, or remove wait_for_preferred",
            )


def _steps(configuration: Configuration, cases: Iterable[_Case]) -> Iterator[Remark]:
    cases = list(cases)
    useful = {(case.plan.id, tier.step) for case in cases for tier in case.tiers}
    used = {case.plan.id for case in cases}
    for plan in configuration.plans.values() if configuration.calendar.week else ():
        for index, step in enumerate(plan.steps if plan.id in used else ()):
            if index and (plan.id, index) not in useful:
                yield Remark(
                    "plans",
                    f"step {index + 1} of plan “{plan.id}” {_when(step)}reaches nobody new, whatever the "
                    "slot and the profile: remove it, or open other sites with it",
                )


def _when(step: Step) -> str:
    return "" if step.after_s is None else f"(after {step.after_s:g} s) "


def _advisors(configuration: Configuration, cases: list[_Case]) -> Iterator[Remark]:
    reached = {kind for case in cases for tier in case.tiers for kind in tier.kinds}
    asked = {alternative.requirements for case in cases for alternative in case.demand}
    for advisor in configuration.advisors.values() if cases else ():
        kind = Kind.of(advisor)
        if kind in reached:
            continue
        here = frozenset((advisor.site,))
        if any(kind.competence(Alternative(here, requirements)) is not None for requirements in asked):
            why = f"no step of a plan ever opens “{advisor.site}” to a profile he can serve: add a step that does"
        else:
            why = "his levels suffice for no profile: raise his levels, or lower a profile's"
        yield Remark("advisors", f"advisor “{advisor.id}” never gets a call, {why}")


def _paths(configuration: Configuration) -> Iterator[Remark]:
    trunks = Trunks(configuration.trunks.values(), configuration.sites)
    staffed = {advisor.site for advisor in configuration.advisors.values()}
    for site in configuration.sites:
        origins = [origin for origin in configuration.sites if trunks.path(origin, site) is None]
        if origins and site in staffed:
            yield Remark(
                "trunks",
                f"no trunk leads to “{site}” from {', '.join(origins)}: calls that come in there never ring its "
                "advisors; add trunks, or a mesh",
            )


def _callbacks(configuration: Configuration) -> Iterator[Remark]:
    if configuration.callback is not None and not any(site.public_calls for site in configuration.sites.values()):
        yield Remark(
            "callback", "no site has “public_calls”: nobody can be called back; tell them of a site with a carrier"
        )


def _treatments(configuration: Configuration) -> Iterator[Remark]:
    for treatment in configuration.treatments.values():
        if treatment.callback is not None and configuration.callback is None:
            yield Remark(
                "treatments",
                f"treatment “{treatment.id}” offers a callback, but nobody is called back: add a “callback” section to "
                "the service, or remove the offer",
            )


def _spans(slots: list[Slot]) -> str:
    spans = [f"{slot_in_words(slot)} ({slot.duty})" for slot in slots]
    rest = len(spans) - _MOST_LISTED
    return ", ".join(spans[:_MOST_LISTED]) + (f" and in {rest} more slots" if rest > 0 else "")
