CREATE TABLE checkpoint (
    id bigint PRIMARY KEY CHECK (id = 1),
    log uuid NOT NULL,
    position bigint NOT NULL,
    silent_until bigint NOT NULL
);

CREATE TABLE endpoints (
    id uuid PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    url text NOT NULL,
    events text NOT NULL,
    secret text NOT NULL,
    previous_secret text,
    previous_until bigint,
    enabled boolean NOT NULL,
    fresh_since bigint NOT NULL,
    failing_since bigint,
    version bigint NOT NULL
);

CREATE TABLE deliveries (
    id uuid PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    endpoint_id uuid NOT NULL,
    lane bigint NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    event_type text NOT NULL,
    event_at bigint NOT NULL,
    position bigint NOT NULL,
    message_id text NOT NULL,
    redelivery_of uuid,
    body text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'delivering', 'succeeded', 'failed', 'cancelled')),
    attempts bigint NOT NULL,
    next_attempt_at bigint NOT NULL,
    claimed_until bigint,
    created_at bigint NOT NULL,
    finished_at bigint
);

CREATE INDEX deliveries_due ON deliveries (endpoint_id, lane, next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (claimed_until) WHERE state = 'delivering';
CREATE INDEX deliveries_finished ON deliveries (finished_at, state) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_by_endpoint ON deliveries (tenant, endpoint_id, id);
CREATE INDEX deliveries_failed ON deliveries (tenant, endpoint_id, id) WHERE state = 'failed';
CREATE INDEX deliveries_by_event ON deliveries (tenant, event_id);

CREATE TABLE attempts (
    delivery_id uuid NOT NULL,
    number bigint NOT NULL,
    at bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    error text,
    response text,
    PRIMARY KEY (delivery_id, number)
);

CREATE TABLE parked (
    position bigint PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    event_type text NOT NULL,
    error text NOT NULL,
    at bigint NOT NULL
);
