-- The plan by field and kind of change.
SELECT
    class,
    field,
    count(*) FILTER (WHERE before IS NULL) AS added,
    count(*) FILTER (WHERE before IS NOT NULL AND after <> 'null') AS changed,
    count(*) FILTER (WHERE after = 'null') AS removed,
    count(*) FILTER (WHERE state = 'withheld') AS withheld
FROM read_parquet($corrections)
GROUP BY ALL
ORDER BY ALL;
