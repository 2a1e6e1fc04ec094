INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
)
SELECT
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, NULL, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
FROM unnest(
    $1::uuid[], $2::text[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::bigint[], $8::bigint[],
    $9::text[], $10::uuid[], $11::text[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
    $17::bigint[], $18::bigint[], $19::bigint[], $20::text[], $21::text[]
) AS made (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
)
ON CONFLICT (id) DO NOTHING
