-- Of the deliveries that are about to be purged: the bodies that no other one has. A body's own deliveries have ids that
-- begin as its own does, with 18 hexadecimal digits; copies are found by an index of theirs. OFFSET 0 keeps both questions from
-- being made joins, which would read the whole table.
WITH picked AS (
    SELECT id, body_id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at, id LIMIT $2
)
DELETE FROM bodies
WHERE id IN (SELECT body_id FROM picked) AND NOT EXISTS (
    SELECT 1 FROM deliveries AS d
    WHERE
        d.id >= CAST(left(CAST(bodies.id AS text), 21) || '00-000000000000' AS uuid)
        AND d.id <= CAST(left(CAST(bodies.id AS text), 21) || 'ff-ffffffffffff' AS uuid)
        AND d.body_id = bodies.id AND d.id NOT IN (SELECT id FROM picked)
    OFFSET 0
) AND NOT EXISTS (
    SELECT 1 FROM deliveries AS d
    WHERE d.body_id = bodies.id AND d.redelivery_of IS NOT NULL AND d.id NOT IN (SELECT id FROM picked)
    OFFSET 0
)
