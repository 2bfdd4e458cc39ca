-- The gathered truth as files, in a fixed order.
COPY (SELECT * FROM drifted ORDER BY external_id, attribute) TO $attribute_file (FORMAT parquet, COMPRESSION zstd);

COPY (SELECT * FROM moved_members ORDER BY external_id, audience) TO $cohort_file (FORMAT parquet, COMPRESSION zstd);
COPY (
    SELECT * FROM duplicates ORDER BY cluster, kind, keep, other
) TO $duplicate_file (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT * REPLACE (
        segment_time AT TIME ZONE 'UTC' AS segment_time, braze_time AT TIME ZONE 'UTC' AS braze_time
    )
    FROM subscriptions
    ORDER BY external_id, channel, group_id NULLS FIRST
) TO $subscription_file (FORMAT parquet, COMPRESSION zstd);

COPY (SELECT * FROM missing ORDER BY external_id) TO $missing_file (FORMAT parquet, COMPRESSION zstd);

COPY (
    SELECT user_id, strftime(suppressed_at, '%Y-%m-%dT%H:%M:%SZ') AS suppressed_at FROM suppressed ORDER BY user_id
) TO $suppressions_file (FORMAT csv, HEADER TRUE);
