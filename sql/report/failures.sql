-- Corrections that Braze refused or that did not hold, by reason.
SELECT concat(state, ': ', coalesce(error, 'no reason given')) AS reason, count(*) AS corrections
FROM read_parquet($results)
WHERE state IN ('rejected', 'unknown', 'not_applied', 'quarantined')
GROUP BY ALL
ORDER BY corrections DESC, reason ASC
LIMIT 50;
