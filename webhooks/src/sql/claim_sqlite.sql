UPDATE deliveries
SET state = 'delivering', claimed_until = $5
WHERE id IN (
    SELECT id
    FROM deliveries
    WHERE state = 'pending' AND endpoint_id = $1 AND lane = $2 AND next_attempt_at <= $4
    ORDER BY next_attempt_at
    LIMIT $3
)
RETURNING id, endpoint_id, lane, message_id,
    (SELECT b.body FROM bodies AS b WHERE b.id = body_id), attempts, next_attempt_at
