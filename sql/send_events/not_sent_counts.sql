-- How much was not sent, by state.
SELECT state, count(*) AS found
FROM not_sent
GROUP BY state;
