-- The run's drift files, in an order that does not depend on threads.
COPY (
    SELECT external_id, attribute, desired, actual, cause, reason, observed_at
    FROM attribute_drift
    ORDER BY external_id, attribute
) TO $attribute (FORMAT parquet, COMPRESSION zstd);
COPY (
    SELECT profile AS canonical_segment_id, external_id
    FROM person
    WHERE external_id IS NOT NULL AND NOT alive AND NOT suppressed
    ORDER BY external_id
) TO $missing (FORMAT parquet, COMPRESSION zstd);
COPY (
    SELECT external_id, audience, change, cause
    FROM cohort_drift
    ORDER BY external_id, audience
) TO $cohort (FORMAT parquet, COMPRESSION zstd);
