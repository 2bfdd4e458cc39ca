-- How many Braze holds by now of what is late. What a profile does not show may only be older than 90 days
-- (facts/braze-rest-api §10.30), so that is no zero.
INSERT INTO held
SELECT outbox.key, min(seen.count) AS count
FROM outbox
INNER JOIN seen ON outbox.external_id = seen.external_id AND outbox.kind = seen.kind AND outbox.name = seen.name
WHERE seen.count IS NOT NULL AND outbox.key IN (SELECT late.key FROM outbox AS late WHERE late.late)
GROUP BY outbox.key
HAVING min(seen.count) = max(seen.count);
