-- name: write_contact
-- Nothing when another revision than $10 is there (NULL: whatever is there is replaced).
INSERT INTO contact (call, advisor, contributor, motive, outcome, note, due_at, owner_site, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (call, advisor) DO UPDATE SET
    contributor = COALESCE(excluded.contributor, contact.contributor),
    motive = excluded.motive,
    outcome = excluded.outcome,
    note = excluded.note,
    due_at = excluded.due_at,
    owner_site = excluded.owner_site,
    written_at = excluded.written_at,
    revision = contact.revision + 1,
    done_at = NULL,
    done_by = '',
    done_note = ''
WHERE $10::integer IS NULL OR contact.revision = $10
RETURNING revision;

-- name: read_contact
SELECT contributor, motive, outcome, note, extract(epoch FROM due_at)::float8 AS due_at, revision
FROM contact
WHERE call = $1 AND advisor = $2;

-- name: read_work
-- What is to be done, the first due first; $1: only of a site, or NULL. Callbacks that failed are due a day later.
SELECT
    kind, id, work.contributor, number, note, site, owner,
    COALESCE((SELECT name FROM contributor WHERE contributor.id = work.contributor), '') AS name,
    extract(epoch FROM due_at)::float8 AS due_at
FROM (
    SELECT 'follow_up' AS kind, call || ' ' || advisor AS id, contributor, NULL::text AS number, note,
        owner_site AS site, advisor AS owner, due_at
    FROM contact
    WHERE outcome = 'follow_up' AND done_at IS NULL AND ($1::text IS NULL OR owner_site = $1)
    UNION ALL
    SELECT 'message', call, contributor, NULLIF(cli, ''), '', owner_site, owner_advisor, due_at
    FROM voice_message
    WHERE done_at IS NULL AND ($1::text IS NULL OR owner_site = $1)
    UNION ALL
    SELECT 'callback', id, (SELECT contributor FROM history WHERE history.id = callback.id LIMIT 1), '+' || e164, '',
        site, NULL, ended_at + interval '1 day'
    FROM callback
    WHERE outcome IN ('unreached', 'expired') AND ended_at > $2 AND ($1::text IS NULL OR site = $1)
        AND NOT EXISTS (SELECT FROM callback_done WHERE callback_done.callback = callback.id)
    ORDER BY due_at, kind, id
    LIMIT $3
) AS work
ORDER BY due_at, kind, id;

-- name: do_follow_up
UPDATE contact SET done_at = $3, done_by = $4, done_note = $5
WHERE call = $1 AND advisor = $2 AND outcome = 'follow_up' AND done_at IS NULL
RETURNING call;

-- name: do_callback
INSERT INTO callback_done (callback, done_at, done_by, note)
SELECT id, $2, $3, $4 FROM callback WHERE id = $1 AND outcome IS NOT NULL
ON CONFLICT (callback) DO NOTHING
RETURNING callback;

-- name: message_owner
SELECT contributor FROM voice_message WHERE call = $1;

-- name: first_level_share
-- Of the questions of a time, how many were answered at once: answered at first level / all that were written down.
SELECT owner_site AS site, count(*) FILTER (WHERE outcome = 'first_level') AS first_level, count(*) AS questions
FROM contact
WHERE written_at >= $1 AND written_at < $2
GROUP BY owner_site
ORDER BY owner_site;
