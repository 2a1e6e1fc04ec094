-- A body is kept once for all endpoints that it goes to, and not copied whenever one of its deliveries changes.
CREATE TABLE bodies (
    id BLOB PRIMARY KEY,
    body TEXT NOT NULL
) STRICT;

-- The endpoints' copies of one body each keep their own here; what is new shares it.
INSERT INTO bodies (id, body)
SELECT unhex(substr(message_id, 5)), MIN(body) FROM deliveries GROUP BY message_id;

ALTER TABLE deliveries ADD COLUMN body_id BLOB;
UPDATE deliveries SET body_id = unhex(substr(message_id, 5));
ALTER TABLE deliveries DROP COLUMN body;

DROP INDEX deliveries_by_event;
CREATE INDEX deliveries_by_body ON deliveries (body_id);
