-- name: add_account
INSERT INTO web_account (login, name, role, advisor, password_hash) VALUES ($1, $2, $3, $4, $5);

-- name: read_accounts
SELECT login, name, role, advisor, password_hash, oidc_subject, disabled_at IS NOT NULL AS disabled
FROM web_account
ORDER BY login;

-- name: read_account
SELECT login, name, role, advisor, password_hash, oidc_subject, disabled_at IS NOT NULL AS disabled
FROM web_account
WHERE login = $1;

-- name: set_account_password
UPDATE web_account SET password_hash = $2 WHERE login = $1;

-- name: set_account_role
UPDATE web_account SET role = $2, advisor = $3 WHERE login = $1;

-- name: set_account_disabled
UPDATE web_account SET disabled_at = CASE WHEN $2 THEN to_timestamp($3::double precision) END WHERE login = $1;

-- name: bind_account_subject
-- The first use of the account at the identity provider; no row when it was somebody else.
UPDATE web_account SET oidc_subject = $2
WHERE login = $1 AND (oidc_subject IS NULL OR oidc_subject = $2)
RETURNING login;

-- name: open_session
INSERT INTO web_session (id, login, created_at, expires_at, language, user_agent)
VALUES ($1, $2, to_timestamp($3::double precision), to_timestamp($4::double precision), $5, $6);

-- name: read_session
SELECT
    web_session.id, web_session.login, web_account.name, web_account.role, web_account.advisor,
    web_session.language, web_session.phone,
    extract(EPOCH FROM web_session.expires_at)::double precision AS expires_at
FROM web_session
INNER JOIN web_account ON web_account.login = web_session.login
WHERE
    web_session.id = $1
    AND web_session.revoked_at IS NULL
    AND web_session.expires_at > to_timestamp($2::double precision)
    AND web_account.disabled_at IS NULL;

-- name: read_open_sessions
-- Of $1 those that are still open; NULL: all that are.
SELECT
    web_session.id, web_session.login, web_account.name, web_account.role, web_session.phone, web_session.user_agent,
    extract(EPOCH FROM web_session.created_at)::double precision AS created_at,
    extract(EPOCH FROM web_session.expires_at)::double precision AS expires_at
FROM web_session
INNER JOIN web_account ON web_account.login = web_session.login
WHERE
    ($1::text[] IS NULL OR web_session.id = ANY($1))
    AND web_session.revoked_at IS NULL
    AND web_session.expires_at > to_timestamp($2::double precision)
    AND web_account.disabled_at IS NULL
ORDER BY web_session.created_at, web_session.id;

-- name: revoke_session
UPDATE web_session SET revoked_at = to_timestamp($2::double precision) WHERE id = $1 AND revoked_at IS NULL;

-- name: revoke_session_beginning
-- By how its id begins, as lists show it.
UPDATE web_session SET revoked_at = to_timestamp($2::double precision)
WHERE left(id, 12) = left($1, 12) AND starts_with(id, $1) AND revoked_at IS NULL
RETURNING login;

-- name: revoke_sessions_of
UPDATE web_session SET revoked_at = to_timestamp($2::double precision)
WHERE login = $1 AND revoked_at IS NULL AND expires_at > to_timestamp($2::double precision)
RETURNING id;

-- name: set_session_phone
UPDATE web_session SET phone = $2 WHERE id = $1;

-- name: delete_old_sessions
DELETE FROM web_session WHERE expires_at < to_timestamp($1::double precision);

-- name: add_token
INSERT INTO api_token (name, digest, login, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, to_timestamp($5::double precision), to_timestamp($6::double precision));

-- name: read_token
SELECT web_account.login, web_account.name, web_account.role, web_account.advisor, api_token.scopes
FROM api_token
INNER JOIN web_account ON web_account.login = api_token.login
WHERE
    api_token.digest = $1
    AND api_token.revoked_at IS NULL
    AND api_token.expires_at > to_timestamp($2::double precision)
    AND web_account.disabled_at IS NULL;

-- name: read_tokens
SELECT
    name, login, scopes, revoked_at IS NOT NULL AS revoked,
    extract(EPOCH FROM expires_at)::double precision AS expires_at
FROM api_token
ORDER BY name;

-- name: revoke_token
UPDATE api_token SET revoked_at = to_timestamp($2::double precision) WHERE name = $1 AND revoked_at IS NULL
RETURNING name;
