-- How many doubts have each verdict.
SELECT verdict, count(*) AS found
FROM event_verdict
GROUP BY verdict;
