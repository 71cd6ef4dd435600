-- name: write_order
INSERT INTO given_order (id, kind, details, author, made_at, from_at, until_at, state, over_at, undone_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (id) DO UPDATE SET
    kind = excluded.kind,
    details = excluded.details,
    author = excluded.author,
    made_at = excluded.made_at,
    from_at = excluded.from_at,
    until_at = excluded.until_at,
    state = excluded.state,
    over_at = excluded.over_at,
    undone_by = excluded.undone_by;

-- name: read_orders
-- Those that are not over, those that were over since, and these.
SELECT id, kind, details, author, made_at, from_at, until_at, state, over_at, undone_by
FROM given_order
WHERE over_at IS NULL OR over_at > $1 OR id = ANY($2)
ORDER BY made_at, id;
