-- $1 tenant, $2 after, $3 up to, $4 limit, $5 kind, $6 end of the whole range.
-- Compared as rows and in their order, so that only the tenant's own index fits: the index over streams has no such order,
-- and the session no sorts. What comes later in the same stream is asked for by a scalar subquery, which the planner never
-- turns into a join over everybody's events.
SELECT e.position, e.aggregate_id, e.sequence, e.recorded_at
FROM events AS e
WHERE (e.tenant, e.position) > ($1, $2) AND (e.tenant, e.position) <= ($1, $3)
    AND e.aggregate_type = $5
    AND (
        SELECT later.position
        FROM events AS later
        WHERE later.aggregate_id = e.aggregate_id AND later.tenant = e.tenant
            AND later.aggregate_type = e.aggregate_type AND later.sequence > e.sequence
            AND later.position <= $6
        LIMIT 1
    ) IS NULL
ORDER BY e.tenant, e.position
LIMIT $4
