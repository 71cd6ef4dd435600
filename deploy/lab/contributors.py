"""Contributors who do not exist: the same for the same seed, with telephone numbers that belong to nobody."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import asyncpg
from faker import Faker
from stdnum import luhn
from stdnum.fr import siret as siret_number

# ARCEP keeps these ranges for fiction; each is completed by four digits.
FICTION_RANGES = ("026191", "019900", "035301", "046571", "053649", "063998")

# How many of a hundred contributors.
PROFILES = {
    "employer": 40,
    "self_employed": 30,
    "household_employer": 15,
    "health_practitioner": 10,
    "association": 5,
}

LIMIT = 40_000  # so that the 60,000 numbers suffice


@dataclass(frozen=True, slots=True)
class FictionalContributor:
    """`phones` as dialled in France (ten digits); `siret` has valid check digits and a SIREN that starts with 000."""

    name: str
    siret: str
    profile: str
    phones: tuple[str, ...]
    advisor_in_charge: str | None

    @property
    def account(self) -> str:
        """An account number with right check digits that no house would give: it begins with 00 and his SIRET."""
        digits = f"00{self.siret}"
        return f"{digits}{97 - int(digits) % 97:02}"

    @property
    def e164(self) -> tuple[int, ...]:
        return tuple(int(f"33{phone[1:]}") for phone in self.phones)


def fictional_contributors(count: int, seed: int, advisors: Sequence[str]) -> list[FictionalContributor]:
    """The first ones are plain, one of each profile. Of the others one in six has several numbers, one in thirty shares
    somebody's, one in ten has one of `advisors` in charge. Raises ValueError above `LIMIT`.
    """
    if count > LIMIT:
        raise ValueError(f"there are not enough numbers for more than {LIMIT} fictional contributors")
    random = Random(seed)
    fake = Faker("fr_FR")
    fake.seed_instance(seed)
    numbers = _numbers(random)
    sirets = [_siret(random, serial) for serial in random.sample(range(1, 100_000), count)]
    made: list[FictionalContributor] = []
    for rank, siret in enumerate(sirets):
        if rank < len(PROFILES):
            profile = list(PROFILES)[rank]
            phones, in_charge = [next(numbers)], None
        else:
            profile = random.choices(list(PROFILES), list(PROFILES.values()))[0]
            phones = [next(numbers) for _ in range(random.choices((1, 2, 3), (25, 4, 1))[0])]
            if rank > len(PROFILES) and random.random() < 1 / 30:
                phones[-1] = random.choice(made[len(PROFILES) :]).phones[-1]
            in_charge = random.choice(advisors) if advisors and random.random() < 0.1 else None
        made.append(FictionalContributor(_name(fake, profile), siret, profile, tuple(phones), in_charge))
    return made


def own_number_of_each_profile(contributors: Sequence[FictionalContributor]) -> dict[str, int]:
    """For each profile, one E.164 number that names one contributor and nobody else."""
    owners = _owners(contributors)
    own: dict[str, int] = {}
    for contributor in contributors:
        alone = [number for number in contributor.e164 if owners[number] == 1]
        if alone:
            own.setdefault(contributor.profile, alone[0])
    return own


def shared_numbers(contributors: Sequence[FictionalContributor]) -> list[int]:
    """The E.164 numbers that several contributors have."""
    return [number for number, owners in _owners(contributors).items() if owners > 1]


async def fill(dsn: str, contributors: Sequence[FictionalContributor]) -> None:
    """Writes them to a migrated database; those that are there already (same SIRET) are replaced whole."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            rows = await connection.fetch(
                "INSERT INTO contributor (name, siret, profile, advisor_in_charge) "
                "SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) "
                "ON CONFLICT (siret) DO UPDATE SET name = excluded.name, profile = excluded.profile, "
                "advisor_in_charge = excluded.advisor_in_charge, updated_at = now() RETURNING siret, id",
                [contributor.name for contributor in contributors],
                [contributor.siret for contributor in contributors],
                [contributor.profile for contributor in contributors],
                [contributor.advisor_in_charge for contributor in contributors],
            )
            ids: dict[str, int] = {row["siret"]: row["id"] for row in rows}
            await connection.execute("DELETE FROM phone_number WHERE contributor_id = ANY($1)", list(ids.values()))
            await connection.execute("DELETE FROM account WHERE contributor_id = ANY($1)", list(ids.values()))
            await connection.copy_records_to_table(
                "account",
                columns=("number", "contributor_id"),
                records=[(contributor.account, ids[contributor.siret]) for contributor in contributors],
            )
            await connection.copy_records_to_table(
                "phone_number",
                columns=("e164", "contributor_id", "raw"),
                records=[
                    (number, ids[contributor.siret], raw)
                    for contributor in contributors
                    for number, raw in zip(contributor.e164, contributor.phones, strict=True)
                ],
            )
    finally:
        await connection.close()


def _owners(contributors: Sequence[FictionalContributor]) -> Counter[int]:
    return Counter(number for contributor in contributors for number in contributor.e164)


def _numbers(random: Random) -> Iterator[str]:
    """All fiction numbers, each once, in random order."""
    numbers = [f"{start}{rest:04}" for start in FICTION_RANGES for rest in range(10_000)]
    random.shuffle(numbers)
    return iter(numbers)


def _siret(random: Random, serial: int) -> str:
    siren = _with_check_digit(f"000{serial:05}")
    return str(siret_number.validate(_with_check_digit(f"{siren}{random.randrange(1, 1000):04}")))


def _with_check_digit(digits: str) -> str:
    return f"{digits}{luhn.calc_check_digit(digits)}"


def _name(fake: Faker, profile: str) -> str:
    match profile:
        case "employer":
            return str(fake.company())
        case "association":
            return f"Association des amis de {fake.city()}"
        case "health_practitioner":
            return f"Dr {fake.first_name()} {fake.last_name()}"
        case _:
            return f"{fake.first_name()} {fake.last_name()}"
