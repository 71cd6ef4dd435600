-- name: find_contributors
SELECT contributor.id, contributor.name, contributor.profile, contributor.advisor_in_charge
FROM phone_number
JOIN contributor ON contributor.id = phone_number.contributor_id
WHERE phone_number.e164 = $1
ORDER BY contributor.id;
