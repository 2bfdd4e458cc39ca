-- Calls by what became of them.
SELECT fate, count(*) AS found
FROM judged
GROUP BY fate
ORDER BY fate;
