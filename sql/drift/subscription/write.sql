-- The run's file of consent that differs, in an order that does not depend on threads.
COPY (
    SELECT external_id, address, channel, group_id, desired, actual, kind, segment_time, braze_time
    FROM subscription_drift
    ORDER BY external_id, channel, group_id NULLS FIRST
) TO $subscription (FORMAT parquet, COMPRESSION zstd);
