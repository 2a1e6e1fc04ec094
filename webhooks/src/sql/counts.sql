-- Each part is answered by a partial index alone.
SELECT state, COUNT(*) FROM deliveries WHERE finished_at IS NOT NULL GROUP BY state
UNION ALL
SELECT 'pending', COUNT(*) FROM deliveries WHERE state = 'pending'
UNION ALL
SELECT 'delivering', COUNT(*) FROM deliveries WHERE state = 'delivering'
