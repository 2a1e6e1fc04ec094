-- A body is kept once for all endpoints that it goes to, and not copied whenever one of its deliveries changes.
CREATE TABLE bodies (
    id uuid PRIMARY KEY,
    body text NOT NULL
);

-- The endpoints' copies of one body each keep their own here; what is new shares it.
INSERT INTO bodies (id, body)
SELECT DISTINCT ON (message_id) CAST(substr(message_id, 5) AS uuid), body FROM deliveries ORDER BY message_id;

ALTER TABLE deliveries ADD COLUMN body_id uuid;
UPDATE deliveries SET body_id = CAST(substr(message_id, 5) AS uuid);
ALTER TABLE deliveries ALTER COLUMN body_id SET NOT NULL;
ALTER TABLE deliveries DROP COLUMN body;

DROP INDEX deliveries_by_event;
CREATE INDEX deliveries_by_body ON deliveries (body_id);
