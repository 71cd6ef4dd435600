-- migrate:up
CREATE TABLE contact (
    call text NOT NULL,
    advisor text NOT NULL,
    contributor bigint,
    motive text,
    outcome text NOT NULL CHECK (outcome IN ('first_level', 'second_level', 'follow_up')),
    note text NOT NULL DEFAULT '',
    due_at timestamptz,
    owner_site text NOT NULL,
    written_at timestamptz NOT NULL,
    revision integer NOT NULL DEFAULT 1,
    done_at timestamptz,
    done_by text NOT NULL DEFAULT '',
    done_note text NOT NULL DEFAULT '',
    PRIMARY KEY (call, advisor),
    CHECK ((outcome = 'follow_up') = (due_at IS NOT NULL)),
    CHECK ((done_at IS NULL) = (done_by = ''))
);

COMMENT ON TABLE contact IS 'What an advisor wrote down of a call: one row each who wrote.';
COMMENT ON COLUMN contact.call IS 'history.id.';
COMMENT ON COLUMN contact.contributor IS 'Whom it was about, as he saw it; no foreign key, so that it survives erasures.';
COMMENT ON COLUMN contact.due_at IS 'Until when it is to be followed up.';
COMMENT ON COLUMN contact.revision IS 'Grows with each change.';
COMMENT ON COLUMN contact.done_at IS 'When it was followed up; NULL while it is to be, and for what is not.';

CREATE INDEX contact_contributor ON contact (contributor, written_at DESC) WHERE contributor IS NOT NULL;
CREATE INDEX contact_to_do ON contact (due_at) WHERE outcome = 'follow_up' AND done_at IS NULL;
CREATE INDEX contact_written_at ON contact (written_at);

CREATE TABLE callback_done (
    callback text PRIMARY KEY,
    done_at timestamptz NOT NULL,
    done_by text NOT NULL,
    note text NOT NULL DEFAULT ''
);

CREATE INDEX callback_failed ON callback (ended_at) WHERE outcome IN ('unreached', 'expired');

COMMENT ON TABLE callback_done IS 'What was done about callbacks that failed: callback.id.';

CREATE TABLE file_view (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    login text NOT NULL,
    contributor bigint NOT NULL,
    call text,
    how text NOT NULL CHECK (how IN ('pop', 'page', 'search', 'message'))
);

COMMENT ON TABLE file_view IS 'Who saw whose file, when, and for which call. Only ever added to.';

CREATE INDEX file_view_contributor ON file_view (contributor, at);
CREATE INDEX file_view_login ON file_view (login, at);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', tg_table_name;
END
$$;

CREATE TRIGGER file_view_is_added_to BEFORE UPDATE OR DELETE OR TRUNCATE ON file_view
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- migrate:down
DROP TABLE file_view;
DROP FUNCTION refuse_change();
DROP INDEX callback_failed;
DROP TABLE callback_done;
DROP TABLE contact;
