-- migrate:up
CREATE TABLE presence (
    advisor text PRIMARY KEY,
    presence text NOT NULL,
    reason text NOT NULL,
    since_at timestamptz NOT NULL,
    wrap_up_until_at timestamptz
);

COMMENT ON TABLE presence IS 'What each advisor last chose to be.';

-- migrate:down
DROP TABLE presence;
