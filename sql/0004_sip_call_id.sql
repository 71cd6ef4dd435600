-- migrate:up
ALTER TABLE history ADD COLUMN sip text NOT NULL DEFAULT '';

COMMENT ON COLUMN history.sip IS 'The SIP Call-ID of the caller''s leg.';

CREATE INDEX history_id ON history (id);

-- migrate:down
DROP INDEX history_id;
ALTER TABLE history DROP COLUMN sip;
