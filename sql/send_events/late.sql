-- Profiles to look at before they are sent anything.
SELECT DISTINCT external_id
FROM outbox
WHERE key IN (SELECT outbox.key FROM outbox WHERE outbox.late)
ORDER BY external_id;
