INSERT INTO attempts (delivery_id, number, at, duration_ms, status, error, response)
SELECT delivery_id, number, at, duration_ms, status, error, response
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
    AS made (delivery_id, number, at, duration_ms, status, error, response)
ON CONFLICT (delivery_id, number) DO NOTHING
