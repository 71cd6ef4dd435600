-- migrate:up
CREATE TABLE webhook_delivery (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url text NOT NULL,
    key text NOT NULL,
    event text NOT NULL,
    body text NOT NULL,
    router_event text NOT NULL DEFAULT '',
    noted_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    last_error text NOT NULL DEFAULT '',
    delivered_at timestamptz,
    given_up_at timestamptz,
    UNIQUE (url, key),
    CHECK (delivered_at IS NULL OR given_up_at IS NULL)
);

COMMENT ON TABLE webhook_delivery IS 'What other programs are to be told, and were.';
COMMENT ON COLUMN webhook_delivery.key IS 'The same for the same event, however often it is sent.';
COMMENT ON COLUMN webhook_delivery.router_event IS 'The id of the router''s event it comes from; empty: of the pages.';
COMMENT ON COLUMN webhook_delivery.next_at IS 'When it is tried next.';
COMMENT ON COLUMN webhook_delivery.given_up_at IS 'Since when it is not tried any more, until somebody asks for it.';

CREATE INDEX webhook_delivery_due ON webhook_delivery (url, next_at)
WHERE delivered_at IS NULL AND given_up_at IS NULL;
CREATE INDEX webhook_delivery_noted_at ON webhook_delivery (noted_at);

-- migrate:down
DROP TABLE webhook_delivery;
