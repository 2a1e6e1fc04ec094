WITH written AS (
    INSERT INTO invoices
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[],
        $10::bigint[], $11::bigint[], $12::bigint[], $13::text[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bigint[],
        $18::text[])
    ON CONFLICT (tenant, id) DO UPDATE SET
        number = excluded.number, client_id = excluded.client_id, status = excluded.status,
        issue_date = excluded.issue_date, due_date = excluded.due_date, currency = excluded.currency,
        subtotal = excluded.subtotal, tax = excluded.tax, total = excluded.total, balance = excluded.balance,
        search = excluded.search, created_at = excluded.created_at, updated_at = excluded.updated_at,
        version = excluded.version, position = excluded.position, doc = excluded.doc
    WHERE invoices.version < excluded.version
)
UPDATE progress SET position = $19, events = events + $20 WHERE one = 1
