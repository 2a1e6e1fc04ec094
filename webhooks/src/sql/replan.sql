UPDATE deliveries
SET next_attempt_at = $1
WHERE state = 'pending' AND next_attempt_at > $1 AND (
    attempts = 0 AND created_at > $1
    OR attempts = 1 AND first_at > $1
    OR EXISTS (
        SELECT 1 FROM attempts AS a
        WHERE a.delivery_id = deliveries.id AND a.number = deliveries.attempts AND a.at > $1
    )
)
