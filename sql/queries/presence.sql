-- name: write_presence
INSERT INTO presence (advisor, presence, reason, since_at, wrap_up_until_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (advisor) DO UPDATE SET
    presence = excluded.presence,
    reason = excluded.reason,
    since_at = excluded.since_at,
    wrap_up_until_at = excluded.wrap_up_until_at;

-- name: read_presences
SELECT advisor, presence, reason, since_at, wrap_up_until_at FROM presence ORDER BY advisor;
