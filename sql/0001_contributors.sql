-- migrate:up
CREATE TABLE contributor (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    siret text NOT NULL UNIQUE CHECK (siret ~ '^[0-9]{14}$'),
    profile text NOT NULL,
    advisor_in_charge text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

COMMENT ON COLUMN contributor.profile IS 'A profile id of the configuration.';
COMMENT ON COLUMN contributor.advisor_in_charge IS 'An advisor id of the configuration, or NULL.';

CREATE TABLE phone_number (
    e164 bigint NOT NULL CHECK (e164 BETWEEN 1 AND 999999999999999),
    contributor_id bigint NOT NULL REFERENCES contributor (id) ON DELETE CASCADE,
    raw text NOT NULL,
    PRIMARY KEY (e164, contributor_id)
);

COMMENT ON COLUMN phone_number.e164 IS 'E.164 without the plus sign. Several contributors may share a number.';
COMMENT ON COLUMN phone_number.raw IS 'The number as it was given.';

CREATE INDEX phone_number_contributor_id ON phone_number (contributor_id);

-- migrate:down
DROP TABLE phone_number;
DROP TABLE contributor;
