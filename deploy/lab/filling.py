"""Files and former calls of contributors who do not exist, written to a database that has them already."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg

from cti_router.postgres.records import record_to_stored
from deploy.lab.past import FictionalContact, PastCall
from deploy.lab.records import FictionalRecord

_HISTORY = (
    "id", "arrived_at", "ended_at", "cli", "dnis", "contributor", "profile", "recognition", "entry_site", "duty_site",
    "advisor", "advisor_site", "path", "waited_s", "talked_s", "outcome", "because", "tickets", "sip", "verified",
    "decisions", "motive", "message",
)  # fmt: skip
_CONTACT = (
    "call", "advisor", "contributor", "motive", "outcome", "note", "due_at", "owner_site", "written_at", "done_at",
    "done_by", "done_note",
)  # fmt: skip


async def fill_records(dsn: str, records: Sequence[FictionalRecord]) -> None:
    """What `fill` does not know. What they had of it is replaced whole."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            ids = await _ids(connection, [record.contributor.siret for record in records])
            await _describe(connection, records)
            await _label_phones(connection, records, ids)
            await _replace(
                connection, "account", ("number", "contributor_id", "label", "balance_cents", "surcharge_cents"),
                [
                    (each.number, ids[record.contributor.siret], each.label, each.balance_cents, each.surcharge_cents)
                    for record in records
                    for each in record.accounts
                ], ids,
            )  # fmt: skip
            await _replace(
                connection, "payment_plan",
                ("contributor_id", "state", "total_cents", "instalments", "paid", "asked_on"),
                [
                    (
                        ids[record.contributor.siret], each.state, each.total_cents, each.instalments, each.paid,
                        each.asked_on,
                    )
                    for record in records
                    for each in record.payment_plans
                ], ids,
            )  # fmt: skip
            await _replace(
                connection, "declaration", ("contributor_id", "kind", "period", "months", "due_on", "received_on"),
                [
                    (ids[record.contributor.siret], each.kind, each.period, each.months, each.due_on, each.received_on)
                    for record in records
                    for each in record.declarations
                ], ids,
            )  # fmt: skip
    finally:
        await connection.close()


async def fill_past(dsn: str, calls: Sequence[PastCall]) -> None:
    """The history and what was written of it; the months' partitions are made. Into a database without them."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            ids = await _ids(connection, list({call.contributor.siret for call in calls}))
            for year, month in {_utc(call.record.arrived_at).timetuple()[:2] for call in calls}:
                await connection.execute("SELECT ensure_history_partition($1)", datetime(year, month, 1, tzinfo=UTC))
            await connection.copy_records_to_table(
                "history", columns=_HISTORY, records=[_history(call, ids[call.contributor.siret]) for call in calls]
            )
            contacts = [_contact(call.contact, ids[call.contributor.siret]) for call in calls if call.contact]
            await connection.copy_records_to_table("contact", columns=_CONTACT, records=contacts)
            await connection.execute("ANALYZE history, contact")
    finally:
        await connection.close()


async def _ids(connection: "asyncpg.Connection[asyncpg.Record]", sirets: Sequence[str]) -> dict[str, int]:
    rows = await connection.fetch("SELECT siret, id FROM contributor WHERE siret = ANY($1)", sirets)
    return {row["siret"]: row["id"] for row in rows}


async def _describe(connection: "asyncpg.Connection[asyncpg.Record]", records: Sequence[FictionalRecord]) -> None:
    await connection.execute(
        "UPDATE contributor SET legal_form = given.legal_form, activity = given.activity, "
        "employees = given.employees, street = given.street, postcode = given.postcode, town = given.town, "
        "email = given.email FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::text[], "
        "$7::text[], $8::text[]) AS given (siret, legal_form, activity, employees, street, postcode, town, email) "
        "WHERE contributor.siret = given.siret",
        [record.contributor.siret for record in records],
        [record.legal_form for record in records],
        [record.activity for record in records],
        [record.employees for record in records],
        [record.street for record in records],
        [record.postcode for record in records],
        [record.town for record in records],
        [record.email for record in records],
    )


async def _label_phones(
    connection: "asyncpg.Connection[asyncpg.Record]", records: Sequence[FictionalRecord], ids: dict[str, int]
) -> None:
    labelled = [
        (number, ids[record.contributor.siret], label)
        for record in records
        for number, label in zip(record.contributor.e164, record.labels, strict=True)
    ]
    await connection.execute(
        "UPDATE phone_number SET label = given.label "
        "FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS given (e164, contributor_id, label) "
        "WHERE phone_number.e164 = given.e164 AND phone_number.contributor_id = given.contributor_id",
        [number for number, _, _ in labelled],
        [contributor for _, contributor, _ in labelled],
        [label for *_, label in labelled],
    )


async def _replace(
    connection: "asyncpg.Connection[asyncpg.Record]", table: str, columns: Sequence[str],
    rows: Sequence[tuple[object, ...]], ids: dict[str, int],
) -> None:  # fmt: skip
    await connection.execute(f"DELETE FROM {table} WHERE contributor_id = ANY($1)", list(ids.values()))
    await connection.copy_records_to_table(table, columns=columns, records=rows)


def _history(call: PastCall, contributor: int) -> tuple[object, ...]:
    stored = record_to_stored(replace(call.record, contributor=contributor))
    row = {
        **stored,
        "arrived_at": datetime.fromisoformat(stored["arrived_at"]),
        "ended_at": datetime.fromisoformat(stored["ended_at"]),
        "tickets": json.dumps(stored["tickets"]),
        "decisions": json.dumps(stored["decisions"]),
    }
    return tuple(row[column] for column in _HISTORY)


def _contact(contact: FictionalContact, contributor: int) -> tuple[object, ...]:
    done_by = contact.advisor.replace("_", ".") if contact.done_at is not None else ""
    return (
        contact.call, contact.advisor, contributor, contact.motive, contact.outcome, contact.note, contact.due_at,
        contact.owner_site, contact.written_at, contact.done_at, done_by, "Fait." if done_by else "",
    )  # fmt: skip


def _utc(instant: float) -> datetime:
    return datetime.fromtimestamp(instant, UTC)
