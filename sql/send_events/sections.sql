-- The outbox in ranges of places; one is sent to its end before the next begins.
SELECT kind, min(place) AS first, max(place) AS last
FROM outbox
GROUP BY turn, kind, part
ORDER BY first;
