"""Who would serve a call, and why: the same rules as in routing, told before anybody calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Advisor,
    AdvisorId,
    Configuration,
    EndAction,
    MotiveId,
    Plan,
    PlanId,
    ProfileId,
    Reach,
    Requirement,
    SiteId,
    SkillId,
    Tie,
)
from cti_router.core.duty.calendar import Closed, Duty, duty_at
from cti_router.core.duty.calendar_orders import NO_ORDERS, CalendarOrders
from cti_router.core.duty.due_dates import bonus_of, due_at
from cti_router.core.heard import TreatmentId
from cti_router.core.identity import Contributor, Instant
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger_in_french import sentence
from cti_router.core.matching.kinds import Kind, Kinds
from cti_router.core.matching.matching import Matching
from cti_router.core.plans.plan import PlannedStep, planned_steps, requirements_of
from cti_router.core.question import Asked
from cti_router.core.tickets.estimate import Estimate
from cti_router.core.tickets.expected_wait import estimated_at_first
from cti_router.core.tickets.plan_choice import Circumstances, choose_plan, treatment_for
from cti_router.core.tickets.recognition import Caller, asked_of, recognise
from cti_router.core.ways.trunks import Trunks


@dataclass(frozen=True, slots=True)
class ExplainedDuty:
    """`site` is on duty until `until_at`; None: closed until then (None: no opening in sight). `because` is French.

    `special_day` is the name of the exceptional day whose slots are in force, None on an ordinary day.
    """

    site: SiteId | None
    backups: tuple[SiteId, ...]
    until_at: Instant | None
    special_day: str | None
    because: str


@dataclass(frozen=True, slots=True)
class ExplainedHandOver:
    """What becomes, at an instant, of those who still wait: `waiting` is a `Drain` or an `AtClose`.

    `to` is the site whose duty begins then, None when the service closes. `for_s`: how long who stays may stay, None
    until he is served.
    """

    at: Instant
    to: SiteId | None
    waiting: str
    for_s: float | None


@dataclass(frozen=True, slots=True)
class ExplainedDueDate:
    """A due date that is near: its name, its date (ISO 8601), and what it is worth."""

    name: str
    on: str
    bonus_s: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """An advisor a step opens, with his levels in what it asks for.

    `in_charge` of the caller's file; `served_last`: he served him last. `no_path_from`: the sites at which a call may
    enter and never reach him.
    """

    advisor: AdvisorId
    name: str
    site: SiteId
    phone: str
    levels: Mapping[SkillId, int]
    in_charge: bool
    served_last: bool
    no_path_from: tuple[SiteId, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """At least this level (1 to 5, 5 = expert) in this skill."""

    skill: SkillId
    level: int


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """What a step adds to those before it. `role` is duty, backups or all, None for sites by name.

    It opens `after_s` after the arrival (None: at no time of its own), and when more than `expected_over_s` is to be
    waited (None: however long it is).

    `candidates` stand in the order in which they would be taken, all ready since the same instant.
    """

    after_s: float | None
    expected_over_s: float | None
    role: str | None
    sites: tuple[SiteId, ...]
    requirements: tuple[Wanted, ...]
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class ExplainedWait:
    """What would be expected if all who may serve the call were busy and nobody ahead, before anything is learned.

    With `advisors` who need `handling_s` a call; `estimate` None when there are none. It is told when of the last
    waits of this plan and profile, `least_outcomes` or more, a share of `min_hit_rate` came true.
    """

    advisors: int
    handling_s: float
    estimate: Estimate | None
    min_hit_rate: float
    least_outcomes: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Plain values only, so that `dataclasses.asdict` of it is ready for JSON.

    `number` is the name of the number dialled, None when the configuration does not have it. There are no steps then,
    nor while the service is closed, and nothing is expected. `rule` is the one of the number's that chose the plan,
    from 1; 0: none of them, or there are none; `plan_because` says it in French. What he is `asked` to key in may tell
    who he is; the rest is as if he keyed nothing. While he waits he hears the `treatment`. The caller counts as having
    arrived `bonus_s` earlier, with what is `due`. For the first `awaits_s` the call is left for the first of `awaits`
    whom a step has opened, if he is free or will be after his present call. It ends with `end_sounds`, `end_after_s`
    after its arrival, and the `end_action`. Whoever waits longer than the slot meets its `hand_over`.
    """

    at: Instant
    local_time: str
    dnis: int
    number: str | None
    duty: ExplainedDuty
    recognition: Recognition
    verified: Verified
    contributors: tuple[Contributor, ...]
    asked: Asked | None
    profile: ProfileId
    motive: MotiveId | None
    bonus_s: float
    due: tuple[ExplainedDueDate, ...]
    plan: PlanId | None
    rule: int
    plan_because: str
    treatment: TreatmentId | None
    steps: tuple[ExplainedStep, ...]
    awaits: tuple[AdvisorId, ...]
    awaits_s: float
    expected_wait: ExplainedWait | None
    end_after_s: float
    end_sounds: tuple[str, ...]
    end_action: EndAction
    end_number: int | None
    hand_over: ExplainedHandOver | None


