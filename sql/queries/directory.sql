-- name: find_contributors
SELECT
    contributor.id, contributor.name, contributor.profile, contributor.advisor_in_charge, contributor.siret,
    last.advisor AS last_advisor
FROM phone_number
JOIN contributor ON contributor.id = phone_number.contributor_id
LEFT JOIN LATERAL (
    SELECT history.advisor
    FROM history
    WHERE history.contributor = contributor.id
        AND history.arrived_at >= $2
        AND history.advisor IS NOT NULL
        AND history.outcome = 'answered'
    ORDER BY history.arrived_at DESC
    LIMIT 1
) AS last ON $2 IS NOT NULL
WHERE phone_number.e164 = $1
ORDER BY contributor.id;

-- name: find_by_siret
SELECT
    contributor.id, contributor.name, contributor.profile, contributor.advisor_in_charge, contributor.siret,
    last.advisor AS last_advisor
FROM contributor
LEFT JOIN LATERAL (
    SELECT history.advisor
    FROM history
    WHERE history.contributor = contributor.id
        AND history.arrived_at >= $2
        AND history.advisor IS NOT NULL
        AND history.outcome = 'answered'
    ORDER BY history.arrived_at DESC
    LIMIT 1
) AS last ON $2 IS NOT NULL
WHERE contributor.siret = $1;

-- name: find_by_account
SELECT
    contributor.id, contributor.name, contributor.profile, contributor.advisor_in_charge, contributor.siret,
    last.advisor AS last_advisor
FROM account
JOIN contributor ON contributor.id = account.contributor_id
LEFT JOIN LATERAL (
    SELECT history.advisor
    FROM history
    WHERE history.contributor = contributor.id
        AND history.arrived_at >= $2
        AND history.advisor IS NOT NULL
        AND history.outcome = 'answered'
    ORDER BY history.arrived_at DESC
    LIMIT 1
) AS last ON $2 IS NOT NULL
WHERE account.number = $1
ORDER BY contributor.id;
