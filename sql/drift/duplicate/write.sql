-- The run's file of duplicates, in an order that does not depend on threads.
COPY (
    SELECT cluster, kind, keep, other, evidence
    FROM duplicate_drift
    ORDER BY cluster, kind, keep, other, label
) TO $duplicate (FORMAT parquet, COMPRESSION zstd);