def explain(
    configuration: Configuration,
    at: Instant,
    dnis: int,
    contributors: tuple[Contributor, ...] = (),
    *,
    masked: bool = False,
    verified: Verified = Verified.UNKNOWN,
    motive: MotiveId | None = None,
    orders: CalendarOrders = NO_ORDERS,
) -> Explanation:
    """What would become of a call to `dnis` (E.164 without the plus sign) that arrives at `at`.

    `contributors` are those who have the calling number, `verified` is what its carrier says of it. `motive` is why he
    calls, where he is asked; else it is the number's. `orders` are those over the calendar that are to be looked at.
    """
    caller = recognise(configuration, contributors, masked=masked)
    number = configuration.numbers.get(dnis)
    motive = motive or (number.motive if number else None)
    due = due_at(configuration, caller.profile.id, at)
    duty = duty_at(configuration.calendar, at, orders)
    local = datetime.fromtimestamp(at, ZoneInfo(configuration.calendar.timezone))
    if isinstance(duty, Duty):
        site, backups, because = duty.site, duty.backups, sentence(ledger.why_duty(configuration, duty))
        special_day = duty.name
    else:
        site, backups, because = None, (), sentence(ledger.why_closed(configuration.calendar, duty))
        special = configuration.calendar.exceptions.get(local.date())
        special_day = special.name if special else ""
    steps: tuple[ExplainedStep, ...] = ()
    awaits: tuple[AdvisorId, ...] = ()
    end_after_s, end_sounds = 0.0, number.closed_sounds if number else ()
    closed_message = number.closed_message if number and isinstance(duty, Closed) else None
    if isinstance(duty, Closed):
        end_sounds = duty.sounds(end_sounds) + (closed_message.sounds if closed_message else ())
    choice = None
    if number is not None:
        of = Circumstances(caller.profile.id, motive, caller.recognition, verified, at)
        choice = choose_plan(configuration, number, of)
        if isinstance(duty, Duty):
            preferred = _preferred(choice.plan, caller)
            asked = requirements_of(configuration, of.profile, motive)
            steps = _steps(configuration, choice.plan, caller, preferred, asked, duty)
            if choice.plan.wait_for_preferred_s:
                able = {candidate.advisor for step in steps for candidate in step.candidates}
                awaits = tuple(advisor for advisor in preferred if advisor in able)
            end_after_s, end_sounds = choice.plan.end_after_s, choice.plan.end_sounds
    treatment = treatment_for(configuration, choice.plan, caller.profile) if choice else None
    return Explanation(
        at=at,
        local_time=local.isoformat(),
        dnis=dnis,
        number=number.name if number else None,
        duty=ExplainedDuty(site, backups, duty.until_at, special_day or None, because),
        recognition=caller.recognition,
        verified=verified,
        contributors=contributors,
        asked=asked_of(configuration.identity, number, caller.recognition) if isinstance(duty, Duty) else None,
        profile=caller.profile.id,
        motive=motive,
        bonus_s=caller.profile.bonus_s + bonus_of(due),
        due=tuple(ExplainedDueDate(each.what.name, each.on.isoformat(), each.what.bonus_s) for each in due),
        plan=choice.plan.id if choice else None,
        rule=choice.number if choice else 0,
        plan_because=sentence(ledger.why_plan(configuration, choice)) if choice and number and number.rules else "",
        treatment=treatment.id if treatment and steps else None,
        steps=steps,
        awaits=awaits,
        awaits_s=choice.plan.wait_for_preferred_s if choice and awaits else 0.0,
        expected_wait=_wait(configuration, steps) if steps else None,
        end_after_s=end_after_s,
        end_sounds=end_sounds,
        end_action=EndAction.VOICEMAIL
        if closed_message
        else choice.plan.end_action
        if choice and steps
        else EndAction.MESSAGE,
        end_number=choice.plan.end_number if choice and steps else None,
        hand_over=_hand_over(configuration, duty, orders) if isinstance(duty, Duty) else None,
    )


