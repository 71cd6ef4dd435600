"""“Why not me?”: what kept one advisor from a call at one decision, by the switchboard as that decision left it."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from cti_router.core.advisors.advisor import Activity
from cti_router.core.configuration import PUBLIC, Advisor, AdvisorId, Selection
from cti_router.core.identity import call_of
from cti_router.core.ledger.decision import Decision
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.matching.kinds import Kind
from cti_router.core.plans.plan import PlannedStep
from cti_router.core.serving.call import Call
from cti_router.core.serving.clerk import what_keeps
from cti_router.core.switchboard import Switchboard
from cti_router.core.tickets.plan_choice import plan_of
from cti_router.core.tickets.ticket import Ticket
from cti_router.core.ways.trunks import Trunks

CHOICES = ("offered", "pulled", "waits", "awaits")
"""The decisions that choose, or find nobody to choose."""


def why_not(switchboard: Switchboard, decision: Decision, call: Call, advisor: AdvisorId) -> tuple[Reason, ...]:
    """All that kept him from it; () when nothing did, which cannot be.

    The decision must be one of `CHOICES`, and the switchboard as it was just after that step.
    """
    state = switchboard.roster.states.get(advisor)
    ticket = next((each for each in call.live_tickets() if each.number == decision.ticket), None)
    if state is None or ticket is None:
        return (Reason(Why.NO_ADVISOR, (advisor,)),)
    if state.offer is not None and state.offer == ticket.offer:
        return (Reason(Why.CHOSEN, (state.who.name,)),)
    if decision.what == "pulled":
        return tuple(reason for reason in decision.because if reason.why is Why.PULLED)
    found = tuple(_obstacles(switchboard, decision, call, ticket, advisor))
    if found or ticket.offer is None:
        return found
    return (_passed_over(switchboard, decision, call, ticket, advisor),)


def _obstacles(
    switchboard: Switchboard, decision: Decision, call: Call, ticket: Ticket, advisor: AdvisorId
) -> Iterator[Reason]:
    state, sites = switchboard.roster.states[advisor], switchboard.configuration.sites
    name, at = state.who.name, decision.at
    step = step_of(state.who, ticket.steps)
    if step is None:
        yield _why_never(switchboard, state.who, ticket.steps)
    elif step > ticket.step:
        yield Reason(Why.LATER_STEP, (name, step))
    if state.activity is Activity.OFFERED and state.offer is not None and state.offered_at == at:
        yield Reason(Why.TAKEN, (name, call_of(state.offer.rpartition("-")[0])))
    elif not state.ready(at):
        yield Reason(Why.KEPT_BY, (name, what_keeps(state, at), state.reason))
    trunks = _trunks_before(switchboard, call, ticket)
    if trunks.path(call.origin, state.who.site) is None:
        if call.callback is not None and not trunks.carries(call.site, PUBLIC):
            yield Reason(Why.NO_LINE, (name, sites[call.site].name))
        else:
            yield Reason(Why.NO_PATH, (name, sites[call.site].name, sites[state.who.site].name))
    awaited = switchboard.configuration.advisors.get(ticket.awaits or "")
    if awaited is not None and awaited.id != advisor and ticket.offer is None:
        yield Reason(Why.LEFT_TO, (name, awaited.name, ticket.tie_to(awaited.id)))


def step_of(who: Advisor, steps: tuple[PlannedStep, ...]) -> int | None:
    """The first step of a plan that opens an advisor, whether it is reached or not."""
    kind = Kind.of(who)
    return next((n for n, step in enumerate(steps) if kind.competence(step.demand[-1]) is not None), None)


def _why_never(switchboard: Switchboard, who: Advisor, steps: tuple[PlannedStep, ...]) -> Reason:
    """Of the steps that open his site, the last asks for least."""
    configuration = switchboard.configuration
    asked = [step.demand[-1].requirements for step in steps if who.site in step.demand[-1].sites]
    if not asked:
        return Reason(Why.NEVER_OPENED, (who.name, configuration.sites[who.site].name))
    lacks = tuple(
        (configuration.skills[wanted.skill].name, who.skills.get(wanted.skill, 0), wanted.level)
        for wanted in asked[-1]
        if who.skills.get(wanted.skill, 0) < wanted.level
    )
    return Reason(Why.LACKS, (who.name, lacks))


def _trunks_before(switchboard: Switchboard, call: Call, ticket: Ticket) -> Trunks:
    """The lines as they were before this decision took its own."""
    offer = switchboard.offers.of(ticket.offer)
    if offer is None:
        return switchboard.trunks
    trunks = switchboard.trunks.apart()
    trunks.free(offer.path, offer.id)
    if call.callback is not None:
        trunks.free((call.site, PUBLIC), call.id)
    return trunks


def _passed_over(
    switchboard: Switchboard, decision: Decision, call: Call, ticket: Ticket, advisor: AdvisorId
) -> Reason:  # fmt: skip
    """Why the one who was chosen, and not he, who was free as well."""
    configuration, states = switchboard.configuration, switchboard.roster.states
    plan = plan_of(configuration, call.number, ticket, call.cli)
    offer = switchboard.offers.of(ticket.offer)
    state, best = states[advisor], states[offer.advisor if offer else advisor].who
    name, step, taken_step = state.who.name, step_of(state.who, ticket.steps) or 0, step_of(best, ticket.steps) or 0
    if best.id in ticket.preferred(plan.prefer):
        return Reason(Why.AFTER_PREFERRED, (name, best.name, ticket.tie_to(best.id)))
    if step > taken_step:
        return Reason(Why.LATER_STEP, (name, step))
    if plan.selection is Selection.LEAST_OCCUPIED:
        day = datetime.fromtimestamp(decision.at, ZoneInfo(configuration.calendar.timezone)).date()
        return Reason(Why.MORE_OCCUPIED, (name, state.occupied_today_s(day)))
    asked = ticket.steps[step].demand[-1].requirements
    levels, taken = (sum(who.skills.get(wanted.skill, 0) for wanted in asked) for who in (state.who, best))
    if levels < taken:
        return Reason(Why.LESS_COMPETENT, (name, levels))
    return (
        Reason(Why.SPARED, (name,)) if levels > taken else Reason(Why.LATER, (name, decision.at - state.idle_since_at))
    )
