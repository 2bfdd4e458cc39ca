-- What is drawn of duplicates: the six largest clusters, of each the first pairs. A picture of more would be none.
WITH largest AS (
    SELECT cluster, count(*) AS pairs
    FROM read_parquet($duplicate)
    GROUP BY cluster
    ORDER BY pairs DESC, cluster ASC
    LIMIT 6
)

SELECT pair.cluster, pair.kind, pair.keep, pair.other
FROM read_parquet($duplicate) AS pair
INNER JOIN largest ON pair.cluster = largest.cluster
QUALIFY row_number() OVER (PARTITION BY pair.cluster ORDER BY pair.keep, pair.kind, pair.other) <= 10
ORDER BY largest.pairs DESC, pair.cluster ASC, pair.keep ASC, pair.kind ASC, pair.other ASC;
