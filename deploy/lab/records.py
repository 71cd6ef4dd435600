"""The files of contributors who do not exist: the same for the same seed and day, plausible for who they are.

Money is in cents of a euro. Streets, people and amounts are made up; towns, activities and due days are real.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from unicodedata import combining, normalize

from deploy.lab.contributors import FictionalContributor

TOWNS = (
    ("14000", "Caen"), ("76000", "Rouen"), ("76600", "Le Havre"), ("76200", "Dieppe"), ("27000", "Évreux"),
    ("50000", "Saint-Lô"), ("14400", "Bayeux"), ("14100", "Lisieux"), ("50100", "Cherbourg-en-Cotentin"),
    ("61000", "Alençon"), ("27400", "Louviers"), ("76400", "Fécamp"), ("50400", "Granville"), ("50300", "Avranches"),
    ("61200", "Argentan"), ("27200", "Vernon"), ("27300", "Bernay"), ("76190", "Yvetot"), ("27500", "Pont-Audemer"),
)  # fmt: skip
_STREETS = (
    "rue des Tilleuls", "rue de l’Église", "avenue de la Libération", "chemin des Vergers", "place du Marché",
    "rue du Moulin", "impasse des Pommiers", "route de la Mer", "rue Jean-Mermoz", "boulevard des Alliés",
    "rue aux Fèvres", "quai du Port", "rue du Général-de-Gaulle", "zone artisanale des Hauts-Prés",
)  # fmt: skip

_ACTIVITIES = {
    "employer": (
        "43.32A Travaux de menuiserie bois et PVC", "10.71C Boulangerie et boulangerie-pâtisserie",
        "56.10A Restauration traditionnelle", "43.21A Travaux d’installation électrique dans tous locaux",
        "43.22A Travaux d’installation d’eau et de gaz en tous locaux",
        "49.41A Transports routiers de fret interurbains",
        "45.20A Entretien et réparation de véhicules automobiles légers", "81.21Z Nettoyage courant des bâtiments",
        "41.20A Construction de maisons individuelles", "69.20Z Activités comptables",
    ),
    "self_employed": (
        "43.34Z Travaux de peinture et vitrerie", "96.02A Coiffure", "81.30Z Services d’aménagement paysager",
        "62.02A Conseil en systèmes et logiciels informatiques", "74.10Z Activités spécialisées de design",
        "85.59B Autres enseignements", "47.81Z Commerce de détail alimentaire sur éventaires et marchés",
    ),
    "household_employer": ("97.00Z Activités des ménages en tant qu’employeurs de personnel domestique",),
    "health_practitioner": (
        "86.21Z Activité des médecins généralistes", "86.22C Autres activités des médecins spécialistes",
        "86.23Z Pratique dentaire",
    ),
    "association": (
        "94.99Z Autres organisations fonctionnant par adhésion volontaire",
        "91.03Z Gestion des sites et monuments historiques et des attractions touristiques similaires",
    ),
}  # fmt: skip

_FORMS = {
    "self_employed": ("Micro-entrepreneur", "Micro-entrepreneur", "Entrepreneur individuel"),
    "household_employer": ("Particulier",),
    "health_practitioner": ("Profession libérale",),
    "association": ("Association loi de 1901",),
}
_SUFFIXES = {"SARL": "SARL", "S.A.R.L.": "SARL", "SA": "SA", "S.A.": "SA", "SAS": "SAS", "S.A.S.": "SAS"}


@dataclass(frozen=True, slots=True)
class FictionalAccount:
    """Below zero he owes; `surcharge_cents` is how much of that are surcharges."""

    number: str
    label: str
    balance_cents: int
    surcharge_cents: int


@dataclass(frozen=True, slots=True)
class FictionalPaymentPlan:
    """`state`: under_study, granted, kept or broken. `total_cents` is `instalments` times the same amount."""

    state: str
    total_cents: int
    instalments: int
    paid: int
    asked_on: date


@dataclass(frozen=True, slots=True)
class FictionalDeclaration:
    """`period`: its first day; it lasts `months`. `received_on`: None while it has not come."""

    kind: str
    period: date
    months: int
    due_on: date
    received_on: date | None


@dataclass(frozen=True, slots=True)
class FictionalRecord:
    """Beside what the directory has of `contributor`. `labels`: of his phones, in their order."""

    contributor: FictionalContributor
    legal_form: str
    activity: str
    employees: int | None
    street: str
    postcode: str
    town: str
    email: str
    labels: tuple[str, ...]
    accounts: tuple[FictionalAccount, ...]
    payment_plans: tuple[FictionalPaymentPlan, ...]
    declarations: tuple[FictionalDeclaration, ...]


def fictional_records(contributors: Sequence[FictionalContributor], seed: int, today: date) -> list[FictionalRecord]:
    """One of each contributor, as of that day: a year of declarations, and the next ones.

    About one in five owes something; most of those have asked for time to pay. The very first one does: he is who rings
    in when somebody tries the service.
    """
    return [
        _record(contributor, Random(f"{seed} {contributor.siret}"), today, owes=rank == 0)
        for rank, contributor in enumerate(contributors)
    ]


def _record(contributor: FictionalContributor, chance: Random, today: date, *, owes: bool) -> FictionalRecord:
    profile = contributor.profile
    employees = _employees(profile, chance)
    postcode, town = chance.choice(TOWNS)
    late = owes or chance.random() < 0.2
    plan, debt_cents = _payment_plan(profile, chance, today) if late else (None, 0)
    if plan is None and not late and chance.random() < 0.05:  # he owed once, and has paid
        plan = _kept(profile, chance, today)
    return FictionalRecord(
        contributor, _legal_form(contributor, chance), chance.choice(_ACTIVITIES[profile]), employees,
        f"{chance.randrange(1, 90)} {chance.choice(_STREETS)}", postcode, town, _email(contributor, chance),
        _labels(contributor, chance), _accounts(contributor, chance, town, debt_cents),
        (plan,) if plan is not None else (), tuple(_declarations(profile, employees, chance, today, late=late)),
    )  # fmt: skip


def _employees(profile: str, chance: Random) -> int | None:
    match profile:
        case "employer":
            return chance.choice((chance.randrange(1, 10), chance.randrange(1, 20), chance.randrange(10, 120)))
        case "association":
            return chance.randrange(1, 8)
        case "household_employer":
            return 1 if chance.random() < 0.9 else 2
        case "health_practitioner":
            return chance.choice((0, 0, 1, 2))
        case _:
            return None


def _legal_form(contributor: FictionalContributor, chance: Random) -> str:
    """Of a company whose name tells it, that one."""
    for suffix, form in _SUFFIXES.items():
        if contributor.name.endswith(f" {suffix}"):
            return form
    return chance.choice(_FORMS.get(contributor.profile, ("SARL", "SAS", "EURL", "SASU")))


def _email(contributor: FictionalContributor, chance: Random) -> str:
    """At a domain that can never be anybody's (RFC 2606)."""
    plain = "".join(letter for letter in normalize("NFD", contributor.name.lower()) if not combining(letter))
    words = ["".join(filter(str.isalnum, word)) for word in plain.replace("'", " ").replace("’", " ").split()]
    name = "-".join(word for word in words if word and word not in {"dr", "sarl", "sas", "sa"})
    if contributor.profile in {"employer", "association"}:
        return f"{chance.choice(('contact', 'compta', 'accueil'))}@{name}.example"
    return f"{name.replace('-', '.')}@{chance.choice(('courriel', 'poste', 'boite'))}.example"


