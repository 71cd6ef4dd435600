-- migrate:up
CREATE TABLE web_account (
    login text PRIMARY KEY CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{0,63}$'),
    name text NOT NULL CHECK (name <> ''),
    role text NOT NULL CHECK (role IN ('advisor', 'supervisor', 'auditor')),
    advisor text UNIQUE,
    password_hash text,
    oidc_subject text UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    disabled_at timestamptz,
    CHECK (role <> 'advisor' OR advisor IS NOT NULL)
);

COMMENT ON TABLE web_account IS 'Who may sign in to the pages. Never deleted: what was done under a login stays explained.';
COMMENT ON COLUMN web_account.advisor IS 'The id in advisors.yaml of whoever takes calls, which a supervisor may do too.';
COMMENT ON COLUMN web_account.password_hash IS 'Argon2id; NULL: no password opens it.';
COMMENT ON COLUMN web_account.oidc_subject IS 'Who it was at the identity provider when it was first used there.';
COMMENT ON COLUMN web_account.disabled_at IS 'Since when neither sessions nor tokens of it are taken; NULL: they are.';

CREATE TABLE web_session (
    id text PRIMARY KEY,
    login text NOT NULL REFERENCES web_account (login),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    live_tab text NOT NULL DEFAULT '',
    phone text NOT NULL DEFAULT '',
    language text NOT NULL DEFAULT 'fr',
    user_agent text NOT NULL DEFAULT '',
    CHECK (expires_at > created_at)
);

COMMENT ON TABLE web_session IS 'One row a sign-in, deleted a month after its end.';
COMMENT ON COLUMN web_session.id IS 'SHA-256 of what the cookie holds, in hexadecimal: what is read here opens nothing.';
COMMENT ON COLUMN web_session.revoked_at IS 'When it was ended before its time: signed out, or by an administrator.';
COMMENT ON COLUMN web_session.live_tab IS 'The tab of the browser that is the live one, by the id it gave itself.';
COMMENT ON COLUMN web_session.phone IS 'The phone of the day, chosen at sign-in; empty: none chosen.';
COMMENT ON COLUMN web_session.user_agent IS 'The browser, shortened.';

CREATE INDEX web_session_login ON web_session (login);
CREATE INDEX web_session_expires_at ON web_session (expires_at);

CREATE TABLE api_token (
    name text PRIMARY KEY CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
    digest text NOT NULL UNIQUE,
    login text NOT NULL REFERENCES web_account (login),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);

COMMENT ON TABLE api_token IS 'What programs show instead of a session; each acts under an account, with its role.';
COMMENT ON COLUMN api_token.digest IS 'SHA-256 of the token, in hexadecimal.';

CREATE INDEX api_token_login ON api_token (login);

-- migrate:down
DROP TABLE api_token;
DROP TABLE web_session;
DROP TABLE web_account;
