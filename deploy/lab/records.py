"""What the records of contributors who do not exist say: the same for the same seed, and likely for each profile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import asyncpg
from faker import Faker

from deploy.lab.contributors import FictionalContributor

SEED = 7
_TOWNS = (
    ("14000", "Caen"), ("14400", "Bayeux"), ("14100", "Lisieux"), ("76000", "Rouen"), ("76600", "Le Havre"),
    ("76200", "Dieppe"), ("27000", "Évreux"), ("27200", "Vernon"), ("50000", "Saint-Lô"), ("50100", "Cherbourg"),
)  # fmt: skip
_NOTES = (
    ("collections", "second_level", "Demande d’étaler la régularisation sur six mois, dossier transmis."),
    ("collections", "follow_up", "Veut payer en trois fois, pièces attendues."),
    ("declaration", "first_level", "DSN rejetée : taux AT corrigé avec le comptable."),
    ("declaration", "first_level", "A confirmé la réception de sa déclaration."),
    ("other", "first_level", "Attestation de vigilance envoyée par courriel."),
    (None, "first_level", "Changement d’adresse enregistré."),
    (None, "first_level", "Questions sur la date d’échéance, répondu."),
)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How contributors of a profile are: months between two declarations, their due day in the month that follows."""

    legal_forms: tuple[str, ...]
    activities: tuple[str, ...]
    declares: str
    every_months: int
    due_day: int
    employs: tuple[int, int] | None = None


_KINDS: Mapping[str, _Kind] = {
    "employer": _Kind(
        ("SARL", "SAS", "SA", "EURL"), ("Menuiserie", "Boulangerie", "Transport routier", "Restauration", "Bâtiment"),
        "DSN", 1, 5, (1, 60),
    ),
    "association": _Kind(("Association",), ("Sport", "Culture", "Aide à domicile"), "DSN", 1, 15, (1, 12)),
    "self_employed": _Kind(
        ("Entreprise individuelle", "Micro-entreprise"), ("Artisan", "Commerce", "Conseil", "Taxi"),
        "Chiffre d’affaires", 3, 5,
    ),
    "health_practitioner": _Kind(("Profession libérale",), ("Médecine générale", "Kinésithérapie"), "Revenus", 12, 20),
    "household_employer": _Kind(("Particulier employeur",), ("Garde d’enfants", "Ménage"), "Pajemploi", 1, 5, (1, 2)),
}  # fmt: skip


