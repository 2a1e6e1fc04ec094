INSERT INTO attempts (delivery_id, number, at, duration_ms, status, error, response)
SELECT delivery_id, number, at, duration_ms, status, error, response
FROM (
    SELECT
        unnest($1::uuid[]) AS delivery_id, unnest($2::bigint[]) AS number, unnest($3::bigint[]) AS at,
        unnest($4::bigint[]) AS duration_ms, unnest($5::bigint[]) AS status, unnest($6::text[]) AS error,
        unnest($7::text[]) AS response
) AS made
ON CONFLICT (delivery_id, number) DO NOTHING
