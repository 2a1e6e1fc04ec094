CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    log BLOB NOT NULL,
    position INTEGER NOT NULL,
    silent_until INTEGER NOT NULL
) STRICT;

CREATE TABLE endpoints (
    id BLOB PRIMARY KEY,
    tenant TEXT NOT NULL,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    previous_secret TEXT,
    previous_until INTEGER,
    enabled INTEGER NOT NULL,
    fresh_since INTEGER NOT NULL,
    failing_since INTEGER,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE deliveries (
    id BLOB PRIMARY KEY,
    tenant TEXT NOT NULL,
    endpoint_id BLOB NOT NULL,
    lane INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_at INTEGER NOT NULL,
    position INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    redelivery_of BLOB,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'delivering', 'succeeded', 'failed', 'cancelled')),
    attempts INTEGER NOT NULL,
    next_attempt_at INTEGER NOT NULL,
    claimed_until INTEGER,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX deliveries_due ON deliveries (endpoint_id, lane, next_attempt_at) WHERE state = 'pending';
CREATE INDEX deliveries_claimed ON deliveries (claimed_until) WHERE state = 'delivering';
CREATE INDEX deliveries_finished ON deliveries (finished_at, state) WHERE finished_at IS NOT NULL;
CREATE INDEX deliveries_by_endpoint ON deliveries (tenant, endpoint_id, id);
CREATE INDEX deliveries_failed ON deliveries (tenant, endpoint_id, id) WHERE state = 'failed';
CREATE INDEX deliveries_by_event ON deliveries (tenant, event_id);

CREATE TABLE attempts (
    delivery_id BLOB NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    error TEXT,
    response TEXT,
    PRIMARY KEY (delivery_id, number)
) STRICT;

CREATE TABLE parked (
    position INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    error TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
