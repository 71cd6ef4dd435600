"""No view, no search and no list of work reads a whole table, however many files there are."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest

from cti_router.database.queries import query

MANY = 20_000
JANUARY = datetime(2026, 1, 15, 9, tzinfo=UTC)

_FILLED = f"""
INSERT INTO contributor (name, siret, profile)
SELECT
    (ARRAY['Menuiserie', 'Boulangerie', 'Garage', 'Café'])[1 + i % 4] || ' '
        || (ARRAY['Lefèvre', 'Durand', 'Noël'])[1 + i % 3] || ' ' || substr(md5(i::text), 1, 6),
    lpad(i::text, 14, '0'), 'employer'
FROM generate_series(1, {MANY}) AS i;
INSERT INTO phone_number (e164, contributor_id, raw) SELECT 33200000000 + id, id, '' FROM contributor;
INSERT INTO account (number, contributor_id) SELECT lpad(id::text, 18, '0'), id FROM contributor;
INSERT INTO payment_plan (contributor_id, state, total_cents, instalments, asked_on)
SELECT id, 'granted', 100, 1, '2026-01-01' FROM contributor;
INSERT INTO declaration (contributor_id, kind, period, due_on)
SELECT id, 'DSN', (date '2025-12-01' + make_interval(months => m))::date,
    (date '2026-01-15' + make_interval(months => m))::date
FROM contributor, generate_series(0, 3) AS m;
SELECT ensure_history_partition('2026-01-15'), ensure_history_partition('2026-02-15');
INSERT INTO history (
    id, arrived_at, ended_at, cli, dnis, contributor, entry_site, path, waited_s, talked_s, outcome, because, tickets
)
SELECT 'caen-' || id || '.' || m, at, at, '', '', id, 'caen', '{{}}', 1, 1, 'answered', '{{}}', '[]'
FROM contributor, generate_series(0, 1) AS m,
    make_timestamptz(2026, 1 + m, 1 + (id % 27)::int, 9, 0, 0, 'UTC') AS at;
INSERT INTO contact (call, advisor, contributor, outcome, owner_site, written_at, due_at)
SELECT id, 'anne', contributor, CASE WHEN contributor % 500 = 0 THEN 'follow_up' ELSE 'first_level' END, 'caen',
    ended_at, CASE WHEN contributor % 500 = 0 THEN ended_at END
FROM history;
INSERT INTO voice_message (call, site, taken_at, length_s, digest, owner_site, due_at, contributor, done_at, done_by)
SELECT id, 'caen', arrived_at, 1, '', 'caen', arrived_at, contributor,
    CASE WHEN contributor % 500 <> 0 THEN arrived_at END, CASE WHEN contributor % 500 <> 0 THEN 'anne' ELSE '' END
FROM history;
INSERT INTO callback (
    id, e164, site, dnis, ticket, asked_at, not_before_at, revision, attempts, attempt, asked_in, author, outcome,
    ended_at
)
SELECT id, 33200000000 + contributor, 'caen', '', '', arrived_at, arrived_at, 1, 1, '', '', '',
    CASE WHEN contributor % 500 = 0 THEN 'unreached' ELSE 'answered' END, arrived_at
FROM history;
INSERT INTO callback_done (callback, done_at, done_by) SELECT id, ended_at, 'anne' FROM callback WHERE id LIKE '%.0';
ANALYZE;
"""

CASES: dict[str, tuple[str, Sequence[Any]]] = {
    "the record": ("read_record", (MANY // 2, date(2026, 2, 20), 12)),
    "several in short": ("read_short_records", ([5, 7, MANY],)),
    "by number": ("search_records", (33200000005, None, None, None, 20)),
    "by the beginning of a SIRET": ("search_records", (None, "000000000012", None, None, 20)),
    "by account": ("search_records", (None, None, f"{MANY:018}", None, 20)),
    "by words": ("search_records", (None, None, None, "durand:* & c4:*", 20)),
    "what was written": ("read_contact", ("caen-5.1", "anne")),
    "the work": ("read_work", (None, JANUARY, 100)),
    "a site's work": ("read_work", ("caen", JANUARY, 100)),
    "a day's share": ("first_level_share", (JANUARY, JANUARY.replace(hour=10))),
    "whose message": ("message_owner", ("caen-5.1",)),
}


@pytest.fixture
async def many(dsn: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(dsn)
    await connection.execute(_FILLED)
    yield connection
    await connection.close()


async def test_nothing_reads_a_whole_table(many: "asyncpg.Connection[asyncpg.Record]") -> None:
    """With the plan made for these values and with the one made for all, which a server that lives long uses."""
    for mode in ("force_custom_plan", "force_generic_plan"):
        await many.execute(f"SET plan_cache_mode = {mode}")
        for what, (name, values) in CASES.items():
            rows = await many.fetch(query(name), *values)
            assert rows, what
            plan = "\n".join(row[0] for row in await many.fetch(f"EXPLAIN {query(name)}", *values))
            assert "Seq Scan" not in plan, f"{what}, {mode}:\n{plan}"
