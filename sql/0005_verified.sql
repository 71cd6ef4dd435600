-- migrate:up
ALTER TABLE history ADD COLUMN verified text NOT NULL DEFAULT 'unknown';

COMMENT ON COLUMN history.verified IS 'Whether the carrier vouched for the calling number: yes, no or unknown.';

-- migrate:down
ALTER TABLE history DROP COLUMN verified;
