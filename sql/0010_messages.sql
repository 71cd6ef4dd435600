-- migrate:up
CREATE TABLE voice_message (
    call text PRIMARY KEY,
    site text NOT NULL,
    taken_at timestamptz NOT NULL,
    length_s double precision NOT NULL CHECK (length_s >= 0),
    digest text NOT NULL,
    owner_site text NOT NULL,
    owner_advisor text,
    due_at timestamptz NOT NULL,
    cli text NOT NULL DEFAULT '',
    contributor bigint,
    profile text,
    motive text,
    done_at timestamptz,
    done_by text NOT NULL DEFAULT '',
    note text NOT NULL DEFAULT '',
    CHECK ((done_at IS NULL) = (done_by = ''))
);

COMMENT ON TABLE voice_message IS 'One row a voice message that has reached the router: work to do, until it is done; deleted with its file.';
COMMENT ON COLUMN voice_message.call IS 'history.id of the call in which it was left; its file is named after it.';
COMMENT ON COLUMN voice_message.site IS 'The site whose PBX recorded it.';
COMMENT ON COLUMN voice_message.digest IS 'SHA-256 of its WAV file, in hexadecimal.';
COMMENT ON COLUMN voice_message.owner_site IS 'Whose work it is: the site on duty when it was taken, else the one that opened next.';
COMMENT ON COLUMN voice_message.owner_advisor IS 'The advisor in charge of the contributor''s file, or NULL.';
COMMENT ON COLUMN voice_message.due_at IS 'Until when it is to be done.';
COMMENT ON COLUMN voice_message.cli IS 'This, contributor, profile and motive are the history''s, empty until it has the call.';
COMMENT ON COLUMN voice_message.contributor IS 'contributor.id; no foreign key, so that it survives erasures.';
COMMENT ON COLUMN voice_message.done_at IS 'NULL while it is to be done.';

CREATE INDEX voice_message_to_do ON voice_message (due_at) WHERE done_at IS NULL;
CREATE INDEX voice_message_taken_at ON voice_message (taken_at);

-- migrate:down
DROP TABLE voice_message;
