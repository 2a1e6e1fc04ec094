SELECT
    (SELECT position FROM head) AS head,
    coalesce((SELECT max(position) FROM events), 0) AS last,
    (SELECT count(*) FROM events) AS events
