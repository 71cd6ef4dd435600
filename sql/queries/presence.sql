-- name: write_presence
INSERT INTO presence (advisor, presence, reason, since_at, wrap_up_until_at, until_at, phone)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (advisor) DO UPDATE SET
    presence = excluded.presence,
    reason = excluded.reason,
    since_at = excluded.since_at,
    wrap_up_until_at = excluded.wrap_up_until_at,
    until_at = excluded.until_at,
    phone = excluded.phone;

-- name: read_presences
SELECT advisor, presence, reason, since_at, wrap_up_until_at, until_at, phone FROM presence ORDER BY advisor;
