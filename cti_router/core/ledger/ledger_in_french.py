"""The ledger's reasons as sentences, in French, for those who serve and supervise."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cti_router.core.certainty import Recognition, Verified
from cti_router.core.configuration import PUBLIC, Tie
from cti_router.core.duty.calendar_in_french import DAYS, hours
from cti_router.core.history import Outcome
from cti_router.core.identity import Instant
from cti_router.core.ledger.ledger import Reason, Why
from cti_router.core.plans.callback_rules import NoCallback


def sentence(reason: Reason) -> str:
    return SENTENCES[reason.why](*reason.values)


def sentences(reasons: Iterable[Reason]) -> tuple[str, ...]:
    return tuple(sentence(reason) for reason in reasons)


def in_words(seconds: float) -> str:
    """A duration for people: "40 s", "3 min", "2 h"."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min" if whole < 3600 else f"{whole // 3600} h"


def about(seconds: float) -> str:
    """A wait to come, for people: "114 s", "4 min"."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _duty(
    site: str,
    from_at: Instant,
    until_at: Instant,
    timezone: str,
    swaps: tuple[tuple[str, str], ...],
    closed: tuple[str, ...],
) -> str:
    zone = ZoneInfo(timezone)
    day = DAYS[datetime.fromtimestamp(from_at, zone).weekday()]
    exchanged = "".join(f", échange {give} – {take}" for give, take in swaps)
    without = f", fermé par ordre : {', '.join(closed)}" if closed else ""
    return f"{site} est de permanence ({day} {hours(from_at, until_at, zone)}{exchanged}{without})"


def _kept(site: str, left_at: Instant, until_at: Instant | None, timezone: str) -> str:
    zone = ZoneInfo(timezone)
    left = datetime.fromtimestamp(left_at, zone)
    until = "" if until_at is None else f", jusqu’à {datetime.fromtimestamp(until_at, zone):%H:%M}"
    return f"arrivé avant la fin de la permanence de {site} ({left:%H:%M}), qui le garde{until}"


def _closed(because: str, until_at: Instant | None, timezone: str) -> str:
    reason = f"fermé : {because}" if because else "hors des tranches horaires"
    if until_at is None:
        return f"{reason} ; aucune réouverture prévue"
    opening = datetime.fromtimestamp(until_at, ZoneInfo(timezone))
    return f"{reason} ; réouverture {DAYS[opening.weekday()]} {opening:%d/%m} à {opening:%H:%M}"


_RECOGNISED = {
    Recognition.RECOGNISED: "reconnu par son numéro",
    Recognition.KEYED: "identifié par ce qu’il a saisi, sans preuve",
    Recognition.SEVERAL: "plusieurs dossiers pour ce numéro",
    Recognition.UNKNOWN: "numéro inconnu",
    Recognition.MASKED: "numéro masqué",
}


_VERIFIED = {
    Verified.YES: ", garanti par l’opérateur",
    Verified.NO: ", démenti par l’opérateur",
    Verified.UNKNOWN: "",
}


def _profile(profile: str, recognition: Recognition, verified: Verified) -> str:
    return f"{_RECOGNISED[recognition]}{_VERIFIED[verified]} : {profile}"


TIES = {Tie.IN_CHARGE: "chargé du dossier", Tie.LAST_ADVISOR: "qui lui a répondu la dernière fois"}


def _advisor(name: str, step: int, tie: Tie | None, levels: tuple[tuple[str, int], ...], idle_s: float) -> str:
    parts = [f"étape {step + 1}"]
    if tie is not None:
        parts.append(TIES[tie])
    parts.append(", ".join(f"{skill} {level}" for skill, level in levels) or "aucune compétence requise")
    parts.append(f"libre depuis {in_words(idle_s)}")
    return f"{name} : {', '.join(parts)}"


def _less_competent(name: str, levels: int) -> str:
    return f"{name} : moins compétent ({levels} en tout)"


def _later(name: str, idle_s: float) -> str:
    return f"{name} : aussi compétent, mais libre depuis moins longtemps ({in_words(idle_s)})"


def _more_occupied(name: str, occupied_s: float) -> str:
    return f"{name} : plus occupé aujourd’hui ({in_words(occupied_s)})"


def _later_step(name: str, step: int) -> str:
    return f"{name} : n’est appelé qu’à l’étape {step + 1}"


def _spared(name: str) -> str:
    return f"{name} : ménagé, il est seul libre à savoir autre chose"


def _preferred_away(name: str, tie: Tie, state: str) -> str:
    return f"{name}, {TIES[tie]} : {_STATES[state]}"


def _after_preferred(name: str, preferred: str, tie: Tie) -> str:
    return f"{name} : {preferred}, {TIES[tie]}, passe avant"


def _awaits(name: str, tie: Tie, until_at: Instant, timezone: str) -> str:
    until = datetime.fromtimestamp(until_at, ZoneInfo(timezone))
    return f"on attend {name}, {TIES[tie]}, jusqu’à {until:%H:%M:%S} au plus"


def _awaits_no_more(name: str, tie: Tie, state: str) -> str:
    return f"on n’attend plus {name}, {TIES[tie]} : {_STATES[state]}"


_STATES = {
    "logged_out": "pas connecté",
    "not_ready": "absent",
    "offered": "déjà sollicité",
    "talking": "en communication",
    "wrap_up": "en post-appel",
    "unreachable": "poste injoignable",
    "on_the_phone": "en ligne pour autre chose",
    "elsewhere": "hors des sites ouverts à cet appel",
    "no_way": "aucun chemin vers son poste",
    "too_long": "le temps d’attente prévu est écoulé",
}


def _opened_early(step: int, expected_s: float | None) -> str:
    why = "personne ne peut répondre avant" if expected_s is None else f"attente estimée {about(expected_s)}"
    return f"étape {step + 1} ouverte d’avance : {why}"


def _path(*sites: str) -> str:
    if len(sites) == 1:
        return f"sur place à {sites[0]}"
    return "par la ligne " + " → ".join("réseau public" if site == PUBLIC else site for site in sites)


def _plan(plan: str, number: int, asked: tuple[tuple[str, tuple[object, ...]], ...]) -> str:
    if not number:
        return f"plan {plan} : aucune règle du numéro ne s’applique"
    return f"plan {plan} : règle {number} du numéro ({condition_in_words(asked)})"


def condition_in_words(asked: Iterable[tuple[str, tuple[Any, ...]]]) -> str:
    """What a rule asks, as `ledger.told_condition` tells it."""
    return " ; ".join(" ou ".join(_ASKED[key](value) for value in values) for key, values in asked)


_ASKED_OF_CARRIER = {
    Verified.YES: "numéro garanti par l’opérateur",
    Verified.NO: "numéro démenti par l’opérateur",
    Verified.UNKNOWN: "numéro sans avis de l’opérateur",
}
_ASKED: Mapping[str, Callable[[Any], str]] = {
    "profile": lambda name: f"profil {name}",
    "motive": lambda name: f"motif {name}",
    "language": lambda code: f"langue {code}",
    "recognition": lambda level: _RECOGNISED[level],
    "verified": lambda verified: _ASKED_OF_CARRIER[verified],
    "due": lambda name: f"échéance {name}",
    "hours": lambda span: f"{_weekdays(span[0])} {span[1]:%H:%M}–{span[2]:%H:%M}",
}


def _weekdays(days: tuple[int, ...]) -> str:
    if len(days) > 2 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}–{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)


def _due(name: str, on: date, bonus_s: float) -> str:
    worth = f" : compte {in_words(bonus_s)} d’attente de plus" if bonus_s else ""
    return f"échéance {name} le {on:%d/%m}{worth}"


def _offer_failed(name: str, result: str, rang_s: float) -> str:
    said = {
        "no_answer": f"pas de réponse en {in_words(rang_s)}, mis en absence, l’appel garde sa place",
        "busy": "occupé",
        "unreachable": "poste injoignable",
        "no_way": "aucun chemin vers son poste",
        "cancelled": "sonnerie interrompue",
        "lost": "l’appel n’a pas pu être présenté",
        "withdrawn": "n’est plus disponible",
        "cut": "la ligne s’est coupée, l’appel reprend sa place",
        "not_reached": "a décroché, mais le cotisant n’a pas répondu",
        "not_taken": "n’a pas décroché son poste",
        "left": "a raccroché avant que le cotisant ne soit appelé",
    }
    return f"{name} : {said.get(result, result)}"


_KEYED = {
    "nothing": "n’a rien saisi pour s’identifier",
    "wrong": "n’a rien saisi de juste pour s’identifier",
    "nobody": "le numéro saisi n’est celui de personne",
}


def _ports_taken(site: str, next_site: str = "") -> str:
    return f"ports vocaux de {site} tous pris : " + (f"à présenter à {next_site}" if next_site else "occupé partout")


def _transfer(advisor: str, skill: str, level: int) -> str:
    return f"{advisor} transfère l’appel : {skill}, niveau {level} au moins"


def _consultation(advisor: str, skill: str, level: int) -> str:
    return f"{advisor} demande un avis : {skill}, niveau {level} au moins"


def _consultation_over(result: str) -> str:
    said = {
        "talked": "avis donné, retour à l’appelant",
        "cancelled": "demande d’avis retirée",
        "unserved": "demande d’avis sans réponse : personne n’a pu la prendre",
    }
    return said.get(result, "demande d’avis sans réponse : retour à l’appelant")


def _connected(expert: str) -> str:
    return f"l’appelant est passé à {expert}"


def _advisor_left(advisor: str) -> str:
    return f"{advisor} a quitté l’appel sans le rendre : il attend de nouveau, avec son ancienneté"


def _pulled(advisor: str, author: str, reason: str) -> str:
    return f"donné à {advisor} par {author} : {reason}"


def _callback(author: str, called_from: int | None = None) -> str:
    asked = f"rappel demandé par {author}" if author else "rappel demandé"
    return asked if called_from is None else f"{asked}, depuis le +{called_from}"


def _promised(at: Instant, timezone: str) -> str:
    then = datetime.fromtimestamp(at, ZoneInfo(timezone))
    return f"rappel promis pour {DAYS[then.weekday()]} {then:%d/%m} à {then:%H:%M}"


_PLACED_OVER = {
    Outcome.ANSWERED: "le cotisant a répondu",
    Outcome.NO_ANSWER: "le cotisant n’a pas répondu",
    Outcome.BUSY: "le cotisant est occupé",
    Outcome.UNREACHABLE: "le cotisant est injoignable",
    Outcome.CANCELLED: "appel abandonné avant que le cotisant ne réponde",
}


_NO_CALLBACK = {
    NoCallback.NOT_CONFIGURED: "le service ne rappelle pas",
    NoCallback.NOT_READ: "base de données indisponible",
    NoCallback.HIDDEN: "numéro masqué ou inutilisable",
    NoCallback.NOT_ALLOWED: "numéro que l’on ne rappelle pas",
    NoCallback.OPEN_ALREADY: "un rappel de ce numéro est déjà noté",
    NoCallback.TOO_MANY: "trop de rappels en attente",
    NoCallback.TOO_OFTEN: "trop de demandes de ce numéro en 24 heures",
    NoCallback.NO_LINE: "aucun site n’a de ligne vers le réseau public",
}


def _not_reached(heard: str) -> str:
    said = {
        "no_answer": "pas de réponse",
        "busy": "occupé",
        "unreachable": "injoignable",
        "no_way": "aucun chemin vers son numéro",
        "cancelled": "le téléconseiller a raccroché pendant la sonnerie",
    }
    return f"rappel sans résultat : {said.get(heard, 'fin inconnue')}"


def _callback_over(outcome: Outcome, author: str) -> str:
    said = {
        Outcome.ANSWERED: "le cotisant a été rappelé",
        Outcome.UNREACHED: "rappel abandonné : le cotisant n’a pas pu être joint",
        Outcome.CALLED_AGAIN: "rappel sans objet : le cotisant a rappelé lui-même",
        Outcome.EXPIRED: "rappel abandonné : délai dépassé",
        Outcome.NOT_NOTED: "rappel non noté : base de données indisponible",
    }
    return said.get(outcome, f"rappel annulé par {author}" if author else "rappel annulé : un téléconseiller a répondu")


def _head_start(age_s: float) -> str:
    return f"attendait un rappel : garde l’ancienneté de sa demande ({in_words(age_s)})"


def _lacks(name: str, lacks: tuple[tuple[str, int, int], ...]) -> str:
    return f"{name} : " + ", ".join(f"{skill} {level or 'inconnu'}, il faut {wanted}" for skill, level, wanted in lacks)


def _kept_by(name: str, state: str, reason: str) -> str:
    why = {"": "", "rona": " (un appel a sonné sans réponse)"}.get(reason, f" ({reason})")
    return f"{name} : {_STATES[state]}{why}"


def _left_to(name: str, awaited: str, tie: Tie) -> str:
    return f"{name} : l’appel attend {awaited}, {TIES[tie]}"


def _plain(text: str) -> Callable[[], str]:
    return lambda: text


SENTENCES: Mapping[Why, Callable[..., str]] = {
    Why.DUTY: _duty,
    Why.KEPT: _kept,
    Why.CLOSED: _closed,
    Why.PROFILE: _profile,
    Why.ADVISOR: _advisor,
    Why.PATH: _path,
    Why.PLAN: _plan,
    Why.DUE: _due,
    Why.OFFER_FAILED: _offer_failed,
    Why.LESS_COMPETENT: _less_competent,
    Why.LATER: _later,
    Why.MORE_OCCUPIED: _more_occupied,
    Why.LATER_STEP: _later_step,
    Why.SPARED: _spared,
    Why.PREFERRED_AWAY: _preferred_away,
    Why.AFTER_PREFERRED: _after_preferred,
    Why.AWAITS: _awaits,
    Why.AWAITS_NO_MORE: _awaits_no_more,
    Why.NOBODY_FREE: _plain("aucun téléconseiller compétent n’est libre : attente"),
    Why.OPENED_EARLY: _opened_early,
    Why.DIRECTORY_AWAY: _plain("annuaire indisponible : traité comme inconnu"),
    Why.KEYED: lambda what: _KEYED[what],
    Why.UNKNOWN_NUMBER: _plain("numéro appelé inconnu de la configuration"),
    Why.PORTS_TAKEN: _ports_taken,
    Why.PLAN_ENDED: _plain("fin du plan de routage : personne n’a pu répondre"),
    Why.CALLER_LEFT: _plain("l’appelant a raccroché"),
    Why.ENDED_UNSEEN: _plain("terminé pendant que le routeur n’écoutait pas"),
    Why.NO_LINE_OUT: _plain("aucune ligne libre vers l’autre numéro"),
    Why.MOTIVE: "a choisi « {} »".format,
    Why.NO_MOTIVE: _plain("n’a pas choisi de motif"),
    Why.ADOPTED: _plain("appel repris avec son ancienneté après un redémarrage du routeur"),
    Why.TRANSFER: _transfer,
    Why.CONSULTATION: _consultation,
    Why.CONSULTATION_OVER: _consultation_over,
    Why.CONNECTED: _connected,
    Why.ADVISOR_LEFT: _advisor_left,
    Why.PULLED: _pulled,
    Why.CALLBACK: _callback,
    Why.PROMISED: _promised,
    Why.PLACED: lambda advisor, author: f"appel sortant de {advisor}, demandé par {author or 'on ne sait qui'}",
    Why.PLACED_OVER: lambda outcome: _PLACED_OVER.get(outcome, "fin inconnue"),
    Why.NO_CALLBACK: lambda why: f"rappel impossible : {_NO_CALLBACK[why]}",
    Why.NOT_REACHED: _not_reached,
    Why.CALLBACK_OVER: _callback_over,
    Why.HEAD_START: _head_start,
    Why.CHOSEN: "{} : c’est à lui que l’appel est proposé".format,
    Why.NO_ADVISOR: "{} : inconnu de la configuration".format,
    Why.NEVER_OPENED: "{} : aucune étape du plan n’ouvre {}".format,
    Why.LACKS: _lacks,
    Why.TAKEN: "{} : proposé au même instant à l’appel {}, qui passe avant".format,
    Why.KEPT_BY: _kept_by,
    Why.NO_PATH: "{} : aucun chemin de {} à {}".format,
    Why.NO_LINE: "{} : aucune ligne libre de {} pour rappeler".format,
    Why.LEFT_TO: _left_to,
    Why.TOLD: str,
}
