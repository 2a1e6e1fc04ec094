INSERT INTO bodies (id, body)
SELECT id, body FROM unnest($1::uuid[], $2::text[]) AS made (id, body)
ON CONFLICT (id) DO NOTHING
