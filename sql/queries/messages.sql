-- name: write_message
-- What is there stays: it may be done by now.
INSERT INTO voice_message (call, site, taken_at, length_s, digest, owner_site, due_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (call) DO NOTHING;

-- name: complete_messages
-- What the history knows of these calls, and who is in charge of the contributor's file.
UPDATE voice_message SET
    cli = history.cli,
    contributor = history.contributor,
    profile = history.profile,
    motive = history.motive,
    owner_advisor = (SELECT advisor_in_charge FROM contributor WHERE contributor.id = history.contributor)
FROM history
WHERE voice_message.call = ANY($1)
    AND history.id = voice_message.call
    AND history.arrived_at BETWEEN voice_message.taken_at - interval '1 day' AND voice_message.taken_at + interval '1 hour';

-- name: read_messages
-- Those to do, the first due first; with $1 those done too, after them. $2: only those of a site, or NULL.
SELECT
    call, site, taken_at, length_s, digest, owner_site, owner_advisor, due_at, cli, contributor,
    COALESCE(contributor.name, '') AS contributor_name, voice_message.profile, motive, done_at, done_by, note
FROM voice_message
LEFT JOIN contributor ON contributor.id = voice_message.contributor
WHERE ($1 OR done_at IS NULL) AND ($2::text IS NULL OR owner_site = $2)
ORDER BY done_at DESC NULLS FIRST, due_at, taken_at, call
LIMIT $3;

-- name: read_message
SELECT
    call, site, taken_at, length_s, digest, owner_site, owner_advisor, due_at, cli, contributor,
    COALESCE(contributor.name, '') AS contributor_name, voice_message.profile, motive, done_at, done_by, note
FROM voice_message
LEFT JOIN contributor ON contributor.id = voice_message.contributor
WHERE call = $1;

-- name: do_message
UPDATE voice_message SET done_at = $2, done_by = $3, note = $4 WHERE call = $1 AND done_at IS NULL;

-- name: count_messages_to_do
SELECT count(*) FROM voice_message WHERE done_at IS NULL;

-- name: read_old_messages
-- Those done before $1, and all taken before $2.
SELECT call, done_at FROM voice_message WHERE done_at < $1 OR taken_at < $2 ORDER BY taken_at, call;

-- name: delete_messages
DELETE FROM voice_message WHERE call = ANY($1);
