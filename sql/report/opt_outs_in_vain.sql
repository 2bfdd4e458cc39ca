-- Opt-outs that were sent and did not arrive.
SELECT count(*) AS opt_outs
FROM read_parquet($results)
WHERE class = 'unsubscribe' AND state IN ('rejected', 'not_applied', 'quarantined');
