-- migrate:up
-- A name's words, without case or accents: what is searched for. Taken apart first, so that any collation will do.
CREATE FUNCTION words_of(name text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN
    to_tsvector('simple'::regconfig, regexp_replace(
        lower(regexp_replace(
            normalize(replace(replace(replace(replace(name, 'œ', 'oe'), 'Œ', 'oe'), 'æ', 'ae'), 'Æ', 'ae'), NFD),
            '[\u0300-\u036f]', '', 'g'
        )), '[^a-z0-9]+', ' ', 'g'
    ));

ALTER TABLE contributor
    ADD COLUMN legal_form text NOT NULL DEFAULT '',
    ADD COLUMN activity text NOT NULL DEFAULT '',
    ADD COLUMN employees integer CHECK (employees >= 0),
    ADD COLUMN street text NOT NULL DEFAULT '',
    ADD COLUMN postcode text NOT NULL DEFAULT '',
    ADD COLUMN town text NOT NULL DEFAULT '',
    ADD COLUMN email text NOT NULL DEFAULT '';

COMMENT ON COLUMN contributor.employees IS 'How many he employs; NULL where that is not asked.';

CREATE INDEX contributor_words ON contributor USING gin (words_of(name));

ALTER TABLE phone_number ADD COLUMN label text NOT NULL DEFAULT '';

COMMENT ON COLUMN phone_number.label IS 'Whose it is: Standard, Comptable, Mobile.';

ALTER TABLE account
    ADD COLUMN label text NOT NULL DEFAULT '',
    ADD COLUMN balance_cents bigint NOT NULL DEFAULT 0,
    ADD COLUMN surcharge_cents bigint NOT NULL DEFAULT 0 CHECK (surcharge_cents >= 0);

COMMENT ON COLUMN account.balance_cents IS 'In cents of a euro: below zero he owes.';
COMMENT ON COLUMN account.surcharge_cents IS 'How much of what he owes are surcharges.';

CREATE TABLE payment_plan (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    contributor_id bigint NOT NULL REFERENCES contributor (id) ON DELETE CASCADE,
    state text NOT NULL CHECK (state IN ('under_study', 'granted', 'kept', 'broken')),
    total_cents bigint NOT NULL CHECK (total_cents > 0),
    instalments integer NOT NULL CHECK (instalments > 0),
    paid integer NOT NULL DEFAULT 0 CHECK (paid BETWEEN 0 AND instalments),
    asked_on date NOT NULL
);

CREATE INDEX payment_plan_contributor_id ON payment_plan (contributor_id);

CREATE TABLE declaration (
    contributor_id bigint NOT NULL REFERENCES contributor (id) ON DELETE CASCADE,
    kind text NOT NULL,
    period date NOT NULL,
    months smallint NOT NULL DEFAULT 1 CHECK (months > 0),
    due_on date NOT NULL,
    received_on date,
    PRIMARY KEY (contributor_id, kind, period)
);

COMMENT ON TABLE declaration IS 'What is to be declared, and what was. The next ones are there before they are due.';
COMMENT ON COLUMN declaration.period IS 'The first day of the period it is about.';
COMMENT ON COLUMN declaration.months IS 'How long the period is: a month, a quarter, a year.';

-- migrate:down
DROP TABLE declaration;
DROP TABLE payment_plan;
ALTER TABLE account DROP COLUMN label, DROP COLUMN balance_cents, DROP COLUMN surcharge_cents;
ALTER TABLE phone_number DROP COLUMN label;
DROP INDEX contributor_words;
ALTER TABLE contributor
    DROP COLUMN legal_form, DROP COLUMN activity, DROP COLUMN employees, DROP COLUMN street, DROP COLUMN postcode,
    DROP COLUMN town, DROP COLUMN email;
DROP FUNCTION words_of(text);
