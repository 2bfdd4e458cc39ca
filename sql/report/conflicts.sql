-- What a person has to decide about consent, with both times, in UTC: the newest statement in Braze first.
SELECT
    external_id,
    channel,
    group_id,
    desired,
    actual,
    kind,
    segment_time AT TIME ZONE 'UTC' AS segment_time,
    braze_time AT TIME ZONE 'UTC' AS braze_time
FROM read_parquet($subscription)
WHERE kind <> 'unsubscribe'
ORDER BY braze_time DESC NULLS LAST, external_id, channel, group_id
LIMIT 10;
