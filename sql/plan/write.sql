-- The plan's rows, in delivery order: stage, then profile.
COPY (
    SELECT correction_id, stage, class, external_id, field, before, after, cause, data_points, state
    FROM correction
    ORDER BY list_position(['suppress', 'identity', 'attributes', 'delete'], stage), external_id, field
) TO $corrections (FORMAT parquet, COMPRESSION zstd);
