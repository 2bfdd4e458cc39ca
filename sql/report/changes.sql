-- Drifted cells by attribute, by how Braze differs, and by cause.
SELECT
    attribute,
    CASE
        WHEN actual IS NULL THEN 'missing'
        WHEN desired IS NULL OR desired = 'null' THEN 'extra'
        ELSE 'changed'
    END AS kind,
    cause,
    count(*) AS cells
FROM read_parquet($attribute)
GROUP BY ALL
ORDER BY ALL;
