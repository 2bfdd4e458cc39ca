-- The run's file of results.
COPY (
    SELECT * EXCLUDE (merges) FROM result ORDER BY list_position(['suppress', 'identity', 'attributes', 'delete'], stage), external_id, field
) TO $results (FORMAT parquet, COMPRESSION zstd);
