-- Every lane that has pending deliveries, and when the first of them is due. It hops from lane to lane in the index,
-- so that it costs the number of lanes, not of deliveries.
WITH RECURSIVE hop (endpoint_id, lane) AS (
    SELECT first.endpoint_id, first.lane
    FROM (
        SELECT endpoint_id, lane FROM deliveries WHERE state = 'pending' ORDER BY endpoint_id, lane LIMIT 1
    ) AS first
    UNION ALL
    SELECT
        (
            SELECT d.endpoint_id FROM deliveries AS d
            WHERE d.state = 'pending' AND (d.endpoint_id, d.lane) > (hop.endpoint_id, hop.lane)
            ORDER BY d.endpoint_id, d.lane LIMIT 1
        ),
        (
            SELECT d.lane FROM deliveries AS d
            WHERE d.state = 'pending' AND (d.endpoint_id, d.lane) > (hop.endpoint_id, hop.lane)
            ORDER BY d.endpoint_id, d.lane LIMIT 1
        )
    FROM hop
    WHERE hop.endpoint_id IS NOT NULL
)
SELECT
    hop.endpoint_id,
    hop.lane,
    (
        SELECT MIN(d.next_attempt_at) FROM deliveries AS d
        WHERE d.state = 'pending' AND d.endpoint_id = hop.endpoint_id AND d.lane = hop.lane
    )
FROM hop
WHERE hop.endpoint_id IS NOT NULL
