-- migrate:up
CREATE TABLE history (
    id text NOT NULL,
    arrived_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    cli text NOT NULL,
    dnis text NOT NULL,
    contributor bigint,
    profile text,
    recognition text,
    entry_site text NOT NULL,
    duty_site text,
    advisor text,
    advisor_site text,
    path text[] NOT NULL,
    waited_s double precision NOT NULL,
    talked_s double precision NOT NULL,
    outcome text NOT NULL,
    because text[] NOT NULL,
    tickets jsonb NOT NULL,
    PRIMARY KEY (arrived_at, id)
) PARTITION BY RANGE (arrived_at);

COMMENT ON TABLE history IS 'One row per ended call, one partition per month (UTC) of arrival.';
COMMENT ON COLUMN history.contributor IS 'contributor.id; no foreign key, so that history survives erasures.';
COMMENT ON COLUMN history.tickets IS '[{number, kind, offers: [{advisor, offered_at, result, rang_s}]}]';

CREATE INDEX history_ended_at ON history (ended_at DESC);
CREATE INDEX history_contributor ON history (contributor, arrived_at DESC) WHERE contributor IS NOT NULL;

-- LIKE + ATTACH instead of PARTITION OF: the calls of other months can be read and written meanwhile.
CREATE FUNCTION ensure_history_partition(arrived_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month_start timestamptz := date_trunc('month', arrived_at, 'UTC');
    month_end timestamptz := date_trunc('month', month_start + interval '32 days', 'UTC');
    partition text := 'history_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    IF to_regclass(partition) IS NOT NULL THEN
        RETURN;
    END IF;
    LOCK TABLE history IN SHARE UPDATE EXCLUSIVE MODE;  -- what ATTACH takes: one at a time, calls go on
    IF to_regclass(partition) IS NOT NULL THEN  -- somebody else made it while we waited
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE history INCLUDING ALL)', partition);
    EXECUTE format('ALTER TABLE history ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                   partition, month_start, month_end);
END
$$;

-- migrate:down
DROP FUNCTION ensure_history_partition(timestamptz);
DROP TABLE history;
