-- The plan by class and field, in delivery order: how many values are added, changed and removed, and how many are set aside.
SELECT
    stage,
    class,
    field,
    count(*) FILTER (WHERE state <> 'quarantined') AS corrections,
    count(*) FILTER (WHERE state <> 'quarantined' AND before IS NULL) AS added,
    count(*) FILTER (
        WHERE state <> 'quarantined' AND before IS NOT NULL AND after <> 'null' AND class <> 'merge'
    ) AS changed,
    count(*) FILTER (
        WHERE state <> 'quarantined' AND before IS NOT NULL AND (after = 'null' OR class = 'merge')
    ) AS removed,
    count(*) FILTER (WHERE state = 'quarantined') AS quarantined
FROM read_parquet($corrections)
GROUP BY stage, class, field
ORDER BY
    list_position(['suppress', 'identity', 'attributes', 'delete'], stage),
    list_position(['alias', 'identify', 'rename', 'merge'], class),
    class,
    field;