def _hand_over(configuration: Configuration, duty: Duty, orders: CalendarOrders) -> ExplainedHandOver:
    rules, following = configuration.rules, duty_at(configuration.calendar, duty.until_at, orders)
    if isinstance(following, Duty):
        return ExplainedHandOver(duty.until_at, following.site, rules.drain, rules.drain_for_s)
    return ExplainedHandOver(duty.until_at, None, rules.at_close, None)


def _steps(
    configuration: Configuration, plan: Plan, caller: Caller, preferred: Sequence[AdvisorId],
    asked: tuple[Requirement, ...], duty: Duty,
) -> tuple[ExplainedStep, ...]:  # fmt: skip
    planned = planned_steps(configuration, plan, asked, duty)
    who = caller.contributor
    in_charge, last = (who.in_charge, who.last_advisor) if who else (None, None)
    trunks = Trunks(configuration.trunks.values(), configuration.sites)

    def cut_off(site: SiteId) -> tuple[SiteId, ...]:
        return tuple(entry for entry in configuration.sites if trunks.path(entry, site) is None)

    def candidate(advisor: Advisor) -> Candidate:
        return Candidate(
            advisor=advisor.id,
            name=advisor.name,
            site=advisor.site,
            phone=advisor.phone,
            levels={wanted.skill: advisor.skills[wanted.skill] for wanted in asked},
            in_charge=advisor.id == in_charge,
            served_last=advisor.id == last,
            no_path_from=cut_off(advisor.site),
        )

    order = (duty.site, *duty.backups, *configuration.sites)
    added = _added_by_step(configuration, plan, planned, preferred)
    return tuple(
        ExplainedStep(
            after_s=step.after_s,
            expected_over_s=step.expected_over_s,
            role=str(step.reach) if isinstance(step.reach, Reach) else None,
            sites=tuple(sorted(opened.demand[-1].sites, key=order.index)),
            requirements=tuple(Wanted(*each) for each in opened.demand[-1].requirements),
            candidates=tuple(candidate(advisor) for advisor in advisors),
        )
        for step, opened, advisors in zip(plan.steps, planned, added, strict=True)
    )


def _preferred(plan: Plan, caller: Caller) -> tuple[AdvisorId, ...]:
    who = caller.contributor
    tied = {Tie.IN_CHARGE: who.in_charge, Tie.LAST_ADVISOR: who.last_advisor} if who else {}
    return tuple(dict.fromkeys(advisor for tie in plan.prefer if (advisor := tied.get(tie))))


def _wait(configuration: Configuration, steps: tuple[ExplainedStep, ...]) -> ExplainedWait:
    rules = configuration.rules.expected_wait
    counts = list(accumulate(len(step.candidates) for step in steps))
    estimate = estimated_at_first(rules, zip((step.after_s for step in steps), counts, strict=True))
    return ExplainedWait(counts[-1], rules.handling_s, estimate, rules.min_hit_rate, rules.least_outcomes)


def _added_by_step(
    configuration: Configuration, plan: Plan, planned: Sequence[PlannedStep], preferred: Sequence[AdvisorId]
) -> list[list[Advisor]]:
    """For each step those it adds, one after the other as the matcher itself takes them."""
    kinds = Kinds.of(configuration)
    matching = Matching(kinds)
    for advisor_id in configuration.advisors:
        matching.add_ready(advisor_id, idle_since=0.0)
    demand = planned[-1].demand
    matching.enqueue((0.0, 0, "ticket"), demand, "")
    opened_by = {kind: tier.step for tier in kinds.tiers(demand) for kind in tier.kinds}
    added: list[list[Advisor]] = [[] for _ in planned]
    while (best := _best_of_those_left(matching, plan, preferred)) is not None:
        matching.remove_ready(best)
        advisor = configuration.advisors[best]
        added[opened_by[Kind.of(advisor)]].append(advisor)
    return added


def _best_of_those_left(matching: Matching, plan: Plan, preferred: Sequence[AdvisorId]) -> AdvisorId | None:
    best = matching.best_advisor(
        "ticket", lambda _site: True, preferred=preferred, selection=plan.selection, spare_experts=plan.spare_experts
    )
    return best.advisor if best else None
