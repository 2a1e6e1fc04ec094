-- Appends a batch: `append_batch` for less. What appends share (the series that they count in, the labels made of
-- those, the streams that they looked at) comes once, and each names it by its number; so it is looked up once a batch.
-- The older function stays for servers of the release before, which may be running beside this one.
--
-- A batch's appends are numbered 1, 2, 3...; what belongs to one carries its number in a column "_a". The caller sees to
-- it that no two appends of a batch touch the same stream, key or name, so that they can be decided side by side; only
-- series and the labels made of them depend on each other.
--
-- A refusal is three numbers, at the same index of three arrays: the append (bad), the reason (why: 1 key used, 2 stream
-- written, 3 stream looked at, 4 kind not quiet, 5 name taken, 6 series full), and which of that sort (what, from 1).
-- The first refusal of an append is the one that counts. s_value holds what each series request received.
--
-- A label that is somebody's name already violates the primary key of `names`, and nothing is written: the caller sends
-- the batch again as a careful one, which passes such labels over.
CREATE FUNCTION append_batch_2(
    -- events, in order; e_first: the first of its stream here, so that the stream must be at e_seq - 1; e_payload: up to
    -- the first value that the log fills in
    e_a int [], e_tenant text [], e_kind text [], e_id uuid [], e_seq bigint [], e_first boolean [], e_type text [],
    e_version text [], e_payload text [], e_meta text [], e_at bigint [],
    -- streams that must be as they were seen, each once; w: which append looked at which of them
    u_tenant text [], u_kind text [], u_id uuid [], u_version bigint [],
    w_a int [], w_u int [],
    -- kinds that must have been quiet
    q_a int [], q_tenant text [], q_kind text [], q_after bigint [],
    -- idempotency keys; k_event: the append's first event
    k_a int [], k_tenant text [], k_key text [], k_fingerprint bytea [], k_forget bigint [], k_event int [],
    k_count bigint [], k_at bigint [],
    -- names taken, or given back; an append's releases stand before its takes
    n_a int [], n_take boolean [], n_tenant text [], n_scope text [], n_name text [], n_owner uuid [],
    -- series, and forms of labels (l_json: the prefix as it stands in JSON), each once
    r_tenant text [], r_series text [],
    l_prefix text [], l_json text [], l_width int [], l_scope text [],
    -- requests for a series' next value; s_nth: it is the series' nth one in the batch; s_label: NULL for a plain number
    s_a int [], s_series int [], s_nth bigint [], s_max bigint [], s_event int [], s_label int [],
    -- values that go into payloads, each payload's in order; f_rest: what follows in the payload, up to the next value
    f_event int [], f_request int [], f_rest text [],
    -- labels and names may meet within the batch
    careful boolean,
    OUT base bigint, OUT bad int [], OUT why int [], OUT what int [], OUT s_value bigint []
) LANGUAGE plpgsql AS $$
DECLARE
    found_a int[];
    found_o int[];
    slow boolean := careful;
    limited boolean := array_remove(s_max, NULL) <> '{}';
    r_now bigint[];
    n bigint;
    request int;
    form int;
