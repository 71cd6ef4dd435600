-- name: find_contributors
-- By one of these, the others NULL: $1 a calling number, $2 a SIRET, $3 an account number. $4: since when it counts who
-- served them last, NULL for not at all.
SELECT
    contributor.id, contributor.name, contributor.profile, contributor.advisor_in_charge, contributor.siret,
    last.advisor AS last_advisor
FROM (
    SELECT phone_number.contributor_id FROM phone_number WHERE phone_number.e164 = $1
    UNION ALL
    SELECT contributor.id FROM contributor WHERE contributor.siret = $2
    UNION ALL
    SELECT account.contributor_id FROM account WHERE account.number = $3
) AS found
JOIN contributor ON contributor.id = found.contributor_id
LEFT JOIN LATERAL (
    SELECT history.advisor
    FROM history
    WHERE history.contributor = contributor.id
        AND history.arrived_at >= $4
        AND history.advisor IS NOT NULL
        AND history.outcome = 'answered'
    ORDER BY history.arrived_at DESC
    LIMIT 1
) AS last ON $4 IS NOT NULL
ORDER BY contributor.id;
