-- Rows of each kind, as the drift document counts them, and those that a plan would push without anybody's approval.
SELECT
    count(*) FILTER (WHERE kind = 'unsubscribe') AS unsubscribe,
    count(*) FILTER (WHERE kind = 'conflict') AS conflict,
    count(*) FILTER (WHERE kind = 'resubscribe') AS resubscribe
FROM subscription_drift;
