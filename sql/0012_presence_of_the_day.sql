-- migrate:up
ALTER TABLE presence
    ADD COLUMN until_at timestamptz,
    ADD COLUMN phone text NOT NULL DEFAULT '';

COMMENT ON COLUMN presence.until_at IS 'When an absence that was given a length ends by itself.';
COMMENT ON COLUMN presence.phone IS 'The phone of the day, by its extension at the advisor''s site; empty: his own.';

-- migrate:down
ALTER TABLE presence
    DROP COLUMN until_at,
    DROP COLUMN phone;
