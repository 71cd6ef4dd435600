"""Why: each decision's reasons as sentences, in French, for those who serve and supervise."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cti_router.core.advisor import AdvisorState
from cti_router.core.calendar import Closed, Duty
from cti_router.core.configuration import Calendar, Configuration, Profile, SiteId
from cti_router.core.identity import Instant, Recognition

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")


def why_duty(configuration: Configuration, duty: Duty) -> str:
    slot = duty.slot
    name = configuration.sites[duty.site].name
    return f"{name} est de permanence ({_DAYS[slot.weekday]} {slot.start:%H:%M}–{slot.end:%H:%M})"


def why_closed(calendar: Calendar, closed: Closed) -> str:
    reason = f"fermé : {closed.name}" if closed.name else "hors des tranches horaires"
    if closed.until_at is None:
        return f"{reason} ; aucune réouverture prévue"
    opening = datetime.fromtimestamp(closed.until_at, ZoneInfo(calendar.timezone))
    return f"{reason} ; réouverture {_DAYS[opening.weekday()]} {opening:%d/%m} à {opening:%H:%M}"


def why_profile(profile: Profile, recognition: Recognition) -> str:
    match recognition:
        case Recognition.RECOGNISED:
            return f"reconnu par son numéro : {profile.name}"
        case Recognition.SEVERAL:
            return f"plusieurs dossiers pour ce numéro : {profile.name}"
        case Recognition.UNKNOWN:
            return f"numéro inconnu : {profile.name}"
        case Recognition.MASKED:
            return f"numéro masqué : {profile.name}"


def why_advisor(
    configuration: Configuration,
    state: AdvisorState,
    profile: Profile,
    in_charge: bool,
    step: int,
    now: Instant,
) -> str:
    """Why this advisor: the step that opened him, his levels in what is asked, since when he is free."""
    skills = ", ".join(
        f"{configuration.skills[wanted.skill].name} {state.who.skills.get(wanted.skill, 0)}"
        for wanted in profile.requirements
    )
    parts = [f"étape {step + 1}"]
    if in_charge:
        parts.append("chargé du dossier")
    parts.append(skills or "aucune compétence requise")
    parts.append(f"libre depuis {in_words(now - state.idle_since_at)}")
    return f"{state.who.name} : {', '.join(parts)}"


def why_path(configuration: Configuration, path: tuple[SiteId, ...]) -> str:
    if len(path) == 1:
        return f"sur place à {configuration.sites[path[0]].name}"
    return "par la ligne " + " → ".join(configuration.sites[site].name for site in path)


def in_words(seconds: float) -> str:
    """A duration for people: "40 s", "3 min", "2 h"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 3600 else f"{whole // 3600} h"


NOBODY_FREE = "aucun téléconseiller compétent n’est libre : attente"
DIRECTORY_AWAY = "annuaire indisponible : traité comme inconnu"
UNKNOWN_NUMBER = "numéro appelé inconnu de la configuration"
PLAN_ENDED = "fin du plan de routage : personne n’a pu répondre"
CALLER_LEFT = "l’appelant a raccroché"
ENDED_UNSEEN = "terminé pendant que le routeur n’écoutait pas"
ADOPTED = "appel repris avec son ancienneté après un redémarrage du routeur"


def why_offer_failed(name: str, result: str, rang_s: float) -> str:
    said = {
        "no_answer": f"pas de réponse en {in_words(rang_s)}, mis en absence, l’appel garde sa place",
        "busy": "occupé",
        "unreachable": "poste injoignable",
        "no_way": "aucun chemin vers son poste",
        "cancelled": "sonnerie interrompue",
        "lost": "l’appel n’a pas pu être présenté",
        "withdrawn": "n’est plus disponible",
        "cut": "la ligne s’est coupée, l’appel reprend sa place",
    }
    return f"{name} : {said.get(result, result)}"
