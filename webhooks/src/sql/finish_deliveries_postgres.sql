-- Only what is claimed has a lease. The state is not asked for: of those under way there are few, the planner would think,
-- and look for each of them through the arrays. What the first attempt was is given with the first one, and kept.
UPDATE deliveries AS d
SET state = done.state, attempts = done.attempts, next_attempt_at = done.next_attempt_at,
    finished_at = done.finished_at, claimed_until = NULL,
    first_at = COALESCE(done.first_at, d.first_at), first_ms = COALESCE(done.first_ms, d.first_ms),
    first_status = COALESCE(done.first_status, d.first_status),
    first_error = COALESCE(done.first_error, d.first_error),
    first_response = COALESCE(done.first_response, d.first_response)
FROM unnest(
    $1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::text[], $11::text[]
) AS done (
    id, state, attempts, next_attempt_at, finished_at, lease,
    first_at, first_ms, first_status, first_error, first_response
)
WHERE d.id = done.id AND d.claimed_until = done.lease
