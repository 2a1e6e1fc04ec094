INSERT INTO endpoints (
    id, tenant, url, events, secret, previous_secret, previous_until, enabled, fresh_since, failing_since, version
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, $10)
ON CONFLICT (id) DO UPDATE SET
    url = excluded.url,
    events = excluded.events,
    secret = excluded.secret,
    previous_secret = excluded.previous_secret,
    previous_until = excluded.previous_until,
    enabled = excluded.enabled,
    fresh_since = excluded.fresh_since,
    failing_since = CASE
        WHEN excluded.fresh_since > endpoints.fresh_since THEN NULL ELSE endpoints.failing_since
    END,
    version = excluded.version
