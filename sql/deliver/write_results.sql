-- The run's file of results, all of it or the one before.
COPY (
    SELECT * EXCLUDE (merges) FROM result ORDER BY list_position(['suppress', 'identity', 'attributes', 'delete'], stage), external_id, field
) TO $results (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE TRUE);
