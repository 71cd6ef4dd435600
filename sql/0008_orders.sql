-- migrate:up
CREATE TABLE given_order (
    id text PRIMARY KEY,
    kind text NOT NULL,
    details jsonb NOT NULL,
    author text NOT NULL,
    made_at timestamptz NOT NULL,
    from_at timestamptz NOT NULL,
    until_at timestamptz NOT NULL,
    state text NOT NULL,
    over_at timestamptz,
    undone_by text NOT NULL DEFAULT ''
);

CREATE INDEX given_order_over_at ON given_order (over_at);

COMMENT ON TABLE given_order IS 'What people ordered in the middle of a day: closures, swaps, notices, forced presences, pulls.';
COMMENT ON COLUMN given_order.over_at IS 'Since when it is over; NULL while it is not.';
COMMENT ON COLUMN given_order.undone_by IS 'Who took it back; empty when nobody did.';

-- migrate:down
DROP TABLE given_order;
