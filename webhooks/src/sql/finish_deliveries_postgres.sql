-- Only what is claimed has a lease. The state is not asked for: of those under way there are few, the planner would think,
-- and look for each of them through the arrays. What the first attempt was is given with the first one, and kept.
UPDATE deliveries AS d
SET state = done.state, attempts = done.attempts, next_attempt_at = done.next_attempt_at,
    finished_at = done.finished_at, claimed_until = NULL,
    first_at = COALESCE(done.first_at, d.first_at), first_ms = COALESCE(done.first_ms, d.first_ms),
    first_status = COALESCE(done.first_status, d.first_status),
    first_error = COALESCE(done.first_error, d.first_error),
    first_response = COALESCE(done.first_response, d.first_response)
FROM (
    SELECT
        unnest($1::uuid[]) AS id, unnest($2::text[]) AS state, unnest($3::bigint[]) AS attempts,
        unnest($4::bigint[]) AS next_attempt_at, unnest($5::bigint[]) AS finished_at, unnest($6::bigint[]) AS lease,
        unnest($7::bigint[]) AS first_at, unnest($8::bigint[]) AS first_ms, unnest($9::bigint[]) AS first_status,
        unnest($10::text[]) AS first_error, unnest($11::text[]) AS first_response
) AS done
WHERE d.id = done.id AND d.claimed_until = done.lease
