-- What a person has to decide about consent, with both times: the newest statement in Braze first.
SELECT external_id, channel, group_id, desired, actual, kind, segment_time, braze_time
FROM read_parquet($subscription)
WHERE kind <> 'unsubscribe'
ORDER BY braze_time DESC NULLS LAST, external_id, channel, group_id
LIMIT 10;