BEGIN
    -- One batch at a time: positions are given, and become visible, in order. What follows sees all before it.
    PERFORM pg_advisory_xact_lock(7307001);
    bad := '{}'; why := '{}'; what := '{}'; s_value := '{}';

    IF cardinality(k_a) > 0 THEN
        SELECT array_agg(x.a ORDER BY x.o), array_agg(x.o::int ORDER BY x.o) INTO found_a, found_o
        FROM unnest(k_a, k_tenant, k_key, k_forget) WITH ORDINALITY AS x (a, tenant, key, forget, o)
        JOIN idempotency_keys i ON i.tenant = x.tenant AND i.key = x.key
        WHERE i.recorded_at >= x.forget;
        IF found_a IS NOT NULL THEN
            bad := bad || found_a; what := what || found_o; why := why || array_fill(1, ARRAY[cardinality(found_a)]);
        END IF;
    END IF;

    -- The newest entry of the events' own unique index is a stream's version.
    SELECT array_agg(x.a ORDER BY x.o), array_agg(x.o::int ORDER BY x.o) INTO found_a, found_o
    FROM unnest(e_a, e_tenant, e_kind, e_id, e_seq, e_first) WITH ORDINALITY AS x (a, tenant, kind, id, seq, first, o)
    WHERE x.first AND coalesce((
        SELECT v.sequence FROM events v
        WHERE v.tenant = x.tenant AND v.aggregate_type = x.kind AND v.aggregate_id = x.id
        ORDER BY v.sequence DESC LIMIT 1), 0) <> x.seq - 1;
    IF found_a IS NOT NULL THEN
        bad := bad || found_a; what := what || found_o; why := why || array_fill(2, ARRAY[cardinality(found_a)]);
    END IF;

    IF cardinality(w_a) > 0 THEN
        SELECT array_agg(x.o::int) INTO found_o
        FROM unnest(u_tenant, u_kind, u_id, u_version) WITH ORDINALITY AS x (tenant, kind, id, version, o)
        WHERE coalesce((
            SELECT v.sequence FROM events v
            WHERE v.tenant = x.tenant AND v.aggregate_type = x.kind AND v.aggregate_id = x.id
            ORDER BY v.sequence DESC LIMIT 1), 0) <> x.version;
        IF found_o IS NOT NULL THEN
            SELECT array_agg(x.a ORDER BY x.o), array_agg(x.u ORDER BY x.o) INTO found_a, found_o
            FROM unnest(w_a, w_u) WITH ORDINALITY AS x (a, u, o)
            WHERE x.u = ANY(found_o);
            bad := bad || found_a; what := what || found_o; why := why || array_fill(3, ARRAY[cardinality(found_a)]);
        END IF;
    END IF;

    IF cardinality(q_a) > 0 THEN
        SELECT array_agg(x.a ORDER BY x.o), array_agg(x.o::int ORDER BY x.o) INTO found_a, found_o
        FROM unnest(q_a, q_tenant, q_kind, q_after) WITH ORDINALITY AS x (a, tenant, kind, after, o)
        WHERE EXISTS (
            -- Compared as rows, so that only the tenant's own index fits.
            SELECT FROM events v
            WHERE (v.tenant, v.position) > (x.tenant, x.after) AND (v.tenant, v.position) <= (x.tenant, 9223372036854775807)
                AND v.aggregate_type = x.kind);
        IF found_a IS NOT NULL THEN
            bad := bad || found_a; what := what || found_o; why := why || array_fill(4, ARRAY[cardinality(found_a)]);
        END IF;
    END IF;

    IF cardinality(n_a) > 0 AND NOT slow THEN
        SELECT array_agg(x.a ORDER BY x.o), array_agg(x.o::int ORDER BY x.o) INTO found_a, found_o
        FROM unnest(n_a, n_take, n_tenant, n_scope, n_name, n_owner) WITH ORDINALITY
            AS x (a, take, tenant, scope, name, owner, o)
        JOIN names v ON v.tenant = x.tenant AND v.scope = x.scope AND v.name = x.name
        WHERE x.take AND v.owner <> x.owner AND NOT EXISTS (
            SELECT FROM unnest(n_a, n_take, n_scope, n_name, n_owner) AS r (a, take, scope, name, owner)
            WHERE NOT r.take AND r.a = x.a AND r.scope = x.scope AND r.name = x.name AND r.owner = v.owner);
        IF found_a IS NOT NULL THEN
            bad := bad || found_a; what := what || found_o; why := why || array_fill(5, ARRAY[cardinality(found_a)]);
        END IF;
    END IF;

    IF cardinality(s_a) > 0 AND NOT slow THEN
        SELECT array_agg(coalesce(v.value, 0) ORDER BY x.o) INTO r_now
        FROM unnest(r_tenant, r_series) WITH ORDINALITY AS x (tenant, series, o)
        LEFT JOIN series v ON v.tenant = x.tenant AND v.series = x.series;
        IF limited THEN
            -- A series only grows: one that is full already stays so, whatever else is in the batch.
            SELECT array_agg(x.a ORDER BY x.o), array_agg(x.o::int ORDER BY x.o) INTO found_a, found_o
            FROM unnest(s_a, s_series, s_max) WITH ORDINALITY AS x (a, series, max, o)
            WHERE r_now[x.series] >= x.max;
            IF found_a IS NOT NULL THEN
                bad := bad || found_a; what := what || found_o; why := why || array_fill(6, ARRAY[cardinality(found_a)]);
            END IF;
        END IF;
        IF bad <> '{}' THEN
            -- What is refused is not counted.
            SELECT array_agg(y.nth ORDER BY y.o) INTO s_nth
            FROM (
                SELECT x.o, CASE WHEN x.good THEN
                    count(*) FILTER (WHERE x.good) OVER (PARTITION BY x.series ORDER BY x.o) END AS nth
                FROM (
                    SELECT z.series, z.o, NOT z.a = ANY(bad) AS good
                    FROM unnest(s_a, s_series) WITH ORDINALITY AS z (a, series, o)
                ) AS x
            ) AS y;
        END IF;
        SELECT array_agg(r_now[x.series] + x.nth ORDER BY x.o) INTO s_value
        FROM unnest(s_series, s_nth) WITH ORDINALITY AS x (series, nth, o);
        IF limited THEN
            slow := EXISTS (SELECT FROM unnest(s_value, s_max) AS x (value, max) WHERE x.value > x.max);
        END IF;
    END IF;

    IF slow THEN
        SELECT d.bad, d.why, d.what, d.s_value INTO bad, why, what, s_value
        FROM (
            SELECT coalesce(array_agg(r_tenant[x.series] ORDER BY x.o), '{}') AS tenant,
                coalesce(array_agg(r_series[x.series] ORDER BY x.o), '{}') AS series,
                coalesce(array_agg(l_prefix[x.label] ORDER BY x.o), '{}') AS prefix,
                coalesce(array_agg(l_width[x.label] ORDER BY x.o), '{}') AS width,
                coalesce(array_agg(l_scope[x.label] ORDER BY x.o), '{}') AS scope,
                coalesce(array_agg(e_id[x.event] ORDER BY x.o), '{}') AS owner
            FROM unnest(s_series, s_label, s_event) WITH ORDINALITY AS x (series, label, event, o)
        ) AS z,
        LATERAL claim_one_by_one(bad, why, what, n_a, n_take, n_tenant, n_scope, n_name, n_owner,
            s_a, z.tenant, z.series, s_max, z.prefix, z.width, z.scope, z.owner) AS d;
    ELSE
        IF cardinality(s_a) > 0 THEN
            -- Before names are given back: a label that is free only by that is for the careful way.
            INSERT INTO names (tenant, scope, name, owner)
            SELECT r_tenant[x.series], l_scope[x.label], label_text(l_prefix[x.label], l_width[x.label], x.value),
                e_id[x.event]
            FROM unnest(s_series, s_label, s_event, s_value) AS x (series, label, event, value)
            WHERE x.label IS NOT NULL AND x.value IS NOT NULL;
            INSERT INTO series (tenant, series, value)
            SELECT r_tenant[x.series], r_series[x.series], max(x.value)
            FROM unnest(s_series, s_value) AS x (series, value)
            WHERE x.value IS NOT NULL
            GROUP BY x.series
            ON CONFLICT (tenant, series) DO UPDATE SET value = excluded.value;
        END IF;
        IF cardinality(n_a) > 0 THEN
            DELETE FROM names v
            USING unnest(n_a, n_take, n_tenant, n_scope, n_name, n_owner) AS x (a, take, tenant, scope, name, owner)
            WHERE NOT x.take AND NOT x.a = ANY(bad)
                AND v.tenant = x.tenant AND v.scope = x.scope AND v.name = x.name AND v.owner = x.owner;
            INSERT INTO names (tenant, scope, name, owner)
            SELECT x.tenant, x.scope, x.name, x.owner
            FROM unnest(n_a, n_take, n_tenant, n_scope, n_name, n_owner) AS x (a, take, tenant, scope, name, owner)
            WHERE x.take AND NOT x.a = ANY(bad)
            ON CONFLICT DO NOTHING;
        END IF;
    END IF;

    -- The payload of a refused append becomes NULL here, and goes nowhere.
    FOR j IN 1 .. cardinality(f_event) LOOP
        request := f_request[j];
        form := s_label[request];
        e_payload[f_event[j]] := e_payload[f_event[j]] || CASE
            WHEN form IS NULL THEN s_value[request]::text
            ELSE '"' || label_text(l_json[form], l_width[form], s_value[request]) || '"'
        END || f_rest[j];
    END LOOP;

    IF bad = '{}' THEN
        n := cardinality(e_a);
        UPDATE head SET position = position + n RETURNING position - n INTO base;
        INSERT INTO events (position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version,
            payload, metadata, recorded_at)
        SELECT base + x.o, x.tenant, x.kind, x.id, x.seq, x.type, x.version, x.payload, x.meta, x.at
        FROM unnest(e_tenant, e_kind, e_id, e_seq, e_type, e_version, e_payload, e_meta, e_at) WITH ORDINALITY
            AS x (tenant, kind, id, seq, type, version, payload, meta, at, o);
    ELSE
        SELECT count(*) INTO n FROM unnest(e_a) AS x (a) WHERE NOT x.a = ANY(bad);
        UPDATE head SET position = position + n RETURNING position - n INTO base;
        IF n > 0 THEN
            INSERT INTO events (position, tenant, aggregate_type, aggregate_id, sequence, event_type, event_version,
                payload, metadata, recorded_at)
            SELECT base + row_number() OVER (ORDER BY x.o), x.tenant, x.kind, x.id, x.seq, x.type, x.version, x.payload,
                x.meta, x.at
            FROM unnest(e_a, e_tenant, e_kind, e_id, e_seq, e_type, e_version, e_payload, e_meta, e_at) WITH ORDINALITY
                AS x (a, tenant, kind, id, seq, type, version, payload, meta, at, o)
            WHERE NOT x.a = ANY(bad);
        END IF;
    END IF;

    IF cardinality(k_a) > 0 THEN
        INSERT INTO idempotency_keys (tenant, key, fingerprint, first, count, recorded_at)
        SELECT x.tenant, x.key, x.fingerprint,
            base + x.event - CASE WHEN bad = '{}' THEN 0 ELSE (
                SELECT count(*) FROM unnest(e_a[1:x.event - 1]) AS e (a) WHERE e.a = ANY(bad)) END,
            x.count, x.at
        FROM unnest(k_a, k_tenant, k_key, k_fingerprint, k_event, k_count, k_at)
            AS x (a, tenant, key, fingerprint, event, count, at)
        WHERE NOT x.a = ANY(bad)
        ON CONFLICT (tenant, key) DO UPDATE SET
            fingerprint = excluded.fingerprint, first = excluded.first, count = excluded.count,
            recorded_at = excluded.recorded_at;
    END IF;

    IF n > 0 THEN
        PERFORM pg_notify('sunledger', (base + n)::text);
    END IF;
END $$;
