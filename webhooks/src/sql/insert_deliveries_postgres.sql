-- Arrays are taken apart in a select list: in FROM each of them is put into a store of its own first and read from there.
INSERT INTO deliveries (
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, redelivery_of, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
)
SELECT
    id, tenant, endpoint_id, lane, event_id, event_type, event_at, position, message_id, NULL, body_id,
    state, attempts, next_attempt_at, claimed_until, created_at, finished_at,
    first_at, first_ms, first_status, first_error, first_response
FROM (
    SELECT
        unnest($1::uuid[]) AS id, unnest($2::text[]) AS tenant, unnest($3::uuid[]) AS endpoint_id,
        unnest($4::bigint[]) AS lane, unnest($5::text[]) AS event_id, unnest($6::text[]) AS event_type,
        unnest($7::bigint[]) AS event_at, unnest($8::bigint[]) AS position, unnest($9::text[]) AS message_id,
        unnest($10::uuid[]) AS body_id, unnest($11::text[]) AS state, unnest($12::bigint[]) AS attempts,
        unnest($13::bigint[]) AS next_attempt_at, unnest($14::bigint[]) AS claimed_until,
        unnest($15::bigint[]) AS created_at, unnest($16::bigint[]) AS finished_at, unnest($17::bigint[]) AS first_at,
        unnest($18::bigint[]) AS first_ms, unnest($19::bigint[]) AS first_status, unnest($20::text[]) AS first_error,
        unnest($21::text[]) AS first_response
) AS made
