-- The first attempt is for most the only one: it stands in its delivery, and only later ones have rows of their own. Those
-- of the release before stay where they are.
ALTER TABLE deliveries ADD COLUMN first_at INTEGER;
ALTER TABLE deliveries ADD COLUMN first_ms INTEGER;
ALTER TABLE deliveries ADD COLUMN first_status INTEGER;
ALTER TABLE deliveries ADD COLUMN first_error TEXT;
ALTER TABLE deliveries ADD COLUMN first_response TEXT;
