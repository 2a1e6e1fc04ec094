-- The first attempt is for most the only one: it stands in its delivery, and only later ones have rows of their own. Those
-- of the release before stay where they are.
ALTER TABLE deliveries
    ADD COLUMN first_at bigint,
    ADD COLUMN first_ms bigint,
    ADD COLUMN first_status bigint,
    ADD COLUMN first_error text,
    ADD COLUMN first_response text;
