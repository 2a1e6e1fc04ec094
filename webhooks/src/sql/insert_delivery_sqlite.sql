INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10,
    $11, $12, $13, $14, $15, $16,
    $17, $18, $19, $20, $21
)
