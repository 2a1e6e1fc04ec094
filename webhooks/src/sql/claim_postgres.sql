WITH picked AS MATERIALIZED (
    SELECT due.id
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS wanted (endpoint_id, lane, room)
    CROSS JOIN LATERAL (
        SELECT d.id
        FROM deliveries AS d
        WHERE d.state = 'pending' AND d.endpoint_id = wanted.endpoint_id AND d.lane = wanted.lane
            AND d.next_attempt_at <= $4
        ORDER BY d.next_attempt_at
        LIMIT wanted.room
        FOR UPDATE SKIP LOCKED
    ) AS due
    -- Not where another process delivers now, which has already taken over what was claimed.
    WHERE EXISTS (SELECT 1 FROM checkpoint WHERE session = $6)
)
UPDATE deliveries AS d
SET state = 'delivering', claimed_until = $5
FROM picked
WHERE d.id = picked.id
RETURNING d.id, d.endpoint_id, d.lane, d.message_id,
    (SELECT b.body FROM bodies AS b WHERE b.id = d.body_id), d.attempts, d.next_attempt_at
