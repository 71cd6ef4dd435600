"""A contributor's record as data, of the database's one row. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from cti_router.core.configuration import AdvisorId, ProfileId
from cti_router.core.identity import Instant


@dataclass(frozen=True, slots=True)
class Phone:
    e164: int
    label: str


@dataclass(frozen=True, slots=True)
class Account:
    """Cents of a euro; below zero he owes."""

    number: str
    label: str
    balance_cents: int
    surcharge_cents: int


@dataclass(frozen=True, slots=True)
class PaymentPlan:
    """`state`: under_study, granted, kept or broken."""

    state: str
    total_cents: int
    instalments: int
    paid: int
    asked_on: date


@dataclass(frozen=True, slots=True)
class Declaration:
    """`period`: its first day; it is `months` long."""

    kind: str
    period: date
    months: int
    due_on: date
    received_on: date | None

    @property
    def came_late(self) -> bool:
        return self.received_on is not None and self.received_on > self.due_on


@dataclass(frozen=True, slots=True)
class Contact:
    """A former call: `became` is the history's outcome, `outcome` and `note` what the advisor wrote, if he did."""

    call: str
    at: Instant
    motive: str | None
    advisor: AdvisorId | None
    became: str | None
    outcome: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Record:
    id: int
    name: str
    siret: str
    profile: ProfileId
    advisor_in_charge: AdvisorId | None
    legal_form: str
    activity: str
    employees: int | None
    street: str
    postcode: str
    town: str
    email: str
    phones: tuple[Phone, ...]
    accounts: tuple[Account, ...]
    payment_plans: tuple[PaymentPlan, ...]
    declarations: tuple[Declaration, ...]
    contacts: tuple[Contact, ...]

    @property
    def balance_cents(self) -> int:
        return sum(account.balance_cents for account in self.accounts)

    @property
    def surcharge_cents(self) -> int:
        return sum(account.surcharge_cents for account in self.accounts)

    def next_due(self, today: date) -> Declaration | None:
        """The next one he has to make."""
        coming = [each for each in self.declarations if each.due_on >= today and each.received_on is None]
        return min(coming, key=lambda each: each.due_on, default=None)

    def missing(self, today: date) -> tuple[Declaration, ...]:
        """Those that are late and have not come, the oldest first."""
        late = [each for each in self.declarations if each.due_on < today and each.received_on is None]
        return tuple(sorted(late, key=lambda each: each.due_on))

    def made(self, limit: int) -> tuple[Declaration, ...]:
        """The last ones that came."""
        return tuple(each for each in self.declarations if each.received_on is not None)[:limit]

    def as_plain(self) -> dict[str, Any]:
        """As JSON types; days as ISO 8601."""
        found: dict[str, Any] = json.loads(json.dumps(asdict(self), default=date.isoformat))
        return found


def record_of(row: Mapping[str, Any]) -> Record:
    """Of what `read_record` gives."""

    def listed(name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(row[name])
        return found

    own = {name: row[name] for name in Record.__slots__ if name not in _LISTS}
    return Record(
        **own,
        phones=tuple(Phone(**each) for each in listed("phones")),
        accounts=tuple(Account(**each) for each in listed("accounts")),
        payment_plans=tuple(
            PaymentPlan(**{**each, "asked_on": date.fromisoformat(each["asked_on"])})
            for each in listed("payment_plans")
        ),
        declarations=tuple(_declaration(each) for each in listed("declarations")),
        contacts=tuple(Contact(**{**each, "at": float(each["at"])}) for each in listed("contacts")),
    )


_LISTS = ("phones", "accounts", "payment_plans", "declarations", "contacts")


def _declaration(each: Mapping[str, Any]) -> Declaration:
    received = each["received_on"]
    return Declaration(
        each["kind"], date.fromisoformat(each["period"]), each["months"], date.fromisoformat(each["due_on"]),
        date.fromisoformat(received) if received is not None else None,
    )  # fmt: skip
