-- Only what is claimed has a lease. The state is not asked for: of those under way there are few, the planner would think,
-- and look for each of them through the arrays.
UPDATE deliveries AS d
SET state = done.state, attempts = done.attempts, next_attempt_at = done.next_attempt_at,
    finished_at = done.finished_at, claimed_until = NULL
FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
    AS done (id, state, attempts, next_attempt_at, finished_at, lease)
WHERE d.id = done.id AND d.claimed_until = done.lease
