-- Of a sandbox, the data that count now. LATERAL, in the order of an index that begins with the tenant: a look into it for each tenant, whatever the planner thinks.
SELECT due.tenant, due.id, due.owed_until, due.number
FROM tenants AS t
CROSS JOIN LATERAL (
    SELECT i.tenant, i.id, i.owed_until, i.number
    FROM invoices AS i
    WHERE i.tenant = t.tenant || COALESCE('~' || t.epoch, '') AND i.owed_until < $1 AND (t.tenant > $3 OR (i.owed_until, i.number) > ($4, $5))
    ORDER BY i.owed_until, i.number
    LIMIT $6
) AS due
WHERE t.time_zone = ANY($2) AND t.tenant >= $3
ORDER BY t.tenant, due.owed_until, due.number
LIMIT $6
