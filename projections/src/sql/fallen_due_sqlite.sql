-- Of a sandbox, the data that count now. CROSS JOIN keeps the order: each tenant, and of its invoices only what is due.
SELECT i.tenant, i.id, i.owed_until, i.number
FROM tenants AS t
CROSS JOIN invoices AS i ON i.tenant = t.tenant || COALESCE('~' || t.epoch, '') AND i.owed_until < $1
WHERE t.time_zone IN (SELECT value FROM json_each($2)) AND t.tenant >= $3
    AND (t.tenant > $3 OR (i.owed_until, i.number) > ($4, $5))
ORDER BY t.tenant, i.owed_until, i.number
LIMIT $6
