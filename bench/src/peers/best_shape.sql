CREATE SCHEMA best;
SET search_path = best;

CREATE TABLE head (one bigint PRIMARY KEY, position bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO head VALUES (1, 0);

CREATE TABLE events (
    position bigint PRIMARY KEY,
    tenant uuid NOT NULL,
    kind text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    payload text NOT NULL,
    metadata text NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (tenant, kind, id, sequence)
);

CREATE TABLE invoices (
    tenant uuid NOT NULL,
    id uuid NOT NULL,
    number text COLLATE "C" NOT NULL,
    client_id uuid NOT NULL,
    status text COLLATE "C" NOT NULL,
    issue_date text COLLATE "C" NOT NULL,
    due_date text COLLATE "C" NOT NULL,
    currency text COLLATE "C" NOT NULL,
    subtotal bigint NOT NULL,
    tax bigint NOT NULL,
    total bigint NOT NULL,
    balance bigint NOT NULL,
    search text NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    doc text NOT NULL,
    PRIMARY KEY (tenant, id)
) WITH (fillfactor = 70);

CREATE INDEX invoices_client ON invoices (tenant, client_id);
CREATE INDEX invoices_status_due ON invoices (tenant, status, due_date);
CREATE INDEX invoices_number ON invoices (tenant, number);

CREATE TABLE progress (one bigint PRIMARY KEY, position bigint NOT NULL, events bigint NOT NULL) WITH (fillfactor = 10);
INSERT INTO progress VALUES (1, 0, 0);

-- All of a batch, or none: one process alone never has a conflict, but it has to look.
CREATE FUNCTION append(
    p_tenant uuid[], p_kind text[], p_id uuid[], p_expected bigint[], p_type text[], p_payload text[], p_metadata text[]
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    fit bigint;
    base bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(4711);
    SELECT count(*) INTO fit
    FROM unnest(p_tenant, p_kind, p_id, p_expected) AS n (tenant, kind, id, expected)
    WHERE n.expected = coalesce((
        SELECT e.sequence FROM events e
        WHERE e.tenant = n.tenant AND e.kind = n.kind AND e.id = n.id
        ORDER BY e.sequence DESC LIMIT 1), 0);
    IF fit <> cardinality(p_id) THEN
        RAISE EXCEPTION 'a conflict';
    END IF;
    UPDATE head SET position = position + fit RETURNING position - fit INTO base;
    INSERT INTO events
    SELECT base + n.place, n.tenant, n.kind, n.id, n.expected + 1, n.type, n.payload, n.metadata
    FROM unnest(p_tenant, p_kind, p_id, p_expected, p_type, p_payload, p_metadata)
        WITH ORDINALITY AS n (tenant, kind, id, expected, type, payload, metadata, place);
    RETURN base;
END $$;
