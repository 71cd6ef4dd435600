-- name: write_callback
-- What is older than the row that is there changes nothing.
INSERT INTO callback (
    id, e164, site, dnis, ticket, asked_at, not_before_at, revision, attempts, attempt, asked_in, author, outcome,
    ended_at, called_from
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (id) DO UPDATE SET
    ticket = excluded.ticket,
    not_before_at = excluded.not_before_at,
    revision = excluded.revision,
    attempts = excluded.attempts,
    attempt = excluded.attempt,
    outcome = excluded.outcome,
    ended_at = excluded.ended_at
WHERE callback.revision < excluded.revision;

-- name: read_callbacks
SELECT
    id, e164, site, dnis, ticket, asked_at, not_before_at, revision, attempts, attempt, asked_in, author, outcome,
    ended_at, called_from
FROM callback
WHERE outcome IS NULL OR asked_at > $1
ORDER BY asked_at, id;
