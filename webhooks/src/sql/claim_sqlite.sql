UPDATE deliveries
SET state = 'delivering', claimed_until = $5
WHERE id IN (
    SELECT id
    FROM deliveries
    WHERE state = 'pending' AND endpoint_id = $1 AND lane = $2 AND next_attempt_at <= $4
        -- Not where another process delivers now, which has already taken over what was claimed.
        AND EXISTS (SELECT 1 FROM checkpoint WHERE session = $6)
    ORDER BY next_attempt_at
    LIMIT $3
)
RETURNING id, endpoint_id, lane, message_id,
    (SELECT b.body FROM bodies AS b WHERE b.id = body_id), attempts, next_attempt_at
