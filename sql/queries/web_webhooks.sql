-- name: note_webhook
-- No row when it is noted already, or when $7 of this address wait.
INSERT INTO webhook_delivery (url, key, event, body, router_event, noted_at, next_at)
SELECT $1, $2, $3, $4, $5, to_timestamp($6::double precision), to_timestamp($6::double precision)
WHERE $7::integer > (
    SELECT count(*) FROM (
        SELECT 1 FROM webhook_delivery
        WHERE url = $1 AND delivered_at IS NULL AND given_up_at IS NULL
        LIMIT $7::integer
    ) AS waiting
)
ON CONFLICT (url, key) DO NOTHING
RETURNING id;

-- name: read_due_webhooks
SELECT
    id, key, event, body, tries, extract(EPOCH FROM noted_at)::double precision AS noted_at
FROM webhook_delivery
WHERE
    url = $1 AND delivered_at IS NULL AND given_up_at IS NULL
    AND next_at <= to_timestamp($2::double precision)
ORDER BY id
LIMIT 50;

-- name: webhook_delivered
UPDATE webhook_delivery SET delivered_at = to_timestamp($2::double precision), tries = tries + 1, last_error = ''
WHERE id = $1;

-- name: webhook_failed
-- $3: when to try next; NULL: it is given up.
UPDATE webhook_delivery
SET
    tries = tries + 1, last_error = $4,
    next_at = coalesce(to_timestamp($3::double precision), next_at),
    given_up_at = CASE WHEN $3::double precision IS NULL THEN to_timestamp($2::double precision) END
WHERE id = $1;

-- name: last_webhook_router_event
SELECT router_event FROM webhook_delivery WHERE router_event <> '' ORDER BY id DESC LIMIT 1;

-- name: read_webhooks
-- Those that are not delivered; $1: only those given up.
SELECT
    id, url, event, key, tries, last_error, given_up_at IS NOT NULL AS given_up,
    extract(EPOCH FROM noted_at)::double precision AS noted_at,
    extract(EPOCH FROM next_at)::double precision AS next_at
FROM webhook_delivery
WHERE delivered_at IS NULL AND (given_up_at IS NOT NULL OR NOT $1)
ORDER BY id
LIMIT 1000;

-- name: retry_webhooks
-- For another day, from now on; $1: its id, NULL: all that were given up.
UPDATE webhook_delivery
SET
    noted_at = to_timestamp($2::double precision), next_at = to_timestamp($2::double precision), tries = 0,
    given_up_at = NULL
WHERE delivered_at IS NULL AND (id = $1 OR ($1::bigint IS NULL AND given_up_at IS NOT NULL))
RETURNING id;

-- name: delete_old_webhooks
DELETE FROM webhook_delivery
WHERE noted_at < to_timestamp($1::double precision) AND (delivered_at IS NOT NULL OR given_up_at IS NOT NULL);
