-- What each new delivery has to be entered into: a delivery's body is known by its id, and an endpoint belongs to one tenant.
--
-- A body's id begins with the same 72 bits as those of its own deliveries (see ids.rs), so they stand side by side in the
-- primary key. Only copies, which people ask for, are elsewhere.
DROP INDEX deliveries_by_body;
CREATE INDEX deliveries_copies ON deliveries (body_id) WHERE redelivery_of IS NOT NULL;

DROP INDEX deliveries_by_endpoint;
CREATE INDEX deliveries_by_endpoint ON deliveries (endpoint_id, id);
DROP INDEX deliveries_failed;
CREATE INDEX deliveries_failed ON deliveries (endpoint_id, id) WHERE state = 'failed';
