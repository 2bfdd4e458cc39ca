-- The ten largest clusters of duplicate profiles, and their pairs by kind.
WITH clusters AS (
    SELECT cluster, kind, count(*) AS pairs, sum(count(*)) OVER (PARTITION BY cluster) AS in_all
    FROM read_parquet($duplicate)
    GROUP BY cluster, kind
)

SELECT cluster, kind, pairs
FROM clusters
QUALIFY dense_rank() OVER (ORDER BY in_all DESC, cluster ASC) <= 10
ORDER BY in_all DESC, cluster ASC, kind ASC;
