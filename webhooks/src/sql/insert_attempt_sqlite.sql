INSERT INTO attempts (delivery_id, number, at, duration_ms, status, error, response)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (delivery_id, number) DO NOTHING
