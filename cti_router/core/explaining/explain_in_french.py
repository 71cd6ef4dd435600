"""An explanation as people read it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cti_router.core.configuration import AtClose, Configuration, Drain, EndAction, SiteId, Tie
from cti_router.core.explaining.explain import Candidate, ExplainedHandOver, ExplainedStep, ExplainedWait, Explanation
from cti_router.core.explaining.treatment_in_french import sound_names, treatment_in_french
from cti_router.core.identity import Contributor
from cti_router.core.ledger import ledger
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.ledger.ledger_in_french import TIES, about, sentence
from cti_router.core.question import Asked

_ASKED = {
    Asked.WHO: "son SIRET ou son numéro de compte au clavier",
    Asked.WHICH: "les cinq derniers chiffres de son SIRET au clavier",
}
_ROLES = {"duty": "permanence", "backups": "renforts", "all": "tous les sites"}


def explanation_in_french(configuration: Configuration, explanation: Explanation) -> str:
    """Lines of French. `configuration` is the one that was explained."""
    return "\n".join(_lines(configuration, explanation))


def _lines(configuration: Configuration, explanation: Explanation) -> Iterator[str]:
    local = datetime.fromisoformat(explanation.local_time)
    duty = explanation.duty
    yield f"{local:%d/%m/%Y} à {local:%H:%M}, appel au +{explanation.dnis} ({explanation.number or 'inconnu'})"
    yield duty.because[0].upper() + duty.because[1:]
    if duty.special_day is not None:
        yield f"  jour particulier : {duty.special_day}"
    if duty.backups:
        yield f"  renforts : {_names(configuration, duty.backups)}"
    profile = configuration.profiles[explanation.profile]
    caller = ledger.why_profile(profile, explanation.recognition, explanation.verified)
    yield f"Appelant : {sentence(caller)}"
    for contributor in explanation.contributors:
        yield f"  dossier : {_contributor(configuration, contributor)}"
    if explanation.asked is not None and configuration.identity is not None:
        tries = configuration.identity.tries
        yield f"Question : {_ASKED[explanation.asked]}, {tries} essai{'s'[: tries > 1]} ; sinon, sans réponse :"
    if explanation.motive is not None:
        yield f"Motif : {configuration.motives[explanation.motive].name}"
    for due in explanation.due:
        yield f"  {sentence(Reason(Why.DUE, (due.name, date.fromisoformat(due.on), due.bonus_s)))}"
    if explanation.bonus_s:
        yield f"Priorité : placé comme s’il était arrivé {_exactly(explanation.bonus_s)} plus tôt"
    if explanation.number is None:
        yield f"Refusé : {sentence(ledger.UNKNOWN_NUMBER)}"
    elif duty.site is None:
        yield _messages(explanation)
    else:
        yield f"Plan : {explanation.plan_because.removeprefix('plan ') or explanation.plan}"
        for index, step in enumerate(explanation.steps, 1):
            yield from _step(configuration, index, step)
        if (treatment := configuration.treatments.get(explanation.treatment or "")) is not None:
            yield f"Attente, traitement {treatment.id} :"
            yield from (f"  {line}" for line in treatment_in_french(configuration, treatment, explanation.dnis))
        if explanation.awaits:
            yield from _awaits(configuration, explanation)
        if explanation.expected_wait is not None:
            yield from _wait(explanation.expected_wait)
        after = _exactly(explanation.end_after_s)
        yield f"Fin, après {after} d’attente. {_messages(explanation)}"
        if explanation.hand_over is not None:
            yield _hand_over(configuration, explanation.hand_over, duty.site)


def _messages(explanation: Explanation) -> str:
    return f"Messages : {', '.join(sound_names(explanation.end_sounds))}{_then(explanation)}"


def _then(explanation: Explanation) -> str:
    match explanation.end_action:
        case EndAction.VOICEMAIL:
            return " ; puis il peut laisser un message"
        case EndAction.OTHER_NUMBER:
            return f" ; puis appel au +{explanation.end_number}"
        case EndAction.CALLBACK:
            return " ; puis un rappel est noté"
        case _:
            return ""


def _hand_over(configuration: Configuration, what: ExplainedHandOver, site: SiteId) -> str:
    at = datetime.fromtimestamp(what.at, ZoneInfo(configuration.calendar.timezone))
    if what.to is None:
        becomes = "servis" if what.waiting == AtClose.SERVE else "libérés, avec le message de fermeture"
        return f"Fermeture à {at:%H:%M} : les appels en attente sont {becomes}"
    follows = f"Relève à {at:%H:%M} : {configuration.sites[what.to].name} prend la suite"
    if what.waiting == Drain.MOVE:
        return f"{follows}, avec les appels en attente"
    most = "" if what.for_s is None else f" ({_exactly(what.for_s)} au plus)"
    return f"{follows} ; {configuration.sites[site].name} garde les appels en attente{most}"


def _contributor(configuration: Configuration, contributor: Contributor) -> str:
    """A database may name a profile or an advisor that the configuration does not know any more."""
    profile = configuration.profiles.get(contributor.profile)
    advisor = configuration.advisors.get(contributor.in_charge or "")
    known = f"{contributor.name} ({profile.name if profile else contributor.profile})"
    return f"{known}, suivi par {advisor.name}" if advisor else known


def _step(configuration: Configuration, index: int, step: ExplainedStep) -> Iterator[str]:
    when = _when(step)
    sites = _names(configuration, step.sites) or "aucun site"
    role = f" ({_ROLES[step.role]})" if step.role else ""
    asked = ", ".join(f"{configuration.skills[wanted.skill].name} ≥ {wanted.level}" for wanted in step.requirements)
    yield f"Étape {index}, {when} : {sites}{role} ; {asked or 'aucune compétence requise'}"
    for place, candidate in enumerate(step.candidates, 1):
        yield f"  {place}. {_candidate(configuration, candidate)}"
    if not step.candidates:
        yield "  personne" if index == 1 else "  personne de plus"


def _awaits(configuration: Configuration, explanation: Explanation) -> Iterator[str]:
    names = ", sinon ".join(configuration.advisors[advisor].name for advisor in explanation.awaits)
    yield f"Téléconseiller attendu, {_exactly(explanation.awaits_s)} au plus : {names}"
    yield (
        "  dès que son étape est ouverte, s’il est libre ou le sera après son appel en cours ; l’appel n’est alors "
        "proposé à personne d’autre"
    )


def _wait(wait: ExplainedWait) -> Iterator[str]:
    told = wait.estimate
    if told is None:
        yield "Attente estimée : aucune, personne ne peut répondre"
        return
    low, median, high = (about(seconds) for seconds in (told.p10_s, told.median_s, told.p90_s))
    busy = "le téléconseiller est occupé" if wait.advisors == 1 else f"les {wait.advisors} téléconseillers sont occupés"
    yield (
        f"Attente estimée si {busy} et personne n’est devant : {median} (de {low} à {high}), "
        f"pour {_exactly(wait.handling_s)} par appel"
    )
    yield (
        f"  annoncée quand {100 * wait.min_hit_rate:.0f} % des dernières (au moins {wait.least_outcomes}, même plan, "
        "même profil) se sont vérifiées"
    )


def _when(step: ExplainedStep) -> str:
    times = []
    if step.after_s is not None:
        times.append(f"après {_exactly(step.after_s)}" if step.after_s else "dès l’arrivée")
    if step.expected_over_s is not None:
        times.append(f"dès que l’attente estimée dépasse {_exactly(step.expected_over_s)}")
    return " ou ".join(times)


def _candidate(configuration: Configuration, candidate: Candidate) -> str:
    parts = [f"{configuration.skills[skill].name} {level}" for skill, level in candidate.levels.items()]
    if candidate.in_charge:
        parts.insert(0, TIES[Tie.IN_CHARGE])
    elif candidate.served_last:
        parts.insert(0, TIES[Tie.LAST_ADVISOR])
    if candidate.no_path_from:
        parts.append(f"aucune ligne depuis {_names(configuration, candidate.no_path_from)}")
    where = f"{configuration.sites[candidate.site].name}, poste {candidate.phone}"
    return f"{candidate.name} ({where})" + (f" : {', '.join(parts)}" if parts else "")


def _names(configuration: Configuration, sites: Iterable[SiteId]) -> str:
    return ", ".join(configuration.sites[site].name for site in sites)


def _exactly(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 60 and seconds % 60 == 0 else f"{seconds:g} s"
