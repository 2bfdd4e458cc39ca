-- How many single objects each call would carry: aliases, identity steps and deletions.
SELECT stage, class, count(*) AS objects
FROM result
WHERE stage IN ('identity', 'delete') AND state IN ('planned', 'sending', 'unknown')
GROUP BY ALL
ORDER BY ALL;