def _labels(contributor: FictionalContributor, chance: Random) -> tuple[str, ...]:
    if contributor.profile in {"employer", "association"}:
        return ("Standard", "Comptable", "Mobile")[: len(contributor.phones)]
    first = "Cabinet" if contributor.profile == "health_practitioner" else chance.choice(("Domicile", "Mobile"))
    return (first, "Travail", "Conjoint")[: len(contributor.phones)]


def _accounts(
    contributor: FictionalContributor, chance: Random, town: str, debt_cents: int
) -> tuple[FictionalAccount, ...]:
    surcharge_cents = debt_cents * chance.randrange(5, 9) // 100
    balance_cents = -(debt_cents + surcharge_cents)
    if not debt_cents and chance.random() < 0.04:  # he paid too much
        balance_cents = chance.randrange(1_000, 90_000)
    first = FictionalAccount(contributor.account, "", balance_cents, surcharge_cents)
    if contributor.profile != "employer" or chance.random() > 0.15:
        return (first,)
    digits = f"01{contributor.siret}"
    second = FictionalAccount(f"{digits}{97 - int(digits) % 97:02}", f"atelier de {town}", 0, 0)
    return (first, second)


# ── paying in time, and later ────────────────────────────────────────────────────────────────────────────────────────


def _instalment_cents(profile: str, chance: Random) -> int:
    """As much as he may be expected to pay in a month, beside what is due."""
    euros = {"employer": (150, 1_500), "association": (50, 400), "health_practitioner": (200, 1_200)}
    return chance.randrange(*(100 * each for each in euros.get(profile, (30, 300))))


