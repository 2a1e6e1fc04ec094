-- Of the deliveries that are about to be purged: the bodies that no other one has. A body's own deliveries have ids that
-- begin as its own does, with 9 bytes; copies are found by an index of theirs.
WITH picked AS (
    SELECT id, body_id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at, id LIMIT $2
)
DELETE FROM bodies
WHERE id IN (SELECT body_id FROM picked) AND NOT EXISTS (
    SELECT 1 FROM deliveries AS d
    WHERE
        d.id >= substr(bodies.id, 1, 9)
        AND d.id <= CAST(substr(bodies.id, 1, 9) || x'ffffffffffffff' AS BLOB)
        AND d.body_id = bodies.id AND d.id NOT IN (SELECT id FROM picked)
) AND NOT EXISTS (
    SELECT 1 FROM deliveries AS d
    WHERE d.body_id = bodies.id AND d.redelivery_of IS NOT NULL AND d.id NOT IN (SELECT id FROM picked)
)
