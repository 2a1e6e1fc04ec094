DELETE FROM attempts
WHERE delivery_id IN (
    SELECT id FROM deliveries WHERE finished_at < $1 ORDER BY finished_at, id LIMIT $2
)
