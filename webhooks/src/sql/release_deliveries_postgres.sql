-- For its condition see finish_deliveries_postgres.sql.
UPDATE deliveries AS d
SET state = 'pending', claimed_until = NULL
FROM unnest($1::uuid[], $2::bigint[]) AS released (id, lease)
WHERE d.id = released.id AND d.claimed_until = released.lease
