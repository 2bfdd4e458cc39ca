-- How many opt-outs of a run Braze has taken, or was seen to hold.
SELECT count(*) AS pushed
FROM read_parquet($results)
WHERE class = 'unsubscribe' AND state IN ('accepted', 'verified');
