DELETE FROM deliveries
WHERE id IN (
    SELECT id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at, id LIMIT $2
)
