-- One transaction: staging, then the changes. Who reads the contributors meanwhile sees them as they were.

-- name: allow_memory
-- So that the joins and sorts of a large file stay off the disk.
SET LOCAL work_mem = '64MB';

-- name: create_staging
CREATE TEMPORARY TABLE staged_contributor ON COMMIT DROP AS
SELECT
    0::bigint AS line, siret, name, profile, advisor_in_charge,
    ARRAY[]::bigint[] AS e164, ARRAY[]::text[] AS raw, ARRAY[]::text[] AS accounts
FROM contributor
WITH NO DATA;

-- name: drop_repeated
WITH repeated AS (
    SELECT line, first_line
    FROM (SELECT line, min(line) OVER (PARTITION BY siret) AS first_line FROM staged_contributor) AS ranked
    WHERE line > first_line
),
dropped AS (
    DELETE FROM staged_contributor AS staged
    USING repeated
    WHERE staged.line = repeated.line
    RETURNING staged.line, staged.siret, repeated.first_line
)
SELECT line, siret, first_line FROM dropped ORDER BY line;

-- name: analyze_staging
ANALYZE staged_contributor;

-- name: lock_contributors
-- Readers go on; other writers, another import among them, wait until this one is over.
LOCK TABLE contributor, phone_number, account IN SHARE ROW EXCLUSIVE MODE;

-- name: drop_unchanged
-- IS NOT DISTINCT FROM, as `=` would be hashed: the numbers of everybody looked up, however short the file.
DELETE FROM staged_contributor AS staged
USING contributor
WHERE contributor.siret = staged.siret
    AND (contributor.name, contributor.profile, contributor.advisor_in_charge)
        IS NOT DISTINCT FROM (staged.name, staged.profile, staged.advisor_in_charge)
    AND staged.e164 IS NOT DISTINCT FROM ARRAY(
        SELECT e164 FROM phone_number WHERE contributor_id = contributor.id ORDER BY e164
    )
    AND staged.raw IS NOT DISTINCT FROM ARRAY(
        SELECT raw FROM phone_number WHERE contributor_id = contributor.id ORDER BY e164
    )
    AND (
        staged.accounts IS NULL
        OR staged.accounts IS NOT DISTINCT FROM ARRAY(
            SELECT number FROM account WHERE contributor_id = contributor.id ORDER BY number COLLATE "C"
        )
    );

-- name: delete_staged_numbers
-- Only those that he has no more: of the others more is known than the file tells.
DELETE FROM phone_number
USING staged_contributor AS staged
JOIN contributor ON contributor.siret = staged.siret
WHERE phone_number.contributor_id = contributor.id AND phone_number.e164 <> ALL (staged.e164);

-- name: delete_staged_accounts
DELETE FROM account
USING staged_contributor AS staged
JOIN contributor ON contributor.siret = staged.siret
WHERE account.contributor_id = contributor.id AND account.number <> ALL (staged.accounts);

-- name: update_contributors
UPDATE contributor SET
    name = staged.name,
    profile = staged.profile,
    advisor_in_charge = staged.advisor_in_charge,
    updated_at = now()
FROM staged_contributor AS staged
WHERE contributor.siret = staged.siret;

-- name: insert_contributors
INSERT INTO contributor (siret, name, profile, advisor_in_charge)
SELECT siret, name, profile, advisor_in_charge
FROM staged_contributor AS staged
WHERE NOT EXISTS (SELECT FROM contributor WHERE contributor.siret = staged.siret)
ORDER BY line;

-- name: insert_staged_numbers
INSERT INTO phone_number (e164, contributor_id, raw)
SELECT number.e164, contributor.id, number.raw
FROM staged_contributor AS staged
JOIN contributor ON contributor.siret = staged.siret
CROSS JOIN unnest(staged.e164, staged.raw) AS number (e164, raw)
ON CONFLICT (e164, contributor_id) DO UPDATE SET raw = excluded.raw
WHERE phone_number.raw <> excluded.raw;

-- name: insert_staged_accounts
INSERT INTO account (number, contributor_id)
SELECT account.number, contributor.id
FROM staged_contributor AS staged
JOIN contributor ON contributor.siret = staged.siret
CROSS JOIN unnest(staged.accounts) AS account (number)
ON CONFLICT (number, contributor_id) DO NOTHING;
