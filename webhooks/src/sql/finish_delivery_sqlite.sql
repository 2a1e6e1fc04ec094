UPDATE deliveries
SET state = $2, attempts = $3, next_attempt_at = $4, finished_at = $5, claimed_until = NULL,
    first_at = COALESCE($7, first_at), first_ms = COALESCE($8, first_ms),
    first_status = COALESCE($9, first_status), first_error = COALESCE($10, first_error),
    first_response = COALESCE($11, first_response)
WHERE id = $1 AND state = 'delivering' AND claimed_until = $6
