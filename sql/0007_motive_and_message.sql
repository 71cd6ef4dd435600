-- migrate:up
ALTER TABLE history
    ADD COLUMN motive text,
    ADD COLUMN message text NOT NULL DEFAULT '';

COMMENT ON COLUMN history.motive IS 'Why the caller called: a motive id of the configuration, or NULL.';
COMMENT ON COLUMN history.message IS 'His voice message: a path in the spool directory of the entry site''s PBX, without .wav.';

-- migrate:down
ALTER TABLE history DROP COLUMN motive, DROP COLUMN message;
