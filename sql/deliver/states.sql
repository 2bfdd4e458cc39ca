-- How many corrections are in each state.
SELECT state, count(*) AS corrections FROM result GROUP BY state ORDER BY state;
