"""The files and former calls of the lab's contributors: plausible, the same again, and as the database takes them."""

from collections import Counter
from datetime import date, datetime
from zoneinfo import ZoneInfo

import asyncpg

from cti_router.core.history import Outcome
from cti_router.core.tickets.keyed_numbers import is_account
from deploy.lab.contributors import PROFILES, fictional_contributors, fill
from deploy.lab.filling import fill_past, fill_records
from deploy.lab.past import fictional_past
from deploy.lab.records import FictionalRecord, fictional_records

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=ZoneInfo("Europe/Paris"))
TODAY = NOW.date()
ADVISORS = {"sophie": "lyon", "marc": "brest", "zoe": "lyon"}
CONTRIBUTORS = fictional_contributors(600, 1, sorted(ADVISORS))
RECORDS = fictional_records(CONTRIBUTORS, 1, TODAY)
PAST = fictional_past(CONTRIBUTORS, 1, NOW, ADVISORS, 33261910001)


def _of(profile: str) -> list[FictionalRecord]:
    return [record for record in RECORDS if record.contributor.profile == profile]


def test_the_same_seed_makes_the_same_files_and_calls() -> None:
    assert fictional_records(CONTRIBUTORS, 1, TODAY) == RECORDS
    assert fictional_records(CONTRIBUTORS, 2, TODAY) != RECORDS
    assert fictional_past(CONTRIBUTORS, 1, NOW, ADVISORS, 33261910001) == PAST
    assert fictional_past(CONTRIBUTORS, 2, NOW, ADVISORS, 33261910001) != PAST


def test_each_declares_what_his_profile_does() -> None:
    kinds = {profile: {each.kind for record in _of(profile) for each in record.declarations} for profile in PROFILES}
    assert kinds == {
        "employer": {"DSN"}, "association": {"DSN"}, "household_employer": {"Cesu"},
        "self_employed": {"Chiffre d’affaires"}, "health_practitioner": {"Revenus"},
    }  # fmt: skip
    for record in _of("employer"):
        days = {each.due_on.day for each in record.declarations}
        assert days == ({5} if (record.employees or 0) >= 50 else {15})
        assert [each.period for each in record.declarations][-3:] == [
            date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)
        ]  # fmt: skip
    last_of_the_self_employed = _of("self_employed")[0].declarations[-1]
    assert (last_of_the_self_employed.period, last_of_the_self_employed.due_on) == (date(2027, 1, 1), date(2027, 4, 30))


def test_everybody_has_something_due_to_come_and_nothing_came_from_tomorrow() -> None:
    for record in RECORDS:
        assert any(each.due_on >= TODAY and each.received_on is None for each in record.declarations)
        assert all(each.received_on is None or each.received_on < TODAY for each in record.declarations)
    were_due = [each for record in RECORDS for each in record.declarations if each.due_on < TODAY]
    assert 0 < sum(each.received_on is None for each in were_due) < len(RECORDS) / 4


def test_what_is_owed_and_the_plan_to_pay_it_agree_to_the_cent() -> None:
    for record in RECORDS:
        first = record.accounts[0]
        for plan in record.payment_plans:
            left = plan.total_cents // plan.instalments * (plan.instalments - plan.paid)
            assert plan.total_cents % plan.instalments == 0
            assert first.balance_cents == -(left + first.surcharge_cents) or plan.state == "kept"
            assert (plan.state == "kept") == (plan.paid == plan.instalments)
            assert plan.asked_on < TODAY
        assert first.surcharge_cents <= max(0, -first.balance_cents)
    states = {plan.state for record in RECORDS for plan in record.payment_plans}
    assert states == {"under_study", "granted", "kept", "broken"}
    owing = sum(record.accounts[0].balance_cents < 0 for record in RECORDS)
    assert len(RECORDS) / 8 < owing < len(RECORDS) / 3
    assert RECORDS[0].accounts[0].balance_cents < 0


def test_every_account_has_its_key_and_no_address_is_anybodys() -> None:
    numbers = [each.number for record in RECORDS for each in record.accounts]
    assert len(set(numbers)) == len(numbers) > len(RECORDS)
    assert all(is_account(number, checked=True) for number in numbers)
    assert all(record.accounts[0].number == record.contributor.account for record in RECORDS)
    for record in RECORDS:
        assert record.email.isascii()
        assert record.email.endswith(".example")
        assert record.email.count("@") == 1
        assert len(record.labels) == len(record.contributor.phones)


def test_a_year_of_calls_in_working_hours_each_with_an_end() -> None:
    for call in PAST:
        arrived = datetime.fromtimestamp(call.record.arrived_at, NOW.tzinfo)
        assert arrived.weekday() < 5
        assert 8 <= arrived.hour < 17
        assert (NOW - arrived).days <= 366
        assert call.record.ended_at is not None
        assert call.record.ended_at < NOW.timestamp()
        assert (call.record.advisor is None) == (call.record.outcome is Outcome.ABANDONED)
    assert len({call.record.id for call in PAST}) == len(PAST)
    by_contributor = Counter(call.contributor.siret for call in PAST)
    assert all(by_contributor[contributor.siret] >= 6 for contributor in CONTRIBUTORS[:5])
    assert len(by_contributor) < len(CONTRIBUTORS)


def test_some_of_what_is_to_be_followed_up_is_left_and_a_little_is_overdue() -> None:
    written = [call.contact for call in PAST if call.contact is not None]
    outcomes = Counter(contact.outcome for contact in written)
    assert outcomes["first_level"] > outcomes["second_level"] + outcomes["follow_up"] > 0
    assert all((contact.outcome == "follow_up") == (contact.due_at is not None) for contact in written)
    assert all(contact.owner_site == ADVISORS[contact.advisor] for contact in written)
    to_do = [contact.due_at for contact in written if contact.due_at is not None and contact.done_at is None]
    assert 0 < sum(due_at < NOW for due_at in to_do) < len(to_do) / 2


async def test_the_database_takes_it_and_filling_twice_leaves_each_once(dsn: str) -> None:
    await fill(dsn, CONTRIBUTORS)
    await fill_records(dsn, RECORDS)
    await fill_past(dsn, PAST)
    await fill(dsn, CONTRIBUTORS)
    await fill_records(dsn, RECORDS)
    connection = await asyncpg.connect(dsn)
    for table, count in {
        "account": sum(len(record.accounts) for record in RECORDS),
        "payment_plan": sum(len(record.payment_plans) for record in RECORDS),
        "declaration": sum(len(record.declarations) for record in RECORDS),
        "history": len(PAST),
        "contact": sum(call.contact is not None for call in PAST),
    }.items():
        assert await connection.fetchval(f"SELECT count(*) FROM {table}") == count, table
    row = await connection.fetchrow(
        "SELECT legal_form, town, employees, sum(balance_cents)::bigint AS balance_cents FROM contributor "
        "JOIN account ON contributor_id = contributor.id WHERE siret = $1 GROUP BY contributor.id",
        CONTRIBUTORS[0].siret,
    )
    first = RECORDS[0]
    assert row is not None
    assert tuple(row) == (
        first.legal_form, first.town, first.employees, sum(each.balance_cents for each in first.accounts)
    )  # fmt: skip
    assert await connection.fetchval("SELECT count(*) FROM phone_number WHERE label = ''") == 0
    await connection.close()
