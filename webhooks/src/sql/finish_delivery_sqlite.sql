UPDATE deliveries
SET state = $2, attempts = $3, next_attempt_at = $4, finished_at = $5, claimed_until = NULL
WHERE id = $1 AND state = 'delivering' AND claimed_until = $6
