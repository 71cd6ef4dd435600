"""From sections without an error to the core's frozen configuration."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TypeVar

from cti_router.config import due_dates, organisation, plan_rules, routing
from cti_router.config.build_heard import build_identity, build_information, build_treatment
from cti_router.config.callback import Callback
from cti_router.config.days import build_calendar
from cti_router.config.people import Supervisor, SupervisorId
from cti_router.config.prompts import Wording
from cti_router.config.sections import Sections
from cti_router.config.sites import Site as SiteEntry
from cti_router.config.sites import trunk_name
from cti_router.config.voicemail import Voicemail
from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import (
    Advisor,
    AtClose,
    CallbackRules,
    Condition,
    Configuration,
    Drain,
    DueDate,
    EndAction,
    ExpectedWaitRules,
    Hours,
    Motive,
    Number,
    Plan,
    PlanRule,
    Profile,
    Reach,
    Requirement,
    Rules,
    Selection,
    Site,
    Skill,
    Step,
    Tie,
    Trunk,
)
from cti_router.core.presence import AbsenceReason
from cti_router.core.voicemail import ClosedMessage, VoicemailRules

K = TypeVar("K")
V = TypeVar("V")


def build_configuration(sections: Sections, version: str) -> Configuration:
    service, wording = sections.service, Wording(sections.prompts)
    return Configuration(
        version=version,
        rules=_rules(service),
        sites=_frozen((id_, _site(id_, site)) for id_, site in sections.sites.items()),
        trunks=_frozen((trunk.id, trunk) for trunk in _trunks(sections)),
        skills=_frozen((id_, Skill(id_, skill.name)) for id_, skill in sections.skills.items()),
        advisors=_frozen((id_, _advisor(id_, advisor)) for id_, advisor in sections.advisors.items()),
        profiles=_frozen((id_, _profile(id_, profile)) for id_, profile in sections.profiles.items()),
        reasons=_frozen(
            (id_, AbsenceReason(id_, reason.name, reason.lasts)) for id_, reason in sections.reasons.items()
        ),
        plans=_frozen((id_, _plan(id_, plan, wording)) for id_, plan in sections.plans.items()),
        numbers=_frozen((number.number, _number(number, wording)) for number in sections.numbers),
        motives=_frozen((id_, _motive(id_, motive)) for id_, motive in sections.motives.items()),
        due_dates=_frozen((id_, _due_date(id_, due)) for id_, due in sections.due_dates.items()),
        callback=_callback(sections.callback, wording) if sections.callback else None,
        treatments=_frozen((id_, build_treatment(id_, each, wording)) for id_, each in sections.treatments.items()),
        treatment=service.treatment,
        information=tuple(build_information(id_, each, wording) for id_, each in sections.information.items()),
        identity=build_identity(service.identify, wording) if service.identify else None,
        whisper=service.whisper,
        early_media=service.early_media,
        prompts=wording.all(),
        voicemail=_voicemail(sections.voicemail) if sections.voicemail else VoicemailRules(),
        calendar=build_calendar(
            service.timezone, sections.calendar, {id_: site.name for id_, site in sections.sites.items()}
        ),
    )


def build_supervisors(sections: Sections) -> Mapping[SupervisorId, Supervisor]:
    return _frozen((id_, Supervisor(id_, who.name, who.site, who.phone)) for id_, who in sections.supervisors.items())


def _frozen(items: Iterable[tuple[K, V]]) -> Mapping[K, V]:
    return MappingProxyType(dict(items))


def _rules(service: routing.Service) -> Rules:
    waits = service.expected_wait
    return Rules(
        service.wrap_up, service.rona_after, service.lookup_budget, service.unknown_profile,
        ExpectedWaitRules(waits.handling, waits.min_hit_rate / 100, waits.least_outcomes)
        if waits
        else ExpectedWaitRules(),
        Drain(service.drain), service.drain_for, AtClose(service.at_close), service.last_advisor_days,
        service.wrap_up_most,
    )  # fmt: skip


def _trunks(sections: Sections) -> list[Trunk]:
    """Those that are written out, and the mesh between the others."""
    trunks = [
        Trunk(trunk.named, trunk.origin, trunk.destination, trunk.capacity, tuple(trunk.via))
        for trunk in sections.trunks
    ]
    if (mesh := sections.mesh) is not None:
        pairs = mesh.pairs(sections.sites, sections.trunks)
        trunks += [Trunk(trunk_name(*pair), *pair, mesh.capacity) for pair in pairs]
    return trunks


def _site(id_: str, site: SiteEntry) -> Site:
    direct = (site.direct_numbers or "").removeprefix("+")
    return Site(id_, site.name, site.voice_ports, site.public_calls, direct, tuple(site.phones))


def _advisor(id_: str, advisor: organisation.Advisor) -> Advisor:
    return Advisor(id_, advisor.name, advisor.site, advisor.phone, _frozen(advisor.skills.items()))


def _profile(id_: str, profile: organisation.Profile) -> Profile:
    requirements = tuple(Requirement(skill, level) for skill, level in profile.skills.items())
    return Profile(id_, profile.name, requirements, profile.bonus, profile.treatment)


def _motive(id_: str, motive: organisation.Motive) -> Motive:
    return Motive(id_, motive.name, tuple(Requirement(skill, level) for skill, level in motive.skills.items()))


def _plan(id_: str, plan: routing.Plan, wording: Wording) -> Plan:
    steps = tuple(
        Step(
            step.after,
            tuple(step.sites) if isinstance(step.sites, list) else Reach(step.sites),
            step.lower_levels,
            step.when_expected_wait_over,
        )
        for step in plan.steps
    )
    selection = Selection(plan.choose)
    end = plan.end
    return Plan(
        id_,
        steps,
        plan.ring,
        end.after,
        wording.sounds(end.play),
        selection,
        plan.spare_experts,
        EndAction(end.then),
        end.number,
        end.ring,
        wording.sounds(end.otherwise),
        end.longest,
        tuple(Tie(tie) for tie in plan.prefer),
        plan.wait_for_preferred,
        plan.treatment,
    )


def _number(number: routing.Number, wording: Wording) -> Number:
    greeting, rest = wording.greeting(number.greeting)
    *rules, default = number.plan if isinstance(number.plan, list) else [plan_rules.PlanRule(plan=number.plan)]
    return Number(
        number.number,
        number.name,
        default.plan,
        greeting,
        wording.sounds(number.closed),
        wording.sounds(number.busy),
        tuple(number.entries),
        tuple(PlanRule(_condition(rule.when), rule.plan) for rule in rules if rule.when is not None),
        number.motive,
        number.language,
        rest,
        number.relay,
        closed_message=ClosedMessage(wording.sounds(closed.play), closed.longest)
        if (closed := number.when_closed)
        else None,
    )


def _condition(when: plan_rules.When) -> Condition:
    return Condition(
        profiles=frozenset(when.profile),
        motives=frozenset(when.motive),
        languages=frozenset(when.language),
        recognitions=frozenset(Recognition(level) for level in when.recognition),
        verified=frozenset(Verified(verdict) for verdict in when.verified),
        due=frozenset(when.due),
        hours=tuple(Hours(span.weekdays, span.start, span.end) for span in when.hours),
    )


def _callback(callback: Callback, wording: Wording) -> CallbackRules:
    return CallbackRules(
        callback.attempts,
        tuple(callback.retry_after),
        callback.ring,
        callback.keep_for,
        tuple(Hours(span.weekdays, span.start, span.end) for span in callback.hours),
        callback.per_day,
        callback.at_most,
        tuple(prefix.removeprefix("+") for prefix in callback.allow),
        tuple(prefix.removeprefix("+") for prefix in callback.refuse),
        wording.sounds(callback.noted),
        callback.ahead,
    )


def _voicemail(voicemail: Voicemail) -> VoicemailRules:
    return VoicemailRules(voicemail.due_in_working_days, voicemail.keep, voicemail.keep_at_most)


def _due_date(id_: str, due: due_dates.DueDate) -> DueDate:
    months = frozenset(due.months or range(1, 13)) if due.days else frozenset()
    return DueDate(
        id_,
        due.name,
        frozenset(due.dates),
        frozenset(due.days),
        months,
        frozenset(due.profiles),
        due.days_before,
        due.bonus,
    )
