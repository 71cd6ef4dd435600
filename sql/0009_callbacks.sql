-- migrate:up
CREATE TABLE callback (
    id text PRIMARY KEY,
    e164 bigint NOT NULL CHECK (e164 BETWEEN 1 AND 999999999999999),
    site text NOT NULL,
    dnis text NOT NULL,
    ticket text NOT NULL,
    asked_at timestamptz NOT NULL,
    not_before_at timestamptz NOT NULL,
    revision integer NOT NULL,
    attempts integer NOT NULL,
    attempt text NOT NULL,
    asked_in text NOT NULL,
    author text NOT NULL,
    outcome text,
    ended_at timestamptz
);

COMMENT ON TABLE callback IS 'Who is to be called back, and who was. A row is there before anybody hears that it is noted.';
COMMENT ON COLUMN callback.e164 IS 'The number to be called, E.164 without the plus sign.';
COMMENT ON COLUMN callback.ticket IS 'The place it keeps, as a channel carries it.';
COMMENT ON COLUMN callback.revision IS 'Grows with each change: a row never goes back.';
COMMENT ON COLUMN callback.attempts IS 'How often the contributor was called in vain, or may have been.';
COMMENT ON COLUMN callback.attempt IS 'The offer under way, written before a phone rings; empty for none.';
COMMENT ON COLUMN callback.asked_in IS 'The call in which it was asked for, empty when it was not in one.';
COMMENT ON COLUMN callback.author IS 'Who asked for it; empty for the caller.';
COMMENT ON COLUMN callback.outcome IS 'NULL while it is open; else as in history.outcome, or not_noted.';

CREATE INDEX callback_open ON callback (asked_at) WHERE outcome IS NULL;
CREATE INDEX callback_asked_at ON callback (asked_at);

-- migrate:down
DROP TABLE callback;