async def fill_records(
    dsn: str, contributors: Sequence[FictionalContributor], advisors: Mapping[str, str], motives: Sequence[str],
    today: date,
) -> None:  # fmt: skip
    """Writes what `contributors.fill` does not, over what was there. `advisors`: the site of each."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            rows = await connection.fetch("SELECT siret, id FROM contributor")
            ids: dict[str, int] = {row["siret"]: row["id"] for row in rows}
            await connection.execute("DELETE FROM payment_plan; DELETE FROM declaration;")
            await _fill(connection, [_Fiction(each, ids[each.siret], today) for each in contributors])
            await _fill_contacts(connection, contributors, ids, advisors, motives, today)
    finally:
        await connection.close()


class _Fiction:
    """One contributor's record."""

    def __init__(self, contributor: FictionalContributor, id_: int, today: date) -> None:
        self.contributor, self.id, self.today = contributor, id_, today
        self._random = random = Random(f"{SEED} {contributor.siret}")
        self.kind = kind = _KINDS[contributor.profile]
        self.town = random.choice(_TOWNS)
        self.legal_form, self.activity = random.choice(kind.legal_forms), random.choice(kind.activities)
        self.employees = random.randint(*kind.employs) if kind.employs else None
        fake = Faker("fr_FR")
        fake.seed_instance(int(contributor.siret))
        self.street = str(fake.street_address())
        self.email = f"contact.{contributor.siret[5:9]}@example.com"
        owes = random.random() < 0.3
        self.balance_cents = -random.randint(5_000, 900_000) if owes else 0
        self.surcharge_cents = -self.balance_cents // 70 if owes and random.random() < 0.5 else 0

    def plan(self) -> tuple[object, ...] | None:
        """The row of a payment plan, of one who owes much."""
        if self.balance_cents > -200_000:
            return None
        state = self._random.choice(("under_study", "granted", "kept", "broken"))
        instalments = self._random.choice((3, 6, 12))
        paid = 0 if state == "under_study" else self._random.randint(0, instalments - 1)
        asked_on = self.today - timedelta(days=self._random.randint(3, 90))
        return (self.id, state, -self.balance_cents, instalments, paid, asked_on)

    def declarations(self) -> Iterator[tuple[object, ...]]:
        """Rows of the last year's and of the next one."""
        is_late = self._random.random() < 0.15
        month = self.today.year * 12 + self.today.month - 1
        month -= month % self.kind.every_months
        for back in range(-1, max(1, 12 // self.kind.every_months)):
            began = month - (back + 1) * self.kind.every_months
            period = date(began // 12, began % 12 + 1, 1)
            ends = began + self.kind.every_months
            due_on = date(ends // 12, ends % 12 + 1, self.kind.due_day)
            received_on = None
            if due_on < self.today and not (is_late and due_on > self.today - timedelta(days=100)):
                received_on = due_on + timedelta(days=self._random.choice((-3, -1, -1, 0, 0, 6)))
            yield (self.id, self.kind.declares, period, due_on, received_on)


async def _fill(connection: "asyncpg.Connection[asyncpg.Record]", fictions: Sequence[_Fiction]) -> None:
    await connection.executemany(
        "UPDATE contributor SET legal_form = $2, activity = $3, employees = $4, street = $5, postcode = $6, town = $7, "
        "email = $8 WHERE id = $1",
        [
            (each.id, each.legal_form, each.activity, each.employees, each.street, *each.town, each.email)
            for each in fictions
        ],
    )
    await connection.executemany(
        "UPDATE account SET balance_cents = $2, surcharge_cents = $3 WHERE contributor_id = $1",
        [(each.id, each.balance_cents, each.surcharge_cents) for each in fictions],
    )
    await connection.executemany(
        "UPDATE phone_number SET label = $3 WHERE contributor_id = $1 AND raw = $2",
        [
            (each.id, raw, label)
            for each in fictions
            for raw, label in zip(each.contributor.phones, ("Standard", "Comptable", "Mobile"), strict=False)
        ],
    )
    await connection.copy_records_to_table(
        "payment_plan",
        columns=("contributor_id", "state", "total_cents", "instalments", "paid", "asked_on"),
        records=[plan for each in fictions if (plan := each.plan()) is not None],
    )
    await connection.copy_records_to_table(
        "declaration",
        columns=("contributor_id", "kind", "period", "due_on", "received_on"),
        records=[row for each in fictions for row in each.declarations()],
    )


async def _fill_contacts(
    connection: "asyncpg.Connection[asyncpg.Record]", contributors: Sequence[FictionalContributor],
    ids: Mapping[str, int], advisors: Mapping[str, str], motives: Sequence[str], today: date,
) -> None:  # fmt: skip
    """Calls of the last year, most with a note. Those that are there already stay."""
    random = Random(SEED)
    history: list[tuple[object, ...]] = []
    contacts: list[tuple[object, ...]] = []
    for contributor in contributors:
        for _ in range(random.choice((0, 0, 1, 2, 4))):
            day = today - timedelta(days=random.randint(2, 300))
            at = datetime(day.year, day.month, day.day, random.randint(8, 15), random.randint(0, 59), tzinfo=UTC)
            call = f"fiction-{contributor.siret}-{at:%y%m%d%H%M}"
            advisor, motive = random.choice(list(advisors)), random.choice([None, *motives])
            answered = random.random() < 0.9
            waited_s, talked_s = random.randint(3, 240), random.randint(60, 600) if answered else 0
            history.append((
                call, at, at + timedelta(seconds=waited_s + talked_s), contributor.phones[0], "+33261910001",
                ids[contributor.siret], contributor.profile, "recognised", advisors[advisor], None,
                advisor if answered else None, advisors[advisor] if answered else None, [], float(waited_s),
                float(talked_s), "answered" if answered else "abandoned", [], "[]", motive,
            ))  # fmt: skip
            if answered and random.random() < 0.85:
                of, outcome, note = random.choice(_NOTES)
                follows = outcome == "follow_up"
                contacts.append((
                    call, advisor, ids[contributor.siret], of if of in motives else motive, outcome, note,
                    at + timedelta(days=7) if follows else None, advisors[advisor], at + timedelta(seconds=400),
                    at + timedelta(days=5) if follows and day < today - timedelta(days=20) else None,
                    advisor if follows and day < today - timedelta(days=20) else "",
                ))  # fmt: skip
    for month in {at.replace(day=1, hour=12) for _, at, *_ in history if isinstance(at, datetime)}:
        await connection.execute("SELECT ensure_history_partition($1)", month)
    await connection.executemany(
        "INSERT INTO history (id, arrived_at, ended_at, cli, dnis, contributor, profile, recognition, entry_site, "
        "duty_site, advisor, advisor_site, path, waited_s, talked_s, outcome, because, tickets, motive) VALUES "
        "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) ON CONFLICT DO NOTHING",
        history,
    )
    await connection.executemany(
        "INSERT INTO contact (call, advisor, contributor, motive, outcome, note, due_at, owner_site, written_at, "
        "done_at, done_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        contacts,
    )
