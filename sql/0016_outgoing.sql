-- migrate:up
ALTER TABLE history
    ADD COLUMN direction text NOT NULL DEFAULT 'in',
    ADD COLUMN author text NOT NULL DEFAULT '';

COMMENT ON COLUMN history.direction IS
'in: somebody called; out: the service called, back (tickets: kind callback) or because an advisor wanted to (outgoing).';
COMMENT ON COLUMN history.author IS 'Who asked for a call out; empty for the caller himself, and for calls that came in.';
COMMENT ON COLUMN history.cli IS 'Who called, as it was shown; of a call out, who was called.';

UPDATE history SET direction = 'out' WHERE tickets -> 0 ->> 'kind' = 'callback';

-- migrate:down
ALTER TABLE history DROP COLUMN direction, DROP COLUMN author;
COMMENT ON COLUMN history.cli IS NULL;
