-- name: ensure_history_partition
SELECT ensure_history_partition($1);

-- name: write_history
INSERT INTO history (
    id, arrived_at, ended_at, cli, dnis, contributor, profile, recognition, entry_site, duty_site,
    advisor, advisor_site, path, waited_s, talked_s, outcome, because, tickets, sip, verified, decisions, motive,
    message, direction, author
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25
)
ON CONFLICT (arrived_at, id) DO UPDATE SET
    ended_at = excluded.ended_at,
    cli = excluded.cli,
    dnis = excluded.dnis,
    contributor = excluded.contributor,
    profile = excluded.profile,
    recognition = excluded.recognition,
    entry_site = excluded.entry_site,
    duty_site = excluded.duty_site,
    advisor = excluded.advisor,
    advisor_site = excluded.advisor_site,
    path = excluded.path,
    waited_s = excluded.waited_s,
    talked_s = excluded.talked_s,
    outcome = excluded.outcome,
    because = excluded.because,
    tickets = excluded.tickets,
    sip = excluded.sip,
    verified = excluded.verified,
    decisions = excluded.decisions,
    motive = excluded.motive,
    message = excluded.message,
    direction = excluded.direction,
    author = excluded.author;

-- name: recent_history
SELECT
    id, arrived_at, ended_at, cli, dnis, contributor, profile, recognition, entry_site, duty_site,
    advisor, advisor_site, path, waited_s, talked_s, outcome, because, tickets, sip, verified, decisions, motive,
    message, direction, author
FROM history
ORDER BY ended_at DESC
LIMIT $1;

-- name: one_call
SELECT
    id, arrived_at, ended_at, cli, dnis, contributor, profile, recognition, entry_site, duty_site,
    advisor, advisor_site, path, waited_s, talked_s, outcome, because, tickets, sip, verified, decisions, motive,
    message, direction, author
FROM history
WHERE id = $1
ORDER BY arrived_at DESC
LIMIT 1;
