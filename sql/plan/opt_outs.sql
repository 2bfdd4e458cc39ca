-- How many opt-outs of a plan, or of its results where there are any, Braze has not answered for.
SELECT count(*) AS waiting
FROM read_parquet($rows)
WHERE class = 'unsubscribe' AND state IN ('planned', 'sending', 'unknown');
