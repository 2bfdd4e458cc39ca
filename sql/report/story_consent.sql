-- One profile's consent: where the two sides differ, and both times.
SELECT
    field,
    desired,
    actual,
    kind,
    strftime(segment_time, '%Y-%m-%dT%H:%M:%SZ') AS segment_time,
    strftime(braze_time, '%Y-%m-%dT%H:%M:%SZ') AS braze_time
FROM subscription_drift
WHERE external_id = $external_id
ORDER BY group_id NULLS FIRST, channel;
