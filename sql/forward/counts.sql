-- What came of the chunk's events: sent counts what is about to be, and what goes on without being sent is there already.
SELECT coalesce(fate, 'fresh') AS fate, reason, count(*) AS events
FROM event
GROUP BY ALL;
