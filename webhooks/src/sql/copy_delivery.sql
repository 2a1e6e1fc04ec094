INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at
)
SELECT
    $1, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, id, body_id,
    'pending', 0, $2, NULL, $2, NULL
FROM deliveries
WHERE id = $3 AND tenant = $4 AND endpoint_id = $5
ON CONFLICT (id) DO NOTHING
