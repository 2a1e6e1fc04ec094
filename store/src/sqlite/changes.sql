-- ?1 tenant, ?2 after, ?3 up to, ?4 limit, ?5 kind, ?6 end of the whole range.
SELECT e.position, e.aggregate_id, e.sequence, e.recorded_at
FROM events AS e INDEXED BY events_by_tenant
WHERE e.tenant = ?1 AND e.position > ?2 AND e.position <= ?3 AND e.aggregate_type = ?5
    AND NOT EXISTS (
        SELECT 1
        FROM events AS later
        WHERE later.aggregate_id = e.aggregate_id AND later.tenant = e.tenant
            AND later.aggregate_type = e.aggregate_type AND later.sequence > e.sequence
            AND later.position <= ?6
    )
ORDER BY e.position
LIMIT ?4
