-- migrate:up
CREATE TABLE account (
    number text NOT NULL CHECK (number ~ '^[0-9]{18}$'),
    contributor_id bigint NOT NULL REFERENCES contributor (id) ON DELETE CASCADE,
    PRIMARY KEY (number, contributor_id)
);

COMMENT ON TABLE account IS 'The account numbers by which contributors may say who they are. One of several names none.';

CREATE INDEX account_contributor_id ON account (contributor_id);

ALTER TABLE callback ADD COLUMN called_from bigint;

COMMENT ON COLUMN callback.called_from IS
    'The number he called from where it is another than the one to be called; NULL when it is the same or hidden.';

-- migrate:down
ALTER TABLE callback DROP COLUMN called_from;
DROP TABLE account;
