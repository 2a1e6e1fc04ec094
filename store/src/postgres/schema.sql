CREATE TABLE events (
    position bigint PRIMARY KEY,
    tenant text COLLATE "C" NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id uuid NOT NULL,
    sequence bigint NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    event_version text COLLATE "C" NOT NULL,
    payload text COLLATE "C" NOT NULL,
    metadata text COLLATE "C" NOT NULL,
    recorded_at bigint NOT NULL,
    -- The id stands first: it tells streams apart with one comparison, and new ones come at the right edge.
    CONSTRAINT events_stream UNIQUE (aggregate_id, tenant, aggregate_type, sequence)
);

CREATE INDEX events_by_tenant ON events (tenant, position);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only';
END $$;

CREATE TRIGGER events_are_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE head (
    one bigint PRIMARY KEY CHECK (one = 1),
    position bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO head VALUES (1, 0);

CREATE TABLE names (
    tenant text COLLATE "C" NOT NULL,
    scope text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    owner uuid NOT NULL,
    PRIMARY KEY (tenant, scope, name)
);

-- Room on each page, so that counting on moves no index entry.
CREATE TABLE series (
    tenant text COLLATE "C" NOT NULL,
    series text COLLATE "C" NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (tenant, series)
) WITH (fillfactor = 50);

CREATE TABLE idempotency_keys (
    tenant text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    fingerprint bytea NOT NULL,
    first bigint NOT NULL,
    count bigint NOT NULL,
    recorded_at bigint NOT NULL,
    PRIMARY KEY (tenant, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (recorded_at);

CREATE TABLE snapshots (
    tenant text COLLATE "C" NOT NULL,
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id uuid NOT NULL,
    version bigint NOT NULL,
    form text NOT NULL,
    state text NOT NULL,
    PRIMARY KEY (tenant, aggregate_type, aggregate_id)
);

CREATE TABLE meta (
    name text COLLATE "C" PRIMARY KEY,
    value text COLLATE "C" NOT NULL
);
