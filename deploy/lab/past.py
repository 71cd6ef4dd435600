"""The former calls of contributors who do not exist, and what advisors wrote of them: a year of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from random import Random

from cti_router.core.certainty import Recognition
from cti_router.core.configuration import AdvisorId, SiteId
from cti_router.core.history import CallRecord, OfferRecord, Outcome, TicketRecord
from deploy.lab.contributors import FictionalContributor

_MOTIVES = {"declaration": 45, "collections": 30, "other": 25}

_COMPANIES = {
    ("declaration", "first_level"): (
        "DSN rejetée : taux AT corrigé avec le comptable, à redéposer avant l’échéance.",
        "Date d’exigibilité après le passage à cinquante salariés : expliquée.",
        "Bloc de régularisation pour un salarié sorti en septembre : marche à suivre donnée.",
        "Ne retrouvait plus son tableau de bord DSN. Accès rétabli pendant l’appel.",
        "Réduction générale : les paramètres de l’année vérifiés ensemble, rien à corriger.",
    ),
    ("declaration", "second_level"): (
        "Deux établissements et un taux réduit : le calcul de la réduction générale est à revoir par un expert.",
        "Apprentis et exonération de début d’activité : transmis, avec les bulletins demandés.",
    ),
    ("declaration", "follow_up"): (
        "Doit redéposer sa DSN annule et remplace. Vérifier qu’elle est arrivée.",
        "Attend le nouveau taux AT : rappeler quand il est notifié.",
    ),
    ("collections", "first_level"): (
        "Demande d’un échéancier en trois fois : conditions expliquées, demande faite en ligne pendant l’appel.",
        "Prélèvement rejeté par sa banque ; a payé par virement, majoration à voir avec la remise automatique.",
        "Mise en demeure reçue après paiement : les deux se sont croisés, rien à faire.",
    ),
    ("collections", "second_level"): (
        "Ne tient plus son échéancier, perte d’un client important. Transmis pour un nouvel étalement.",
        "Conteste des majorations après un rejet de sa DSN : remise à étudier.",
    ),
    ("collections", "follow_up"): (
        "Veut payer en six fois. Pièces attendues : bilan et prévisionnel. Accord de principe.",
        "Enverra le plan de trésorerie cette semaine ; suspendre la relance jusque-là.",
    ),
    ("other", "first_level"): (
        "Attestation de vigilance : téléchargée avec lui depuis son espace.",
        "Changement d’adresse du siège, à déclarer au guichet des formalités.",
        "Nouvelle comptable : comment lui donner une délégation.",
        "Embauche d’un premier apprenti : aides et formalités.",
    ),
    ("other", "second_level"): ("Salarié détaché en Belgique : quelle législation s’applique ? Transmis.",),
    ("other", "follow_up"): ("Attestation bloquée par un ancien solde : rappeler une fois le virement reçu.",),
}  # fmt: skip
_PEOPLE = {
    ("declaration", "first_level"): (
        "Ne savait pas dans quelle case porter ses recettes. Déclaré pendant l’appel.",
        "A déclaré deux fois le même mois : rectifié.",
        "Début d’activité : quand faire la première déclaration.",
        "Identifiants perdus : nouvelle clé envoyée.",
    ),
    ("declaration", "second_level"): (
        "Revenus à l’étranger une partie de l’année : transmis.",
        "Changement de régime en cours d’année : la régularisation est à recalculer.",
    ),
    ("declaration", "follow_up"): (
        "A déposé hier, pas encore visible. Vérifier et le prévenir.",
        "Doit retrouver son avis d’imposition et rappeler.",
    ),
    ("collections", "first_level"): (
        "Changement de compte bancaire : mandat envoyé.",
        "Demande de délai de trois mois, faite en ligne pendant l’appel.",
        "Ne comprenait pas la régularisation : calcul expliqué ligne à ligne.",
    ),
    ("collections", "second_level"): (
        "Arrêt de travail de quatre mois : demande d’aide à l’action sociale, transmise.",
        "Conteste une mise en demeure pour une période après sa radiation.",
    ),
    ("collections", "follow_up"): (
        "Propose 80 € par mois. Attend l’accord écrit de sa banque.",
        "Échéance rejetée ; paiera le 10. À vérifier.",
    ),
    ("other", "first_level"): (
        "Attestation de fiscalité : où la trouver.",
        "Changement d’adresse et de téléphone : fait.",
        "Durée de validité de son attestation.",
    ),
    ("other", "second_level"): ("Conjoint collaborateur ou salarié : les deux chiffrés par un expert.",),
    ("other", "follow_up"): ("Cessation d’activité au 31 décembre : rappeler pour les dernières formalités.",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FictionalContact:
    """What an advisor wrote of a call. `outcome`: first_level, second_level or follow_up, which is due."""

    call: str
    advisor: AdvisorId
    siret: str
    motive: str
    outcome: str
    note: str
    due_at: datetime | None
    owner_site: SiteId
    written_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class PastCall:
    """`record.contributor` is None: only the database knows his id."""

    record: CallRecord
    contributor: FictionalContributor
    contact: FictionalContact | None


def fictional_past(
    contributors: Sequence[FictionalContributor],
    seed: int,
    now: datetime,
    advisors: Mapping[AdvisorId, SiteId],
    dnis: int,
) -> list[PastCall]:
    """Calls of the year before that day, on working days. Whoever is in charge of a file answers half of its calls.

    One in ten hung up before, and one in eight of the answered left no note. Some of what is to be followed up is still
    to be done, and a little of that is overdue.
    """
    calls: list[PastCall] = []
    for rank, contributor in enumerate(contributors):
        chance = Random(f"{seed} {contributor.siret} past")
        count = chance.choices((0, 1, 2, 3, 5, 8), (25, 25, 20, 15, 10, 5))[0] if rank >= 5 else 6
        for _ in range(count):
            calls.append(_call(contributor, len(calls), chance, now, advisors, dnis))
    return calls


def _call(
    contributor: FictionalContributor, serial: int, chance: Random, now: datetime, advisors: Mapping[AdvisorId, SiteId],
    dnis: int,
) -> PastCall:  # fmt: skip
    arrived = _working_time(chance, now)
    arrived_at, sites = arrived.timestamp(), sorted(set(advisors.values()))
    entry, waited_s = chance.choice(sites), round(chance.expovariate(1 / 70), 1) + 4
    motive = chance.choices(list(_MOTIVES), list(_MOTIVES.values()))[0]
    call = CallRecord(
        id=f"{entry}-{int(arrived_at)}.{serial}", arrived_at=arrived_at, ended_at=arrived_at + waited_s,
        cli=chance.choice(contributor.phones), dnis=str(dnis), profile=contributor.profile, motive=motive,
        recognition=Recognition.RECOGNISED, entry_site=entry, duty_site=entry, path=(entry,), waited_s=waited_s,
        outcome=Outcome.ABANDONED, tickets=(TicketRecord(1, "inbound", (), arrived_at, waited_s),),
    )  # fmt: skip
    if chance.random() < 0.1:
        return PastCall(call, contributor, None)
    advisor = contributor.advisor_in_charge
    if advisor is None or chance.random() < 0.5:
        advisor = chance.choice(sorted(advisors))
    answered = _answered(call, advisor, advisors[advisor], round(chance.uniform(60, 540), 1))
    contact = _contact(contributor, answered, chance, now) if chance.random() < 7 / 8 else None
    return PastCall(answered, contributor, contact)


def _answered(call: CallRecord, advisor: AdvisorId, site: SiteId, talked_s: float) -> CallRecord:
    path = (call.entry_site,) if site == call.entry_site else (call.entry_site, site)
    answered_at = call.arrived_at + call.waited_s
    offer = OfferRecord(advisor, answered_at - 3, "talked", 3.0)
    ticket = TicketRecord(
        1, "inbound", (offer,), call.arrived_at, call.waited_s, advisor, path, answered_at, talked_s, talked_s
    )
    return replace(
        call, ended_at=answered_at + talked_s, advisor=advisor, advisor_site=site, duty_site=site,
        path=path, talked_s=talked_s, outcome=Outcome.ANSWERED, tickets=(ticket,),
    )  # fmt: skip


def _contact(contributor: FictionalContributor, call: CallRecord, chance: Random, now: datetime) -> FictionalContact:
    assert call.ended_at is not None
    assert call.advisor is not None  # he was answered
    assert call.advisor_site is not None
    assert call.motive is not None
    written_at = datetime.fromtimestamp(call.ended_at, now.tzinfo)
    outcome = chance.choices(("first_level", "second_level", "follow_up"), (76, 12, 12))[0]
    notes = _COMPANIES if contributor.profile in {"employer", "association"} else _PEOPLE
    due_at = done_at = None
    if outcome == "follow_up":
        due_at = _at_five(written_at + timedelta(days=chance.randrange(3, 15)))
        if due_at < now and chance.random() < (0.98 if due_at < now - timedelta(days=21) else 0.6):
            done_at = max(written_at + timedelta(hours=1), due_at - timedelta(hours=chance.randrange(1, 48)))
    return FictionalContact(
        call.id, call.advisor, contributor.siret, call.motive, outcome, chance.choice(notes[call.motive, outcome]),
        due_at, call.advisor_site, written_at, done_at,
    )  # fmt: skip


def _working_time(chance: Random, now: datetime) -> datetime:
    """Within the hours of the service, on a day before today: of four calls one was in the last two weeks."""
    while True:
        day = (now - timedelta(days=chance.randrange(1, 15 if chance.random() < 0.25 else 366))).date()
        if day.weekday() < 5:
            break
    minutes = chance.choice((chance.randrange(8 * 60 + 30, 12 * 60 + 15), chance.randrange(13 * 60 + 30, 16 * 60 + 45)))
    return datetime.combine(day, time(minutes // 60, minutes % 60, chance.randrange(60)), now.tzinfo)


def _at_five(moment: datetime) -> datetime:
    """That afternoon, or the one of the next Monday."""
    while moment.weekday() >= 5:
        moment += timedelta(days=1)
    return moment.replace(hour=17, minute=0, second=0, microsecond=0)
