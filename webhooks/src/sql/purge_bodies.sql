-- Of the deliveries that are about to be purged: the bodies that no other one has.
WITH picked AS (
    SELECT id, body_id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at, id LIMIT $2
)
DELETE FROM bodies
WHERE id IN (SELECT body_id FROM picked) AND NOT EXISTS (
    SELECT 1 FROM deliveries AS d WHERE d.body_id = bodies.id AND d.id NOT IN (SELECT id FROM picked)
)
