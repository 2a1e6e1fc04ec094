-- Appends a batch of which everything was foreseen: what its series come to, so that payloads and names come as they are
-- to be stored. The caller, who was the last to append, is right nearly always; then this is a quarter to a third less work
-- than `append_batch_2` has, which finds out what it came to.
--
-- All of it or nothing: where anything is not as foreseen (a stream has moved, a key is used, somebody else counted a
-- series on) nothing is written, and `base` is NULL. Whom that is due to, `append_batch_2` tells, to which the caller
-- then sends the batch. A name that is taken violates the primary key of `names`, and nothing is written either.
CREATE FUNCTION append_foreseen(
    -- events, in order; e_first: the first of its stream here, so that the stream must be at e_seq - 1
    e_tenant text [], e_kind text [], e_id uuid [], e_seq bigint [], e_first boolean [], e_type text [],
    e_version text [], e_payload text [], e_meta text [], e_at bigint [],
    -- streams that must be as they were seen, each once
    u_tenant text [], u_kind text [], u_id uuid [], u_version bigint [],
    -- idempotency keys; k_event: the append's first event, from 1
    k_tenant text [], k_key text [], k_fingerprint bytea [], k_forget bigint [], k_event int [], k_count bigint [],
    k_at bigint [],
    -- series, each once: what it is at, and what it comes to
    r_tenant text [], r_series text [], r_from bigint [], r_to bigint [],
    -- names of the labels made of them
    n_tenant text [], n_scope text [], n_name text [], n_owner uuid [],
    OUT base bigint
) LANGUAGE plpgsql AS $$
DECLARE
    n bigint := cardinality(e_id);
BEGIN
    -- One batch at a time: positions are given, and become visible, in order. What follows sees all before it.
    PERFORM pg_advisory_xact_lock(7307001);

    -- The newest entry of the events' own unique index is a stream's version.
    SELECT h.position INTO base FROM head h
    WHERE NOT EXISTS (
            SELECT FROM unnest(e_tenant, e_kind, e_id, e_seq, e_first) AS x (tenant, kind, id, seq, first)
            WHERE x.first AND coalesce((
                SELECT v.sequence FROM events v
                WHERE v.tenant = x.tenant AND v.aggregate_type = x.kind AND v.aggregate_id = x.id
                ORDER BY v.sequence DESC LIMIT 1), 0) <> x.seq - 1)
        AND NOT EXISTS (
            SELECT FROM unnest(u_tenant, u_kind, u_id, u_version) AS x (tenant, kind, id, version)
            WHERE coalesce((
                SELECT v.sequence FROM events v
                WHERE v.tenant = x.tenant AND v.aggregate_type = x.kind AND v.aggregate_id = x.id
                ORDER BY v.sequence DESC LIMIT 1), 0) <> x.version)
        AND NOT EXISTS (
            SELECT FROM unnest(r_tenant, r_series, r_from) AS x (tenant, series, value)
            WHERE coalesce((
                SELECT v.value FROM series v WHERE v.tenant = x.tenant AND v.series = x.series), 0) <> x.value)
        AND NOT EXISTS (
            SELECT FROM unnest(k_tenant, k_key, k_forget) AS x (tenant, key, forget)
            JOIN idempotency_keys i ON i.tenant = x.tenant AND i.key = x.key
            WHERE i.recorded_at >= x.forget);
    IF base IS NULL THEN
        RETURN;
    END IF;

    UPDATE head SET position = base + n;
    IF cardinality(r_series) > 0 THEN
        UPDATE series v SET value = x.value
        FROM unnest(r_tenant, r_series, r_to) AS x (tenant, series, value)
        WHERE v.tenant = x.tenant AND v.series = x.series;
    END IF;
    IF cardinality(n_name) > 0 THEN
        INSERT INTO names (tenant, scope, name, owner)
        SELECT x.tenant, x.scope, x.name, x.owner
        FROM unnest(n_tenant, n_scope, n_name, n_owner) AS x (tenant, scope, name, owner);
    END IF;
    INSERT INTO events (position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
        metadata, recorded_at)
    SELECT base + x.o, x.tenant, x.kind, x.id, x.seq, x.type, x.version, x.payload, x.meta, x.at
    FROM unnest(e_tenant, e_kind, e_id, e_seq, e_type, e_version, e_payload, e_meta, e_at) WITH ORDINALITY
        AS x (tenant, kind, id, seq, type, version, payload, meta, at, o);
    IF cardinality(k_key) > 0 THEN
        INSERT INTO idempotency_keys (tenant, key, fingerprint, first, count, recorded_at)
        SELECT x.tenant, x.key, x.fingerprint, base + x.event, x.count, x.at
        FROM unnest(k_tenant, k_key, k_fingerprint, k_event, k_count, k_at)
            AS x (tenant, key, fingerprint, event, count, at)
        ON CONFLICT (tenant, key) DO UPDATE SET
            fingerprint = excluded.fingerprint, first = excluded.first, count = excluded.count,
            recorded_at = excluded.recorded_at;
    END IF;
    PERFORM pg_notify('sunledger', (base + n)::text);
END $$;
