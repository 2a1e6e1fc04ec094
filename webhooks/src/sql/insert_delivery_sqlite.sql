INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10,
    CASE WHEN $11 IS NULL THEN 'pending' ELSE 'delivering' END, 0, $12, $11, $12, NULL
)
ON CONFLICT (id) DO NOTHING
