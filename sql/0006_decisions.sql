-- migrate:up
ALTER TABLE history ADD COLUMN decisions jsonb NOT NULL DEFAULT '[]';

COMMENT ON COLUMN history.decisions IS 'The decision ledger of the call: what was decided, why, and what was passed over.';

-- migrate:down
ALTER TABLE history DROP COLUMN decisions;
