-- The first damage as a text; no row for a sound log.
SELECT damage FROM (
    SELECT
        'stream ' || tenant || ' ' || aggregate_type || ' ' || aggregate_id || ': version ' || sequence
            || ' at position ' || position || ' follows version ' || before AS damage
    FROM (
        SELECT
            *,
            lag(sequence, 1, 0::bigint) OVER stream AS before,
            lag(position, 1, 0::bigint) OVER stream AS position_before
        FROM (SELECT tenant, aggregate_type, aggregate_id, sequence, position FROM events) AS all_events
        WINDOW stream AS (PARTITION BY aggregate_id, tenant, aggregate_type ORDER BY sequence)
    ) AS streams
    WHERE sequence <> before + 1 OR position <= position_before
    UNION ALL
    SELECT 'name ' || n.tenant || ' ' || n.scope || ' ' || n.name || ': its owner has no event'
    FROM names AS n
    WHERE NOT EXISTS (SELECT 1 FROM events AS e WHERE e.aggregate_id = n.owner AND e.tenant = n.tenant)
    UNION ALL
    SELECT 'series ' || tenant || ' ' || series || ': value ' || value
    FROM series
    WHERE value < 1
    UNION ALL
    SELECT 'idempotency key ' || k.tenant || ' ' || k.key || ': no event at position ' || k.first
    FROM idempotency_keys AS k
    LEFT JOIN events AS e ON e.position = k.first AND e.tenant = k.tenant
    WHERE e.position IS NULL
    UNION ALL
    SELECT 'snapshot ' || s.tenant || ' ' || s.aggregate_type || ' ' || s.aggregate_id || ': no event of version '
        || s.version
    FROM snapshots AS s
    LEFT JOIN events AS e
        ON e.tenant = s.tenant AND e.aggregate_type = s.aggregate_type AND e.aggregate_id = s.aggregate_id
        AND e.sequence = s.version
    WHERE e.position IS NULL
) AS found
LIMIT 1