def _payment_plan(profile: str, chance: Random, today: date) -> tuple[FictionalPaymentPlan | None, int]:
    """The plan he asked for, if any, and what is still owed."""
    each_cents, instalments = _instalment_cents(profile, chance), chance.choice((3, 6, 6, 12))
    owed_cents = each_cents * instalments
    match chance.choices((None, "under_study", "granted", "broken"), (25, 30, 30, 15))[0]:
        case "granted" | "broken" as state:
            paid = chance.randrange(1, instalments)
            late_days = 40 if state == "broken" else 0
            asked_on = today - timedelta(days=30 * paid + late_days + chance.randrange(5, 20))
            plan = FictionalPaymentPlan(state, owed_cents, instalments, paid, asked_on)
            return plan, each_cents * (instalments - paid)
        case "under_study" as state:
            asked_on = today - timedelta(days=chance.randrange(1, 15))
            return FictionalPaymentPlan(state, owed_cents, instalments, 0, asked_on), owed_cents
        case _:
            return None, owed_cents


def _kept(profile: str, chance: Random, today: date) -> FictionalPaymentPlan:
    instalments = chance.choice((3, 6))
    asked_on = today - timedelta(days=30 * instalments + chance.randrange(40, 200))
    total_cents = _instalment_cents(profile, chance) * instalments
    return FictionalPaymentPlan("kept", total_cents, instalments, instalments, asked_on)


# ── declarations ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _declarations(
    profile: str, employees: int | None, chance: Random, today: date, *, late: bool
) -> Iterator[FictionalDeclaration]:
    """The oldest first. Who is in arrears declares late more often, and may not have made the last one."""
    schedule = list(_schedule(profile, employees, today))
    last_due_on = max(due_on for *_, due_on in schedule if due_on < today)
    for kind, period, months, due_on in schedule:
        received_on: date | None = None
        if due_on < today and not (due_on == last_due_on and chance.random() < (0.3 if late else 0.01)):
            received_on = due_on - timedelta(days=chance.randrange(9))
            if chance.random() < (0.3 if late else 0.05):
                came_on = due_on + timedelta(days=chance.randrange(1, 12))
                received_on = came_on if came_on < today else None
        yield FictionalDeclaration(kind, period, months, due_on, received_on)


def _schedule(profile: str, employees: int | None, today: date) -> Iterator[tuple[str, date, int, date]]:
    """Kind, the period's first day and months, due day: over the last year, and the next ones.

    An employer's DSN is due on the 5th of the next month from fifty employees on, else on the 15th; a quarter's
    turnover by the end of the month after it.
    """
    match profile:
        case "employer" | "association" | "household_employer":
            kind = "Cesu" if profile == "household_employer" else "DSN"
            day = 15 if kind == "DSN" and (employees or 0) < 50 else 5
            for months in range(-12, 3):
                yield kind, _month(today, months - 1), 1, _month(today, months).replace(day=day)
        case "self_employed":
            quarter = _month(today, -((today.month - 1) % 3))
            for quarters in range(-5, 2):
                period = _month(quarter, 3 * quarters)
                yield "Chiffre d’affaires", period, 3, _month(period, 4) - timedelta(days=1)
        case _:
            for year in (today.year - 2, today.year - 1, today.year):
                yield "Revenus", date(year, 1, 1), 12, date(year + 1, 5, 20)


def _month(day: date, months: int) -> date:
    """The first day of a month so many months later."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return date(year, month + 1, 1)
