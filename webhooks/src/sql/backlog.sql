-- What is to be done, in one look. Each part is answered by a partial index or a small table; what has succeeded is not
-- counted, since it is all that was ever delivered.
SELECT
    COALESCE((SELECT position FROM checkpoint WHERE id = 1), 0),
    (SELECT COUNT(*) FROM deliveries WHERE state = 'pending'),
    (
        SELECT COUNT(*) FROM deliveries AS d
        JOIN endpoints AS e ON e.id = d.endpoint_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= $1 AND (e.enabled OR d.lane = 1)
    ),
    (
        SELECT MIN(d.next_attempt_at) FROM deliveries AS d
        JOIN endpoints AS e ON e.id = d.endpoint_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= $1 AND (e.enabled OR d.lane = 1)
    ),
    (SELECT COUNT(*) FROM deliveries WHERE state = 'delivering'),
    (SELECT COUNT(*) FROM deliveries WHERE state = 'failed'),
    (SELECT COUNT(*) FROM endpoints WHERE enabled),
    (SELECT COUNT(*) FROM endpoints WHERE NOT enabled),
    (SELECT COUNT(*) FROM parked)
