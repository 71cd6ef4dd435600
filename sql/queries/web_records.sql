-- name: read_record
-- All that is shown of a contributor, lists as JSON. $2: today; $3: how many contacts.
SELECT
    contributor.id, name, siret, profile, advisor_in_charge, legal_form, activity, employees, street, postcode, town,
    email,
    COALESCE((
        SELECT json_agg(json_build_object('e164', e164, 'label', label) ORDER BY label <> 'Standard', label, e164)
        FROM phone_number WHERE contributor_id = contributor.id
    ), '[]') AS phones,
    COALESCE((
        SELECT json_agg(json_build_object(
            'number', number, 'label', label, 'balance_cents', balance_cents, 'surcharge_cents', surcharge_cents
        ) ORDER BY label <> '', number)
        FROM account WHERE contributor_id = contributor.id
    ), '[]') AS accounts,
    COALESCE((
        SELECT json_agg(json_build_object(
            'state', state, 'total_cents', total_cents, 'instalments', instalments, 'paid', paid, 'asked_on', asked_on
        ) ORDER BY asked_on DESC)
        FROM payment_plan WHERE contributor_id = contributor.id
    ), '[]') AS payment_plans,
    COALESCE((
        SELECT json_agg(json_build_object(
            'kind', kind, 'period', period, 'months', months, 'due_on', due_on, 'received_on', received_on
        ) ORDER BY due_on DESC, kind)
        FROM (
            SELECT * FROM declaration
            WHERE contributor_id = contributor.id AND due_on < $2::date + 370
            ORDER BY due_on DESC
            LIMIT 18
        ) AS late_ones
    ), '[]') AS declarations,
    COALESCE((
        SELECT json_agg(json_build_object(
            'call', id, 'at', extract(epoch FROM arrived_at), 'motive', motive, 'advisor', advisor, 'became', became,
            'outcome', outcome, 'note', note
        ) ORDER BY arrived_at DESC)
        FROM (
            SELECT
                history.id, history.arrived_at, COALESCE(contact.motive, history.motive) AS motive,
                COALESCE(contact.advisor, history.advisor) AS advisor, history.outcome AS became, contact.outcome,
                contact.note
            FROM history
            LEFT JOIN contact ON contact.call = history.id
            WHERE history.contributor = contributor.id
                AND (contact.contributor IS NULL OR contact.contributor = contributor.id)
            UNION ALL
            SELECT contact.call, contact.written_at, contact.motive, contact.advisor, NULL, contact.outcome, contact.note
            FROM contact
            WHERE contact.contributor = contributor.id AND NOT EXISTS (
                SELECT FROM history WHERE history.id = contact.call AND history.contributor = contributor.id
            )
            ORDER BY arrived_at DESC
            LIMIT $3
        ) AS last_ones
    ), '[]') AS contacts
FROM contributor
WHERE contributor.id = $1;

-- name: read_short_records
SELECT
    contributor.id, name, siret, profile, town,
    ARRAY(SELECT number FROM account WHERE contributor_id = contributor.id ORDER BY number) AS accounts
FROM contributor
WHERE contributor.id = ANY($1)
ORDER BY name, contributor.id;

-- name: search_records
-- By one of these, the others NULL: $1 a number, $2 the beginning of a SIRET, $3 an account, $4 words of a name.
SELECT
    id, name, siret, profile, town,
    ARRAY(SELECT number FROM account WHERE contributor_id = found.id ORDER BY number) AS accounts
FROM (
    SELECT contributor.id, name, siret, profile, town
    FROM phone_number
    JOIN contributor ON contributor.id = contributor_id
    WHERE e164 = $1
    UNION
    SELECT contributor.id, name, siret, profile, town
    FROM account
    JOIN contributor ON contributor.id = contributor_id
    WHERE number = $3
    UNION
    SELECT id, name, siret, profile, town
    FROM contributor
    WHERE siret BETWEEN rpad($2, 14, '0') AND rpad($2, 14, '9')
    UNION
    SELECT id, name, siret, profile, town
    FROM contributor
    WHERE words_of(name) @@ to_tsquery('simple', $4)
) AS found
ORDER BY name, id
LIMIT $5;

-- name: note_views
-- $1: whose files; before they are shown.
INSERT INTO file_view (login, contributor, call, how)
SELECT $2, contributor, $3, $4 FROM unnest($1::bigint[]) AS contributor;
