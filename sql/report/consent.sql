-- Consent that differs, by channel and group.
SELECT
    channel,
    group_id,
    count(*) FILTER (WHERE kind = 'unsubscribe') AS unsubscribe,
    count(*) FILTER (WHERE kind = 'conflict') AS conflict,
    count(*) FILTER (WHERE kind = 'resubscribe') AS resubscribe
FROM read_parquet($subscription)
GROUP BY channel, group_id
ORDER BY group_id NULLS FIRST, channel;
