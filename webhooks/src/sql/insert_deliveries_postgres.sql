INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at
)
SELECT
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, NULL, body_id,
    CASE WHEN claimed_until IS NULL THEN 'pending' ELSE 'delivering' END, 0, created_at, claimed_until, created_at, NULL
FROM unnest(
    $1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
    $9::text[], $10::uuid[], $11::bigint[], $12::bigint[]
) AS made (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, body_id, claimed_until, created_at
)
ON CONFLICT (id) DO NOTHING
